"""Clients that were registered while the server runs: by themselves (RFC 7591) or by the operator."""

import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from identity.authorization_server.database import digest, transaction
from identity.authorization_server.errors import RegistrationsFull
from identity.authorization_server.pools import ClientConfig

Origin = Literal["itself", "operator"]
MOST_CLIENTS = 1000
MOST_UNUSED = 200
UNUSED_LIFETIME_S = 86_400


@dataclass(frozen=True)
class RegisteredClient:
    """A stored registration.

    Attributes:
        origin: Who registered it.
        created_at: Epoch seconds.
        expires_at: Epoch seconds; None once somebody has used it, or if the operator added it.
    """

    config: ClientConfig
    origin: Origin
    created_at: int
    expires_at: int | None


class ClientStore:
    """The registered clients of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
        clock: Epoch seconds.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock

    def find(self, client_id: str) -> RegisteredClient | None:
        """The registration of a client that has not expired."""
        row = self._connection.execute(
            "SELECT * FROM registered_clients WHERE pool = ? AND client_id = ?"
            " AND (expires_at IS NULL OR expires_at > ?)",
            (self._pool, client_id, int(self._clock())),
        ).fetchone()
        return _registered(row) if row else None

    def all(self) -> list[RegisteredClient]:
        """Every registration, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM registered_clients WHERE pool = ? AND (expires_at IS NULL OR expires_at > ?)"
            " ORDER BY created_at, client_id",
            (self._pool, int(self._clock())),
        )
        return [_registered(row) for row in rows]

    def add(self, config: ClientConfig, origin: Origin) -> tuple[RegisteredClient, str]:
        """Store a registration.

        Returns:
            The registration, and the token that manages it (RFC 7592), of which a hash is kept.

        Raises:
            RegistrationsFull: There are too many, or too many that nobody has used.
        """
        now, management = int(self._clock()), secrets.token_urlsafe(32)
        expires_at = now + UNUSED_LIFETIME_S if origin == "itself" else None
        document = config.model_dump_json(exclude={"secret"}, exclude_defaults=True)
        with transaction(self._connection):
            self._connection.execute("DELETE FROM registered_clients WHERE expires_at <= ?", (now,))
            if origin == "itself":
                self._require_room()
            self._connection.execute(
                "INSERT INTO registered_clients (pool, client_id, origin, config, management_hash, created_at,"
                " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._pool, config.client_id, origin, document, digest(management), now, expires_at),
            )
        return RegisteredClient(config, origin, now, expires_at), management

    def manages(self, client_id: str, management_token: str) -> bool:
        """Whether this token may read and delete that registration (RFC 7592 §1.3)."""
        row = self._connection.execute(
            "SELECT management_hash FROM registered_clients WHERE pool = ? AND client_id = ?", (self._pool, client_id)
        ).fetchone()
        stored = (row["management_hash"] if row else None) or ""
        return hmac.compare_digest(digest(management_token), stored)

    def used(self, client_id: str) -> None:
        """Keep a registration: a person has agreed to it."""
        self._connection.execute(
            "UPDATE registered_clients SET expires_at = NULL WHERE pool = ? AND client_id = ?", (self._pool, client_id)
        )

    def remove(self, client_id: str) -> bool:
        """Forget a registration; False if there was none."""
        removed = self._connection.execute(
            "DELETE FROM registered_clients WHERE pool = ? AND client_id = ? RETURNING client_id",
            (self._pool, client_id),
        ).fetchone()
        return removed is not None

    def _require_room(self) -> None:
        row = self._connection.execute(
            "SELECT count(*) AS clients, count(expires_at) AS unused FROM registered_clients WHERE pool = ?"
            " AND origin = 'itself'",
            (self._pool,),
        ).fetchone()
        if row["clients"] >= MOST_CLIENTS or row["unused"] >= MOST_UNUSED:
            raise RegistrationsFull(f"{row['clients']} clients, {row['unused']} of them unused")


def _registered(row: sqlite3.Row) -> RegisteredClient:
    config = ClientConfig.model_validate(json.loads(row["config"]))
    return RegisteredClient(config, row["origin"], row["created_at"], row["expires_at"])
