"""Where a provider's endpoints are: from its discovery document, or as configured."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from identity.outbound_addresses import AddressPolicy
from identity.single_flight import SingleFlight
from identity.vault.endpoint_pins import EndpointPins
from identity.vault.errors import ProviderUnavailable, RequestInvalid
from identity.vault.oauth2_provider import ClientAuthentication, OAuth2Provider, check_endpoint
from identity.vault.provider_http import ProviderHttp

LIFETIME_S = 300.0
MOST_KEPT = 256
_ENDPOINTS = ("token", "authorization", "revocation")
_AUTHENTICATION: tuple[tuple[str, ClientAuthentication], ...] = (
    ("client_secret_basic", "CLIENT_SECRET_BASIC"),
    ("client_secret_post", "CLIENT_SECRET_POST"),
)


@dataclass(frozen=True)
class Endpoints:
    """Where to send browsers and token requests, and how the client may authenticate.

    Attributes:
        authorization: Where browsers are sent; None if there is no such thing.
        revocation: RFC 7009; None if the provider has none.
        names_issuer: The provider says that its answers to browsers carry `iss` (RFC 9207 §3).
    """

    issuer: str
    token: str
    authentication: ClientAuthentication
    authorization: str | None = None
    revocation: str | None = None
    names_issuer: bool = False


class Discovery:
    """Endpoints of providers, read when needed and kept for a while.

    Args:
        places: Where providers may be.
        pins: Where providers' token endpoints were before.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        http: ProviderHttp,
        places: AddressPolicy,
        pins: EndpointPins,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pins = pins
        self._http = http
        self._places = places
        self._clock = clock
        self._documents: dict[str, tuple[dict[str, Any], float]] = {}
        self._flights: SingleFlight[dict[str, Any]] = SingleFlight()

    async def endpoints(self, provider: OAuth2Provider) -> Endpoints:
        """The endpoints of a provider.

        Raises:
            ProviderUnavailable: The document cannot be read, names another issuer, or an endpoint unfit for secrets.
        """
        metadata = provider.discovery.get("authorizationServerMetadata")
        if metadata is not None:
            supported = metadata.get("tokenEndpointAuthMethods")
            return Endpoints(
                metadata["issuer"],
                metadata["tokenEndpoint"],
                _authentication(provider, supported),
                authorization=metadata["authorizationEndpoint"],
            )
        url = provider.discovery["discoveryUrl"]
        document = await self._document(url)
        fit = {name: self._fit(provider.name, url, document.get(f"{name}_endpoint")) for name in _ENDPOINTS}
        if fit["token"] is None:
            raise ProviderUnavailable(f"provider {provider.name} has no usable token endpoint")
        self._pins.check(provider, fit["token"])
        supported = document.get("token_endpoint_auth_methods_supported", [])
        if not isinstance(supported, list):
            raise ProviderUnavailable(f"provider {provider.name} does not list how clients authenticate")
        return Endpoints(
            document["issuer"],
            fit["token"],
            _authentication(provider, supported),
            authorization=fit["authorization"],
            revocation=fit["revocation"],
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _fit(self, provider: str, discovery_url: str, url: object) -> str | None:
        if url is None:
            return None
        try:
            check_endpoint(str(url), self._places)
        except RequestInvalid as error:
            raise ProviderUnavailable(f"provider {provider} names an unusable endpoint") from error
        # A provider of the internet does not send us to a program on this machine.
        if discovery_url.startswith("https:") and not str(url).startswith("https:"):
            raise ProviderUnavailable(f"provider {provider} names an endpoint of lesser security than its own")
        return str(url)

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
