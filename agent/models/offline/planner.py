"""Turns an understood question into tool calls. Pure: the same question and results give the same calls."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.models.offline.calls import ToolCall, ToolOutcome, succeeded
from agent.models.offline.first_calls import DETAILED, EVERYTHING, needed_calls
from agent.models.offline.follow_up import understand
from agent.models.offline.offered_tools import ToolSpecs, offered
from agent.models.offline.pages import SEARCH, next_page
from agent.models.offline.request import Request

_ON_THE_FOUND_ACTIVITY: Mapping[str, str] = {
    "kudos": "get_activity_social",
    "comments": "get_activity_social",
    "give_kudos": "give_kudos",
    "add_comment": "add_comment",
    "details": "get_activity",
    "side_by_side": "compare_activities",
}


def plan(
    question: str,
    tool_specs: ToolSpecs,
    history: Sequence[str],
    today: date,
    outcomes: Sequence[ToolOutcome] = (),
) -> list[ToolCall]:
    """The calls that answer a question, as far as what came back so far allows.

    Args:
        question: The athlete's words.
        tool_specs: The tools there are, as Strands describes them; calls of absent tools are left out.
        history: The athlete's earlier questions, oldest first.
        today: Against which names of months and days are resolved.
        outcomes: Results of the calls planned before for this question.

    Returns:
        One batch of calls; empty when it is time to compose the answer.
    """
    requests = understand([*history, question], today)
    made = [outcome.call for outcome in outcomes]
    wanted: list[ToolCall] = []
    for request, own in zip(requests, outcomes_by_request(requests, outcomes, tool_specs), strict=True):
        step = _next_step(request, own) if outcomes else needed_calls(request)
        wanted += [call for call in offered(step, tool_specs) if call not in [*wanted, *made]]
    return wanted


def outcomes_by_request(
    requests: Sequence[Request], outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs
) -> list[list[ToolOutcome]]:
    """Which results belong to which request: those of the calls that it leads to.

    Args:
        requests: What one line asks.
        outcomes: The results of all calls made for the line.
        tool_specs: The tools there are.

    Returns:
        One list per request; a result that two requests lead to is in both.
    """
    if len(requests) == 1:
        return [list(outcomes)]
    return [_own(request, outcomes, tool_specs) for request in requests]


def _own(request: Request, outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs) -> list[ToolOutcome]:
    own = [each for each in outcomes if each.call in offered(needed_calls(request), tool_specs)]
    while more := [each for each in _following(request, own, outcomes, tool_specs) if each not in own]:
        own += more
    return [each for each in outcomes if each in own]


def _following(
    request: Request, own: Sequence[ToolOutcome], outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs
) -> list[ToolOutcome]:
    step = offered(_next_step(request, own), tool_specs)
    return [each for each in outcomes if each.call in step]


def _next_step(request: Request, outcomes: Sequence[ToolOutcome]) -> list[ToolCall]:
    """The calls that follow from the results so far: the rest of a list, or what is asked about what was found."""
    page = next_page(outcomes)
    if page is not None:
        return [page]
    if request.kind == "totals":
        empty = any(data["total"]["count"] == 0 for data in succeeded(outcomes, "summarize_activities"))
        return needed_calls(replace(request, window=EVERYTHING)) if empty and request.window is None else []
    tool = _ON_THE_FOUND_ACTIVITY.get(request.kind)
    found = [row for data in succeeded(outcomes, SEARCH) for row in data["activities"]]
    if tool is None or any(outcome.name == tool for outcome in outcomes):
        return []  # once, above all where it writes
    arguments = _about(request, found)
    return [ToolCall(tool, arguments)] if arguments else []


def _about(request: Request, found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The arguments of the second call; none where too little was found."""
    if not found:
        return {}
    if request.kind == "side_by_side":
        # the last of the list comes first: the others are told as differences from it
        ids = list(dict.fromkeys(row["id"] for row in reversed(found)))
        return {"activity_ids": ids} if len(ids) > 1 else {}
    about = {"activity_id": found[0]["id"]}
    if request.kind == "details":
        rows = DETAILED if {"splits", "laps"} & set(request.parts) else {}
        return {**about, "include": list(request.parts), **rows}
    return {**about, "text": request.text} if request.kind == "add_comment" else about


def second_tool(request: Request) -> str | None:
    """The tool that a request also needs once its activity is found."""
    return _ON_THE_FOUND_ACTIVITY.get(request.kind)
