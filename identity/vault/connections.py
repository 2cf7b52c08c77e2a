"""Connections: what users consented to, kept as refresh and access token, each row under a data key of its own.

A row is found by exactly what was granted: a request for fewer scopes never finds it. Its name binds the client and
the provider's issuer and token endpoint, so that a refresh token opens only for where it came from (V28). Removing a
row destroys its data key: no copy of the row opens any more (V15).
"""

import json
import sqlite3
from dataclasses import dataclass, field, replace

from identity.length_prefixed import digest
from identity.vault.discovery import Endpoints
from identity.vault.envelope import Envelopes, RowName
from identity.vault.errors import SealBroken
from identity.vault.grants import UserTokens
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.token_cache import AccessToken
from identity.vault.token_requests import ResourceTokenRequest

SCHEMA = """
CREATE TABLE IF NOT EXISTS connection (
    key_digest TEXT PRIMARY KEY, asked_digest TEXT NOT NULL, owner TEXT NOT NULL, workload TEXT NOT NULL,
    provider TEXT NOT NULL, issuer TEXT NOT NULL, token_endpoint TEXT NOT NULL, client_id TEXT NOT NULL,
    account TEXT, scopes TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, connected_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS connection_asked ON connection (asked_digest);
CREATE INDEX IF NOT EXISTS connection_owner ON connection (owner, workload, provider);
CREATE INDEX IF NOT EXISTS connection_account ON connection (account);
"""


@dataclass(frozen=True)
class ConnectionKey:
    """What a connection is for. Everything but the scopes is as it was asked for.

    Attributes:
        owner: Whose consent it is (`envelope.user_owner`).
        scopes: Sorted.
    """

    owner: str
    workload: str
    provider: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    resources: tuple[str, ...]
    custom: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, owner: str, workload: str, provider: str, asked: ResourceTokenRequest) -> "ConnectionKey":
        """The key of what a workload asks for in the name of a user."""
        return cls(owner, workload, provider, asked.scopes, asked.audiences, asked.resources, asked.custom)

    @property
    def digest(self) -> str:
        """One text for the whole key."""
        lists = (self.scopes, self.audiences, self.resources, self.custom)
        return digest("connection", self.owner, self.workload, self.provider, *(json.dumps(one) for one in lists))


@dataclass(frozen=True)
class Origin:
    """Where the tokens of a connection come from; its refresh token goes nowhere else."""

    issuer: str
    token_endpoint: str
    client_id: str

    @classmethod
    def of(cls, provider: OAuth2Provider, endpoints: Endpoints) -> "Origin":
        """Where a provider's tokens come from now."""
        return cls(endpoints.issuer, endpoints.token, provider.client_id)


@dataclass(frozen=True)
class Connection:
    """A consent and its tokens.

    Attributes:
        key_digest: Of what was granted.
        asked_digest: Of what was asked for; another one if less was granted (V06).
        account: Digest of the account at the provider, None where it does not say whose the tokens are (V07).
        scopes: What was granted.
        connected_at: Epoch seconds.
    """

    key_digest: str
    asked_digest: str
    owner: str
    workload: str
    provider: str
    origin: Origin
    account: str | None
    scopes: tuple[str, ...]
    connected_at: float
    access: AccessToken
    refresh_token: str | None = field(repr=False)
    version: int = 1

    @property
    def data_key_owner(self) -> str:
        """Whose data key seals it: its own, which goes with it."""
        return json.dumps(["connection", *json.loads(self.owner)[1:], self.key_digest])


class Connections:
    """The connections of all users."""

    def __init__(self, database: sqlite3.Connection, envelopes: Envelopes) -> None:
        self._database = database
        self._envelopes = envelopes

    def find(self, key: ConnectionKey) -> Connection | None:
        """What was granted exactly as asked.

        Raises:
            SealBroken: The stored row was tampered with; nothing is handed out.
        """
        return self._one("key_digest", key.digest)

    def find_asked(self, key: ConnectionKey) -> Connection | None:
        """What was granted when this was asked for, which may be less.

        Raises:
            SealBroken: As for `find`.
        """
        return self._one("asked_digest", key.digest)

    def of_user(self, owner: str, workload: str | None = None, provider: str | None = None) -> list[Connection]:
        """A user's connections, the oldest first, without their tokens (`opened`)."""
        rows = self._database.execute(
            "SELECT * FROM connection WHERE owner = ? AND workload = ifnull(?, workload)"
            " AND provider = ifnull(?, provider) ORDER BY connected_at, key_digest",
            (owner, workload, provider),
        ).fetchall()
        return [_closed(row) for row in rows]

    def opened(self, connection: Connection) -> Connection:
        """The connection as it is now, with its tokens.

        Raises:
            SealBroken: As for `find`; or it is gone.
        """
        found = self._one("key_digest", connection.key_digest)
        if found is None:
            raise SealBroken
        return found

    def linked_to_another(self, account: str, owner: str) -> bool:
        """Whether an account at a provider belongs to another user's connection (V07)."""
        found = self._database.execute(
            "SELECT 1 FROM connection WHERE account = ? AND owner <> ? LIMIT 1", (account, owner)
        )
        return found.fetchone() is not None

    def keep(self, connection: Connection) -> None:
        """Remember a new connection, in place of an older one for the same; the old one's data key goes with it."""
        replaced = [self._one("key_digest", connection.key_digest), self._one("asked_digest", connection.asked_digest)]
        for old in replaced:
            if old is not None:
                self.remove(old)
        sealed = self._seal(connection)
        origin = connection.origin
        self._database.execute(
            "INSERT INTO connection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(connection.key_digest, connection.asked_digest, connection.owner, connection.workload),
                *(connection.provider, origin.issuer, origin.token_endpoint, origin.client_id, connection.account),
                *(json.dumps(connection.scopes), connection.version, sealed, connection.connected_at),
            ),
        )

    def renew(self, connection: Connection, tokens: UserTokens) -> Connection | None:
        """Store what a refresh gave. None if the connection was removed in the meantime: then nothing is stored."""
        known = self._database.execute(
            "SELECT 1 FROM connection WHERE key_digest = ? AND version = ?", (connection.key_digest, connection.version)
        )
        if known.fetchone() is None:
            return None
        renewed = replace(
            connection,
            access=tokens.access,
            refresh_token=tokens.refresh or connection.refresh_token,
            version=connection.version + 1,
        )
        self._database.execute(
            "UPDATE connection SET version = ?, sealed = ? WHERE key_digest = ?",
            (renewed.version, self._seal(renewed), renewed.key_digest),
        )
        return renewed

    def remove(self, connection: Connection) -> None:
        """Destroy a connection: its row, and the data key that opens copies of it."""
        self._database.execute("DELETE FROM connection WHERE key_digest = ?", (connection.key_digest,))
        self._envelopes.shred(connection.data_key_owner)

    def _one(self, column: str, value: str) -> Connection | None:
        statement = f"SELECT * FROM connection WHERE {column} = ?"  # noqa: S608  one of two constants
        row = self._database.execute(statement, (value,)).fetchone()
        return None if row is None else self._opened(row)

    def _seal(self, connection: Connection) -> bytes:
        access = connection.access
        content = {
            "refresh_token": connection.refresh_token,
            "access": [access.value, access.scopes, access.expires_at],
        }
        return self._envelopes.seal(_name(connection), json.dumps(content).encode())

    def _opened(self, row: sqlite3.Row) -> Connection:
        closed = _closed(row)
        content = json.loads(self._envelopes.open(_name(closed), row["sealed"]))
        value, scopes, expires_at = content["access"]
        return replace(
            closed, access=AccessToken(value, tuple(scopes), expires_at), refresh_token=content["refresh_token"]
        )


def _closed(row: sqlite3.Row) -> Connection:
    return Connection(
        key_digest=row["key_digest"],
        asked_digest=row["asked_digest"],
        owner=row["owner"],
        workload=row["workload"],
        provider=row["provider"],
        origin=Origin(row["issuer"], row["token_endpoint"], row["client_id"]),
        account=row["account"],
        scopes=tuple(json.loads(row["scopes"])),
        connected_at=row["connected_at"],
        access=AccessToken("", (), 0.0),
        refresh_token=None,
        version=row["version"],
    )


def drop_connections(database: sqlite3.Connection, envelopes: Envelopes, column: str, value: str) -> None:
    """Destroy every connection of a workload or a provider that is deleted, without opening them."""
    statement = f"SELECT owner, key_digest FROM connection WHERE {column} = ?"  # noqa: S608  `workload` or `provider`
    for row in database.execute(statement, (value,)).fetchall():
        envelopes.shred(json.dumps(["connection", *json.loads(row["owner"])[1:], row["key_digest"]]))
    database.execute(f"DELETE FROM connection WHERE {column} = ?", (value,))  # noqa: S608  likewise
    database.execute(f"DELETE FROM consent_session WHERE {column} = ?", (value,))  # noqa: S608  likewise


def _name(connection: Connection) -> RowName:
    origin = connection.origin
    what = digest(
        *(connection.key_digest, connection.asked_digest, connection.owner, connection.account or ""),
        *(origin.issuer, origin.token_endpoint, *connection.scopes),
    )
    return RowName(connection.data_key_owner, connection.workload, connection.provider, what, connection.version)
