"""Lists of activities that come in several pages: a page holds as many rows as fit, however many were asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.models.offline.calls import ToolCall, ToolOutcome, succeeded

SEARCH: Final = "search_activities"
MOST_PAGES: Final = 4  # of the steps that a turn may have


def next_page(outcomes: Sequence[ToolOutcome]) -> ToolCall | None:
    """The call that goes on with a list; None when all that was asked for is there, or nothing more comes."""
    pages = [outcome for outcome in outcomes if outcome.name == SEARCH]
    if not pages or len(pages) >= MOST_PAGES:
        return None
    first, last = pages[0], pages[-1].data
    wanted = first.arguments.get("limit")
    if wanted is None or last is None or not last.get("next_cursor") or not last["activities"]:
        return None
    missing = wanted - sum(len(page.data["activities"]) for page in pages if page.data)
    if missing <= 0:
        return None
    return ToolCall(SEARCH, {**first.arguments, "limit": missing, "cursor": last["next_cursor"]})


def listed(outcomes: Sequence[ToolOutcome]) -> Mapping[str, Any]:
    """All pages of a list as one: at least one of them was answered."""
    pages = succeeded(outcomes, SEARCH)
    rows = [row for page in pages for row in page["activities"]]
    return {**pages[0], "activities": rows, "next_cursor": pages[-1].get("next_cursor")}
