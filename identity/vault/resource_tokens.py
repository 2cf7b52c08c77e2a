"""GetResourceOauth2Token: a token for the next hop, got once and shared by everyone who asks for exactly the same."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from identity.hop_trace import note
from identity.single_flight import SingleFlight
from identity.tokens import fingerprint
from identity.vault.envelope import workload_owner
from identity.vault.errors import CallerUnauthorized, OperationUnsupported, ProviderUnavailable, RequestInvalid
from identity.vault.grants import Form, Grants, check_custom_parameters
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.token_cache import AccessToken, CacheKey, TokenCache
from identity.vault.workload_tokens import SubjectToken, WorkloadGrant

logger = logging.getLogger(__name__)

Flow = Literal["M2M", "ON_BEHALF_OF_TOKEN_EXCHANGE", "USER_FEDERATION"]
MOST_FAILURES_KEPT = 1024


@dataclass(frozen=True)
class ResourceTokenRequest:
    """What a workload asks for, in one order, so that equal requests are equal."""

    flow: Flow
    scopes: tuple[str, ...]
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    force: bool = False

    @classmethod
    def read(cls, request: dict[str, Any]) -> "ResourceTokenRequest":
        """Read the parameters of GetResourceOauth2Token.

        Raises:
            RequestInvalid: A scope with white space, or a custom parameter that is the vault's to set.
        """
        scopes = tuple(sorted(set(request["scopes"])))
        if any(len(scope.split()) != 1 for scope in scopes):
            raise RequestInvalid("a scope holds white space", fields=(("scopes", "white space"),))
        return cls(
            flow=request["oauth2Flow"],
            scopes=scopes,
            audiences=tuple(sorted(set(request.get("audiences", [])))),
            resources=tuple(sorted(set(request.get("resources", [])))),
            custom=tuple(check_custom_parameters(request.get("customParameters", {}))),
            force=request.get("forceAuthentication", False),
        )

    @property
    def target(self) -> Form:
        """Scope, audience and resource as form parameters (RFC 8693 §2.1, RFC 8707 §2)."""
        scope = [("scope", " ".join(self.scopes))] if self.scopes else []
        audiences = [("audience", value) for value in self.audiences]
        resources = [("resource", value) for value in self.resources]
        return [*scope, *audiences, *resources, *self.custom]


class ResourceTokens:
    """Gets tokens from providers for workloads, and keeps them sealed.

    Args:
        clock: Epoch seconds.
        negative_cache_s: How long an unavailable provider is not asked again for the same token.
    """

    def __init__(
        self, cache: TokenCache, grants: Grants, *, clock: Callable[[], float], negative_cache_s: float
    ) -> None:
        self._cache = cache
        self._grants = grants
        self._clock = clock
        self._negative_cache_s = negative_cache_s
        self._flights: SingleFlight[AccessToken] = SingleFlight()
        self._failures: dict[CacheKey, tuple[ProviderUnavailable, float]] = {}

    async def token(self, grant: WorkloadGrant, provider: OAuth2Provider, request: ResourceTokenRequest) -> AccessToken:
        """A token for the workload, or for its user, at one target.

        Raises:
            RequestInvalid: The flow needs a user's token, or the provider has no exchange.
            CallerUnauthorized: The user's token is about to expire.
            ProviderRefused, ProviderUnavailable: From the provider.
        """
        note("provider", provider.name)
        note("grant", request.flow)
        note("subject", _subject(grant, request.flow))
        if request.flow == "M2M":
            token = await self._machine_token(grant.workload, provider, request)
        elif request.flow == "ON_BEHALF_OF_TOKEN_EXCHANGE":
            token = await self._exchanged_token(grant, provider, request)
        else:
            raise OperationUnsupported("USER_FEDERATION is not available at this vault yet")
        note("issued_token", fingerprint(token.value))
        note("audience", " ".join((*request.audiences, *request.resources)))
        note("scopes", sorted(token.scopes))
        return token

    async def _machine_token(
        self, workload: str, provider: OAuth2Provider, request: ResourceTokenRequest
    ) -> AccessToken:
        key = _key(workload_owner(workload), workload, provider, replace(request, flow="M2M"))
        return await self._once(
            key, lambda: self._grants.client_credentials(provider, request.target), force=request.force
        )

    async def _exchanged_token(
        self, grant: WorkloadGrant, provider: OAuth2Provider, request: ResourceTokenRequest
    ) -> AccessToken:
        subject = grant.subject_token
        if subject is None:
            raise RequestInvalid("on-behalf-of needs a workload token that was made with the user's token")
        if provider.exchange is None:
            raise RequestInvalid(f"provider {provider.name} has no onBehalfOfTokenExchangeConfig")
        if not self._cache.fresh(AccessToken("", (), grant.expires_at)):
            raise CallerUnauthorized("the user token has expired or is about to")
        key = _key(grant.owner, grant.workload, provider, request, subject.jti)
        return await self._once(key, lambda: self._exchange(grant, subject, provider, request), force=request.force)

    async def _exchange(
        self, grant: WorkloadGrant, subject: SubjectToken, provider: OAuth2Provider, request: ResourceTokenRequest
    ) -> AccessToken:
        actor = None
        if provider.exchange and provider.exchange.with_actor:
            # The client's own token, for no audience: good as an actor token and for nothing else.
            own = ResourceTokenRequest("M2M", tuple(sorted(provider.exchange.actor_scopes)))
            actor = (await self._machine_token(grant.workload, provider, own)).value
        token = await self._grants.exchange(provider, subject.value, actor, request.target)
        # X09: never past the subject token, whatever the provider says.
        return replace(token, expires_at=min(token.expires_at, grant.expires_at))

    async def _once(self, key: CacheKey, get: Callable[[], Awaitable[AccessToken]], *, force: bool) -> AccessToken:
        cached = None if force else self._cache.find(key)
        if cached is not None:
            return cached
        self._check_recent_failure(key)
        return await self._flights.do(key, lambda: self._get_and_keep(key, get))

    async def _get_and_keep(self, key: CacheKey, get: Callable[[], Awaitable[AccessToken]]) -> AccessToken:
        try:
            token = await get()
        except ProviderUnavailable as error:
            self._remember_failure(key, error)
            raise
        if not self._cache.fresh(token):
            raise ProviderUnavailable(f"provider {key.provider} issues tokens that end too soon to be handed out")
        self._cache.keep(key, token)
        logger.info(
            "workload=<%s>, provider=<%s>, flow=<%s>, scopes=<%s> | got token",
            *(key.workload, key.provider, key.asked[0], " ".join(token.scopes)),
        )
        return token

    def _check_recent_failure(self, key: CacheKey) -> None:
        failed = self._failures.get(key)
        if failed is not None and self._clock() < failed[1]:
            raise ProviderUnavailable(str(failed[0]))

    def _remember_failure(self, key: CacheKey, error: ProviderUnavailable) -> None:
        if len(self._failures) >= MOST_FAILURES_KEPT:
            self._failures.clear()
        self._failures[key] = (error, self._clock() + self._negative_cache_s)


def _key(
    owner: str, workload: str, provider: OAuth2Provider, request: ResourceTokenRequest, subject_jti: str = ""
) -> CacheKey:
    lists = (request.scopes, request.audiences, request.resources, request.custom)
    asked = (request.flow, str(provider.version), *(json.dumps(one) for one in lists), subject_jti)
    return CacheKey(owner, workload, provider.name, asked)


def _subject(grant: WorkloadGrant, flow: str) -> str:
    """Whom the token is about, for the trace: an M2M token is about the workload, whoever it is at work for."""
    if flow == "M2M" or grant.user is None:
        return grant.workload
    return grant.display_name or grant.user[1]
