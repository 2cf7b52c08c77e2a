"""What a person may ask a local gateway beside MCP: which policy decides about a call and why, and which tools wait.

AWS has no such operation. Nothing here changes anything, and whoever asks needs a token for the gateway as for a call.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway_config.tool_policy import ToolPolicy
from identity.tokens import Principal
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper, Judged
from local_agentcore.gateway.catalog import Catalog
from local_agentcore.gateway.errors import InvalidParams
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.policy.target_policies import NO_POLICY, UNFIT
from local_agentcore.gateway.policy.verdict import Verdict
from local_agentcore.gateway.tools import SEPARATOR

EXPLANATIONS = "/local/policy-explanations"
TOOLS = "/local/tools"
Text = Annotated[str, Field(min_length=1, max_length=200)]
_STANDINGS = {
    "new": "The tool is not offered: nobody has accepted what it says yet.",
    "changed": "The tool is not offered: it says something else than when it was accepted.",
    "refused": "The tool is not offered:",
    "accepted": "The tool is not offered: it has no form in Cedar, so no policy could decide about it.",
}


class Question(BaseModel):
    """A call that is not made.

    Attributes:
        tool: With or without the target before it.
        client_id: Who would call; whoever asks, if it is not said. So are the scopes and the groups.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    tool: Text
    arguments: dict[str, Any] = Field(default_factory=dict)
    client_id: Text | None = None
    scopes: list[Text] | None = None
    groups: list[Text] | None = None

    def caller(self, asking: Principal) -> Principal:
        """Whoever asks, as somebody who comes with this."""
        scopes = asking.scopes if self.scopes is None else frozenset(self.scopes)
        claims = {**asking.claims, "scope": " ".join(sorted(scopes)), "client_id": self.client_id or asking.client_id}
        if self.groups is not None:
            claims["cognito:groups"] = self.groups
        return replace(asking, client_id=claims["client_id"], scopes=scopes, claims=claims)


class Inspection:
    """Answers such questions.

    Args:
        catalog: The tools.
        gatekeeper: Knows those that are not offered.
        policies: Decide.
    """

    def __init__(self, catalog: Catalog, gatekeeper: Gatekeeper, policies: ToolPolicies) -> None:
        self._catalog = catalog
        self._gatekeeper = gatekeeper
        self._policies = policies

    async def explain(self, principal: Principal, body: bytes) -> dict[str, Any]:
        """Decision, reason, and the policies that were asked.

        Args:
            principal: Who asks.
            body: A `Question` as JSON.

        Raises:
            InvalidParams: It is none, or names no tool of any target.
        """
        try:
            question = Question.model_validate(json.loads(body))
        except (ValueError, ValidationError) as error:
            raise InvalidParams("tool, arguments, client_id, scopes, groups") from error
        await self._catalog.manifest()
        judged = self._named(question.tool)
        tool, caller = judged.tool, question.caller(principal)
        offered = judged.tool.name in (await self._catalog.manifest()).by_name
        verdict = self._policies.verdict(caller, tool, question.arguments)
        missing = sorted(self._policies.missing_scopes(caller, tool, question.arguments)) if not verdict.allowed else []
        return {
            "tool": tool.name,
            "decision": "ALLOW" if offered and verdict.allowed else "DENY",
            "mode": self._policies.mode,
            "why": _why(verdict, missing) if offered else f"{_STANDINGS[judged.standing]} {judged.reason}".strip(),
            "decided_by": list(verdict.policies) if offered else [],
            "missing_scopes": missing if offered else [],
            "policies": [_shown(policy, verdict) for policy in self._policies.concerning(tool)],
        }

    async def tools(self) -> dict[str, Any]:
        """Every listed tool with how it stands and what it says, in one number."""
        await self._catalog.manifest()
        rows = [
            {
                "tool": each.tool.name,
                "standing": each.standing,
                "reason": each.reason,
                "fingerprint": each.fingerprint,
                "description": str(each.tool.document.get("description", "")) if each.standing != "refused" else "",
            }
            for each in self._gatekeeper.judged
        ]
        return {"tools": rows}

    def _named(self, name: str) -> Judged:
        judged = self._gatekeeper.judged
        exact = [each for each in judged if each.tool.name == name]
        alike = exact or [each for each in judged if each.tool.name.rpartition(SEPARATOR)[2] == name]
        if len(alike) != 1:
            raise InvalidParams(f"tool: {len(alike) or 'none'} of this name")
        return alike[0]


def _why(verdict: Verdict, missing: Sequence[str]) -> str:
    names = " and ".join(verdict.policies)
    if verdict.allowed:
        return f"Permitted by {names}."
    if verdict.policies:
        return f"Forbidden by {names}; a forbid wins over every permit."
    if missing:
        return f"No policy permits it; with the scope {' and '.join(missing)} it would be permitted."
    if verdict.reason == NO_POLICY:
        return "No policy permits it."
    if verdict.reason == UNFIT:
        return f"{verdict.unfit} is not what the tool's schema says, so nothing can be decided about it."
    return "The policies of its target cannot be used with its tools; the gateway's log says why."


def _shown(policy: ToolPolicy, verdict: Verdict) -> Mapping[str, str]:
    return {
        "name": policy.name,
        "effect": str(policy.body["effect"]),
        "mode": policy.mode,
        "file": policy.file,
        "outcome": "decided" if policy.name in verdict.policies else "did not decide",
        "statement": policy.statement,
    }
