"""Tool results that the coach writes itself, for calls that never got an answer from a tool.

Same shape as the servers' own errors, so that whoever composes the answer reads one kind of error.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from strands.tools.mcp.mcp_types import MCPToolResult

ErrorKind = Literal["consent_required", "forbidden", "rate_limited", "upstream_unavailable", "unauthorized"]


@dataclass(frozen=True)
class CallFailure:
    """Why a call has no result, in words for the athlete.

    Attributes:
        facts: Further members of the error; `agent.consent` keeps from the model what is not for it.
    """

    kind: ErrorKind
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def as_result(self, tool_use_id: str) -> MCPToolResult:
        """The error result of this one call."""
        error = {"error": {"kind": self.kind, "message": self.message, **self.facts}}
        return MCPToolResult(
            status="error", toolUseId=tool_use_id, content=[{"text": json.dumps(error)}], structuredContent=error
        )


def unreachable(team: str) -> CallFailure:
    return CallFailure("upstream_unavailable", f"The {team} team is unreachable at the moment. Try again shortly.")


def outcome_unknown(team: str) -> CallFailure:
    return CallFailure(
        "upstream_unavailable",
        f"The connection to the {team} team broke off. Whether this was done is unknown: look before trying again.",
    )


def no_answer(team: str, timeout: timedelta) -> CallFailure:
    return CallFailure("upstream_unavailable", f"The {team} team did not answer within {timeout.total_seconds():g} s.")


def broken_answer(team: str) -> CallFailure:
    return CallFailure("upstream_unavailable", f"The {team} team could not answer this request.")


def not_signed_in(team: str) -> CallFailure:
    return CallFailure("unauthorized", f"The {team} team did not accept the sign-in. Signing in again may help.")


def sign_in_ended(team: str) -> CallFailure:
    return CallFailure("unauthorized", f"The sign-in has ended; the {team} team was not asked. Sign in again.")


def no_token(team: str) -> CallFailure:
    return CallFailure("unauthorized", f"No access to the {team} team could be obtained for this athlete.")


def vault_down(team: str) -> CallFailure:
    return CallFailure(
        "upstream_unavailable", f"Access to the {team} team cannot be obtained: the vault is unreachable."
    )


def consent_needed(team: str, *, provider: str, url: str, scopes: Sequence[str]) -> CallFailure:
    """Args: url: Where the athlete agrees; it goes to the athlete alone."""
    facts = {"provider": provider, "url": url, "scopes": list(scopes)}
    return CallFailure("consent_required", f"The {team} team needs the athlete's consent first.", facts)


def not_allowed(team: str) -> CallFailure:
    return CallFailure("forbidden", f"The athlete has not agreed to this kind of access to the {team} team.")


def busy(team: str) -> CallFailure:
    return CallFailure("rate_limited", f"The {team} team asks for a pause. Try again in a minute.")
