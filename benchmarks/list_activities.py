"""`GET /activities` with 100 to 100,000 activities: the cost of a page must not follow the length of the history."""

from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

from benchmarks.api_calls import ActivitiesApi
from benchmarks.figures import Figure, median_ratio, rounds_s
from benchmarks.stores import ATHLETE, SIZES, history_of

FLAT = 1.5
CALLS, ROUNDS = 20, 9
PAGE, MOST_PAGES = 50, 200


def run() -> Iterator[str]:
    """First page and a page deep in the list, each against the same of the shortest history."""
    apis = {count: history_of(count) for count in SIZES}
    first = {count: partial(_page, api, api.event(ATHLETE, "GET", "/activities")) for count, api in apis.items()}
    yield from _compared("first page", first)
    deep = {count: partial(_page, api, _deep_event(api, count)) for count, api in apis.items()}
    yield from _compared("page deep in the list", deep)


def _compared(name: str, calls: dict[int, partial[None]]) -> Iterator[str]:
    spent = rounds_s(calls, dict.fromkeys(calls, CALLS), ROUNDS)
    for count in SIZES[1:]:
        says = f"{name} with {count:,} activities ({median(spent[count]) * 1e3:.1f} ms) to one with {SIZES[0]}"
        yield str(Figure(says, median_ratio(spent[count], spent[SIZES[0]]), FLAT))


def _page(api: ActivitiesApi, event: dict[str, Any]) -> None:
    api.answer(event)


def _deep_event(api: ActivitiesApi, count: int) -> dict[str, Any]:
    """The request for the page in the middle, or after 10,000 activities."""
    cursor: str | None = None
    for _ in range(max(1, min(count // 2 // PAGE, MOST_PAGES))):
        query: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        cursor = api.answer(api.event(ATHLETE, "GET", "/activities", limit=PAGE, **query))["next_cursor"]
    return api.event(ATHLETE, "GET", "/activities", cursor=cursor)
