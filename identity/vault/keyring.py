"""Key encryption keys by version. They wrap data keys and nothing else, so that a key service can take their place.

Keyring
├── LocalKeyring    AES-256-GCM with keys from a KeyStore: a file, or the keyring of the operating system
└── KmsKeyring      AWS KMS (kms_keyring.py)
"""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.length_prefixed import length_prefixed
from identity.vault.errors import KeyringUnusable, SealBroken
from identity.vault.key_stores import KeyStore

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class WrappedKey:
    """A data key under a key encryption key."""

    kek_version: int
    sealed: bytes


class Keyring(Protocol):
    """Wraps data keys. One contract suite runs against every kind (tests/contract/vault/test_keyrings.py)."""

    @property
    def active(self) -> int:
        """The version that wraps; versions before it only unwrap."""

    def new_data_key(self, owner: str) -> tuple[bytes, WrappedKey]:
        """A new random data key for an owner, plain and wrapped.

        Raises:
            KeyServiceUnavailable: The key service does not answer; so for every method.
        """

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey:
        """Wrap a data key for its owner with the active version."""

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        """Open a data key.

        Raises:
            SealBroken: Another owner's, changed, or wrapped with a version that is retired.
        """

    def rotate(self) -> int:
        """Add a version and make it the active one.

        Raises:
            RequestInvalid: This keyring is rotated elsewhere.
        """

    def retire(self, below: int) -> bool:
        """Destroy every version below this one, which is active or before it; whether there was any."""

    def describe(self) -> str:
        """Where the keys are, for the owner of the laptop."""


class LocalKeyring:
    """Keys of our own, read once.

    Args:
        store: Holds `{"active": 1, "keys": {"1": base64}}`.

    Raises:
        KeyringUnusable: It holds nothing, or no keyring.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        text = store.read()
        if text is None:
            raise KeyringUnusable(f"there is no keyring: {store.describe()}")
        self._active, self._keys = _parse(text)

    @property
    def active(self) -> int:
        """See Keyring."""
        return self._active

    def new_data_key(self, owner: str) -> tuple[bytes, WrappedKey]:
        """See Keyring."""
        key = secrets.token_bytes(KEY_BYTES)
        return key, self.wrap(key, owner)

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey:
        """See Keyring."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._keys[self._active]).encrypt(nonce, data_key, _context(self._active, owner))
        return WrappedKey(self._active, nonce + sealed)

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        """See Keyring."""
        key = self._keys.get(wrapped.kek_version)
        if key is None:
            raise SealBroken
        nonce, sealed = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, sealed, _context(wrapped.kek_version, owner))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def rotate(self) -> int:
        """See Keyring. The new version is on the disk before anything is wrapped with it."""
        version = self._active + 1
        self._keep(version, self._keys | {version: secrets.token_bytes(KEY_BYTES)})
        return version

    def retire(self, below: int) -> bool:
        """See Keyring."""
        left = {version: key for version, key in self._keys.items() if version >= min(below, self._active)}
        if left == self._keys:
            return False
        self._keep(self._active, left)
        return True

    def describe(self) -> str:
        """See Keyring."""
        return f"at rest: {self._store.describe()}"

    def _keep(self, active: int, keys: dict[int, bytes]) -> None:
        self._store.replace(_text(active, keys))
        self._active, self._keys = active, keys


def make_local_keyring(store: KeyStore) -> LocalKeyring:
    """Keep a keyring with one new key.

    Raises:
        KeyringUnusable: There is one already; it is never overwritten.
    """
    store.create(_text(1, {1: secrets.token_bytes(KEY_BYTES)}))
    return LocalKeyring(store)


def _text(active: int, keys: dict[int, bytes]) -> str:
    encoded = {str(version): base64.b64encode(key).decode() for version, key in keys.items()}
    return json.dumps({"active": active, "keys": encoded})


def _parse(text: str) -> tuple[int, dict[int, bytes]]:
    try:
        document = json.loads(text)
        keys = {int(version): base64.b64decode(key, validate=True) for version, key in document["keys"].items()}
        active = int(document["active"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyringUnusable("what is kept is not a keyring") from error
    if active != max(keys, default=None) or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyringUnusable(f"the keyring's newest key is not the active one, or one is not of {KEY_BYTES} bytes")
    return active, keys


def _context(kek_version: int, owner: str) -> bytes:
    return length_prefixed("vault", str(kek_version), owner)
