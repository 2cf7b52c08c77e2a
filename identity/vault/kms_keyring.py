"""Data keys wrapped by AWS KMS: the plain key encryption key never leaves the service.

Versions are positions in the list of keys that the settings name, from 1; the last one is active. KMS rotates the
material behind a key by itself and keeps old material for decryption, so to leave a key behind means to name another
one after it: the vault rewraps, and then the old one may be disabled in KMS.

The encryption context is written to CloudTrail in the clear: it names the vault by its ARN and the owner by a digest.
"""

from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from identity.length_prefixed import digest
from identity.vault.errors import KeyServiceUnavailable, RequestInvalid, SealBroken
from identity.vault.keyring import KEY_BYTES, WrappedKey

PLAIN_KEY_LIFE_S = 60.0
MOST_KEYS_KEPT = 256
_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsKeyring:
    """See Keyring. Plain data keys are kept for a minute, so that not every row costs a call.

    Args:
        client: boto3's KMS client.
        key_ids: Ids, ARNs or aliases, oldest first; only ever added to.
        vault_arn: Bound into every wrapped key.
        clock: Epoch seconds.
    """

    def __init__(self, client: Any, key_ids: Sequence[str], vault_arn: str, *, clock: Callable[[], float]) -> None:
        self._client = client
        self._key_ids = tuple(key_ids)
        self._vault_arn = vault_arn
        self._clock = clock
        self._plain: dict[tuple[str, bytes], tuple[bytes, float]] = {}

    @property
    def active(self) -> int:
        """See Keyring."""
        return len(self._key_ids)

    def new_data_key(self, owner: str) -> tuple[bytes, WrappedKey]:
        """See Keyring."""
        made = _call(
            lambda: self._client.generate_data_key(
                KeyId=self._key_ids[-1], NumberOfBytes=KEY_BYTES, EncryptionContext=self._context(owner)
            )
        )
        return made["Plaintext"], WrappedKey(self.active, made["CiphertextBlob"])

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey:
        """See Keyring."""
        sealed = _call(
            lambda: self._client.encrypt(
                KeyId=self._key_ids[-1], Plaintext=data_key, EncryptionContext=self._context(owner)
            )
        )
        return WrappedKey(self.active, sealed["CiphertextBlob"])

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        """See Keyring."""
        kept = self._plain.get((owner, wrapped.sealed))
        if kept is not None and self._clock() < kept[1]:
            return kept[0]
        if not 1 <= wrapped.kek_version <= len(self._key_ids):
            raise SealBroken
        opened = _call(
            lambda: self._client.decrypt(
                KeyId=self._key_ids[wrapped.kek_version - 1],
                CiphertextBlob=wrapped.sealed,
                EncryptionContext=self._context(owner),
            )
        )
        self._remember(owner, wrapped.sealed, opened["Plaintext"])
        return bytes(opened["Plaintext"])

    def rotate(self) -> int:
        """See Keyring."""
        raise RequestInvalid("KMS rotates its keys itself; name a further key in the vault's settings to leave one")

    def retire(self, below: int) -> bool:  # noqa: ARG002  a Keyring's
        """See Keyring. Nothing to destroy here: keys are disabled in KMS by whoever owns them there."""
        return False

    def describe(self) -> str:
        """See Keyring."""
        return f"at rest: AWS KMS key {self._key_ids[-1]}"

    def _context(self, owner: str) -> dict[str, str]:
        return {"vault": self._vault_arn, "owner": digest(owner)}

    def _remember(self, owner: str, sealed: bytes, key: bytes) -> None:
        if len(self._plain) >= MOST_KEYS_KEPT:
            self._plain.clear()
        self._plain[owner, sealed] = (key, self._clock() + PLAIN_KEY_LIFE_S)


def _call(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return call()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _NOT_OURS:
            raise SealBroken from error
        raise KeyServiceUnavailable(code) from error
    except BotoCoreError as error:
        raise KeyServiceUnavailable(type(error).__name__) from error
