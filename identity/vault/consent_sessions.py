"""Consents that were asked for and are not finished: one row each, sealed, bounded in number and time (V30).

    started ──visit──> visited ──callback──> returned ──CompleteResourceTokenAuth──> completing ──> gone
                       (again and again)       any of them ──refused, wrong user, other provider──> failed

Each step names the version that it found: of two that come at the same time, one finds it gone. A process that dies
in the middle of completing leaves a session that has failed: the code may have been used.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from identity.length_prefixed import digest
from identity.vault.envelope import Envelopes, RowName
from identity.vault.errors import ConsentSessionGone
from identity.vault.token_requests import ResourceTokenRequest

SCHEMA = """
CREATE TABLE IF NOT EXISTS consent_session (
    session_digest TEXT PRIMARY KEY, owner TEXT NOT NULL, workload TEXT NOT NULL, provider TEXT NOT NULL,
    state_digest TEXT UNIQUE, stage TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL,
    expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS consent_session_owner ON consent_session (owner, expires_at);
CREATE INDEX IF NOT EXISTS consent_session_expiry ON consent_session (expires_at);
"""
LIFETIME_S = 600.0
MOST_OPEN = 20  # for each user: the oldest makes room
_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"
_RANDOM_BYTES = 32

Stage = Literal["started", "visited", "returned", "completing", "failed"]


@dataclass(frozen=True)
class Terms:
    """What a consent is about; never changes.

    Attributes:
        provider_version: The provider as it was configured when the consent was asked for.
        custom_state: The application's own, given back to it with the browser.
        return_url: Where the browser goes in the end; one of the workload's.
    """

    asked: ResourceTokenRequest
    return_url: str
    custom_state: str | None
    provider_version: int


@dataclass(frozen=True)
class ConsentSession:
    """A consent on its way.

    Attributes:
        uri: Its name; whoever knows it can open the provider's page, and nothing else.
        owner: Whose consent it is (`envelope.user_owner`).
        verifier: PKCE verifier of the last visit.
        code: The provider's authorization code, until it is exchanged.
        expires_at: Epoch seconds.
    """

    uri: str = field(repr=False)
    owner: str
    workload: str
    provider: str
    terms: Terms = field(repr=False)
    expires_at: float
    stage: Stage = "started"
    version: int = 1
    verifier: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)


class ConsentSessions:
    """The consents of all users that are not finished.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, database: sqlite3.Connection, envelopes: Envelopes, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock
        self._database.execute("UPDATE consent_session SET stage = 'failed' WHERE stage = 'completing'")

    def start(self, owner: str, workload: str, provider: str, terms: Terms) -> ConsentSession:
        """Begin a consent; the user's oldest one ends if there are too many."""
        uri = _URI_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        session = ConsentSession(uri, owner, workload, provider, terms, self._clock() + LIFETIME_S)
        # Kept for as long again, so that whoever polls is told that it is over.
        self._database.execute("DELETE FROM consent_session WHERE expires_at < ?", (self._clock() - LIFETIME_S,))
        self._database.execute(
            "INSERT INTO consent_session VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?)",
            (digest(uri), owner, workload, provider, session.stage, 1, self._seal(session), session.expires_at),
        )
        self._database.execute(
            "DELETE FROM consent_session WHERE session_digest IN (SELECT session_digest FROM consent_session"
            " WHERE owner = ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            (owner, MOST_OPEN),
        )
        return session

    def find(self, uri: str) -> ConsentSession | None:
        """A consent by its name; one that has expired has failed."""
        row = self._database.execute("SELECT * FROM consent_session WHERE session_digest = ?", (digest(uri),))
        found = row.fetchone()
        return None if found is None else self._opened(found)

    def find_by_state(self, state: str) -> ConsentSession | None:
        """The consent whose last visit carried this state; none if the state was used or replaced."""
        row = self._database.execute("SELECT * FROM consent_session WHERE state_digest = ?", (digest(state),))
        found = row.fetchone()
        return None if found is None else self._opened(found)

    def visit(self, session: ConsentSession, *, state: str, verifier: str) -> ConsentSession:
        """A browser is sent to the provider; what an earlier visit carried is worth nothing any more.

        Raises:
            ConsentSessionGone: The provider has answered already, or it is over.
        """
        if session.stage not in {"started", "visited"}:
            raise ConsentSessionGone
        return self._advance(session, "visited", state=state, verifier=verifier)

    def keep_code(self, session: ConsentSession, code: str) -> ConsentSession:
        """The provider answered with a code. The state is used up.

        Raises:
            ConsentSessionGone: It answered already, or the consent is over.
        """
        if session.stage != "visited":
            raise ConsentSessionGone
        return self._advance(session, "returned", code=code)

    def claim(self, session: ConsentSession) -> ConsentSession:
        """Begin to exchange the code; the one who claims it is the only one to do so.

        Raises:
            ConsentSessionGone: No code to exchange, or another call exchanges it.
        """
        if session.stage != "returned":
            raise ConsentSessionGone
        return self._advance(session, "completing")

    def fail(self, session: ConsentSession) -> None:
        """End a consent; state, verifier and code are forgotten."""
        if session.stage != "failed":
            self._advance(session, "failed", verifier=None, code=None)

    def finish(self, session: ConsentSession) -> bool:
        """Remove a consent that was exchanged; False if somebody removed it before (the user was deleted)."""
        done = self._database.execute(
            "DELETE FROM consent_session WHERE session_digest = ? AND version = ?",
            (digest(session.uri), session.version),
        )
        return done.rowcount == 1

    def forget(self, owner: str, workload: str | None = None, provider: str | None = None) -> None:
        """Remove the consents of a user: all, or those of one workload at one provider."""
        self._database.execute(
            "DELETE FROM consent_session WHERE owner = ? AND workload = ifnull(?, workload)"
            " AND provider = ifnull(?, provider)",
            (owner, workload, provider),
        )

    def _advance(
        self, session: ConsentSession, stage: Stage, *, state: str | None = None, **changes: str | None
    ) -> ConsentSession:
        after = replace(session, stage=stage, version=session.version + 1, **changes)  # type: ignore[arg-type]  # verifier and code
        done = self._database.execute(
            "UPDATE consent_session SET stage = ?, version = ?, sealed = ?, state_digest = ?"
            " WHERE session_digest = ? AND version = ?",
            (
                *(stage, after.version, self._seal(after), None if state is None else digest(state)),
                *(digest(session.uri), session.version),
            ),
        )
        if done.rowcount != 1:
            raise ConsentSessionGone
        return after

    def _seal(self, session: ConsentSession) -> bytes:
        content = {
            "uri": session.uri,
            "terms": asdict(session.terms),
            "verifier": session.verifier,
            "code": session.code,
        }
        return self._envelopes.seal(_name(session.owner, session, digest(session.uri)), json.dumps(content).encode())

    def _opened(self, row: sqlite3.Row) -> ConsentSession:
        name = RowName(row["owner"], row["workload"], row["provider"], _hash(row["session_digest"]), row["version"])
        content = json.loads(self._envelopes.open(name, row["sealed"]))
        over = row["expires_at"] <= self._clock()
        return ConsentSession(
            uri=content["uri"],
            owner=row["owner"],
            workload=row["workload"],
            provider=row["provider"],
            terms=_terms(content["terms"]),
            expires_at=row["expires_at"],
            stage="failed" if over else row["stage"],
            version=row["version"],
            verifier=content["verifier"],
            code=content["code"],
        )


def _name(owner: str, session: ConsentSession, session_digest: str) -> RowName:
    return RowName(owner, session.workload, session.provider, _hash(session_digest), session.version)


def _hash(session_digest: str) -> str:
    return digest("consent", session_digest)


def _terms(stored: dict[str, object]) -> Terms:
    asked = stored.pop("asked")
    assert isinstance(asked, dict)  # noqa: S101  what we sealed ourselves
    return Terms(**stored, asked=_request(asked))  # type: ignore[arg-type]  # likewise


def _request(asked: dict[str, object]) -> ResourceTokenRequest:
    lists = {name: _tuples(value) if isinstance(value, list) else value for name, value in asked.items()}
    return ResourceTokenRequest(**lists)  # type: ignore[arg-type]  # what we sealed ourselves


def _tuples(values: list[object]) -> tuple[object, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
