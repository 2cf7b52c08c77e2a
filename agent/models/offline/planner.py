"""Turns an understood question into tool calls. Pure: the same question and results give the same calls."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.models.offline.calls import ToolCall, ToolOutcome, succeeded
from agent.models.offline.first_calls import EVERYTHING, longest_first, needed_calls
from agent.models.offline.follow_up import understand
from agent.models.offline.lengths import is_settled
from agent.models.offline.offered_tools import ToolSpecs, offered
from agent.models.offline.request import Request

_ON_THE_FOUND_ACTIVITY: Mapping[str, str] = {
    "kudos": "get_activity_social",
    "comments": "get_activity_social",
    "give_kudos": "give_kudos",
    "add_comment": "add_comment",
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
    wanted: list[ToolCall] = []
    for request, own in zip(requests, outcomes_by_request(requests, outcomes, tool_specs), strict=True):
        step = second_calls(request, own) if outcomes else needed_calls(request)
        wanted += [call for call in offered(step, tool_specs) if call not in wanted]
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
    first = [each for each in outcomes if each.call in offered(needed_calls(request), tool_specs)]
    second = offered(_second_step(request, first), tool_specs)
    return [each for each in outcomes if each in first or each.call in second]


def second_calls(request: Request, outcomes: Sequence[ToolOutcome]) -> list[ToolCall]:
    """The calls that follow from the first results, as far as they were not made yet."""
    made = {outcome.name for outcome in outcomes}
    if request.kind in {"totals", "recent"}:
        return _second_step(request, outcomes) if len(outcomes) == 1 else []
    return [call for call in _second_step(request, outcomes) if call.name not in made]


def _second_step(request: Request, outcomes: Sequence[ToolOutcome]) -> list[ToolCall]:
    """What to ask about the activity that was found, or elsewhere where the first result does not settle it."""
    if request.kind == "totals":
        empty = any(data["total"]["count"] == 0 for data in succeeded(outcomes, "summarize_activities"))
        return needed_calls(replace(request, window=EVERYTHING)) if empty and request.window is None else []
    if request.kind == "recent":
        pages = succeeded(outcomes, "search_activities")[:1]
        ranks_a_length = request.extreme is not None and request.min_distance_m is not None
        return longest_first(request) if ranks_a_length and pages and not is_settled(request, pages[0]) else []
    tool = _ON_THE_FOUND_ACTIVITY.get(request.kind)
    found: Sequence[Mapping[str, Any]] = next(
        (data["activities"] for data in succeeded(outcomes, "search_activities")), []
    )
    if tool is None or not found:
        return []
    arguments = {"activity_id": found[0]["id"]}
    return [ToolCall(tool, arguments | {"text": request.text} if tool == "add_comment" else arguments)]


def second_tool(request: Request) -> str | None:
    """The tool that a request also needs once its activity is found."""
    return _ON_THE_FOUND_ACTIVITY.get(request.kind)
