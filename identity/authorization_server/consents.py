"""What people have agreed to, for first-party clients only: others ask every time (A12)."""

import sqlite3
from collections.abc import Iterable

from identity.authorization_server.database import transaction


class Consents:
    """Remembered consents of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str) -> None:
        self._connection = connection
        self._pool = pool

    def covers(self, sub: str, client_id: str, audiences: Iterable[str], scope: str) -> bool:
        """Whether every scope was agreed to for every audience."""
        rows = self._connection.execute(
            "SELECT audience, scope FROM consents WHERE pool = ? AND sub = ? AND client_id = ?",
            (self._pool, sub, client_id),
        )
        agreed = {(row["audience"], row["scope"]) for row in rows}
        return {(audience, one) for audience in audiences for one in scope.split()} <= agreed

    def remember(self, sub: str, client_id: str, audiences: Iterable[str], scope: str) -> None:
        """Store an agreement."""
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO consents (pool, sub, client_id, audience, scope) VALUES (?, ?, ?, ?, ?)",
                [(self._pool, sub, client_id, audience, one) for audience in audiences for one in scope.split()],
            )

    def forget(self, sub: str, client_id: str) -> None:
        """Ask this person again at the client's next request."""
        self._connection.execute(
            "DELETE FROM consents WHERE pool = ? AND sub = ? AND client_id = ?", (self._pool, sub, client_id)
        )
