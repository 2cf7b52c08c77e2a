"""Which sealing of a row is the latest: an old one that was kept and put back does not open (V11).

The ledger counts sealings outside the rows. Once a sealing was read, none before it is read again, whatever version
it claims; a row that was deleted and comes back is known by the same rule. The sealing before the latest stays good
until the latest was read, so that a crash between sealing and storing costs nothing.

The ledger is in the same database: who sets rows *and* ledger back together, that is to say the whole file, is told
by the audit log, which is longer than such a database remembers (`AuditLog`), and by nothing else on one disk.
"""

import sqlite3

from identity.length_prefixed import digest

SCHEMA = """
CREATE TABLE IF NOT EXISTS row_seal (
    sealing INTEGER PRIMARY KEY AUTOINCREMENT, name_digest TEXT NOT NULL, owner_digest TEXT NOT NULL, tag BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS row_seal_name ON row_seal (name_digest, tag);
CREATE INDEX IF NOT EXISTS row_seal_owner ON row_seal (owner_digest);
"""
TAG_BYTES = 16


class RowLedger:
    """The sealings of a vault.

    Args:
        trusts_unlisted: Rows that were sealed before there was a ledger are taken into it when they are first read.
    """

    def __init__(self, database: sqlite3.Connection, *, trusts_unlisted: bool = False) -> None:
        self._database = database
        self._trusts_unlisted = trusts_unlisted

    def add(self, name: str, owner: str, sealed: bytes) -> None:
        """Count a sealing of the row with this name."""
        self._database.execute(
            "INSERT INTO row_seal (name_digest, owner_digest, tag) VALUES (?, ?, ?)",
            (name, digest(owner), sealed[-TAG_BYTES:]),
        )

    def is_latest(self, name: str, owner: str, sealed: bytes) -> bool:
        """Whether nothing newer was read under this name; from now on nothing older is."""
        found = self._database.execute(
            "SELECT sealing FROM row_seal WHERE name_digest = ? AND tag = ?", (name, sealed[-TAG_BYTES:])
        ).fetchone()
        if found is None:
            return self._adopt(name, owner, sealed)
        self._database.execute("DELETE FROM row_seal WHERE name_digest = ? AND sealing < ?", (name, found["sealing"]))
        return True

    def forget(self, owner: str) -> None:
        """Drop the sealings of an owner whose rows nobody can read any more."""
        self._database.execute("DELETE FROM row_seal WHERE owner_digest = ?", (digest(owner),))

    def _adopt(self, name: str, owner: str, sealed: bytes) -> bool:
        listed = self._database.execute("SELECT 1 FROM row_seal WHERE name_digest = ?", (name,)).fetchone()
        if listed or not self._trusts_unlisted:
            return False
        self.add(name, owner, sealed)
        return True
