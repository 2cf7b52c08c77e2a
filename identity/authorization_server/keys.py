"""The private signing keys of a pool: one JWK set file, owner only, two RSA keys.

Access tokens and ID tokens are signed by different keys, as Cognito does it, so that an ID token can never pass for an
access token by signature alone (N33).
"""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from joserfc.jwk import RSAKey

from identity.authorization_server.errors import KeyFileExposed

Purpose = Literal["access", "id"]
_PURPOSE = "coach_purpose"  # a private member of the file; never published


@dataclass(frozen=True)
class SigningKeys:
    """The keys of one pool. The first of each purpose signs; every one is published, which allows rotation."""

    access: tuple[RSAKey, ...]
    id: tuple[RSAKey, ...]

    def public_access_keys(self) -> dict[str, Any]:
        return {"keys": [_public(key) for key in self.access]}

    def public_keys(self) -> dict[str, Any]:
        """The JWK set that the pool publishes."""
        return {"keys": [_public(key) for key in (*self.access, *self.id)]}


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
        write_keys(path, {"access": _generate(), "id": _generate()})
    _check_private(path, 0o600)
    return _read(path)


def write_keys(path: Path, keys: dict[Purpose, RSAKey]) -> None:
    """Write a new key file, refusing to replace one."""
    documents = [{**key.as_dict(private=True), _PURPOSE: purpose} for purpose, key in keys.items()]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"keys": documents}, file)


def _generate() -> RSAKey:
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
    key.ensure_kid()
    return key


def _read(path: Path) -> SigningKeys:
    found: dict[str, list[RSAKey]] = {"access": [], "id": []}
    for document in json.loads(path.read_text(encoding="utf-8"))["keys"]:
        found[document.pop(_PURPOSE)].append(RSAKey.import_key(document))
    return SigningKeys(access=tuple(found["access"]), id=tuple(found["id"]))


def _public(key: RSAKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def _check_private(path: Path, mode: int) -> None:
    facts = path.lstat()
    if stat.S_ISLNK(facts.st_mode):
        raise KeyFileExposed(f"{path} is a link")
    if facts.st_uid != os.getuid():
        raise KeyFileExposed(f"{path} belongs to somebody else")
    if facts.st_mode & 0o777 & ~mode:
        raise KeyFileExposed(f"{path} is open to others; its mode must be {mode:o}")
