"""May this caller use this tool with these arguments? The seam at which policies decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from identity.tokens import Principal
from local_agentcore.gateway.tools import GatewayTool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and by which rule.

    Attributes:
        reason: Id of the policy or rule, for trace and audit line.
        scopes: Scopes with which the same call would be allowed, if that is all that is missing.
    """

    allowed: bool
    reason: str
    scopes: frozenset[str] = frozenset()


class ToolAuthorizer(Protocol):
    """Decides about calls and listings. In doubt it denies; it raises nothing."""

    def decide(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> Decision:
        """Whether the call may be made.

        Args:
            principal: As the verified token says.
            tool: Matched exactly by its name.
            arguments: Of the parsed body, the same that the target gets.
        """
        ...

    def may_list(self, principal: Principal, tool: GatewayTool) -> bool:
        """Whether some call of this tool might be allowed."""
        ...


class ScopeAuthorizer:
    """Allows what the scopes of the token cover, whatever the arguments."""

    def decide(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> Decision:  # noqa: ARG002 - scopes know no arguments
        """See `ToolAuthorizer.decide`."""
        if tool.needs_consent_elsewhere:
            return Decision(allowed=True, reason="consent-elsewhere")
        missing = frozenset(tool.scopes) - principal.scopes
        if missing:
            return Decision(allowed=False, reason="scope-missing", scopes=frozenset(tool.scopes))
        return Decision(allowed=True, reason="scopes")

    def may_list(self, principal: Principal, tool: GatewayTool) -> bool:
        """See `ToolAuthorizer.may_list`."""
        return self.decide(principal, tool, {}).allowed
