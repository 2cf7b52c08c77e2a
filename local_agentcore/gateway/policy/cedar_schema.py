"""The Cedar schema of one target's tools, as AgentCore makes it from a gateway.

Actions are tools (`routes___search_routes`) in the group of their target, which is in `CallTool`, which is in `Mcp`.
A principal has its subject as `id` and the claims of its token as tags, which are texts.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from local_agentcore.gateway.policy.input_types import InputType

NAMESPACE: Final = "AgentCore"
USER, GATEWAY, ACTION = (f"{NAMESPACE}::{kind}" for kind in ("OAuthUser", "Gateway", "Action"))
GROUPS: Final[Mapping[str, Any]] = {"Mcp": {}, "CallTool": {"memberOf": [{"id": "Mcp"}]}}
_ENTITIES: Final[Mapping[str, Any]] = {
    "OAuthUser": {
        "shape": {"type": "Record", "attributes": {"id": {"type": "String", "required": True}}},
        "tags": {"type": "String"},
    },
    # Callers of gateways that take signed AWS requests; policies may speak of them, ours never meets one.
    "IamEntity": {"shape": {"type": "Record", "attributes": {"id": {"type": "String", "required": True}}}},
    "Gateway": {},
}


def schema_text(target: str, tools: Mapping[str, InputType], elsewhere: Collection[str]) -> str:
    """The schema.

    Args:
        target: Name of the target.
        tools: Name, with the target's name before it, to the type of its arguments.
        elsewhere: Groups and tools of other targets that a policy of this target mentions too.
    """
    actions = {**GROUPS, target: {"memberOf": [{"id": "CallTool"}]}}
    actions |= {name: {} for name in elsewhere if name not in actions}
    actions |= {name: _action(target, arguments) for name, arguments in tools.items()}
    return json.dumps({NAMESPACE: {"entityTypes": _ENTITIES, "actions": actions}})


def _action(target: str, arguments: InputType) -> dict[str, Any]:
    context = {"type": "Record", "attributes": {"input": {**arguments.schema(), "required": True}}}
    return {
        "memberOf": [{"id": target}],
        "appliesTo": {"principalTypes": ["OAuthUser"], "resourceTypes": ["Gateway"], "context": context},
    }
