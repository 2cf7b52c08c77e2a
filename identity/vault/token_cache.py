"""Access tokens that the vault got before, sealed, each under exactly what it was asked for."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from identity.length_prefixed import digest
from identity.vault.envelope import Envelopes, RowName


@dataclass(frozen=True)
class CacheKey:
    """What a token was got for. A token for more is another entry: a subset of its scopes never finds it (X11).

    Attributes:
        owner: Whose data key seals it.
        asked: Flow, provider version, scopes, audiences, resources, subject token: whatever tells requests apart.
    """

    owner: str
    workload: str
    provider: str
    asked: tuple[str, ...]

    @property
    def digest(self) -> str:
        """One text for the whole key."""
        return digest(self.owner, self.workload, self.provider, *self.asked)


@dataclass(frozen=True)
class AccessToken:
    """A token of a provider.

    Attributes:
        scopes: What was granted, which may be less than was asked for.
        expires_at: Epoch seconds.
    """

    value: str
    scopes: tuple[str, ...]
    expires_at: float

    def __repr__(self) -> str:
        return f"AccessToken(scopes={self.scopes!r}, expires_at={self.expires_at!r})"


class TokenCache:
    """Keeps tokens until they have less than the skew left.

    Args:
        clock: Epoch seconds.
        skew_s: Seconds that a token must still live to be handed out.
    """

    def __init__(
        self, database: sqlite3.Connection, envelopes: Envelopes, *, clock: Callable[[], float], skew_s: float
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock
        self._skew_s = skew_s

    def fresh(self, token: AccessToken) -> bool:
        """Whether the token has more than the skew left."""
        return token.expires_at - self._clock() > self._skew_s

    def find(self, key: CacheKey) -> AccessToken | None:
        """The token that was kept for exactly this, if it is still good.

        Raises:
            SealBroken: The stored row was tampered with; nothing is handed out.
        """
        row = self._database.execute("SELECT * FROM resource_token WHERE key_digest = ?", (key.digest,)).fetchone()
        if row is None:
            return None
        stored = json.loads(self._envelopes.open(_name(key, row["version"]), row["sealed"]))
        token = AccessToken(stored["value"], tuple(stored["scopes"]), stored["expires_at"])
        return token if self.fresh(token) else None

    def keep(self, key: CacheKey, token: AccessToken) -> None:
        """Remember a token, in place of an older one for the same."""
        row = self._database.execute(
            "SELECT version FROM resource_token WHERE key_digest = ?", (key.digest,)
        ).fetchone()
        version = row["version"] + 1 if row else 1
        plaintext = json.dumps({"value": token.value, "scopes": token.scopes, "expires_at": token.expires_at})
        sealed = self._envelopes.seal(_name(key, version), plaintext.encode())
        self._database.execute("DELETE FROM resource_token WHERE expires_at < ?", (self._clock(),))
        self._database.execute(
            "INSERT OR REPLACE INTO resource_token VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key.digest, key.workload, key.provider, key.owner, version, sealed, token.expires_at),
        )

    def forget(self, owner: str) -> None:
        """Remove every token of an owner."""
        self._database.execute("DELETE FROM resource_token WHERE owner = ?", (owner,))


def _name(key: CacheKey, version: int) -> RowName:
    return RowName(key.owner, key.workload, key.provider, key.digest, version)
