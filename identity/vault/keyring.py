"""The key encryption key: a versioned keyring in a file that only its owner can read.

The keyring wraps data keys and nothing else, so that a key management service can take its place.
"""

import base64
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.vault.errors import KeyringUnusable, SealBroken
from identity.vault.parts import length_prefixed

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class WrappedKey:
    """A data key under a key encryption key."""

    kek_version: int
    sealed: bytes


@dataclass(frozen=True)
class Keyring:
    """Key encryption keys by version; the active one wraps, all of them unwrap."""

    active: int
    keys: Mapping[int, bytes] = field(repr=False)

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey:
        """Seal a data key for its owner."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.active]).encrypt(nonce, data_key, _context(self.active, owner))
        return WrappedKey(self.active, nonce + sealed)

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        """Open a data key.

        Raises:
            SealBroken: Another owner's, changed, or sealed with a key that is retired.
        """
        key = self.keys.get(wrapped.kek_version)
        if key is None:
            raise SealBroken
        nonce, sealed = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, sealed, _context(wrapped.kek_version, owner))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error


def read_keyring(path: Path) -> Keyring:
    """Read a keyring file: `{"active": 1, "keys": {"1": base64}}`.

    Raises:
        KeyringUnusable: Not a regular file of ours with mode 0600, or not a keyring.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise KeyringUnusable(f"{path} cannot be opened") from error
    with os.fdopen(handle, encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise KeyringUnusable(f"{path} must be a file of its user with mode 0600")
        text = file.read()
    return _parse(text, path)


def make_keyring(path: Path) -> Keyring:
    """Make a keyring file with one new key.

    Raises:
        FileExistsError: There is a file already; it is never overwritten.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    document = {"active": 1, "keys": {"1": base64.b64encode(key).decode()}}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    return Keyring(1, {1: key})


def _parse(text: str, path: Path) -> Keyring:
    try:
        document = json.loads(text)
        keys = {int(version): base64.b64decode(key, validate=True) for version, key in document["keys"].items()}
        active = int(document["active"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyringUnusable(f"{path} is not a keyring") from error
    if active not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyringUnusable(f"{path} has no active key of {KEY_BYTES} bytes")
    return Keyring(active, keys)


def _context(kek_version: int, owner: str) -> bytes:
    return length_prefixed("vault", str(kek_version), owner)
