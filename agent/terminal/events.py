"""The events of one turn, as the runtime streams them and as `coach ask --json` prints them.

A discriminated union on `type`. Unknown fields are dropped, so that a script sees the contract and no more;
a line that is no event of the contract is an error of the runtime.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SessionStarted(_Event):
    type: Literal["session"] = "session"
    id: str
    athlete: str | None = None
    model: str


class ToolStarted(_Event):
    type: Literal["tool_start"] = "tool_start"
    id: str
    server: str | None = None
    tool: str
    input: dict[str, Any] = {}


class ToolEnded(_Event):
    type: Literal["tool_end"] = "tool_end"
    id: str
    tool: str
    status: Literal["success", "error"]
    ms: float
    result: Any = None


class ConsentRequired(_Event):
    type: Literal["consent_required"] = "consent_required"
    provider: str
    url: str
    scopes: list[str] = []


class ApprovalRequired(_Event):
    """`id` is what the approval is posted with; the tool use it belongs to."""

    type: Literal["approval_required"] = "approval_required"
    id: str | None = None
    tool: str
    input: dict[str, Any] = {}


class Text(_Event):
    type: Literal["text"] = "text"
    text: str


class Done(_Event):
    type: Literal["done"] = "done"
    answer: str
    stop_reason: str
    ms: float
    usage: dict[str, Any] | None = None


class Failed(_Event):
    type: Literal["error"] = "error"
    code: str
    message: str


Event = Annotated[
    SessionStarted | ToolStarted | ToolEnded | ConsentRequired | ApprovalRequired | Text | Done | Failed,
    Field(discriminator="type"),
]
_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


def read_event(line: str | bytes) -> Event:
    """Parses the JSON of one event.

    Raises:
        pydantic.ValidationError: It is no event of the contract.
    """
    return _EVENTS.validate_json(line)


def event_line(event: Event) -> str:
    """One line of `coach ask --json`. ASCII: a control character of a server can only occur escaped."""
    absent = {"id"} if isinstance(event, ApprovalRequired) and event.id is None else set()
    return json.dumps(event.model_dump(mode="json", exclude=absent), ensure_ascii=True, separators=(",", ":"))
