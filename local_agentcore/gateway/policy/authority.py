"""Decides about tools by the policies of all targets: one answer for a call, its listing and its explanation."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gateway_config.tool_policy import ToolPolicy
from identity.tokens import Principal
from local_agentcore.gateway.authorizing import Decision
from local_agentcore.gateway.policy.errors import PoliciesRefused, SchemaUnmappable
from local_agentcore.gateway.policy.input_types import InputType, input_type
from local_agentcore.gateway.policy.target_policies import TargetPolicies
from local_agentcore.gateway.policy.verdict import Verdict
from local_agentcore.gateway.tools import GatewayTool

logger = logging.getLogger(__name__)
Mode = Literal["LOG_ONLY", "ENFORCE"]
CLOSED = Verdict(allowed=False, policies=(), reason="no-usable-policies")


@dataclass(frozen=True)
class _Target:
    """What is known of one target.

    Attributes:
        policies: None where those there are do not fit its tools: then nothing of it is allowed.
    """

    tools: Mapping[str, InputType]
    policies: TargetPolicies | None


class ToolPolicies:
    """The policy engine of one gateway.

    Args:
        policies: All of them.
        gateway_arn: What their `resource` is.
        mode: LOG_ONLY lets everything through and says what ENFORCE would have refused.
    """

    def __init__(self, policies: Sequence[ToolPolicy], gateway_arn: str, mode: Mode) -> None:
        self._policies = tuple(policies)
        self._arn = gateway_arn
        self._mode = mode
        self._targets: dict[str, _Target] = {}

    @property
    def policies(self) -> tuple[ToolPolicy, ...]:
        """Those in use."""
        return self._policies

    @property
    def mode(self) -> Mode:
        """Whether a denial is one."""
        return self._mode

    def admit(self, target: str, tools: Iterable[GatewayTool]) -> list[GatewayTool]:
        """The tools of a target that can be decided about, after its list was read (anew).

        Policies that do not fit them close the target until either side is mended: a `forbid` that names what is not
        there would be skipped.
        """
        types: dict[str, InputType] = {}
        admitted = []
        for tool in tools:
            try:
                types[tool.name] = input_type(tool.document["inputSchema"])
                admitted.append(tool)
            except SchemaUnmappable as error:
                logger.error("tool=<%s>, reason=<%s> | has no form in Cedar, left out", tool.name, error)  # noqa: TRY400 - the reason is the message
        known = self._targets.get(target)
        if known is None or known.tools != types or known.policies is None:
            self._targets[target] = _Target(types, self._fitted(target, types))
        return admitted

    def replace_policies(self, policies: Sequence[ToolPolicy]) -> None:
        """Other policies from now on, for every target at once, or for none.

        Raises:
            PoliciesRefused: They do not fit the tools of a target; the last good ones stay in use (P07).
        """
        targets = {
            name: _Target(known.tools, TargetPolicies(name, known.tools, policies, self._arn))
            for name, known in self._targets.items()
        }
        self._policies, self._targets = tuple(policies), targets

    def decide(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> Decision:
        """See `ToolAuthorizer.decide`."""
        verdict = self.verdict(principal, tool, arguments)
        if verdict.shadow_denied:
            logger.warning("tool=<%s>, client=<%s> | a LOG_ONLY policy would deny", tool.name, principal.client_id)
        if verdict.allowed:
            return Decision(allowed=True, reason=verdict.reason)
        if self._mode == "LOG_ONLY":
            logger.warning(
                "tool=<%s>, client=<%s>, reason=<%s> | ENFORCE would deny",
                tool.name,
                principal.client_id,
                verdict.reason,
            )
            return Decision(allowed=True, reason=f"log-only: {verdict.reason}")
        return Decision(allowed=False, reason=verdict.reason, scopes=self.missing_scopes(principal, tool, arguments))

    def may_list(self, principal: Principal, tool: GatewayTool) -> bool:
        """See `ToolAuthorizer.may_list`."""
        policies = self._of(tool)
        return self._mode == "LOG_ONLY" or (policies is not None and policies.may_list(principal, tool.name))

    def verdict(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> Verdict:
        """What the policies say, whatever the mode."""
        policies = self._of(tool)
        return CLOSED if policies is None else policies.decide(principal, tool.name, arguments)

    def missing_scopes(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> frozenset[str]:
        """The tool's scopes, if with them the same call were allowed; else none, for asking anew would not help."""
        wider = principal.scopes | frozenset(tool.scopes)
        if wider == principal.scopes:
            return frozenset()
        claims = {**principal.claims, "scope": " ".join(sorted(wider))}
        asked = self.verdict(replace(principal, scopes=wider, claims=claims), tool, arguments)
        return frozenset(tool.scopes) if asked.allowed else frozenset()

    def concerning(self, tool: GatewayTool) -> Sequence[ToolPolicy]:
        """The policies that are asked about a tool."""
        policies = self._of(tool)
        return () if policies is None else policies.about(tool.name)

    def _of(self, tool: GatewayTool) -> TargetPolicies | None:
        known = self._targets.get(tool.target.name)
        return known.policies if known else None

    def _fitted(self, target: str, tools: Mapping[str, InputType]) -> TargetPolicies | None:
        try:
            return TargetPolicies(target, tools, self._policies, self._arn)
        except PoliciesRefused as error:
            logger.error("target=<%s>, reason=<%s> | its policies do not fit its tools, all denied", target, error)  # noqa: TRY400 - the reason is the message
            return None
