"""Which operations of AWS's control plane are about gateways and policy engines."""

from typing import Final

from local_agentcore.rest_json import RestOperations, is_below

SERVICE: Final = "bedrock-agentcore-control"
PREFIXES: Final = ("/gateways", "/policy-engines", "/policy-engine-summaries")


def gateway_operations() -> RestOperations:
    """All of them, ours or not."""
    return RestOperations(SERVICE, PREFIXES)


def is_ours(path: str) -> bool:
    """Whether a path is one of gateways and policies."""
    return is_below(path, PREFIXES)
