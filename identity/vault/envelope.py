"""Envelope encryption of rows: keyring → one data key per owner → AES-256-GCM per row.

A row is sealed under its name: whose it is, for which client and provider, for what, which version. Moved to another
name, it does not open (V09). Deleting an owner's data key makes every row of that owner unreadable.
"""

import json
import logging
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.length_prefixed import digest, length_prefixed
from identity.vault.audit import ALLOWED, AuditTrail, acting
from identity.vault.data_keys import DataKeys
from identity.vault.errors import SealBroken
from identity.vault.keyring import NONCE_BYTES
from identity.vault.row_ledger import RowLedger

logger = logging.getLogger(__name__)


def user_owner(issuer: str, subject: str) -> str:
    """The owner of what belongs to a user: identity is always the pair."""
    return json.dumps(["user", issuer, subject])


def workload_owner(workload: str) -> str:
    """The owner of what belongs to a workload without a user."""
    return json.dumps(["workload", workload])


def provider_owner(provider: str) -> str:
    """The owner of a provider's client secret."""
    return json.dumps(["provider", provider])


@dataclass(frozen=True)
class RowName:
    """What a row is sealed under.

    Attributes:
        scopes_hash: What exactly the row is good for; a digest.
        version: Grows with every rewrite of the row.
    """

    owner: str
    client: str
    provider: str
    scopes_hash: str
    version: int = 1

    @property
    def digest(self) -> str:
        """The name without the version."""
        return digest(self.owner, self.client, self.provider, self.scopes_hash)

    def associated_data(self) -> bytes:
        """The authenticated name, every part with its length before it."""
        return length_prefixed("v1", self.owner, self.client, self.provider, self.scopes_hash, str(self.version))


class Envelopes:
    """Seals and opens rows; takes down every opening."""

    def __init__(self, data_keys: DataKeys, ledger: RowLedger, audit: AuditTrail) -> None:
        self._data_keys = data_keys
        self._ledger = ledger
        self._audit = audit

    def seal(self, name: RowName, plaintext: bytes) -> bytes:
        """Encrypt a row; makes the owner's data key if there is none yet."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        key = self._data_keys.need(name.owner)
        sealed = nonce + AESGCM(key).encrypt(nonce, plaintext, name.associated_data())
        self._ledger.add(name.digest, name.owner, sealed)
        return sealed

    def open(self, name: RowName, sealed: bytes) -> bytes:
        """Decrypt a row.

        Raises:
            SealBroken: Changed, cut, moved from another name, older than what was read before, or its data key is gone.
        """
        try:
            plaintext = self._open(name, sealed)
        except SealBroken:
            logger.error("client=<%s>, provider=<%s> | sealed row does not open", name.client, name.provider)  # noqa: TRY400  the stack says nothing more
            self._take_down(name, "seal-broken")
            raise
        if not self._ledger.is_latest(name.digest, name.owner, sealed):
            logger.error("client=<%s>, provider=<%s> | an old row was put back", name.client, name.provider)
            self._take_down(name, "rolled-back")
            raise SealBroken
        self._take_down(name, ALLOWED)
        return plaintext

    def shred(self, owner: str) -> None:
        """Destroy an owner's data key, and with it everything sealed for that owner."""
        self._ledger.forget(owner)
        self._data_keys.shred(owner)
        self._audit.record("shred", who=acting.get(), what=digest(owner), decision="shredded")

    def _take_down(self, name: RowName, decision: str) -> None:
        what = f"{name.client}/{name.provider}"
        self._audit.record("decrypt", who=acting.get(), what=what, decision=decision, owner=digest(name.owner))

    def _open(self, name: RowName, sealed: bytes) -> bytes:
        key = self._data_keys.find(name.owner)
        if key is None:
            raise SealBroken
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.associated_data())
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
