"""What the terminal remembers of a sign-in: COACH_HOME/session/NAME.json (0600), one token set per audience.

Refresh tokens rotate, and a used one ends the whole family; so reading, refreshing and writing happen under a
file lock: two commands at once must not both spend the same one.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from agent.terminal.errors import UsageWrong
from agent.terminal.home import Home, read_private, write_private
from agent.terminal.sign_in import TokenSet

_ATHLETE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class _Stored(TypedDict):
    access_token: str
    expires_at: float
    refresh_token: str | None


def athlete_name(name: str) -> str:
    """The name if it can be one: it becomes part of a path."""
    if not _ATHLETE.fullmatch(name):
        raise UsageWrong(f"{name!r} is no athlete's name")
    return name


def stored_athletes(home: Home) -> list[str]:
    """Athletes of whom commands on this computer have had a session; each has a lock file that stays."""
    return sorted(path.stem for path in home.session.glob("*.lock"))


@dataclass(frozen=True)
class SessionFile:
    """The stored sign-in of one athlete."""

    home: Home
    athlete: str

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Excludes other commands from this athlete's session."""
        path = self.home.session / f"{self.athlete}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def tokens(self, issuer: str, audience: str) -> TokenSet | None:
        """The token set for an audience, if this issuer gave one."""
        stored = self._document().get(issuer, {}).get(audience)
        return TokenSet(stored["access_token"], stored["expires_at"], stored["refresh_token"]) if stored else None

    def refresh_tokens(self, issuer: str) -> list[str]:
        """All refresh tokens of an issuer."""
        found = (stored["refresh_token"] for stored in self._document().get(issuer, {}).values())
        return [token for token in found if token]

    def store(self, issuer: str, audience: str, tokens: TokenSet) -> None:
        """Replaces the token set of an audience."""
        document = self._document()
        document.setdefault(issuer, {})[audience] = {
            "access_token": tokens.access_token,
            "expires_at": tokens.expires_at,
            "refresh_token": tokens.refresh_token,
        }
        write_private(self._path, json.dumps(document).encode())

    def delete(self) -> None:
        self._path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self.home.session / f"{self.athlete}.json"

    def _document(self) -> dict[str, dict[str, _Stored]]:
        try:
            return dict(json.loads(read_private(self._path)))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
