"""Passwords of the login page, kept as scrypt. How often one may guess is in `limits`."""

import base64
import hashlib
import hmac
import secrets

# OWASP Password Storage Cheat Sheet: N=2^14, r=8, p=5.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_MEMORY = 64 * 1024 * 1024


def hash_password(password: str, *, cost: int = _COST) -> str:
    """A stored form of a password.

    Args:
        password: The password.
        cost: scrypt's N; only tests lower it.
    """
    salt = secrets.token_bytes(16)
    derived = hashlib.scrypt(password.encode(), salt=salt, n=cost, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY)
    return f"scrypt${cost}${_b64(salt)}${_b64(derived)}"


def matches(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one. An account without a password costs the same time."""
    _, cost, salt, expected = (stored or f"scrypt${_COST}${_b64(bytes(16))}${_b64(bytes(64))}").split("$")
    derived = hashlib.scrypt(
        password.encode(), salt=base64.b64decode(salt), n=int(cost), r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY
    )
    return hmac.compare_digest(_b64(derived), expected) and stored is not None


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
