"""GetResourceOauth2Token: a token for the next hop, got once and shared by everyone who asks for exactly the same."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from identity.hop_trace import note
from identity.single_flight import SingleFlight
from identity.tokens import fingerprint
from identity.vault.envelope import workload_owner
from identity.vault.errors import CallerUnauthorized, ProviderUnavailable, RequestInvalid
from identity.vault.grants import Grants
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.recent_failures import RecentFailures
from identity.vault.token_cache import AccessToken, CacheKey, TokenCache
from identity.vault.token_requests import ResourceTokenRequest
from identity.vault.workload_tokens import SubjectToken, WorkloadGrant

logger = logging.getLogger(__name__)


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
        self._flights: SingleFlight[AccessToken] = SingleFlight()
        self._failures = RecentFailures(clock=clock, life_s=negative_cache_s)

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
        else:
            token = await self._exchanged_token(grant, provider, request)
        note("issued_token", fingerprint(token.value))
        note("audience", " ".join((*request.audiences, *request.resources)))
        note("scopes", sorted(token.scopes))
        return token

    def forget(self, owner: str) -> None:
        """Remove what is kept for a user."""
        self._cache.forget(owner)

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
        token = await self._grants.on_behalf_of(provider, subject.value, actor, request.target)
        # X09: never past the subject token, whatever the provider says.
        return replace(token, expires_at=min(token.expires_at, grant.expires_at))

    async def _once(self, key: CacheKey, get: Callable[[], Awaitable[AccessToken]], *, force: bool) -> AccessToken:
        cached = None if force else self._cache.find(key)
        if cached is not None:
            return cached
        self._failures.check(key)
        return await self._flights.do(key, lambda: self._get_and_keep(key, get))

    async def _get_and_keep(self, key: CacheKey, get: Callable[[], Awaitable[AccessToken]]) -> AccessToken:
        try:
            token = await get()
        except ProviderUnavailable as error:
            self._failures.remember(key, error)
            raise
        if not self._cache.fresh(token):
            raise ProviderUnavailable(f"provider {key.provider} issues tokens that end too soon to be handed out")
        self._cache.keep(key, token)
        logger.info(
            "workload=<%s>, provider=<%s>, flow=<%s>, scopes=<%s> | got token",
            *(key.workload, key.provider, key.asked[0], " ".join(token.scopes)),
        )
        return token


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
