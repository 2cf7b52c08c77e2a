"""What is wrong with the policies beyond Cedar: names of tools, the gateway's ARN, scopes."""

import json
import re
from collections.abc import Iterator
from typing import Any

from gateway_config.lint.findings import Findings, Rule, documented, ours
from gateway_config.lint.reading import Configuration
from gateway_config.tool_policy import ToolPolicy

SEPARATOR = "___"
_UNDERSCORES = re.compile(r"_{2,}")

TOOL_NAME = Rule(
    "tool-name", documented("gateway-tool-naming"), "Write <target>___<tool>, with exactly three underscores."
)
TOOL_MISSING = Rule(
    "tool-missing", ours("targets/"), "Name a target of targets/ and, where its tools are listed, one of them."
)
GATEWAY_ARN = Rule(
    "gateway-arn",
    documented("policy-scope"),
    'Write resource == AgentCore::Gateway::"${GATEWAY_ARN}": a policy that names actions names its gateway.',
)
ENTITY = Rule(
    "policy-entity",
    documented("policy-scope"),
    "Principals are AgentCore::OAuthUser, actions AgentCore::Action, resources AgentCore::Gateway.",
)
SUBSTRING = Rule(
    "scope-substring",
    ours("P02: a scope is one word of one text"),
    'Compare whole words: == "x", like "x *", like "* x", like "* x *".',
)


def policy_findings(found: Configuration) -> Findings:
    """Findings of every policy."""
    tools = _tools(found)
    for policy in found.policies:
        yield from _entities(policy)
        yield from _actions(policy, tools)
        yield from _resource(policy, found.values.get("GATEWAY_ARN", ""))
        yield from _scopes(policy)


def _tools(found: Configuration) -> dict[str, frozenset[str] | None]:
    """Target to its tools; None where only the server knows them."""
    return {str(request.get("name")): _listed(request) for request in found.targets.values()}


def _listed(request: dict[str, Any]) -> frozenset[str] | None:
    mcp = request["targetConfiguration"].get("mcp", {})
    try:
        if "lambda" in mcp:
            return _names(mcp["lambda"]["toolSchema"]["inlinePayload"], "name")
        if "openApiSchema" in mcp:
            paths = json.loads(mcp["openApiSchema"]["inlinePayload"])["paths"]
            return _names([operation for item in paths.values() for operation in item.values()], "operationId")
        static = json.loads(mcp["mcpServer"]["mcpToolSchema"]["inlinePayload"])
        return _names(static["tools"] if isinstance(static, dict) else static, "name")
    except (KeyError, ValueError, TypeError, AttributeError):
        return None  # nothing is listed here, or not in a form that other rules accept


def _names(entries: list[dict[str, Any]], member: str) -> frozenset[str]:
    return frozenset(str(entry[member]) for entry in entries)


def _entities(policy: ToolPolicy) -> Findings:
    allowed = {"principal": "AgentCore::OAuthUser", "resource": "AgentCore::Gateway", "action": "AgentCore::Action"}
    for part, kind in allowed.items():
        given = policy.body[part]
        entities = [given.get("entity"), *given.get("entities", ())]
        types = {given.get("entity_type"), *(one["type"] for one in entities if one)} - {None, kind}
        if types:
            yield ENTITY.finding(policy.file, policy.name, f"{part} is a {', '.join(sorted(types))}")


def _named_actions(policy: ToolPolicy) -> list[str]:
    action = policy.body["action"]
    return [one["id"] for one in (action.get("entity"), *action.get("entities", ())) if one]


def _actions(policy: ToolPolicy, tools: dict[str, frozenset[str] | None]) -> Findings:
    for action in _named_actions(policy):
        target, separator, tool = action.partition(SEPARATOR)
        runs = _UNDERSCORES.findall(action)
        if runs and (runs != [SEPARATOR] or not target or not tool):
            yield TOOL_NAME.finding(policy.file, policy.name, f"{action!r}")
        elif target not in tools:
            yield TOOL_MISSING.finding(policy.file, policy.name, f"{action!r}: there is no target {target!r}")
        elif separator and tools[target] is not None and tool not in (tools[target] or ()):
            yield TOOL_MISSING.finding(policy.file, policy.name, f"{action!r}: {target} has no tool {tool!r}")


def _resource(policy: ToolPolicy, arn: str) -> Findings:
    resource = policy.body["resource"]
    named = resource.get("entity", {}).get("id")
    if (named is not None and named != arn) or (_named_actions(policy) and resource["op"] != "=="):
        what = f"its resource is {named!r}, the gateway is {arn!r}" if named else "names actions and no gateway"
        yield GATEWAY_ARN.finding(policy.file, policy.name, what)


def _scopes(policy: ToolPolicy) -> Findings:
    for pattern in _scope_patterns(policy.body["conditions"]):
        literal = "".join(part["Literal"] for part in pattern if part != "Wildcard")
        opens, closes = pattern[0] == "Wildcard", pattern[-1] == "Wildcard"
        if (opens and not literal.startswith(" ")) or (closes and not literal.endswith(" ")):
            shown = "".join("*" if part == "Wildcard" else part["Literal"] for part in pattern)
            yield SUBSTRING.finding(policy.file, policy.name, f'like "{shown}" finds the scope inside others')


def _scope_patterns(content: Any) -> Iterator[list[Any]]:
    if isinstance(content, dict):
        like = content.get("like")
        if like and like["left"].get("getTag", {}).get("right") == {"Value": "scope"}:
            yield like["pattern"]
        for value in content.values():
            yield from _scope_patterns(value)
    elif isinstance(content, list):
        for value in content:
            yield from _scope_patterns(value)
