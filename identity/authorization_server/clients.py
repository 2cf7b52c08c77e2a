"""A registered client as Authlib asks about it, and as the hop table limits it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import ClientMixin
from joserfc.jwk import KeySet

from identity.authorization_server.pools import ClientConfig, Grant, client_keys
from identity.authorization_server.redirect_uris import is_registered

if TYPE_CHECKING:
    from identity.authorization_server.targets import Target

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # a grant type (RFC 8693 §2.1)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 §2.1
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
GRANT_TYPES: dict[str, Grant] = {
    "authorization_code": "authorization_code",
    "refresh_token": "refresh_token",
    "client_credentials": "client_credentials",
    TOKEN_EXCHANGE: "token_exchange",
    DEVICE_CODE: "device_code",
}


class Client(ClientMixin):  # type: ignore[misc]  # Authlib ships no types
    """One client of a pool.

    Args:
        config: Its registration.
    """

    def __init__(self, config: ClientConfig) -> None:
        self.config = config
        self.keys: KeySet | None = client_keys(config.jwks) if config.jwks is not None else None
        self._secret_hash = bytes.fromhex(config.secret_hash) if config.secret_hash else None
        if config.secret is not None:
            self._secret_hash = hash_secret(config.secret.get_secret_value())

    @property
    def client_id(self) -> str:
        return self.config.client_id

    def get_client_id(self) -> str:
        return self.config.client_id

    def get_default_redirect_uri(self) -> str | None:
        # RFC 6749 §3.1.2.3: with several registered, the request must say which.
        return self.config.redirect_uris[0] if len(self.config.redirect_uris) == 1 else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_registered(redirect_uri, self.config.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        # Equal work for every client, so that time does not tell which exist (K21).
        return (
            hmac.compare_digest(hash_secret(client_secret), self._secret_hash or b"") and self._secret_hash is not None
        )

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.config.grants

    def check_grant_type(self, grant_type: str) -> bool:
        # Whoever may exchange may do it by the name of JWT bearer too.
        return {**GRANT_TYPES, JWT_BEARER: "token_exchange"}.get(grant_type) in self.config.grants

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes asked for, or None if one of them is not for this client (A07). Nothing asked for: all."""
        asked = (scope or " ".join(self.config.scopes)).split()
        return " ".join(dict.fromkeys(asked)) if asked and set(asked) <= set(self.config.scopes) else None

    def may_reach(self, target: Target, grant: Grant) -> bool:
        """Whether the hop table has an edge to this resource server, or it is a URL that a foreign client may name."""
        if self.config.foreign:
            named = not self.config.resources or target.audience in self.config.resources
            return target.is_url and named and grant in self.config.grants
        return any(edge.audience in target.server_audiences and grant in edge.grants for edge in self.config.targets)


def hash_secret(secret: str) -> bytes:
    """What is kept of a client's secret."""
    # Client secrets are random and long, so one round is enough.
    return hashlib.sha256(secret.encode()).digest()
