"""Where a provider's client secret goes: the first token endpoint that its issuer named, until an operator says so.

A discovery document that names another host later on is not followed there (V23): whoever can change the document
cannot collect secrets, users' tokens and codes with it. Updating the provider, with its secret, pins anew.
"""

import sqlite3
from urllib.parse import urlsplit

from identity.vault.errors import ProviderUnavailable
from identity.vault.oauth2_provider import OAuth2Provider

SCHEMA = """
CREATE TABLE IF NOT EXISTS endpoint_pin (
    provider TEXT PRIMARY KEY, version INTEGER NOT NULL, origin TEXT NOT NULL
) WITHOUT ROWID;
"""


class EndpointPins:
    """The origin of each provider's token endpoint."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def check(self, provider: OAuth2Provider, token_endpoint: str) -> None:
        """Pin a provider's token endpoint, or compare it with what is pinned for this version of the provider.

        Raises:
            ProviderUnavailable: The issuer names another host than before.
        """
        parts = urlsplit(token_endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        row = self._database.execute("SELECT * FROM endpoint_pin WHERE provider = ?", (provider.name,)).fetchone()
        if row is None or row["version"] != provider.version:
            self._database.execute(
                "INSERT OR REPLACE INTO endpoint_pin VALUES (?, ?, ?)", (provider.name, provider.version, origin)
            )
        elif row["origin"] != origin:
            raise ProviderUnavailable(f"provider {provider.name} names a token endpoint on another host than before")
