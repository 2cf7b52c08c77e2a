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
        groups: In alphabetical order.
    """

    username: str
    sub: str
    name: str
    password_hash: str | None = field(repr=False)
    sign_in_key: ECKey | None = field(repr=False)
    groups: tuple[str, ...] = ()


class Users:
    """The people of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str) -> None:
        self._connection = connection
        self._pool = pool

    def provision(self, users: Iterable[UserConfig], client_ids: frozenset[str]) -> frozenset[str]:
        """Store what the configuration says; a stored subject stays, and who was deleted stays deleted.

        Returns:
            Subjects of those whose sign-ins are over: their password or key is another one, or they are disabled.

        Raises:
            ConfigurationRefused: A stored subject is the id of a client (K17).
        """
        with transaction(self._connection):
            kept = [user for user in users if not self._is_deleted(user.username)]
            ended = frozenset(sub for user in kept if (sub := self._store(user)) is not None)
            if any(self.has_subject(client_id) for client_id in client_ids):
                raise ConfigurationRefused(f"pool {self._pool} has a client whose id is the subject of a user")
        return ended

    def _store(self, user: UserConfig) -> str | None:
        query = "SELECT sub, password_hash, sign_in_key FROM users WHERE pool = ? AND username = ?"
        before = self._connection.execute(query, (self._pool, user.username)).fetchone()
        key = json.dumps(user.sign_in_key) if user.sign_in_key else None
        self._connection.execute(
            "INSERT INTO users (pool, username, sub, name, birth_year, password_hash, sign_in_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pool, username) DO UPDATE SET name = excluded.name,"
            " birth_year = excluded.birth_year, password_hash = excluded.password_hash,"
            " sign_in_key = excluded.sign_in_key",
            (self._pool, user.username, user.sub, user.name, user.birth_year, user.password_hash, key),
        )
        # The stored subject, which an older configuration may have given.
        person = "(SELECT sub FROM users WHERE pool = ? AND username = ?)"
        self._connection.execute(
            f"DELETE FROM user_groups WHERE pool = ? AND sub = {person}",  # noqa: S608  # our own text
            (self._pool, self._pool, user.username),
        )
        self._connection.executemany(
            f"INSERT OR IGNORE INTO user_groups (pool, sub, name) VALUES (?, {person}, ?)",  # noqa: S608  # our own text
            [(self._pool, self._pool, user.username, name) for name in user.groups],
        )
        return self._end_if_changed(user, before, key)

    def _end_if_changed(self, user: UserConfig, before: sqlite3.Row | None, key: str | None) -> str | None:
        sub: str = before["sub"] if before else user.sub
        row = (self._pool, sub)
        self._connection.execute("DELETE FROM disabled_users WHERE pool = ? AND sub = ?", row)
        if user.disabled:
            self._connection.execute("INSERT INTO disabled_users (pool, sub) VALUES (?, ?)", row)
        changed = before is not None and (before["password_hash"], before["sign_in_key"]) != (user.password_hash, key)
        return sub if user.disabled or changed else None

    def delete(self, username: str, now: float) -> str | None:
        """Delete a person; the name and the subject are never given to anybody again.

        Returns:
            The subject, or None if there is no such person.
        """
        with transaction(self._connection):
            row = self._connection.execute(
                "DELETE FROM users WHERE pool = ? AND username = ? RETURNING sub", (self._pool, username)
            ).fetchone()
            if row is None:
                return None
            sub: str = row["sub"]
            self._connection.execute(
                "INSERT INTO deleted_users (pool, username, sub, deleted_at) VALUES (?, ?, ?, ?)",
                (self._pool, username, sub, int(now)),
            )
            for table in ("user_groups", "consents", "browser_sessions"):
                query = f"DELETE FROM {table} WHERE pool = ? AND sub = ?"  # noqa: S608  # our own names
                self._connection.execute(query, (self._pool, sub))
        return sub

    def has_subject(self, sub: str) -> bool:
        """Whether somebody has, or had, this subject."""
        row = self._connection.execute(
            "SELECT 1 FROM users WHERE pool = :pool AND sub = :sub"
            " UNION ALL SELECT 1 FROM deleted_users WHERE pool = :pool AND sub = :sub",
            {"pool": self._pool, "sub": sub},
        ).fetchone()
        return row is not None

    def _is_deleted(self, username: str) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM deleted_users WHERE pool = ? AND username = ?", (self._pool, username)
        ).fetchone()
        return row is not None

    def by_username(self, username: str) -> User | None:
        return self._one("username", username)

    def by_subject(self, sub: str) -> User | None:
        return self._one("sub", sub)

    def _one(self, column: str, value: str) -> User | None:
        query = f"SELECT * FROM users WHERE pool = ? AND {column} = ?"  # noqa: S608  # the column is one of ours
        query += " AND sub NOT IN (SELECT sub FROM disabled_users WHERE pool = users.pool)"
        row = self._connection.execute(query, (self._pool, value)).fetchone()
        if row is None:
            return None
        key = ECKey.import_key(json.loads(row["sign_in_key"])) if row["sign_in_key"] else None
        groups = self._connection.execute(
            "SELECT name FROM user_groups WHERE pool = ? AND sub = ? ORDER BY name", (self._pool, row["sub"])
        )
        names = tuple(group["name"] for group in groups)
        return User(row["username"], row["sub"], row["name"], row["password_hash"], key, names)
