"""The four APIs, the four MCP servers and the agent, configured from the hop table."""

import hashlib
import os
from importlib import import_module
from typing import Any

from starlette.types import ASGIApp

from gateway_config.hops import ResourceServer
from local_agentcore.blueprint import MEMORY_ID, REGION, Blueprint
from local_agentcore.loopback_guard import LoopbackGuard
from local_agentcore.ports import HOST
from local_agentcore.private_port import PrivatePort

MOST_READING_WORKERS = 4


def api(blueprint: Blueprint, team: str) -> ASGIApp:
    """One team's API: the Lambda handler behind its authorizer."""
    part = f"api-{team}"
    row = blueprint.hops.resource_server(part)
    settings = _settings(
        f"apis.{team}",
        f"{team.capitalize()}ApiSettings",
        issuer=blueprint.issuer_for(part),
        audiences=frozenset(row.audiences),
        upstream_clients=row.clients(local=True),
        policies=blueprint.policies,
        database=blueprint.database(team),
        port=blueprint.ports.port(part),
        cursor_key=blueprint.keys.cursor_key,
        usage_plan_keys=_usage_plan_keys(blueprint, row),
        **(_of_activities(blueprint) if team == "activities" else {}),
    )
    clock = {"clock": blueprint.now} if team == "activities" else {}
    return _create_app(f"apis.{team}", settings, **clock)


def mcp_server(blueprint: Blueprint, team: str) -> ASGIApp:
    """One team's MCP server, on a port that answers the front alone."""
    part = f"mcp-{team}"
    row = blueprint.hops.resource_server(part)
    [client] = blueprint.hops.clients_of(part)
    key = blueprint.keys.access_keys[part]
    m2m = "token_exchange" not in client.grants
    settings = _settings(
        f"mcp_servers.{team}",
        f"{team.capitalize()}ServerSettings",
        issuer=blueprint.issuer_for(part),
        audience=row.audiences[0],
        public_url=blueprint.ports.runtime_url(part),
        upstream_clients=tuple(sorted(row.clients(local=True))),
        table_clients=tuple(sorted(blueprint.hops.client_ids)) if row.url else (),
        api_url=blueprint.ports.url(f"api-{team}"),
        api_provider=client.client_id,
        api_flow="M2M" if m2m else "ON_BEHALF_OF_TOKEN_EXCHANGE",
        api_audience=client.edges[0].audience,
        api_key_provider=client.api_key_provider or "",
        vault_url=blueprint.ports.url("control_plane"),
        region=REGION,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key,
        port=blueprint.ports.port(part),
    )
    return _private(blueprint, part, _create_app(f"mcp_servers.{team}", settings))


def coach(blueprint: Blueprint, model: str) -> ASGIApp:
    """The agent, an unmodified BedrockAgentCoreApp, on a port that answers the front alone.

    Args:
        blueprint: The stack.
        model: Value of COACH_MODEL.
    """
    row = blueprint.hops.resource_server("coach")
    key = blueprint.keys.access_keys["coach"]
    settings = _settings(
        "agent",
        "AgentSettings",
        model=model,
        tools=blueprint.tools,
        issuer=blueprint.issuer,
        audiences=frozenset(blueprint.audiences("coach")),
        upstream_clients=row.clients(local=True),
        port=blueprint.ports.port("coach"),
        vault_url=blueprint.ports.url("control_plane"),
        region=REGION,
        vault_access_key_id=key.access_key_id,
        vault_secret_access_key=key.secret_access_key,
        target_values=blueprint.public_placeholders(),
        consent_return_url=f"{blueprint.ports.url('consent_return')}/return",
        consent_state_key=blueprint.keys.consent_state_key,
        memory_id=MEMORY_ID,
    )
    return _private(blueprint, "coach", _create_app("agent", settings))


def _of_activities(blueprint: Blueprint) -> dict[str, Any]:
    return {"reading_workers": _reading_workers(), "weather": blueprint.weather}


def _reading_workers() -> int:
    """As many as there are processors, a few at most; they start with the first long upload."""
    return max(1, min(MOST_READING_WORKERS, os.cpu_count() or 1))


def _usage_plan_keys(blueprint: Blueprint, row: ResourceServer) -> frozenset[str]:
    """Digests of the API keys that this API counts by."""
    return frozenset(hashlib.sha256(blueprint.keys.api_keys[name].encode()).hexdigest() for name in row.metered_by)


def _private(blueprint: Blueprint, part: str, app: ASGIApp) -> ASGIApp:
    hosts = frozenset({f"{HOST}:{blueprint.ports.port(part)}"})
    return LoopbackGuard(PrivatePort(app, blueprint.keys.front_secret), hosts)


def _settings(package: str, name: str, **values: Any) -> Any:
    """A settings object of a package.

    By name and not by import at the top: a part that a process does not run must not be loaded into it.
    """
    return getattr(import_module(f"{package}.settings"), name)(**values)


def _create_app(package: str, settings: Any, **collaborators: Any) -> ASGIApp:
    app: ASGIApp = import_module(f"{package}.app").create_app(settings, **collaborators)
    return app
