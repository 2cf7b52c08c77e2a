"""USER_FEDERATION: a token of the user's own account elsewhere, kept from a consent, or the start of one.

A kept token is handed out, a stale one refreshed; only when neither is possible is the user asked. Nothing is
exchanged here: that waits until the application has said whose browser came back (`consent_completion`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from identity.length_prefixed import digest
from identity.single_flight import SingleFlight
from identity.vault.audit import AuditTrail, acting
from identity.vault.connections import Connection, ConnectionKey, Connections, Origin
from identity.vault.consent_sessions import ConsentSession, ConsentSessions, Terms
from identity.vault.discovery import Discovery
from identity.vault.errors import (
    ConsentInsufficient,
    ConsentSessionGone,
    ProviderRefused,
    ProviderUnavailable,
    RequestInvalid,
)
from identity.vault.grants import Grants
from identity.vault.names import ResourceNames
from identity.vault.oauth2_provider import OAuth2Provider
from identity.vault.recent_failures import RecentFailures
from identity.vault.token_cache import AccessToken
from identity.vault.token_requests import ResourceTokenRequest
from identity.vault.workload_tokens import WorkloadGrant


@dataclass(frozen=True)
class Continuation:
    """How the caller wants a consent to go on.

    Attributes:
        session_uri: The consent that it is polling for.
        return_url: Where the browser goes in the end, already one of the workload's; None if not given.
        custom_state: Given back with the browser.
    """

    session_uri: str | None = None
    return_url: str | None = None
    custom_state: str | None = None


@dataclass(frozen=True)
class ConsentNeeded:
    """The user has to be asked, or refused."""

    session: ConsentSession
    authorization_url: str

    def answer(self) -> dict[str, str]:
        """As GetResourceOauth2Token says it."""
        if self.session.stage == "failed":
            return {"sessionUri": self.session.uri, "sessionStatus": "FAILED"}
        return {
            "authorizationUrl": self.authorization_url,
            "sessionUri": self.session.uri,
            "sessionStatus": "IN_PROGRESS",
        }


class UserFederation:
    """Gets tokens of users' accounts at other providers.

    Args:
        clock: Epoch seconds.
        skew_s: A token with less life left is never handed out.
        negative_cache_s: How long an unavailable provider is not asked again for the same connection.
    """

    def __init__(
        self,
        sessions: ConsentSessions,
        connections: Connections,
        grants: Grants,
        *,
        discovery: Discovery,
        names: ResourceNames,
        audit: AuditTrail,
        clock: Callable[[], float],
        skew_s: float,
        negative_cache_s: float,
    ) -> None:
        self._sessions = sessions
        self._connections = connections
        self._grants = grants
        self._discovery = discovery
        self._names = names
        self._audit = audit
        self._clock = clock
        self._skew_s = skew_s
        self._flights: SingleFlight[Connection | None] = SingleFlight()
        self._failures = RecentFailures(clock=clock, life_s=negative_cache_s)

    async def token(
        self, grant: WorkloadGrant, provider: OAuth2Provider, asked: ResourceTokenRequest, how: Continuation
    ) -> AccessToken | ConsentNeeded:
        """The user's token, or where the user can consent.

        Raises:
            RequestInvalid: No user, no return URL, or the session is for something else.
            ConsentSessionGone: The session is another user's, or long over.
            ConsentInsufficient: The user consented to less.
            ProviderRefused, ProviderUnavailable: From the provider, on a refresh.
        """
        if grant.user is None:
            raise RequestInvalid("USER_FEDERATION needs a workload token of a user")
        key = ConnectionKey.of(grant.owner, grant.workload, provider.name, asked)
        if how.session_uri is not None:
            return await self._polled(key, provider, how.session_uri)
        if not asked.force:
            kept = await self._kept(key, provider)
            if kept is not None:
                return kept
        return await self._start(key, provider, asked, how)

    async def _polled(self, key: ConnectionKey, provider: OAuth2Provider, uri: str) -> AccessToken | ConsentNeeded:
        session = self._sessions.find(uri)
        if session is not None:
            _check_same(session, key)
        # A forced consent is not answered with the token that it is to replace.
        if session is None or not session.terms.asked.force:
            kept = await self._kept(key, provider)
            if kept is not None:
                return kept
        if session is None:
            raise ConsentSessionGone
        return ConsentNeeded(session, self._authorization_url(session))

    async def _start(
        self, key: ConnectionKey, provider: OAuth2Provider, asked: ResourceTokenRequest, how: Continuation
    ) -> ConsentNeeded:
        if how.return_url is None:
            raise RequestInvalid("USER_FEDERATION needs a return URL", fields=(("resourceOauth2ReturnUrl", "missing"),))
        endpoints = await self._discovery.endpoints(provider)
        if endpoints.authorization is None:
            raise RequestInvalid(f"provider {provider.name} has no authorization endpoint")
        terms = Terms(asked, how.return_url, how.custom_state, provider.version)
        session = self._sessions.start(key.owner, key.workload, key.provider, terms)
        self._record("consent started", session, "pending")
        return ConsentNeeded(session, self._authorization_url(session))

    async def _kept(self, key: ConnectionKey, provider: OAuth2Provider) -> AccessToken | None:
        connection = self._connections.find(key)
        if connection is None:
            self._check_insufficient(key)
            return None
        if self._fresh(connection.access):
            return connection.access
        self._failures.check(key)
        renewed = await self._flights.do(key, lambda: self._refresh(key, provider))
        return None if renewed is None else renewed.access

    def _check_insufficient(self, key: ConnectionKey) -> None:
        given = self._connections.find_asked(key)
        if given is not None:
            raise ConsentInsufficient(key.provider, tuple(sorted(set(key.scopes) - set(given.scopes))))

    async def _refresh(self, key: ConnectionKey, provider: OAuth2Provider) -> Connection | None:
        connection = self._connections.find(key)
        if connection is None or self._fresh(connection.access):
            return connection
        try:
            return await self._renewed(key, connection, provider)
        except ProviderUnavailable as error:
            self._failures.remember(key, error)
            raise

    async def _renewed(self, key: ConnectionKey, connection: Connection, provider: OAuth2Provider) -> Connection | None:
        origin = Origin.of(provider, await self._discovery.endpoints(provider))
        if connection.refresh_token is None or origin != connection.origin:
            return self._given_up(connection, "no refresh token, or the provider was repointed")
        try:
            tokens = await self._grants.refresh(provider, connection.refresh_token, " ".join(connection.scopes))
        except ProviderRefused as refusal:
            if refusal.error == "invalid_grant":
                return self._given_up(connection, "the provider knows the grant no more")
            raise
        # V17: the new refresh token is on disk before anybody can use the access token that came with it.
        renewed = self._connections.renew(connection, tokens)
        if renewed is None:
            await self._grants.revoke(provider, tokens.refresh or connection.refresh_token, hint="refresh_token")
            return None
        if not set(key.scopes) <= set(tokens.access.scopes):
            return self._given_up(renewed, "the provider narrowed the grant")
        if not self._fresh(tokens.access):
            raise ProviderUnavailable(f"provider {key.provider} issues tokens that end too soon to be handed out")
        return renewed

    def _given_up(self, connection: Connection, reason: str) -> Connection | None:
        self._connections.remove(connection)
        what = f"{connection.workload}/{connection.provider}"
        owner = digest(connection.owner)
        self._audit.record("connection ended", who=acting.get(), what=what, decision=reason, owner=owner)
        return None

    def _fresh(self, token: AccessToken) -> bool:
        return token.expires_at - self._clock() > self._skew_s

    def _authorization_url(self, session: ConsentSession) -> str:
        return f"{self._names.authorize_url}?request_uri={quote(session.uri, safe='')}"

    def _record(self, event: str, session: ConsentSession, decision: str) -> None:
        what = f"{session.workload}/{session.provider}"
        owner, name = digest(session.owner), digest(session.uri)
        self._audit.record(event, who=acting.get(), what=what, decision=decision, owner=owner, session=name)


def _check_same(session: ConsentSession, key: ConnectionKey) -> None:
    if (session.owner, session.workload) != (key.owner, key.workload):
        raise ConsentSessionGone  # V19: another user's session does not exist
    if ConnectionKey.of(session.owner, session.workload, session.provider, session.terms.asked) != key:
        raise RequestInvalid("the session is for another request", fields=(("sessionUri", "another request"),))
