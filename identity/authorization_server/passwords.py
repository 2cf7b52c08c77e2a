"""Passwords of the login page: scrypt, with limits on how often one may guess (A19)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from identity.authorization_server.errors import SignInThrottled

# OWASP Password Storage Cheat Sheet: N=2^14, r=8, p=5.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_MEMORY = 64 * 1024 * 1024
MOST_FAILURES = 5
WINDOW_S = 60.0
_MOST_NAMES = 10_000


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


class Attempts:
    """Counts failed sign-ins of each name; after too many the name has to wait, and is told so.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[str, list[float]] = {}

    def check(self, name: str) -> None:
        """Refuse a name that failed too often.

        Raises:
            SignInThrottled: `MOST_FAILURES` within `WINDOW_S`.
        """
        if len(self._recent(name)) >= MOST_FAILURES:
            raise SignInThrottled("too many failed sign-ins")

    def failed(self, name: str) -> None:
        """Count a failure."""
        if len(self._failures) >= _MOST_NAMES:
            self._failures = {known: times for known in self._failures if (times := self._recent(known))}
        self._failures[name] = [*self._recent(name), self._clock()]

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name."""
        self._failures.pop(name, None)

    def _recent(self, name: str) -> list[float]:
        return [moment for moment in self._failures.get(name, []) if self._clock() - moment < WINDOW_S]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
