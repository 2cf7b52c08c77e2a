"""OAuth2 credential providers: client registrations with their secrets sealed. Control plane and look-up."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from identity.length_prefixed import digest
from identity.outbound_addresses import AddressPolicy
from identity.vault.connections import drop_connections
from identity.vault.envelope import Envelopes, RowName, provider_owner
from identity.vault.named_rows import NamedRows
from identity.vault.names import ResourceNames
from identity.vault.oauth2_provider import CONFIG, OAuth2Provider, exchange_of, public_config


class CredentialProviders:
    """The providers of the vault.

    Args:
        clock: Epoch seconds.
        places: Where providers may be.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        envelopes: Envelopes,
        names: ResourceNames,
        *,
        clock: Callable[[], float],
        places: AddressPolicy,
    ) -> None:
        self._places = places
        self._database = database
        self._rows = NamedRows(database, "oauth2_provider", "credential provider")
        self._envelopes = envelopes
        self._names = names
        self._clock = clock

    def find(self, name: str) -> OAuth2Provider:
        """A provider with its secret opened, for one call.

        Raises:
            NotFound: No such provider.
            SealBroken: The secret does not belong to this configuration.
        """
        row = self._rows.row(name)
        config = json.loads(row["config"])
        secret = self._envelopes.open(_secret_name(name, row["config"], row["version"]), row["sealed_secret"])
        return OAuth2Provider(
            name=name,
            discovery=config["oauthDiscovery"],
            client_id=config["clientId"],
            client_secret=SecretStr(secret.decode()),
            authentication=config.get("clientAuthenticationMethod"),
            exchange=exchange_of(config),
            version=row["version"],
        )

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateOauth2CredentialProvider.

        Raises:
            AlreadyThere: The name is taken.
            RequestInvalid: A configuration that the local vault cannot honour.
        """
        name, vendor = request["name"], request["credentialProviderVendor"]
        config, secret = public_config(vendor, request["oauth2ProviderConfigInput"], self._places)
        self._rows.require_free(name)
        text, sealed = self._seal(name, config, secret, version=1)
        now = self._clock()
        self._database.execute(
            "INSERT INTO oauth2_provider VALUES (?, ?, ?, 1, ?, ?, ?)", (name, vendor, text, sealed, now, now)
        )
        described = self._describe(self._rows.row(name))
        left_out = {"credentialProviderVendor", "createdTime", "lastUpdatedTime"}
        return {member: described[member] for member in described if member not in left_out}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetOauth2CredentialProvider. Never shows the secret.

        Raises:
            NotFound: No such provider.
        """
        return self._describe(self._rows.row(request["name"]))

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateOauth2CredentialProvider. What was got with the old configuration is forgotten (V28).

        Raises:
            NotFound: No such provider.
            RequestInvalid: As for create; the secret is always needed, so that none goes to a new address by itself.
        """
        name, vendor = request["name"], request["credentialProviderVendor"]
        version = self._rows.row(name)["version"] + 1
        config, secret = public_config(vendor, request["oauth2ProviderConfigInput"], self._places)
        text, sealed = self._seal(name, config, secret, version=version)
        self._forget_tokens(name)
        self._database.execute(
            "UPDATE oauth2_provider SET vendor = ?, config = ?, version = ?, sealed_secret = ?, updated_at = ?"
            " WHERE name = ?",
            (vendor, text, version, sealed, self._clock(), name),
        )
        return self._describe(self._rows.row(name))

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteOauth2CredentialProvider, with its secret and everything got with it.

        Raises:
            NotFound: No such provider.
        """
        name = request["name"]
        self._rows.row(name)
        self._forget_tokens(name)
        drop_connections(self._database, self._envelopes, "provider", name)
        self._database.execute("DELETE FROM endpoint_pin WHERE provider = ?", (name,))
        self._envelopes.shred(provider_owner(name))
        self._rows.delete(name)
        return {}

    def list_page(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListOauth2CredentialProviders, by name."""
        rows, more = self._rows.page(request)
        members = ("name", "credentialProviderVendor", "credentialProviderArn", "createdTime", "lastUpdatedTime")
        items = [{member: self._describe(row)[member] for member in members} for row in rows]
        return {"credentialProviders": items, **more}

    def _seal(self, name: str, config: dict[str, Any], secret: SecretStr, *, version: int) -> tuple[str, bytes]:
        text = json.dumps(config, sort_keys=True)
        return text, self._envelopes.seal(_secret_name(name, text, version), secret.get_secret_value().encode())

    def _forget_tokens(self, name: str) -> None:
        self._database.execute("DELETE FROM resource_token WHERE provider = ?", (name,))

    def _describe(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "clientSecretArn": {"secretArn": self._names.client_secret(row["name"])},
            "clientSecretSource": "MANAGED",
            "name": row["name"],
            "credentialProviderArn": self._names.oauth2_provider(row["name"]),
            "credentialProviderVendor": row["vendor"],
            "callbackUrl": self._names.callback_url(row["name"]),
            "oauth2ProviderConfigOutput": {CONFIG: json.loads(row["config"])},
            "createdTime": row["created_at"],
            "lastUpdatedTime": row["updated_at"],
            "status": "READY",
        }


def _secret_name(provider: str, config: str, version: int) -> RowName:
    # The configuration is part of the name: a row repointed in the file does not get the secret (V28).
    return RowName(provider_owner(provider), "client-secret", provider, digest(config), version)
