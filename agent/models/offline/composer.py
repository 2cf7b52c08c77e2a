"""Puts the answer together from typed tool results. Pure; never parses text that a tool wrote."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from agent.models.offline.answers import activities, profile, refusals, routes, social, support, totals, trend
from agent.models.offline.calls import TEAM_OF_TOOL, ToolOutcome
from agent.models.offline.follow_up import understand
from agent.models.offline.planner import ToolSpecs, needed_calls, second_tool
from agent.models.offline.request import Kind, Request

CLOSING = "_offline coach (no language model)_"

Answer = Callable[[Request, Sequence[ToolOutcome]], str]
_ANSWERS: Mapping[Kind, tuple[Answer, str]] = {  # each with the tool without whose result it has nothing to say
    "totals": (totals.totals, "summarize_activities"),
    "breakdown": (totals.breakdown, "summarize_activities"),
    "compare": (totals.compare, "summarize_activities"),
    "trend": (trend.trend, ""),
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
    request = understand([*history, question], today)
    blocks = [
        _body(request, outcomes),
        refusals.failures(outcomes),
        refusals.missing_teams(_absent_teams(request, outcomes, tool_specs)),
    ]
    answer = [block for block in blocks if block]
    return "\n\n".join([*answer, CLOSING])


def _body(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    if request.kind == "capabilities":
        return refusals.capabilities()
    if request.kind == "unsupported":
        return refusals.unsupported(request)
    answer, needed = _ANSWERS[request.kind]
    if not _asks_back(request) and not _has_what_it_needs(request, needed, outcomes):
        return ""
    return answer(request, outcomes)


def _asks_back(request: Request) -> bool:
    """Whether the question lacks the text to be written, so that there is nothing to call."""
    return request.kind in {"add_comment", "create_ticket"} and not request.text


def _has_what_it_needs(request: Request, needed: str, outcomes: Sequence[ToolOutcome]) -> bool:
    done = {outcome.name: outcome.data for outcome in outcomes if outcome.data is not None}
    if needed and needed not in done:
        return False
    second = second_tool(request)
    return second is None or second in done or not done[needed]["activities"]


def _absent_teams(request: Request, outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs) -> list[str]:
    if _asks_back(request):
        return []
    offered = {spec["name"] for spec in tool_specs}
    needed = [call.name for call in needed_calls(request)] + [tool for tool in [second_tool(request)] if tool]
    asked = {outcome.name for outcome in outcomes}
    absent = [TEAM_OF_TOOL[tool] for tool in needed if tool not in offered and tool not in asked]
    return list(dict.fromkeys(str(team) for team in absent))
