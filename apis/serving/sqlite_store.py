"""``Store`` on one SQLite file: what a laptop uses.

Size and key checks are those of DynamoDB (``apis.serving.store``), because SQLite itself would take anything.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from apis.serving.errors import ItemRefused, TransactionConflict
from apis.serving.store import (
    Delete,
    DeleteIf,
    Item,
    Page,
    Put,
    PutIfAbsent,
    UpdateIf,
    Write,
    check_keys,
    decode_cursor,
    encode_cursor,
    encode_doc,
    encode_writes,
)

_TABLE = (
    "CREATE TABLE IF NOT EXISTS items (pk TEXT NOT NULL, sk TEXT NOT NULL, doc TEXT NOT NULL,"
    " version INTEGER NOT NULL, PRIMARY KEY (pk, sk)) WITHOUT ROWID"
)
_INSERT = "INSERT INTO items (pk, sk, doc, version) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING"
_PUT = (
    "INSERT INTO items (pk, sk, doc, version) VALUES (?, ?, ?, 1)"
    " ON CONFLICT DO UPDATE SET doc = excluded.doc, version = version + 1"
)
_UPDATE = "UPDATE items SET doc = ?, version = version + 1 WHERE pk = ? AND sk = ? AND version = ?"
_DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?"
_DELETE_IF = "DELETE FROM items WHERE pk = ? AND sk = ? AND version = ?"
# By order, and by whether the page goes on after a key: one lower and one upper bound each, because SQLite seeks with
# one of each and would step over all that another bound leaves out.
_SELECT = {
    (False, False): "SELECT sk, doc, version FROM items WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk LIMIT ?",
    (False, True): "SELECT sk, doc, version FROM items WHERE pk = ? AND sk > ? AND sk <= ? ORDER BY sk LIMIT ?",
    (True, False): "SELECT sk, doc, version FROM items WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk DESC LIMIT ?",
    (True, True): "SELECT sk, doc, version FROM items WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk DESC LIMIT ?",
}
_FIRST, _LAST = "", "\U0010ffff"  # every sort key lies between them: UTF-8 byte order is code point order
_BUSY_TIMEOUT_S = 10.0


class SqliteStore:
    """Safe for several threads (one lock) and several processes (WAL). The file is readable by its owner only."""

    def __init__(self, path: Path | str) -> None:
        """Opens or creates the file; its folder must exist."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _TABLE):
            self._db.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def put_if_absent(self, item: Item) -> bool:
        doc = encode_doc(item)
        with self._lock:
            return self._db.execute(_INSERT, (item.pk, item.sk, doc)).rowcount == 1

    def get(self, pk: str, sk: str) -> Item | None:
        check_keys(pk, sk)
        with self._lock:
            row = self._db.execute("SELECT doc, version FROM items WHERE pk = ? AND sk = ?", (pk, sk)).fetchone()
        return Item(pk, sk, json.loads(row[0]), row[1]) if row else None

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        first, last = between or (_FIRST, _LAST)
        if limit < 1:
            raise ItemRefused("limit must be at least 1")
        after = None if cursor is None else decode_cursor(cursor, pk=pk)
        goes_on = after is not None and (after <= last if desc else after >= first)
        if after is not None and goes_on:
            first, last = (first, after) if desc else (after, last)
        with self._lock:
            rows = self._db.execute(_SELECT[desc, goes_on], (pk, first, last, limit + 1)).fetchall()
        items = tuple(Item(pk, sk, json.loads(doc), version) for sk, doc, version in rows[:limit])
        return Page(items, encode_cursor(pk, items[-1].sk) if len(rows) > limit else None)

    def update_if(self, item: Item, *, version: int) -> bool:
        doc = encode_doc(item)
        with self._lock:
            return self._db.execute(_UPDATE, (doc, item.pk, item.sk, version)).rowcount == 1

    def delete(self, pk: str, sk: str) -> None:
        check_keys(pk, sk)
        with self._lock:
            self._db.execute(_DELETE, (pk, sk))

    def transact(self, writes: Sequence[Write]) -> None:
        docs = encode_writes(writes)
        with self._lock, self._transaction():
            reasons = [self._apply(write, doc) for write, doc in zip(writes, docs, strict=True)]
            if any(reasons):
                raise TransactionConflict(reasons)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _apply(self, write: Write, doc: str) -> str | None:
        """Makes one write and returns why it could not be made."""
        match write:
            case PutIfAbsent(item):
                done = self._db.execute(_INSERT, (item.pk, item.sk, doc)).rowcount
                return None if done else "exists"
            case Put(item):
                self._db.execute(_PUT, (item.pk, item.sk, doc))
                return None
            case UpdateIf(item, version):
                done = self._db.execute(_UPDATE, (doc, item.pk, item.sk, version)).rowcount
                return None if done else "stale"
            case Delete(pk, sk):
                self._db.execute(_DELETE, (pk, sk))
                return None
            case DeleteIf(pk, sk, version):
                done = self._db.execute(_DELETE_IF, (pk, sk, version)).rowcount
                return None if done else "stale"
