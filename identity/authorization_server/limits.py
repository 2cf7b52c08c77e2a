"""How often one may fail: limits that survive a restart, grow, and end (A19).

Whoever fails too often waits: first shortly, twice as long each time, never longer than the limit says. Every refusal
tells how long (Retry-After). Nobody is locked out for ever, and a success or a quiet day forgets everything.

    limits.check(SIGN_IN, username)      # before the attempt; raises Throttled
    limits.count(SIGN_IN, username)      # before its result is known, so that attempts side by side all count
    limits.clear(SIGN_IN, username)      # it succeeded
"""

import math
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from identity.authorization_server.database import digest, transaction
from identity.authorization_server.errors import Throttled

_LONGEST_EXPONENT = 32


@dataclass(frozen=True)
class Limit:
    """One kind of attempt.

    Attributes:
        free: Attempts before the first wait.
        first_wait_s: The first wait; each further attempt doubles it.
        longest_wait_s: Where doubling ends.
        forgotten_after_s: Quiet time after which the count starts anew.
    """

    name: str
    free: int
    first_wait_s: float
    longest_wait_s: float
    forgotten_after_s: int


# Who knows a name can make its owner wait at the password page, at most a quarter of an hour for each guess;
# sessions and the key file go on. Peers are not counted: on loopback all programs and people share one address.
SIGN_IN = Limit("sign-in", free=5, first_wait_s=30, longest_wait_s=900, forgotten_after_s=86_400)
# By the name that a client says: secrets have 256 bits, so this keeps noise away and is asked only after a failure.
CLIENT_SECRET = Limit("client-secret", free=20, first_wait_s=5, longest_wait_s=300, forgotten_after_s=3_600)
REGISTRATION = Limit("registration", free=20, first_wait_s=60, longest_wait_s=3_600, forgotten_after_s=3_600)
METADATA_FETCH = Limit("metadata-fetch", free=30, first_wait_s=10, longest_wait_s=600, forgotten_after_s=3_600)
OPERATOR = Limit("operator", free=20, first_wait_s=5, longest_wait_s=300, forgotten_after_s=3_600)


def peer_of(request: Request) -> str:
    """Who connects. Forwarding headers are not believed."""
    return request.client.host if request.client else ""


class Limits:
    """Counts of one pool. Subjects are stored hashed: names that somebody typed are nobody's business.

    Args:
        connection: The database.
        pool: Name of the pool.
        clock: Epoch seconds.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock

    def check(self, limit: Limit, subject: str) -> None:
        """Refuse who has to wait.

        Raises:
            Throttled: With the seconds to wait.
        """
        row = self._connection.execute(
            "SELECT blocked_until FROM limits WHERE pool = ? AND name = ? AND subject_hash = ? AND expires_at > ?",
            (*self._key(limit, subject), self._clock()),
        ).fetchone()
        wait_s = row["blocked_until"] - self._clock() if row else 0.0
        if wait_s > 0:
            raise Throttled(limit.name, retry_after_s=math.ceil(wait_s))

    def count(self, limit: Limit, subject: str) -> None:
        """Count an attempt that has not succeeded yet."""
        now = self._clock()
        with transaction(self._connection):
            self._connection.execute("DELETE FROM limits WHERE expires_at <= ?", (int(now),))
            row = self._connection.execute(
                "INSERT INTO limits (pool, name, subject_hash, count, blocked_until, expires_at)"
                " VALUES (?, ?, ?, 1, 0, ?) ON CONFLICT DO UPDATE SET count = count + 1,"
                " expires_at = excluded.expires_at RETURNING count",
                (*self._key(limit, subject), int(now + limit.forgotten_after_s)),
            ).fetchone()
            doublings = min(row["count"] - limit.free, _LONGEST_EXPONENT)
            if doublings >= 0:
                wait_s = min(limit.first_wait_s * 2**doublings, limit.longest_wait_s)
                self._connection.execute(
                    "UPDATE limits SET blocked_until = ? WHERE pool = ? AND name = ? AND subject_hash = ?",
                    (now + wait_s, *self._key(limit, subject)),
                )

    def clear(self, limit: Limit, subject: str) -> None:
        """Forget the attempts of somebody who succeeded."""
        self._connection.execute(
            "DELETE FROM limits WHERE pool = ? AND name = ? AND subject_hash = ?", self._key(limit, subject)
        )

    def spend(self, limit: Limit, subject: str) -> None:
        """Check and count in one: for what costs something even if it succeeds.

        Raises:
            Throttled: With the seconds to wait.
        """
        self.check(limit, subject)
        self.count(limit, subject)

    def _key(self, limit: Limit, subject: str) -> tuple[str, str, str]:
        return self._pool, limit.name, digest(subject)
