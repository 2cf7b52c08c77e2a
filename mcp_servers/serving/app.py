"""Composition of one MCP server: tools of a team, API client, gate."""

from collections.abc import Sequence
from typing import Any

import httpx
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from identity.api_key_source import ApiKeySource, VaultApiKeySource
from identity.hop_trace import HopSpans
from identity.own_hosts import OwnHosts
from identity.protected_resource import ProtectedResource
from identity.signing_keys import JwksCache
from identity.token_source import TokenRequest, TokenSource, VaultTokenSource, vault_client
from identity.tokens import Trust, Verifier
from mcp_servers.serving.api_client import TeamApi, pooled_client
from mcp_servers.serving.gate import ResourceServerGate
from mcp_servers.serving.server import Team, TeamServer
from mcp_servers.serving.settings import McpServerSettings
from mcp_servers.serving.tools import TeamTool


def build_app(
    team: Team,
    settings: McpServerSettings,
    token_source: TokenSource | None = None,
    *,
    api_keys: ApiKeySource | None = None,
    keys: JwksCache | None = None,
    api_transport: httpx.AsyncBaseTransport | None = None,
) -> ASGIApp:
    """The ASGI application of one server, complete with its gate. Serves `/mcp`; opens no connection.

    Args:
        team: The team's part.
        settings: Of this deployment.
        token_source: Gives tokens for the API; by default the vault that the settings name.
        api_keys: Gives the API key, where the settings name a provider of one; by default the same vault.
        keys: The issuer's keys; by default read through its discovery document.
        api_transport: Replaces the network to the API.
    """
    http = pooled_client(settings.api_url, settings.api_timeout_s, api_transport)
    tokens = token_source or VaultTokenSource(_vault_client(settings))
    tools = team.tools(_team_api(settings, http, tokens, _metering(settings, api_keys)))
    inner = TeamServer(settings.team, team, tools, http).streamable_http_app(
        stateless_http=True,
        max_request_body_size=settings.max_body_bytes,
        # The gate has looked at Host and Origin already.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    gate = ResourceServerGate(
        inner,
        verifier=Verifier(_trust(settings), keys or JwksCache(settings.issuer)),
        resource=_resource(team, settings, tools),
        tool_scopes={tool.name: tool.scope for tool in tools},
        own_hosts=_own_hosts(settings),
        max_body_bytes=settings.max_body_bytes,
    )
    return HopSpans(gate, part=f"mcp-{settings.team}")


def _metering(settings: McpServerSettings, given: ApiKeySource | None) -> ApiKeySource | None:
    if not settings.api_key_provider:
        return None
    return given or VaultApiKeySource(_vault_client(settings), settings.api_key_provider)


def _vault_client(settings: McpServerSettings) -> Any:
    """The vault, asked with this workload's key."""
    return vault_client(
        endpoint_url=settings.vault_url,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=None if settings.secret_access_key is None else settings.secret_access_key.get_secret_value(),
    )


def _team_api(
    settings: McpServerSettings, http: httpx.AsyncClient, token_source: TokenSource, api_keys: ApiKeySource | None
) -> TeamApi:
    def request(access: str) -> TokenRequest:
        return TokenRequest(
            provider=settings.api_provider,
            scopes=(f"{settings.team}/{access}",),
            flow=settings.api_flow,
            audiences=(settings.api_audience,),
        )

    return TeamApi(
        settings.team,
        http,
        token_source,
        reading=request("read"),
        writing=request("write"),
        timeout_s=settings.api_timeout_s,
        api_keys=api_keys,
    )


def _trust(settings: McpServerSettings) -> Trust:
    return Trust(
        issuer=settings.issuer,
        audiences=frozenset({settings.audience}) | _public(settings),
        clients=frozenset(settings.upstream_clients),
        profile=settings.profile,
        audience_required=settings.audience_required,
        foreign_audiences=_public(settings) if settings.table_clients else frozenset(),
        table_clients=frozenset(settings.table_clients),
    )


def _own_hosts(settings: McpServerSettings) -> OwnHosts:
    return OwnHosts(frozenset(settings.allowed_hosts) or None, frozenset(settings.allowed_origins))


def _public(settings: McpServerSettings) -> frozenset[str]:
    return frozenset() if settings.public_url is None else frozenset({settings.public_url})


def _resource(team: Team, settings: McpServerSettings, tools: Sequence[TeamTool]) -> ProtectedResource:
    return ProtectedResource(
        url=settings.public_url,
        issuer=settings.issuer,
        scopes=tuple(sorted({tool.scope for tool in tools})),
        first_scopes=tuple(sorted({tool.scope for tool in tools if not tool.writes})),
        name=team.title,
    )
