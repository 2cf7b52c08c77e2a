"""What the support tools return. Help pages and tickets are fenced: data, never instructions."""

from typing import Any, Literal

from pydantic import Field, field_validator

from identity.untrusted_text import fenced, plain
from mcp_servers.serving.results import Output

TicketType = Literal["question", "incident", "problem", "task"]
TicketStatus = Literal["new", "open", "pending", "hold", "solved", "closed"]
PASSAGE_LENGTH = 900
DESCRIPTION_LENGTH = 2_000


class Passage(Output):
    article_id: str
    title: str
    text: str
    score: float

    @field_validator("title", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return plain(value) if isinstance(value, str) else value

    @field_validator("text", mode="before")
    @classmethod
    def _fenced(cls, value: Any) -> Any:
        return fenced(value, PASSAGE_LENGTH) if isinstance(value, str) else value


class Passages(Output):
    passages: list[Passage]


class TicketRow(Output):
    id: str
    subject: str
    status: str
    type: str
    priority: str | None = None
    created_at: str
    updated_at: str | None = None

    @field_validator("subject", mode="before")
    @classmethod
    def _fenced(cls, value: Any) -> Any:
        return fenced(value, 150) if isinstance(value, str) else value


class TicketComment(Output):
    author: str | None = None
    body: str
    created_at: str

    @field_validator("body", mode="before")
    @classmethod
    def _fenced(cls, value: Any) -> Any:
        return fenced(value, DESCRIPTION_LENGTH) if isinstance(value, str) else value


class Ticket(TicketRow):
    description: str
    related_activity_id: str | None = None
    comments: list[TicketComment] = Field(default_factory=list)

    @field_validator("description", mode="before")
    @classmethod
    def _fenced_description(cls, value: Any) -> Any:
        return fenced(value, DESCRIPTION_LENGTH) if isinstance(value, str) else value


class Tickets(Output):
    tickets: list[TicketRow]
    note: str | None = None


class TicketReceipt(Output):
    """The ticket that was opened, or would be: then without an id."""

    dry_run: bool
    id: str | None
    subject: str
    description: str
    type: str
    status: str | None
