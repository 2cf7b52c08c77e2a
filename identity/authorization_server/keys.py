"""The private signing keys of a pool: one JWK set file, owner only, RSA keys of two kinds.

Access tokens and ID tokens are signed by different keys, as Cognito does it, so that an ID token can never pass for an
access token by signature alone (N33). When which key signs and leaves is decided in `key_rotation`.
"""

import json
import os
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from joserfc.jwk import RSAKey

from identity.authorization_server.errors import KeyFileExposed

Purpose = Literal["access", "id"]
PURPOSES: tuple[Purpose, ...] = ("access", "id")
# Private members of the file; never published.
_PURPOSE, _SIGNS_FROM, _LEAVES_AT = "coach_purpose", "coach_signs_from", "coach_leaves_at"


@dataclass(frozen=True)
class SigningKey:
    """One key pair.

    Attributes:
        signs_from: When it begins to sign, epoch seconds. It is published before.
        leaves_at: When it is withdrawn, epoch seconds; None while nothing has replaced it.
    """

    key: RSAKey
    purpose: Purpose
    signs_from: float = 0.0
    leaves_at: float | None = None

    @property
    def public(self) -> dict[str, Any]:
        """What is published of it."""
        return dict(self.key.as_dict(private=False))


SigningKeys = tuple[SigningKey, ...]
LoadKeys = Callable[[Path, str], SigningKeys]


def load_or_create_keys(folder: Path, pool: str) -> SigningKeys:
    """Read `{folder}/{pool}.jwks`, making folder and file on first use.

    Raises:
        KeyFileExposed: Folder or file belong to somebody else, are links, or others may use them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(folder, 0o700)
    path = folder / f"{pool}.jwks"
    if not path.exists() and not path.is_symlink():
        replace_keys(folder, pool, [generate(purpose) for purpose in PURPOSES])
    _check_private(path, 0o600)
    return _read(path)


def replace_keys(folder: Path, pool: str, keys: Iterable[SigningKey]) -> None:
    """Write the key file whole: at every moment there is either the old one or the new one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{pool}.jwks"
    beside = folder / f".{pool}.{secrets.token_hex(8)}.jwks"
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"keys": [_document(key) for key in keys]}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def generate(purpose: Purpose, *, signs_from: float = 0.0) -> SigningKey:
    """A new key pair."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
    key.ensure_kid()
    return SigningKey(key, purpose, signs_from)


def _document(key: SigningKey) -> dict[str, Any]:
    times = {_SIGNS_FROM: key.signs_from, _LEAVES_AT: key.leaves_at}
    return {**key.key.as_dict(private=True), _PURPOSE: key.purpose, **times}


def _read(path: Path) -> SigningKeys:
    # Files from before rotation say nothing about time; their keys are as old as the file.
    made_at = path.lstat().st_mtime
    return tuple(_signing_key(document, made_at) for document in json.loads(path.read_text(encoding="utf-8"))["keys"])


def _signing_key(document: dict[str, Any], made_at: float) -> SigningKey:
    purpose, leaves_at = document.pop(_PURPOSE), document.pop(_LEAVES_AT, None)
    signs_from = document.pop(_SIGNS_FROM, None) or made_at
    return SigningKey(RSAKey.import_key(document), purpose, signs_from, leaves_at)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)  # or a power cut could undo the renaming
    finally:
        os.close(handle)


def _check_private(path: Path, mode: int) -> None:
    facts = path.lstat()
    if stat.S_ISLNK(facts.st_mode):
        raise KeyFileExposed(f"{path} is a link")
    if facts.st_uid != os.getuid():
        raise KeyFileExposed(f"{path} belongs to somebody else")
    if facts.st_mode & 0o777 & ~mode:
        raise KeyFileExposed(f"{path} is open to others; its mode must be {mode:o}")
