"""What AWS generated, as lines for environments.local.yaml."""

from collections.abc import Mapping
from typing import Any

import yaml

from deploy.environments import Environment

_STACK = "fitness-agentcore"
_CALLBACK = "CallbackUrl"
#: Outputs are named without hyphens.
_CLIENTS = {"CoachFederation": "coach-federation", "GatewayFederation": "gateway-federation"}


def to_write_down(environment: Environment, outputs: Mapping[str, Mapping[str, str]]) -> str | None:
    """The member `known_after_first_deployment` as it should be, or None where the file says it already.

    Args:
        environment: As the file says it.
        outputs: Stack to its outputs, as `cdk deploy --outputs-file` writes them.
    """
    found = outputs.get(_STACK, {})
    known: dict[str, Any] = {}
    if "GatewayUrl" in found:
        known["gateway_url"] = found["GatewayUrl"]
    callbacks = {
        client: found[f"{_CALLBACK}{name}"] for name, client in _CLIENTS.items() if f"{_CALLBACK}{name}" in found
    }
    if callbacks:
        known["callback_urls"] = callbacks
    current = environment.known_after_first_deployment.model_dump(exclude_none=True)
    if not known or known == {name: value for name, value in current.items() if value}:
        return None
    return str(yaml.safe_dump({"known_after_first_deployment": known}, sort_keys=True))
