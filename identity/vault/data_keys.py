"""One data key per owner, each wrapped by the keyring. An owner without one has nothing that could be read."""

import hmac
import json
import secrets
import sqlite3

from identity.vault.keyring import KEY_BYTES, Keyring, WrappedKey
from identity.vault.parts import length_prefixed

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
        return self._keyring.unwrap(WrappedKey(row["kek_version"], row["sealed"]), owner)

    def need(self, owner: str) -> bytes:
        """The owner's data key; made if there is none.

        Raises:
            SealBroken: As for `find`.
        """
        return self.find(owner) or self._make(owner)

    def shred(self, owner: str) -> None:
        """Destroy an owner's data key, and with it everything sealed for that owner."""
        self._database.execute("DELETE FROM data_key WHERE owner = ?", (owner,))

    def derive(self, purpose: str) -> bytes:
        """A key for another purpose than sealing. It comes from a root secret that is itself a wrapped data key, so
        it stays the same when the key encryption key rotates.
        """
        return hmac.digest(self.need(VAULT_OWNER), length_prefixed("derive", purpose), "sha256")

    def _make(self, owner: str) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        wrapped = self._keyring.wrap(key, owner)
        self._database.execute("INSERT INTO data_key VALUES (?, ?, ?)", (owner, wrapped.kek_version, wrapped.sealed))
        return key
