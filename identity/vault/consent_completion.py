"""CompleteResourceTokenAuth: the application says whose browser came back; only then is the code exchanged (V01).

Whoever the provider's page was open for, the tokens go to nobody unless that is the user who asked for them.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from identity.claims import audiences_of, json_segment
from identity.errors import TokenMalformed
from identity.length_prefixed import digest
from identity.vault.audit import ALLOWED, AuditTrail, acting
from identity.vault.connections import Connection, ConnectionKey, Connections, Origin
from identity.vault.consent_sessions import ConsentSession, ConsentSessions
from identity.vault.discovery import Discovery
from identity.vault.errors import ConsentSessionGone, Denied, ProviderUnavailable, VaultError
from identity.vault.grants import Grants, UserTokens
from identity.vault.names import ResourceNames
from identity.vault.oauth2_provider import OAuth2Provider


class ConsentCompletion:
    """Finishes consents.

    Args:
        clock: Epoch seconds.
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
        find_provider: Callable[[str], OAuth2Provider],
        clock: Callable[[], float],
    ) -> None:
        self._sessions = sessions
        self._connections = connections
        self._grants = grants
        self._discovery = discovery
        self._names = names
        self._audit = audit
        self._find_provider = find_provider
        self._clock = clock

    async def complete(self, uri: str, owner: str, *, custom_state: str | None = None) -> None:
        """Exchange the code of a consent and keep the tokens, if the consent is this user's.

        Args:
            uri: The consent's session URI.
            owner: Whose browser came back, as the application knows it (`envelope.user_owner`).
            custom_state: What that browser brought; None if the application compares it itself. Only the browser that
                was at the provider got it, so it keeps out whoever sent a link of their own to somebody else (V01).

        Raises:
            ConsentSessionGone: No such consent, not answered by the provider yet, or done already.
            Denied: Another user began it, or the account is linked to another user. The consent has failed.
            ProviderRefused, ProviderUnavailable: From the provider. The consent has failed.
        """
        session = self._sessions.find(uri)
        if session is None or session.stage == "failed":
            raise ConsentSessionGone
        if session.owner != owner:
            self._refuse(session, "another user")
            raise Denied("the consent was begun by another user")
        if custom_state is not None and custom_state != session.terms.custom_state:
            self._refuse(session, "state of another consent")
            raise Denied("the state belongs to another consent")
        claimed = self._sessions.claim(session)
        try:
            await self._exchange(claimed)
        except VaultError as error:
            self._refuse(claimed, error.code)
            raise

    async def _exchange(self, session: ConsentSession) -> None:
        provider = self._find_provider(session.provider)
        if provider.version != session.terms.provider_version:
            # V28: a code of the old configuration is not shown to the new one.
            raise ConsentSessionGone("the provider was changed after the consent was begun")
        asked = session.terms.asked
        assert session.code is not None  # noqa: S101  the stage says so
        assert session.verifier is not None  # noqa: S101  likewise
        tokens = await self._grants.code(
            provider,
            code=session.code,
            verifier=session.verifier,
            redirect_uri=self._names.callback_url(session.provider),
            scopes=" ".join(asked.scopes),
            more=asked.addressing,
        )
        origin = Origin.of(provider, await self._discovery.endpoints(provider))
        connection = _connection(session, origin, tokens, self._clock())
        await self._check_account(connection, provider)
        if not self._sessions.finish(session):
            await self._revoke(connection, provider)
            raise ConsentSessionGone
        self._connections.keep(connection)
        self._record("consent completed", session, ALLOWED, scopes=list(connection.scopes))

    async def _check_account(self, connection: Connection, provider: OAuth2Provider) -> None:
        account = connection.account
        if account is not None and self._connections.linked_to_another(account, connection.owner):
            await self._revoke(connection, provider)
            raise Denied("this account is connected to another user; they have to disconnect it first")

    async def _revoke(self, connection: Connection, provider: OAuth2Provider) -> None:
        if connection.refresh_token is not None:
            await self._grants.revoke(provider, connection.refresh_token, hint="refresh_token")
        else:
            await self._grants.revoke(provider, connection.access.value, hint="access_token")

    def _refuse(self, session: ConsentSession, reason: str) -> None:
        with suppress(ConsentSessionGone):  # removed in the meantime: there is nothing left to end
            self._sessions.fail(session)
        self._record("consent refused", session, reason)

    def _record(self, event: str, session: ConsentSession, decision: str, **facts: Any) -> None:
        what = f"{session.workload}/{session.provider}"
        owner, name = digest(session.owner), digest(session.uri)
        self._audit.record(event, who=acting.get(), what=what, decision=decision, owner=owner, session=name, **facts)


def account_at(origin: Origin, tokens: UserTokens) -> str | None:
    """Whose account the tokens are for, as a digest of issuer and subject; None if the provider does not say.

    The tokens came straight from the token endpoint (OpenID Connect Core §3.1.3.7, 6), so their signatures are not
    checked: an ID token's subject, else that of an access token which is a JWT of the same issuer.

    Raises:
        ProviderUnavailable: An ID token of another issuer or for another client.
    """
    if tokens.id_token is not None:
        claims = _claims(tokens.id_token)
        if claims.get("iss") != origin.issuer or origin.client_id not in _audiences(claims):
            raise ProviderUnavailable("the provider answered with an ID token that is not ours")
        return _account(origin, claims)
    claims = _claims(tokens.access.value)
    return _account(origin, claims) if claims.get("iss") == origin.issuer else None


def _connection(session: ConsentSession, origin: Origin, tokens: UserTokens, now: float) -> Connection:
    asked = session.terms.asked
    key = ConnectionKey.of(session.owner, session.workload, session.provider, asked)
    granted = tuple(sorted(tokens.access.scopes))
    # V06: less than was asked for is kept as what it is, and found by who asks for just that.
    kept_under = asked if set(asked.scopes) <= set(granted) else asked.with_scopes(granted)
    return Connection(
        key_digest=ConnectionKey.of(session.owner, session.workload, session.provider, kept_under).digest,
        asked_digest=key.digest,
        owner=session.owner,
        workload=session.workload,
        provider=session.provider,
        origin=origin,
        account=account_at(origin, tokens),
        scopes=granted,
        connected_at=now,
        access=tokens.access,
        refresh_token=tokens.refresh,
    )


def _account(origin: Origin, claims: dict[str, Any]) -> str | None:
    subject = claims.get("sub")
    return digest("account", origin.issuer, subject) if isinstance(subject, str) and subject else None


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  RFC 7515 §3.1
        return {}
    try:
        return json_segment(parts[1])
    except TokenMalformed:
        return {}


def _audiences(claims: dict[str, Any]) -> tuple[str, ...]:
    try:
        return audiences_of(claims)
    except TokenMalformed:
        return ()
