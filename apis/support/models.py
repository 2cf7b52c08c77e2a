"""What the support API takes and answers: the field names of help desks."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
Kind = Literal["question", "incident", "problem", "task"]
Priority = Literal["low", "normal", "high", "urgent"]
# Control characters could forge lines wherever a ticket is shown; tabs and line ends are text.
_NO_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]*$"


class Passage(BaseModel):
    """One section of a help article that answers a query; a higher score fits better."""

    model_config = ConfigDict(frozen=True)

    article_id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: str
    text: str
    score: float


class Passages(BaseModel):
    passages: tuple[Passage, ...]


class TicketDraft(BaseModel):
    """What an athlete writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=150, pattern=_NO_CONTROLS)
    ]
    description: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=5000, pattern=_NO_CONTROLS)
    ]
    type: Kind = "question"
    priority: Priority = "normal"
    related_activity_id: Annotated[str, Field(min_length=1, max_length=128, pattern=_NO_CONTROLS)] | None = None


class Ticket(BaseModel):
    """One ticket. ``id`` is null in the answer to a dry run."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    subject: str
    description: str
    type: Kind
    priority: Priority
    status: Status
    related_activity_id: str | None
    created_at: str
    updated_at: str


class TicketRow(BaseModel):
    """A ticket in a list: without its text."""

    model_config = ConfigDict(frozen=True)

    id: str
    subject: str
    type: Kind
    priority: Priority
    status: Status
    created_at: str
    updated_at: str


class TicketPage(BaseModel):
    """Newest first."""

    tickets: tuple[TicketRow, ...]
    next_cursor: str | None
