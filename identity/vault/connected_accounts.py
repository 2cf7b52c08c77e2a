"""What a person sees and ends of their connections, and what is destroyed with a user (V15).

Ending a connection destroys it here first, so that nothing can use it any more, and then asks the provider to forget
the token (RFC 7009). What the provider answered is reported: a token that it did not revoke lives on there.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from identity.length_prefixed import digest
from identity.vault.audit import AuditTrail, acting
from identity.vault.connections import Connection, Connections, Origin
from identity.vault.consent_sessions import ConsentSessions
from identity.vault.discovery import Discovery
from identity.vault.errors import NotFound, ProviderUnavailable, SealBroken
from identity.vault.grants import Grants, Revocation
from identity.vault.oauth2_provider import OAuth2Provider

Ending = Revocation | Literal["not-sent"]


class ConnectedAccounts:
    """Lists and ends connections.

    Args:
        find_provider: A provider by its name.
    """

    def __init__(
        self,
        sessions: ConsentSessions,
        connections: Connections,
        grants: Grants,
        *,
        discovery: Discovery,
        audit: AuditTrail,
        find_provider: Callable[[str], OAuth2Provider],
    ) -> None:
        self._sessions = sessions
        self._connections = connections
        self._grants = grants
        self._discovery = discovery
        self._audit = audit
        self._find_provider = find_provider

    def list_for(self, owner: str) -> list[dict[str, Any]]:
        """A user's connections, one for each workload and provider; nothing is decrypted for it."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for connection in self._connections.of_user(owner):
            entry = found.setdefault(
                (connection.workload, connection.provider),
                {"workload": connection.workload, "provider": connection.provider, "scopes": []},
            )
            entry["scopes"] = sorted({*entry["scopes"], *connection.scopes})
            entry["connectedAt"] = connection.connected_at  # the last one: they come in order
            entry["issuer"] = connection.origin.issuer
        return [found[key] for key in sorted(found)]

    async def disconnect(self, owner: str, workload: str, provider: str) -> dict[str, Any]:
        """End a user's connections of a workload at a provider, and consents on the way to one.

        Returns:
            `{"revocations": {outcome: how many}}`; outcomes are those of `Grants.revoke`, and `not-sent`.

        Raises:
            NotFound: The user has none.
        """
        connections = self._connections.of_user(owner, workload, provider)
        if not connections:
            raise NotFound("no such connection")
        self._sessions.forget(owner, workload, provider)
        return await self._end_all(connections)

    async def end_all_of(self, owner: str) -> dict[str, Any]:
        """End everything a user has connected or begun to; as `disconnect`, and nothing to end is fine."""
        self._sessions.forget(owner)
        return await self._end_all(self._connections.of_user(owner))

    async def _end_all(self, connections: list[Connection]) -> dict[str, Any]:
        tokens = [self._take(connection) for connection in connections]
        outcomes: Counter[Ending] = Counter()
        for connection, token in zip(connections, tokens, strict=True):
            outcome = await self._revoke(connection, token)
            outcomes[outcome] += 1
            what, owner = f"{connection.workload}/{connection.provider}", digest(connection.owner)
            self._audit.record("disconnected", who=acting.get(), what=what, decision=outcome, owner=owner)
        return {"revocations": dict(outcomes)}

    def _take(self, connection: Connection) -> tuple[str, str] | None:
        """Destroy a connection; gives its token and what kind it is, if the row still opened."""
        token = None
        with suppress(SealBroken):
            opened = self._connections.opened(connection)
            kinds = ((opened.refresh_token, "refresh_token"), (opened.access.value, "access_token"))
            token = next((value, kind) for value, kind in kinds if value)
        self._connections.remove(connection)
        return token

    async def _revoke(self, connection: Connection, token: tuple[str, str] | None) -> Ending:
        if token is None:
            return "not-sent"
        try:
            provider = self._find_provider(connection.provider)
            endpoints = await self._discovery.endpoints(provider)
        except (NotFound, ProviderUnavailable):
            return "failed"
        if Origin.of(provider, endpoints) != connection.origin:
            return "not-sent"  # V28: the provider is another one now
        return await self._grants.revoke(provider, token[0], hint=token[1])
