"""The people of a pool, stored so that a subject never changes once somebody has it."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from joserfc.jwk import ECKey

from identity.authorization_server.database import transaction
from identity.authorization_server.errors import ConfigurationRefused
from identity.authorization_server.pools import UserConfig


@dataclass(frozen=True)
class User:
    """A person.

    Attributes:
        password_hash: None when there is no sign-in by password.
        sign_in_key: Public key of the person's key file; None when there is no sign-in by key file.
    """

    username: str
    sub: str
    name: str
    password_hash: str | None = field(repr=False)
    sign_in_key: ECKey | None = field(repr=False)


class Users:
    """The people of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str) -> None:
        self._connection = connection
        self._pool = pool

    def provision(self, users: Iterable[UserConfig], client_ids: frozenset[str]) -> None:
        """Store what the configuration says; a stored subject stays.

        Raises:
            ConfigurationRefused: A stored subject is the id of a client (K17).
        """
        with transaction(self._connection):
            for user in users:
                self._store(user)
            taken = {
                row["sub"] for row in self._connection.execute("SELECT sub FROM users WHERE pool = ?", (self._pool,))
            }
            if not taken.isdisjoint(client_ids):
                raise ConfigurationRefused(f"pool {self._pool} has a client whose id is the subject of a user")

    def _store(self, user: UserConfig) -> None:
        key = json.dumps(user.sign_in_key) if user.sign_in_key else None
        self._connection.execute(
            "INSERT INTO users (pool, username, sub, name, birth_year, password_hash, sign_in_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pool, username) DO UPDATE SET name = excluded.name,"
            " birth_year = excluded.birth_year, password_hash = excluded.password_hash,"
            " sign_in_key = excluded.sign_in_key",
            (self._pool, user.username, user.sub, user.name, user.birth_year, user.password_hash, key),
        )

    def by_username(self, username: str) -> User | None:
        return self._one("username", username)

    def by_subject(self, sub: str) -> User | None:
        return self._one("sub", sub)

    def _one(self, column: str, value: str) -> User | None:
        query = f"SELECT * FROM users WHERE pool = ? AND {column} = ?"  # noqa: S608  # the column is one of ours
        row = self._connection.execute(query, (self._pool, value)).fetchone()
        if row is None:
            return None
        key = ECKey.import_key(json.loads(row["sign_in_key"])) if row["sign_in_key"] else None
        return User(row["username"], row["sub"], row["name"], row["password_hash"], key)
