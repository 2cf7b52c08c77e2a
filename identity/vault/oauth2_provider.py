"""What an OAuth2 credential provider is, and which of AWS's configurations the local vault can honour."""

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from identity.errors import AddressRefused
from identity.outbound_addresses import AddressPolicy
from identity.vault.errors import RequestInvalid

CUSTOM = "CustomOauth2"
CONFIG = "customOauth2ProviderConfig"
_SECRET_MEMBERS = ("clientSecret", "clientSecretConfig", "clientSecretSource")
_KNOWN_MEMBERS = frozenset(
    {"oauthDiscovery", "clientId", "clientAuthenticationMethod", "onBehalfOfTokenExchangeConfig", *_SECRET_MEMBERS}
)

ClientAuthentication = Literal["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST"]


ExchangeGrant = Literal["TOKEN_EXCHANGE", "JWT_AUTHORIZATION_GRANT"]


@dataclass(frozen=True)
class Exchange:
    """How the provider exchanges users' tokens.

    Attributes:
        grant: RFC 8693, or RFC 7523 §2.1 with the user's token as the assertion.
        authenticated: Whether the client proves who it is; without it, the user's token is all that is presented.
        with_actor: Present the client's own client-credentials token as the actor token.
        actor_scopes: Scopes to ask for in that token.
    """

    grant: ExchangeGrant
    authenticated: bool
    with_actor: bool
    actor_scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OAuth2Provider:
    """A client registration at an authorization server.

    Attributes:
        discovery: `discoveryUrl` or `authorizationServerMetadata`, as configured.
        version: Grows with every update: what was cached for an older one is not used.
        exchange: None when the provider has no token exchange.
    """

    name: str
    discovery: dict[str, Any]
    client_id: str
    client_secret: SecretStr
    authentication: ClientAuthentication | None
    exchange: Exchange | None
    version: int = field(default=1)


def public_config(vendor: str, given: dict[str, Any], places: AddressPolicy) -> tuple[dict[str, Any], SecretStr]:
    """Split a configuration into what may be shown and the client secret.

    Args:
        vendor: `credentialProviderVendor`.
        given: `oauth2ProviderConfigInput`, already checked against AWS's shape.
        places: Where providers may be.

    Raises:
        RequestInvalid: AWS would take it, the local vault has no use for it, or it lacks id, secret or safe URLs.
    """
    if vendor != CUSTOM or CONFIG not in given:
        raise RequestInvalid("the local vault knows the vendor CustomOauth2 alone", fields=(("vendor", "unsupported"),))
    custom = given[CONFIG]
    unknown = sorted(set(custom) - _KNOWN_MEMBERS)
    if unknown:
        raise RequestInvalid(f"not supported by the local vault: {', '.join(unknown)}")
    if not custom.get("clientId") or not custom.get("clientSecret"):
        raise RequestInvalid("clientId and clientSecret are needed", fields=(("clientId", "missing"),))
    if custom.get("clientAuthenticationMethod", "CLIENT_SECRET_BASIC") not in {
        "CLIENT_SECRET_BASIC",
        "CLIENT_SECRET_POST",
    }:
        raise RequestInvalid("clientAuthenticationMethod is not supported by the local vault")
    _check_urls(custom["oauthDiscovery"], places)
    _check_exchange(custom.get("onBehalfOfTokenExchangeConfig"))
    return {name: custom[name] for name in custom if name not in _SECRET_MEMBERS}, SecretStr(custom["clientSecret"])


def exchange_of(config: dict[str, Any]) -> Exchange | None:
    """The exchange settings of a stored configuration."""
    given = config.get("onBehalfOfTokenExchangeConfig")
    if given is None:
        return None
    details = given.get("tokenExchangeGrantTypeConfig", {})
    return Exchange(
        grant=given["grantType"],
        authenticated="onBehalfOfAuthenticationConfig" not in given,
        with_actor=details.get("actorTokenContent") == "M2M",
        actor_scopes=tuple(details.get("actorTokenScopes", ())),
    )


def check_endpoint(url: str, places: AddressPolicy) -> None:
    """Check that a client secret may be sent to a URL: https to the internet, or a private place that is named (V24).

    Raises:
        RequestInvalid: It may not.
    """
    try:
        places.check_url(url)
    except AddressRefused as error:
        raise RequestInvalid(f"an endpoint of the provider: {error}") from error


def _check_urls(discovery: dict[str, Any], places: AddressPolicy) -> None:
    metadata = discovery.get("authorizationServerMetadata")
    named = ("issuer", "authorizationEndpoint", "tokenEndpoint")
    urls = [metadata[name] for name in named] if metadata else [discovery["discoveryUrl"]]
    for url in urls:
        check_endpoint(url, places)
    if len({urlsplit(url).scheme for url in urls}) > 1:
        raise RequestInvalid("an issuer on https has all its endpoints there")


def _check_exchange(given: dict[str, Any] | None) -> None:
    if given is None:
        return
    details = given.get("tokenExchangeGrantTypeConfig", {})
    if given["grantType"] != "TOKEN_EXCHANGE" and details:
        # RFC 7523 §2.1 knows no actor token: what could not be sent is not silently left out.
        raise RequestInvalid("tokenExchangeGrantTypeConfig is for TOKEN_EXCHANGE alone")
    if details.get("actorTokenContent", "NONE") not in {"NONE", "M2M"}:
        raise RequestInvalid("actorTokenContent must be NONE or M2M at the local vault")
