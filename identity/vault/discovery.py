"""Where a provider's token endpoint is: from its discovery document, or as configured."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from identity.single_flight import SingleFlight
from identity.vault.errors import ProviderUnavailable, RequestInvalid
from identity.vault.oauth2_provider import ClientAuthentication, OAuth2Provider, check_endpoint
from identity.vault.provider_http import ProviderHttp

LIFETIME_S = 300.0
MOST_KEPT = 256
_AUTHENTICATION: tuple[tuple[str, ClientAuthentication], ...] = (
    ("client_secret_basic", "CLIENT_SECRET_BASIC"),
    ("client_secret_post", "CLIENT_SECRET_POST"),
)


@dataclass(frozen=True)
class TokenEndpoint:
    """Where to send token requests, and how the client may authenticate there."""

    url: str
    authentication: ClientAuthentication


class Discovery:
    """Token endpoints of providers, read when needed and kept for a while.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, http: ProviderHttp, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._documents: dict[str, tuple[dict[str, Any], float]] = {}
        self._flights: SingleFlight[dict[str, Any]] = SingleFlight()

    async def token_endpoint(self, provider: OAuth2Provider) -> TokenEndpoint:
        """The token endpoint of a provider.

        Raises:
            ProviderUnavailable: The document cannot be read, names another issuer, or an endpoint unfit for secrets.
        """
        metadata = provider.discovery.get("authorizationServerMetadata")
        if metadata is not None:
            supported = metadata.get("tokenEndpointAuthMethods")
            return TokenEndpoint(metadata["tokenEndpoint"], _authentication(provider, supported))
        document = await self._document(provider.discovery["discoveryUrl"])
        url = document.get("token_endpoint")
        try:
            check_endpoint(str(url))
        except RequestInvalid as error:
            raise ProviderUnavailable(f"provider {provider.name} has no usable token endpoint") from error
        supported = document.get("token_endpoint_auth_methods_supported")
        return TokenEndpoint(str(url), _authentication(provider, supported))

    async def _document(self, url: str) -> dict[str, Any]:
        kept = self._documents.get(url)
        if kept is not None and self._clock() - kept[1] < LIFETIME_S:
            return kept[0]
        return await self._flights.do(url, lambda: self._read(url))

    async def _read(self, url: str) -> dict[str, Any]:
        answer = await self._http.get(url)
        document = answer.document
        # RFC 8414 §3.3: a document that names another issuer than it was asked for is not used.
        if answer.status != 200 or url not in _discovery_urls(str(document.get("issuer", ""))):  # noqa: PLR2004 - RFC 8414 §3.2
            raise ProviderUnavailable("the provider's discovery document is missing or names another issuer")
        if len(self._documents) >= MOST_KEPT:
            self._documents.clear()
        self._documents[url] = (document, self._clock())
        return document


def _discovery_urls(issuer: str) -> set[str]:
    """Where the metadata of an issuer may be: OpenID Connect Discovery §4, RFC 8414 §3.1."""
    host_end = issuer.find("/", issuer.find("://") + 3)
    host, path = (issuer, "") if host_end < 0 else (issuer[:host_end], issuer[host_end:].rstrip("/"))
    return {
        f"{host}{path}/.well-known/openid-configuration",
        f"{host}/.well-known/oauth-authorization-server{path}",
        f"{host}/.well-known/openid-configuration{path}",
    }


def _authentication(provider: OAuth2Provider, supported: list[str] | None) -> ClientAuthentication:
    if provider.authentication is not None:
        return provider.authentication
    for name, method in _AUTHENTICATION:
        if supported and name in supported:
            return method
    return "CLIENT_SECRET_BASIC"
