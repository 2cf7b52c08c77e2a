"""Writes wait for the athlete: nothing runs but what was shown, and only once it was approved.

A tool that does not declare `readOnlyHint` interrupts the agent before it runs. The athlete sees tool and arguments
under an id; the approval is bound to a digest of both, in the same session of the same athlete, and runs out.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strands.interrupt import Interrupt
from strands.types._snapshot import Snapshot
from strands.types.interrupt import InterruptResponseContent
from strands.types.tools import AgentTool

from agent.errors import ApprovalExpired, ApprovalUnknown

INTERRUPT_NAME = "approval"
DECLINED = json.dumps({"error": {"kind": "declined", "message": "The athlete did not approve this."}})
NOT_AS_SHOWN = json.dumps({"error": {"kind": "declined", "message": "The arguments are not those that were shown."}})


def needs_approval(tool: AgentTool | None) -> bool:
    """Whether a tool may change something. Silence counts as yes: `readOnlyHint` defaults to false (MCP)."""
    annotations = tool.tool_spec.get("annotations", {}) if tool else {}
    return annotations.get("readOnlyHint") is not True


def digest(tool: str, arguments: Mapping[str, Any]) -> str:
    """What an approval is bound to: the tool and its exact arguments."""
    canonical = json.dumps([tool, arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def shown(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The reason of the interrupt: what the athlete will be shown, and the digest of it."""
    return {"tool": tool, "input": dict(arguments), "digest": digest(tool, arguments)}


@dataclass(frozen=True)
class Approval:
    """One write that waits.

    Attributes:
        id: What the athlete's decision names.
        interrupt_id: Strands' own name for it.
    """

    interrupt_id: str
    tool: str
    arguments: Mapping[str, Any]
    digest: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def answered(self, *, allow: bool) -> list[InterruptResponseContent]:
        """The athlete's decision in the form that Strands resumes with."""
        response = {"allow": allow, "digest": self.digest}
        return [{"interruptResponse": {"interruptId": self.interrupt_id, "response": response}}]


@dataclass(frozen=True)
class PendingTurn:
    """A turn that was interrupted, and what it waits for.

    Attributes:
        snapshot: The agent as it was; it holds the arguments that will run.
        expires_at: Seconds of the session's clock.
        question: What the athlete had asked; if a consent is missing too, it is asked again from the start.
    """

    snapshot: Snapshot
    approvals: tuple[Approval, ...]
    expires_at: float
    question: str = field(repr=False)

    def approval(self, approval_id: str, *, now: float) -> Approval:
        """The waiting approval of that id.

        Raises:
            ApprovalUnknown: Nothing waits under this id.
            ApprovalExpired: It waited too long.
        """
        found = next((each for each in self.approvals if each.id == approval_id), None)
        if found is None:
            raise ApprovalUnknown
        if now >= self.expires_at:
            raise ApprovalExpired
        return found


def waiting(interrupts: Sequence[Interrupt]) -> tuple[Approval, ...]:
    """What the interrupts of a turn ask the athlete."""
    reasons = [(each.id, each.reason) for each in interrupts if each.name == INTERRUPT_NAME]
    return tuple(Approval(each_id, reason["tool"], reason["input"], reason["digest"]) for each_id, reason in reasons)


def refusal(response: Mapping[str, Any], tool: str, arguments: Mapping[str, Any]) -> str | None:
    """Why a tool must not run after the athlete's decision; None when it may.

    Returns:
        The structured error that becomes the tool's result, so that the model learns what happened.
    """
    if response.get("allow") is not True:
        return DECLINED
    return None if response.get("digest") == digest(tool, arguments) else NOT_AS_SHOWN
