"""API-key credential providers: keys of services that know no OAuth, sealed. Control plane and look-up."""

import sqlite3
from collections.abc import Callable
from typing import Any

from identity.length_prefixed import digest
from identity.vault.envelope import Envelopes, RowName, provider_owner
from identity.vault.errors import RequestInvalid
from identity.vault.named_rows import NamedRows
from identity.vault.names import ResourceNames

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
        self._rows = NamedRows(database, "api_key_provider", "credential provider")
        self._envelopes = envelopes
        self._names = names
        self._clock = clock

    def api_key(self, name: str) -> str:
        """The key itself, for one call.

        Raises:
            NotFound: No such provider.
            SealBroken: The stored key was tampered with.
        """
        row = self._rows.row(name)
        return self._envelopes.open(_row_name(name, row["version"]), row["sealed_key"]).decode()

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateApiKeyCredentialProvider.

        Raises:
            AlreadyThere: The name is taken.
            RequestInvalid: No key, or a reference to a secret elsewhere.
        """
        name, key, now = request["name"], _key_of(request), self._clock()
        self._rows.require_free(name)
        sealed = self._envelopes.seal(_row_name(name, 1), key)
        self._database.execute("INSERT INTO api_key_provider VALUES (?, 1, ?, ?, ?)", (name, sealed, now, now))
        described = self._describe(self._rows.row(name))
        return {member: described[member] for member in described if not member.endswith("Time")}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetApiKeyCredentialProvider. Never shows the key.

        Raises:
            NotFound: No such provider.
        """
        return self._describe(self._rows.row(request["name"]))

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateApiKeyCredentialProvider: another key under the same name.

        Raises:
            NotFound: No such provider.
            RequestInvalid: As for create.
        """
        name, key = request["name"], _key_of(request)
        version = self._rows.row(name)["version"] + 1
        self._database.execute(
            "UPDATE api_key_provider SET version = ?, sealed_key = ?, updated_at = ? WHERE name = ?",
            (version, self._envelopes.seal(_row_name(name, version), key), self._clock(), name),
        )
        return self._describe(self._rows.row(name))

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteApiKeyCredentialProvider, with its key.

        Raises:
            NotFound: No such provider.
        """
        name = request["name"]
        self._rows.row(name)
        self._envelopes.shred(_owner(name))
        self._rows.delete(name)
        return {}

    def list_page(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListApiKeyCredentialProviders, by name."""
        rows, more = self._rows.page(request)
        members = ("name", "credentialProviderArn", "createdTime", "lastUpdatedTime")
        items = [{member: self._describe(row)[member] for member in members} for row in rows]
        return {"credentialProviders": items, **more}

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
