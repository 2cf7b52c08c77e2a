"""The policies of one target: parsed once, checked against its tools, and asked for every call.

Only what concerns the target is in its set, so that the cost of a call does not grow with the other teams' policies,
and a mistake in one team's files closes that team's tools alone.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import cedarpy

from gateway_config.tool_policy import ToolPolicy
from identity.tokens import Principal
from local_agentcore.gateway.policy.arguments_read import arguments_read
from local_agentcore.gateway.policy.cedar_schema import ACTION, GATEWAY, GROUPS, schema_text
from local_agentcore.gateway.policy.errors import ArgumentsUnfit, PoliciesRefused
from local_agentcore.gateway.policy.input_types import InputType
from local_agentcore.gateway.policy.principal_entity import principal_text, principal_uid
from local_agentcore.gateway.policy.principal_memory import PrincipalMemory
from local_agentcore.gateway.policy.verdict import Verdict

logger = logging.getLogger(__name__)

SEPARATOR: Final = "___"
NO_POLICY: Final = "no-policy-permits"
UNFIT: Final = "arguments-unfit"
FAILED: Final = "policy-failed"
UNKNOWN_TOOL: Final = "unknown-tool"


class TargetPolicies:
    """One target's policies over one list of its tools.

    Args:
        target: Its name.
        tools: Name with the target's before it, to the type of its arguments.
        policies: All there are; those of other targets are left out here.
        gateway_arn: The resource.

    Raises:
        PoliciesRefused: They name tools or arguments that are not there, or could fail at run time, where Cedar skips
            them, a `forbid` too (P06).
    """

    def __init__(
        self, target: str, tools: Mapping[str, InputType], policies: Iterable[ToolPolicy], gateway_arn: str
    ) -> None:
        self.target = target
        self.tools = dict(tools)
        self._arn = gateway_arn
        mine = self._mine = [policy for policy in policies if _concerns(policy, target)]
        elsewhere = {name for policy in mine for name in _actions(policy)} - self.tools.keys()
        elsewhere = {name for name in elsewhere if name not in GROUPS and _target_of(name) != target}
        schema = schema_text(target, self.tools, elsewhere)
        try:
            self._schema = cedarpy.Schema.from_json_str(schema)
            self._active = _policy_set([policy for policy in mine if policy.mode == "ACTIVE"])
            self._all = _policy_set(mine) if any(policy.mode == "LOG_ONLY" for policy in mine) else None
            findings = cedarpy.validate_policies(_text(mine), self._schema)
        except ValueError as error:
            raise PoliciesRefused(f"{target}: {error}") from error
        if not findings.validation_passed:
            raise PoliciesRefused(f"{target}: {'; '.join(_said(findings))}")
        self._callers = PrincipalMemory(self._schema)
        self._read = {tool: arguments_read(policy.body for policy in self.about(tool)) for tool in self.tools}

    def decide(self, principal: Principal, tool: str, arguments: Mapping[str, Any]) -> Verdict:
        """What the policies say; anything but a clean Allow is a denial."""
        kind = self.tools.get(tool)
        if kind is None:
            return Verdict(allowed=False, policies=(), reason=UNKNOWN_TOOL)
        try:
            given = kind.value(arguments)
        except ArgumentsUnfit as unfit:
            return Verdict(allowed=False, policies=(), reason=UNFIT, unfit=unfit.where)
        try:
            known = self._callers.of(principal)
        except ValueError:
            logger.exception("target=<%s>, tool=<%s> | the caller has no form in Cedar, denied", self.target, tool)
            return Verdict(allowed=False, policies=(), reason=FAILED)
        question = (tool, self._looked_at(tool, given))
        found = known.decided.get(question)
        if found is None:
            found = self._asked(principal, tool, given, known.entities)
            if found.reason != FAILED:
                known.remember(question, found)
        return found

    def _looked_at(self, tool: str, given: Mapping[str, Any]) -> str:
        """The arguments on which the decision depends; Cedar knows no clock, and the caller's claims do not change."""
        names = self._read[tool]
        return json.dumps(given if names is None else {name: given[name] for name in sorted(names) if name in given})

    def _asked(self, principal: Principal, tool: str, given: Mapping[str, Any], entities: cedarpy.Entities) -> Verdict:
        request = {**self._request(principal_uid(principal), tool), "context": {"input": given}}
        verdict = self._verdict(request, entities, self._active)
        if self._all is None or not verdict.allowed:
            return verdict
        shadow = self._verdict(request, entities, self._all)
        return verdict if shadow.allowed else replace(verdict, shadow_denied=True)

    def may_list(self, principal: Principal, tool: str) -> bool:
        """Whether some arguments might be allowed. A preview by partial evaluation, never a decision."""
        if tool not in self.tools:
            return False
        try:
            known = self._callers.of(principal)
            if tool not in known.listed:
                known.listed[tool] = self._preview(principal, tool, known.entities)
        except ValueError:
            logger.exception("target=<%s>, tool=<%s> | the preview failed, not listed", self.target, tool)
            return False
        return known.listed[tool]

    def _preview(self, principal: Principal, tool: str, entities: cedarpy.Entities) -> bool:
        uid = principal_text(principal)
        if uid is None:
            return False
        request = {
            "principal": uid,
            "action": f'{ACTION}::"{tool}"',
            "resource": f'{GATEWAY}::"{self._arn}"',
        }
        preview = cedarpy.is_authorized_partial(request, self._active, entities, self._schema)
        return preview.decision in {cedarpy.Decision.Allow, cedarpy.Decision.NoDecision} and _has_a_permit(preview)

    def about(self, tool: str) -> list[ToolPolicy]:
        """The policies whose head is about the tool, its target, or everything."""
        groups = {*GROUPS, self.target, tool}
        return [policy for policy in self._mine if not (named := set(_actions(policy))) or named & groups]

    def _request(self, principal: Mapping[str, str], tool: str) -> dict[str, Any]:
        resource = {"type": GATEWAY, "id": self._arn}
        return {"principal": principal, "action": {"type": ACTION, "id": tool}, "resource": resource}

    def _verdict(self, request: dict[str, Any], entities: cedarpy.Entities, policies: cedarpy.PolicySet) -> Verdict:
        result = cedarpy.is_authorized(request, policies, entities, schema=self._schema)
        if result.diagnostics.errors:
            # The text of an error may hold an argument's value, so it is not written down.
            logger.error("target=<%s> | policy evaluation failed, denied", self.target)
            return Verdict(allowed=False, policies=(), reason=FAILED)
        decided = tuple(sorted(result.diagnostics.reasons))
        # An unknown action under a schema gives NoDecision, so `!= Deny` would let it in.
        allowed = result.decision == cedarpy.Decision.Allow
        return Verdict(allowed, decided, " ".join(decided) or NO_POLICY)


def _said(findings: cedarpy.ValidationResult) -> Iterator[str]:
    """Each finding, by the policy's own name."""
    for error in findings.errors:
        name = findings.id_annotations_by_policy_id.get(error.policy_id, error.policy_id)
        yield f"{name}: {error.error}"


def _has_a_permit(preview: cedarpy.PartialAuthzResult) -> bool:
    return preview.decision == cedarpy.Decision.Allow or bool(preview.residuals)


def _policy_set(policies: Iterable[ToolPolicy]) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_json_str(_json(policies))


def _text(policies: Iterable[ToolPolicy]) -> str:
    return str(cedarpy.policies_from_json_str(_json(policies)))


def _json(policies: Iterable[ToolPolicy]) -> str:
    bodies = {policy.name: {**policy.body, "annotations": {"id": policy.name}} for policy in policies}
    return json.dumps({"staticPolicies": bodies, "templates": {}, "templateLinks": []})


def _concerns(policy: ToolPolicy, target: str) -> bool:
    """False only if every action that the policy names belongs to another target."""
    named = list(_actions(policy))
    return not named or any(name in GROUPS or _target_of(name) == target for name in named)


def _actions(policy: ToolPolicy) -> Iterator[str]:
    """The actions and groups in the policy's head; none if it speaks of all."""
    action = policy.body["action"]
    entities = [action["entity"]] if "entity" in action else action.get("entities", [])
    return (entity["id"] for entity in entities)


def _target_of(name: str) -> str:
    """Of a tool or of a group: what stands before three underscores."""
    return name.partition(SEPARATOR)[0]
