"""Policies, tools and callers for tests of the gateway's policy engine."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway_config.gateway_target import OpenApi, read_gateway_targets
from gateway_config.tool_policy import ToolPolicy, read_tool_policies
from identity.tokens import Principal
from local_agentcore.gateway.policy.authority import Mode, ToolPolicies
from local_agentcore.gateway.settings import TargetSettings
from local_agentcore.gateway.tools import GatewayTool, gateway_tool
from local_agentcore.gateway_targets import target_settings
from mcp_servers.serving.tools_lock import published_tools
from tests.support.gateway_values import VALUES

ARN = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:gateway/coach-0a1b2c3d4e"
SCOPE = """principal.hasTag("scope") && (principal.getTag("scope") == "{0}" || principal.getTag("scope") like "{0} *"
    || principal.getTag("scope") like "* {0}" || principal.getTag("scope") like "* {0} *")"""


def target(name: str) -> TargetSettings:
    return TargetSettings(name, f"https://{name}.example/mcp", credential=None)


def tool(own_name: str, of: str = "routes", **properties: Any) -> GatewayTool:
    """A tool whose arguments have these JSON schemas."""
    found = gateway_tool(target(of), {"name": own_name, "inputSchema": {"type": "object", "properties": properties}})
    assert found is not None
    return found


def team_tools(team: str) -> list[GatewayTool]:
    """What a team's server publishes."""
    tools = [gateway_tool(target(team), published) for published in published_tools(team)]
    return [each for each in tools if each is not None]


def api_tools() -> list[GatewayTool]:
    """What the APIs among the shipped targets offer."""
    apis = [target_settings(one, ARN) for one in read_gateway_targets(VALUES) if isinstance(one.kind, OpenApi)]
    tools = [gateway_tool(api, listed) for api in apis for listed in api.static_tools or ()]
    return [each for each in tools if each is not None]


def caller(
    scope: str = "", subject: str = "athlete-1", client: str = "coach-exchange", groups: Sequence[str] = ()
) -> Principal:
    told: dict[str, Any] = {"scope": scope, "sub": subject, "client_id": client}
    told |= {"cognito:groups": list(groups)} if groups else {}
    return Principal(
        issuer="https://issuer.example/coach",
        subject=subject,
        client_id=client,
        audiences=("gateway",),
        scopes=frozenset(scope.split()),
        expires_at=4_000_000_000,
        jti="jti-1",
        claims=told,
    )


def policy_folder(folder: Path, text: str, name: str = "test.cedar") -> Path:
    """A configuration with this Cedar text; `GATEWAY` stands for the resource."""
    (folder / "tool_policies").mkdir(exist_ok=True)
    content = text.replace("GATEWAY", 'resource == AgentCore::Gateway::"${GATEWAY_ARN}"')
    (folder / "tool_policies" / name).write_text(content, encoding="utf-8")
    return folder


def read_policies(folder: Path) -> tuple[ToolPolicy, ...]:
    return read_tool_policies({"GATEWAY_ARN": ARN}, folder)


def policies(text: str) -> tuple[ToolPolicy, ...]:
    """Cedar text as the configuration reads it."""
    with tempfile.TemporaryDirectory() as folder:
        return read_policies(policy_folder(Path(folder), text))


def shipped_policies() -> tuple[ToolPolicy, ...]:
    return read_tool_policies({"GATEWAY_ARN": ARN})


def engine(text: str, *tools: GatewayTool, mode: Mode = "ENFORCE") -> ToolPolicies:
    """An engine that has seen these tools."""
    made = ToolPolicies(policies(text), ARN, mode)
    for name in {each.target.name for each in tools}:
        made.admit(name, [each for each in tools if each.target.name == name])
    return made
