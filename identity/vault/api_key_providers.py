"""API-key credential providers: keys of services that know no OAuth, sealed. Control plane and look-up."""

import sqlite3
from collections.abc import Callable
from typing import Any

from identity.length_prefixed import digest
from identity.vault.envelope import Envelopes, RowName, provider_owner
from identity.vault.errors import AlreadyThere, NotFound, RequestInvalid
from identity.vault.names import ResourceNames
from identity.vault.paging import page

SCHEMA = """
CREATE TABLE IF NOT EXISTS api_key_provider (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, sealed_key BLOB NOT NULL,
    created_at REAL NOT NULL, updated_at REAL NOT NULL
) WITHOUT ROWID;
"""


class ApiKeyProviders:
    """The API keys of the vault.

    Args:
        clock: Epoch seconds.
    """

    def __init__(
        self, database: sqlite3.Connection, envelopes: Envelopes, names: ResourceNames, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._names = names
        self._clock = clock

    def api_key(self, name: str) -> str:
        """The key itself, for one call.

        Raises:
            NotFound: No such provider.
            SealBroken: The stored key was tampered with.
        """
        row = self._row(name)
        return self._envelopes.open(_row_name(name, row["version"]), row["sealed_key"]).decode()

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateApiKeyCredentialProvider.

        Raises:
            AlreadyThere: The name is taken.
            RequestInvalid: No key, or a reference to a secret elsewhere.
        """
        name, key, now = request["name"], _key_of(request), self._clock()
        if self._database.execute("SELECT 1 FROM api_key_provider WHERE name = ?", (name,)).fetchone():
            raise AlreadyThere(f"credential provider {name} exists")
        sealed = self._envelopes.seal(_row_name(name, 1), key)
        self._database.execute("INSERT INTO api_key_provider VALUES (?, 1, ?, ?, ?)", (name, sealed, now, now))
        described = self._describe(self._row(name))
        return {member: described[member] for member in described if not member.endswith("Time")}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetApiKeyCredentialProvider. Never shows the key.

        Raises:
            NotFound: No such provider.
        """
        return self._describe(self._row(request["name"]))

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateApiKeyCredentialProvider: another key under the same name.

        Raises:
            NotFound: No such provider.
            RequestInvalid: As for create.
        """
        name, key = request["name"], _key_of(request)
        version = self._row(name)["version"] + 1
        self._database.execute(
            "UPDATE api_key_provider SET version = ?, sealed_key = ?, updated_at = ? WHERE name = ?",
            (version, self._envelopes.seal(_row_name(name, version), key), self._clock(), name),
        )
        return self._describe(self._row(name))

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteApiKeyCredentialProvider, with its key.

        Raises:
            NotFound: No such provider.
        """
        name = request["name"]
        self._row(name)
        self._envelopes.shred(_owner(name))
        self._database.execute("DELETE FROM api_key_provider WHERE name = ?", (name,))
        return {}

    def list_page(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListApiKeyCredentialProviders, by name."""
        rows, more = page(request, self._rows_after)
        members = ("name", "credentialProviderArn", "createdTime", "lastUpdatedTime")
        items = [{member: self._describe(row)[member] for member in members} for row in rows]
        return {"credentialProviders": items, **more}

    def _rows_after(self, name: str, limit: int) -> list[sqlite3.Row]:
        statement = "SELECT * FROM api_key_provider WHERE name > ? ORDER BY name LIMIT ?"
        return self._database.execute(statement, (name, limit)).fetchall()

    def _row(self, name: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._database.execute(
            "SELECT * FROM api_key_provider WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            raise NotFound(f"credential provider {name} does not exist")
        return row

    def _describe(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "name": row["name"],
            "credentialProviderArn": self._names.api_key_provider(row["name"]),
            "apiKeySecretArn": {"secretArn": self._names.api_key_secret(row["name"])},
            "apiKeySecretSource": "MANAGED",
            "createdTime": row["created_at"],
            "lastUpdatedTime": row["updated_at"],
        }


def _key_of(request: dict[str, Any]) -> bytes:
    if request.get("apiKeySecretSource", "MANAGED") != "MANAGED" or "apiKeySecretConfig" in request:
        raise RequestInvalid(
            "the local vault keeps API keys itself: it reads none from Secrets Manager",
            fields=(("apiKeySecretSource", "EXTERNAL is not available at the local vault"),),
        )
    if not request.get("apiKey"):
        raise RequestInvalid("apiKey is needed", fields=(("apiKey", "missing"),))
    return str(request["apiKey"]).encode()


def _owner(name: str) -> str:
    return provider_owner(f"api-key/{name}")  # no OAuth2 provider has a slash in its name


def _row_name(name: str, version: int) -> RowName:
    return RowName(_owner(name), "", name, digest("api-key"), version)
