"""What becomes of the lists of all targets before anybody sees them: looked at, then handed to the policies."""

from collections.abc import Sequence
from typing import Protocol

from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.tools import GatewayTool


class Admission(Protocol):
    """Chooses the tools that the gateway has."""

    @property
    def version(self) -> int:
        """Another number means that the same lists may be judged otherwise."""
        ...

    def admit(self, tools: Sequence[GatewayTool]) -> list[GatewayTool]:
        """Those of the listed tools that are offered, in their order."""
        ...


class EveryTool:
    """Admits whatever is listed; for gateways whose targets are all the operator's own words."""

    version = 0

    def admit(self, tools: Sequence[GatewayTool]) -> list[GatewayTool]:
        """See `Admission.admit`."""
        return list(tools)


class JudgedTools:
    """Admits what the gatekeeper accepts and the policies can decide about.

    Args:
        gatekeeper: Knows what was accepted.
        policies: Decide about calls, target by target.
    """

    def __init__(self, gatekeeper: Gatekeeper, policies: ToolPolicies) -> None:
        self._gatekeeper = gatekeeper
        self._policies = policies

    @property
    def version(self) -> int:
        """See `Admission.version`."""
        return self._gatekeeper.version

    def admit(self, tools: Sequence[GatewayTool]) -> list[GatewayTool]:
        """See `Admission.admit`."""
        offered = self._gatekeeper.admit(tools)
        targets = dict.fromkeys(tool.target.name for tool in tools)
        decidable: set[str] = set()
        for target in targets:
            own = [tool for tool in offered if tool.target.name == target]
            decidable |= {tool.name for tool in self._policies.admit(target, own)}
        return [tool for tool in offered if tool.name in decidable]
