"""Puts the answer together from typed tool results. Pure; never parses text that a tool wrote."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from agent.models.offline.answers import (
    activities,
    breakdown,
    comparison,
    details,
    efforts,
    load,
    profile,
    refusals,
    routes,
    side_by_side,
    social,
    support,
    totals,
    trend,
)
from agent.models.offline.answers.refusals import Absence
from agent.models.offline.calls import TEAM_OF_TOOL, WRITES, ToolOutcome
from agent.models.offline.first_calls import needed_calls
from agent.models.offline.follow_up import understand
from agent.models.offline.offered_tools import ToolSpecs
from agent.models.offline.planner import outcomes_by_request, second_tool
from agent.models.offline.request import Kind, Request

CLOSING = "_offline coach (no language model)_"

Answer = Callable[[Request, Sequence[ToolOutcome]], str]
_ANSWERS: Mapping[Kind, tuple[Answer, str]] = {  # each with the tool without whose result it has nothing to say
    "totals": (totals.totals, "summarize_activities"),
    "breakdown": (breakdown.breakdown, "summarize_activities"),
    "compare": (comparison.compare, "summarize_activities"),
    "share": (comparison.share, "summarize_activities"),
    "trend": (trend.trend, ""),
    "load": (load.load, "get_training_load"),
    "efforts": (efforts.efforts, "get_best_efforts_and_predictions"),
    "side_by_side": (side_by_side.side_by_side, "search_activities"),
    "details": (details.details, "search_activities"),
    "extreme": (activities.extreme, "search_activities"),
    "recent": (activities.recent, "search_activities"),
    "day": (activities.day, "search_activities"),
    "routes": (routes.routes, "search_routes"),
    "clubs": (social.clubs, "list_clubs"),
    "feed": (social.feed, "list_activity_feed"),
    "kudos": (social.kudos, "search_activities"),
    "comments": (social.comments, "search_activities"),
    "give_kudos": (social.give_kudos, "search_activities"),
    "add_comment": (social.add_comment, "search_activities"),
    "help": (support.help_pages, "search_help"),
    "tickets": (support.tickets, "list_tickets"),
    "ticket": (support.ticket, "get_ticket"),
    "create_ticket": (support.create_ticket, "create_ticket"),
    "profile": (profile.profile, "get_athlete_profile"),
}


def compose(
    question: str,
    outcomes: Sequence[ToolOutcome],
    *,
    tool_specs: ToolSpecs,
    history: Sequence[str],
    today: date,
) -> str:
    """The answer as Markdown.

    Args:
        question: The athlete's words.
        outcomes: The results of all calls made for this question.
        tool_specs: The tools there are; a needed one that is absent is named by its team.
        history: The athlete's earlier questions, oldest first.
        today: As for the plan.

    Returns:
        Markdown that ends with the note that no language model wrote it.
    """
    requests = understand([*history, question], today)
    blocks = [
        *(
            _body(request, own)
            for request, own in zip(requests, outcomes_by_request(requests, outcomes, tool_specs), strict=True)
        ),
        refusals.failures(outcomes),
        refusals.absences([absence for each in requests for absence in _absences(each, outcomes, tool_specs)]),
    ]
    answer = dict.fromkeys(block for block in blocks if block)
    return "\n\n".join([*answer, CLOSING])


def _body(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    if request.kind == "capabilities":
        return refusals.capabilities(request)
    if request.kind == "unsupported":
        return refusals.unsupported(request)
    answer, needed = _ANSWERS[request.kind]
    done = {outcome.name: outcome.data for outcome in outcomes if outcome.data is not None}
    if needed and needed not in done and not _asks_back(request):
        return ""
    second = second_tool(request)
    answers_alone = request.kind in {"side_by_side", "details"} or _asks_back(request)
    if second and second not in done and not answers_alone and done[needed]["activities"]:
        return social.found_line(outcomes)
    return answer(request, outcomes)


def _asks_back(request: Request) -> bool:
    """Whether the question lacks the text to be written, so that there is nothing to call."""
    return request.kind in {"add_comment", "create_ticket"} and not request.text


def _absences(request: Request, outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs) -> list[Absence]:
    """The teams that were needed and whose tool is not offered, and why."""
    if _asks_back(request):
        return []
    offered = {spec["name"] for spec in tool_specs}
    needed = [call.name for call in needed_calls(request)] + [tool for tool in [second_tool(request)] if tool]
    asked = {outcome.name for outcome in outcomes}
    absent = [tool for tool in needed if tool not in offered and tool not in asked]
    return [Absence(TEAM_OF_TOOL[tool], _why_absent(tool, offered)) for tool in absent]


def _why_absent(tool: str, offered: set[str]) -> refusals.Why:
    """Another tool of the same team shows that the team is up, so it is the sign-in that lacks the scope."""
    if not any(TEAM_OF_TOOL.get(name) == TEAM_OF_TOOL[tool] for name in offered):
        return "whole team"
    return "no write" if tool in WRITES else "no read"
