"""Answers from the help pages and about tickets."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request

_PASSAGE = 600
_DONE = frozenset({"solved", "closed"})


def help_pages(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The passages that fit best, each under the title of its article."""
    passages = succeeded(outcomes, "search_help")[0].get("passages", [])
    if not passages:
        return f"The help pages say nothing about “{wording.quoted(request.text, 80)}”. A ticket to support may help."
    blocks = [
        f"**{wording.passage(str(passage['title']), 120)}**\n\n{wording.passage(str(passage['text']), _PASSAGE)}"
        for passage in passages
    ]
    return "\n\n".join(["From the help pages:", *blocks])


def tickets(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    found = succeeded(outcomes, "list_tickets")[0].get("tickets", [])
    if request.text == "open":
        found = [ticket for ticket in found if ticket.get("status") not in _DONE]
    if not found:
        return f"You have no {f'{request.text} ' if request.text else ''}tickets."
    return "\n".join(["**Your tickets**", "", *(f"- {_line(ticket)}" for ticket in found)])


def ticket(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    found = succeeded(outcomes, "get_ticket")[0]
    shown = found.get("ticket", found)
    description = shown.get("description")
    return _line(shown) + (f"\n\n{wording.quoted(str(description), _PASSAGE)}" if description else "")


def create_ticket(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    if not request.text:
        return "What should the ticket say? For example: open a ticket: my watch does not sync since yesterday."
    created = succeeded(outcomes, "create_ticket")[0]
    return f"Ticket opened: {_line(created.get('ticket', created))}"


def _line(ticket: Mapping[str, Any]) -> str:
    number = wording.quoted(str(ticket.get("id") or ticket.get("ticket_id") or ""))
    status = f" ({wording.quoted(str(ticket['status']))})" if ticket.get("status") else ""
    return f"**{number}** {wording.quoted(str(ticket.get('subject', '')), 120)}{status}"
