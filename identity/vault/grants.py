"""The token requests that the vault sends to providers (RFC 6749 §4.1.3, §4.4, §6; RFC 7009, 7523, 8693)."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote_plus

from identity.vault.discovery import Discovery, Endpoints
from identity.vault.errors import ProviderRefused, ProviderUnavailable, RequestInvalid
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.provider_http import Answer, ProviderHttp
from identity.vault.token_cache import AccessToken

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a name of RFC 8693 §3
UNKNOWN_LIFE_S = 300.0  # RFC 6749 §5.1: expires_in is only recommended
LONGEST_LIFE_S = 86_400.0
_KNOWN_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope", "invalid_target", "access_denied"}
)
# RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
KNOWN_AUTHORIZATION_ERRORS = frozenset(
    {"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope"}
    | {"server_error", "temporarily_unavailable", "interaction_required", "login_required", "consent_required"}
    | {"account_selection_required", "invalid_target"}
)
# What the vault itself puts into a request; a caller's customParameters may not replace or repeat it.
_RESERVED = frozenset(
    {"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope"}
    | {"subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"}
    | {"assertion", "code", "code_verifier", "redirect_uri", "refresh_token", "username", "password", "token"}
    | {"response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method"}
    | {"request", "request_uri"}
)

Form = list[tuple[str, str]]
Revocation = Literal["revoked", "failed", "unsupported"]


@dataclass(frozen=True)
class UserTokens:
    """What a provider gives for a user's consent.

    Attributes:
        refresh: None if the provider gives none, or no new one.
        id_token: None unless the provider is an OpenID provider and was asked as one.
    """

    access: AccessToken
    refresh: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


class Grants:
    """Asks providers for tokens.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, http: ProviderHttp, discovery: Discovery, *, clock: Callable[[], float]) -> None:
        self._http = http
        self._discovery = discovery
        self._clock = clock

    async def client_credentials(self, provider: OAuth2Provider, target: Form) -> AccessToken:
        """A token of the client itself (RFC 6749 §4.4).

        Raises:
            ProviderRefused: The provider said no.
            ProviderUnavailable: It did not say anything usable.
        """
        return await self._request(provider, [("grant_type", "client_credentials"), *target])

    async def on_behalf_of(
        self, provider: OAuth2Provider, subject_token: str, actor_token: str | None, target: Form
    ) -> AccessToken:
        """A token for the subject, for the next hop, the way the provider is configured for.

        Raises:
            RequestInvalid: The provider is not configured for it.
            ProviderRefused: The provider said no.
            ProviderUnavailable: It did not say anything usable.
        """
        exchange = provider.exchange
        if exchange is None:
            raise RequestInvalid(f"provider {provider.name} has no onBehalfOfTokenExchangeConfig")
        if exchange.grant == "JWT_AUTHORIZATION_GRANT":
            form = [("grant_type", JWT_GRANT), ("assertion", subject_token)]  # RFC 7523 §2.1
        else:
            form = _exchange_form(subject_token, actor_token)
        return await self._request(provider, form + target, authenticated=exchange.authenticated)

    async def code(
        self, provider: OAuth2Provider, *, code: str, verifier: str, redirect_uri: str, scopes: str, more: Form
    ) -> UserTokens:
        """The tokens of a consent (RFC 6749 §4.1.3, RFC 7636 §4.5).

        Args:
            provider: Who gave the code.
            code: Authorization code.
            verifier: PKCE verifier of the authorization request.
            redirect_uri: As on the authorization request.
            scopes: What was asked for, which an answer without `scope` means.
            more: Audience, resource and the caller's own parameters, as on the authorization request.

        Raises:
            ProviderRefused: The provider said no.
            ProviderUnavailable: It did not say anything usable.
        """
        form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)]
        return await self._user_tokens(provider, [*form, ("code_verifier", verifier), *more], scopes)

    async def refresh(self, provider: OAuth2Provider, refresh_token: str, scopes: str) -> UserTokens:
        """New tokens of an old consent (RFC 6749 §6).

        Args:
            provider: Who gave the refresh token.
            refresh_token: Goes to nobody else: the caller has compared the endpoints.
            scopes: What was granted, which an answer without `scope` means.

        Raises:
            ProviderRefused: The provider said no.
            ProviderUnavailable: It did not say anything usable.
        """
        form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)]
        return await self._user_tokens(provider, form, scopes)

    async def revoke(self, provider: OAuth2Provider, token: str, *, hint: str) -> Revocation:
        """Ask the provider to forget a token (RFC 7009 §2.1).

        Args:
            provider: Who gave the token.
            token: Refresh or access token.
            hint: `refresh_token` or `access_token`.
        """
        try:
            endpoints = await self._discovery.endpoints(provider)
            if endpoints.revocation is None:
                return "unsupported"
            headers, credentials = _authenticate(provider, endpoints)
            form = [("token", token), ("token_type_hint", hint), *credentials]
            answer = await self._http.post_form(endpoints.revocation, form, headers)
        except ProviderUnavailable:
            return "failed"
        return "revoked" if answer.status == 200 else "failed"  # noqa: PLR2004  RFC 7009 §2.2

    async def _user_tokens(self, provider: OAuth2Provider, form: Form, scopes: str) -> UserTokens:
        answer, asked_at = await self._ask(provider, form)
        access = _granted(provider.name, answer.document, scopes, asked_at)
        refresh, id_token = (answer.document.get(name) for name in ("refresh_token", "id_token"))
        return UserTokens(
            access, refresh if isinstance(refresh, str) else None, id_token if isinstance(id_token, str) else None
        )

    async def _request(self, provider: OAuth2Provider, form: Form, *, authenticated: bool = True) -> AccessToken:
        answer, asked_at = await self._ask(provider, form, authenticated=authenticated)
        asked = next((value for name, value in form if name == "scope"), "")
        return _granted(provider.name, answer.document, asked, asked_at)

    async def _ask(self, provider: OAuth2Provider, form: Form, *, authenticated: bool = True) -> tuple[Answer, float]:
        endpoints = await self._discovery.endpoints(provider)
        headers, credentials = _authenticate(provider, endpoints) if authenticated else ({}, [])
        asked_at = self._clock()
        answer = await self._http.post_form(endpoints.token, form + credentials, headers)
        if answer.status != 200:  # noqa: PLR2004  RFC 6749 §5.1
            raise _refusal(provider.name, answer)
        return answer, asked_at


def check_custom_parameters(custom: dict[str, str]) -> Form:
    """Parameters of the caller for the token request.

    Raises:
        RequestInvalid: One of them is the vault's to set.
    """
    reserved = sorted(_RESERVED & set(custom))
    if reserved:
        raise RequestInvalid(f"customParameters may not set {', '.join(reserved)}")
    return sorted(custom.items())


def _exchange_form(subject_token: str, actor_token: str | None) -> Form:
    form = [
        ("grant_type", EXCHANGE),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN_TYPE),
        ("requested_token_type", ACCESS_TOKEN_TYPE),
    ]
    actor = [] if actor_token is None else [("actor_token", actor_token), ("actor_token_type", ACCESS_TOKEN_TYPE)]
    return form + actor


def _authenticate(provider: OAuth2Provider, endpoints: Endpoints) -> tuple[dict[str, str], Form]:
    secret = provider.client_secret.get_secret_value()
    if endpoints.authentication == "CLIENT_SECRET_POST":
        return {}, [("client_id", provider.client_id), ("client_secret", secret)]
    # RFC 6749 §2.3.1: both are form-encoded before they are put together.
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, []


def _refusal(provider: str, answer: Answer) -> ProviderRefused | ProviderUnavailable:
    error = answer.document.get("error")
    if answer.status in {400, 401, 403} and isinstance(error, str):
        return ProviderRefused(provider, error if error in _KNOWN_ERRORS else "refused")
    return ProviderUnavailable(f"provider {provider} answered {answer.status}")


def _granted(provider: str, document: dict[str, Any], asked: str, asked_at: float) -> AccessToken:
    token, kind = document.get("access_token"), document.get("token_type")
    if not isinstance(token, str) or not token or not isinstance(kind, str) or kind.lower() != "bearer":
        raise ProviderUnavailable(f"provider {provider} answered without a bearer token")
    life = document.get("expires_in", UNKNOWN_LIFE_S)
    if isinstance(life, bool) or not isinstance(life, int | float) or not life > 0:
        raise ProviderUnavailable(f"provider {provider} answered without a usable lifetime")
    scope = document.get("scope", asked)  # RFC 6749 §5.1: absent when it is what was asked for
    scopes = tuple(scope.split()) if isinstance(scope, str) else ()
    return AccessToken(token, scopes, asked_at + min(float(life), LONGEST_LIFE_S))
