"""Fits planned calls to the tools that the servers really offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.calls import ToolCall

ToolSpecs = Sequence[Mapping[str, Any]]


def offered(calls: Sequence[ToolCall], tool_specs: ToolSpecs) -> list[ToolCall]:
    """The calls of tools that there are, with arguments that they take."""
    parameters = {spec["name"]: _parameters(spec) for spec in tool_specs}
    return [_fitted(call, parameters[call.name]) for call in calls if call.name in parameters]


def _parameters(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = spec.get("inputSchema", {}).get("json", {})
    parameters: Mapping[str, Any] = schema.get("properties", {})
    return parameters


def _fitted(call: ToolCall, parameters: Mapping[str, Any]) -> ToolCall:
    """The call without values that the tool's own schema excludes, so that an older server still answers."""
    if not parameters:
        return call
    arguments = {
        name: _allowed(value, parameters[name]) for name, value in call.arguments.items() if name in parameters
    }
    return ToolCall(call.name, arguments)


def _allowed(value: Any, schema: Mapping[str, Any]) -> Any:
    choices = schema.get("items", {}).get("enum") if isinstance(value, list) else None
    return [each for each in value if each in choices] or value if choices else value
