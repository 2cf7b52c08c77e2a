"""Events in a SQLite file that its owner alone can read; what is deleted is overwritten."""

import json
import os
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS event (
    actor TEXT NOT NULL, session TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL,
    client_token TEXT UNIQUE, expires_at REAL NOT NULL,
    PRIMARY KEY (actor, session, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_expiry ON event (expires_at);
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One conversation of one actor."""

    actor: str
    session: str


class EventStore:
    """Used by several threads, one at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        # No write-ahead log: it would keep what was deleted until somebody writes over it.
        for pragma in ("journal_mode=TRUNCATE", "secure_delete=ON", "busy_timeout=5000"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_SCHEMA)

    def add(
        self,
        place: Place,
        event_id: str,
        content: Mapping[str, Any],
        *,
        token: str | None,
        expires_at: float,
        now: float,
    ) -> dict[str, Any]:
        """Keeps an event; one that came with the same token before is given back instead.

        A token is made by the client for one event, whatever is repeated on the way. What has expired by now goes.
        """
        with self._lock:
            self._database.execute("DELETE FROM event WHERE expires_at <= ?", (now,))
            row = (place.actor, place.session, event_id, json.dumps(content), token, expires_at)
            self._database.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?)", row)
            found = self._database.execute(
                "SELECT content FROM event WHERE client_token = ? OR (actor, session, id) = (?, ?, ?)",
                (token, place.actor, place.session, event_id),
            ).fetchone()
        return _content(found)

    def events(self, place: Place, *, before: str | None, limit: int, now: float) -> list[dict[str, Any]]:
        """Events of a conversation with ids before one, the newest first; what has expired is not there."""
        query = (
            "SELECT content FROM event WHERE (actor, session) = (?, ?) AND expires_at > ? AND (? IS NULL OR id < ?)"
            " ORDER BY id DESC LIMIT ?"
        )
        with self._lock:
            rows = self._database.execute(query, (place.actor, place.session, now, before, before, limit)).fetchall()
        return [_content(row) for row in rows]

    def event(self, place: Place, event_id: str, *, now: float) -> dict[str, Any] | None:
        """One event, or None."""
        query = "SELECT content FROM event WHERE (actor, session, id) = (?, ?, ?) AND expires_at > ?"
        with self._lock:
            row = self._database.execute(query, (place.actor, place.session, event_id, now)).fetchone()
        return _content(row) if row else None

    def delete(self, place: Place, event_id: str) -> bool:
        """Deletes one event; whether it was there."""
        query = "DELETE FROM event WHERE (actor, session, id) = (?, ?, ?)"
        with self._lock:
            return self._database.execute(query, (place.actor, place.session, event_id)).rowcount > 0

    def sessions(self, actor: str, *, after: str, limit: int, now: float) -> list[tuple[str, str]]:
        """Conversations of an actor, by name and after one, with the id of their first event."""
        query = (
            "SELECT session, min(id) AS first FROM event WHERE actor = ? AND session > ? AND expires_at > ?"
            " GROUP BY session ORDER BY session LIMIT ?"
        )
        with self._lock:
            rows = self._database.execute(query, (actor, after, now, limit)).fetchall()
        return [(row["session"], row["first"]) for row in rows]

    def forget(self, actor: str) -> int:
        """Deletes everything of an actor; how many events that were."""
        with self._lock:
            return self._database.execute("DELETE FROM event WHERE actor = ?", (actor,)).rowcount

    def close(self) -> None:
        with self._lock:
            self._database.close()


def _content(row: sqlite3.Row) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(row["content"])
    return content
