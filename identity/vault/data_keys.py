"""One data key per owner, each wrapped by the keyring. An owner without one has nothing that could be read."""

import hmac
import json
import sqlite3

from identity.length_prefixed import length_prefixed
from identity.vault.errors import KeyServiceUnavailable
from identity.vault.keyring import Keyring, WrappedKey

VAULT_OWNER = json.dumps(["vault", "root"])


class DataKeys:
    """The data keys of a vault. They are unwrapped for one call and kept nowhere."""

    def __init__(self, database: sqlite3.Connection, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def find(self, owner: str) -> bytes | None:
        """The owner's data key, if there is one.

        Raises:
            SealBroken: It was changed, or the key that wraps it is gone.
        """
        row = self._database.execute("SELECT kek_version, sealed FROM data_key WHERE owner = ?", (owner,)).fetchone()
        if row is None:
            return None
        wrapped = WrappedKey(row["kek_version"], row["sealed"])
        key = self._keyring.unwrap(wrapped, owner)
        if wrapped.kek_version < self._keyring.active:
            self._rewrap(key, owner, wrapped)
        return key

    def need(self, owner: str) -> bytes:
        """The owner's data key; made if there is none.

        Raises:
            SealBroken: As for `find`.
        """
        return self.find(owner) or self._make(owner)

    def shred(self, owner: str) -> None:
        """Destroy an owner's data key, and with it everything sealed for that owner.

        The file overwrites what is deleted (`secure_delete`); the write-ahead log, which may still hold the page as it
        was, is emptied.
        """
        self._database.execute("DELETE FROM data_key WHERE owner = ?", (owner,))
        if not self._database.in_transaction:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def wrapped_before(self, version: int, *, after: str, limit: int) -> list[str]:
        """Owners, in order after one, whose data keys an older version wraps."""
        statement = "SELECT owner FROM data_key WHERE kek_version < ? AND owner > ? ORDER BY owner LIMIT ?"
        return [row["owner"] for row in self._database.execute(statement, (version, after, limit))]

    def derive(self, purpose: str) -> bytes:
        """A key for another purpose than sealing. It comes from a root secret that is itself a wrapped data key, so
        it stays the same when the key encryption key rotates.
        """
        return hmac.digest(self.need(VAULT_OWNER), length_prefixed("derive", purpose), "sha256")

    def _make(self, owner: str) -> bytes:
        key, wrapped = self._keyring.new_data_key(owner)
        self._database.execute("INSERT INTO data_key VALUES (?, ?, ?)", (owner, wrapped.kek_version, wrapped.sealed))
        return key

    def _rewrap(self, key: bytes, owner: str, old: WrappedKey) -> None:
        try:
            wrapped = self._keyring.wrap(key, owner)
        except KeyServiceUnavailable:  # the key is open: whoever reads must not fail because of housekeeping
            return
        self._database.execute(
            "UPDATE data_key SET kek_version = ?, sealed = ? WHERE owner = ? AND sealed = ?",
            (wrapped.kek_version, wrapped.sealed, owner, old.sealed),
        )
