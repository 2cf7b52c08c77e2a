"""`GET /heart-rate-trend` with 100 to 100,000 activities in reach of its window and history.

The floor is what no implementation over this store can go below: reading the same rows and decoding their JSON, and
one least-squares fit of numpy with the same runs.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from apis.activities.analytics.comparable_runs import Selection, comparable_runs
from apis.activities.analytics.exclusions import ComparisonLimits
from apis.activities.analytics.trend_model import Term, design_matrix
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import resolve_window
from apis.activities.library import PAGE
from apis.activities.selection import span_of
from benchmarks.api_calls import NOW, ActivitiesApi
from benchmarks.figures import Figure, median_ratio, rounds_s
from benchmarks.history import ZONE
from benchmarks.stores import ATHLETE, SIZES, history_of

WINDOW, HISTORY_DAYS = "last_120_months", 3660
TERMS: tuple[Term, ...] = ("change", "speed", "heat", "earlier_change", "duration")
LINEAR = 12.0  # ten, and a fifth for the noise of a shared machine
FLOORS = 3.0
FLOOR_SIZE, FLOOR_ROUNDS = 10_000, 9
CALLS, ROUNDS = {100: 60, 1_000: 10, 10_000: 1, 100_000: 1}, 5


def run() -> Iterator[str]:
    """Growth from each history to the next, ten times as long, and the whole operation against its floor."""
    spent = rounds_s({count: _operation(history_of(count)) for count in SIZES}, CALLS, ROUNDS)
    for shorter, longer in pairwise(SIZES):
        says = f"trend of {longer:,} activities ({median(spent[longer]) * 1e3:,.0f} ms) to that of {shorter:,}"
        yield str(Figure(says, median_ratio(spent[longer], spent[shorter]), LINEAR))
    yield str(_against_floor(history_of(FLOOR_SIZE)))


def _operation(api: ActivitiesApi) -> Callable[[], object]:
    """One request, from event to response."""
    event = api.event(ATHLETE, "GET", "/heart-rate-trend", window=WINDOW, history_days=HISTORY_DAYS)
    return lambda: api.answer(event)


def _against_floor(api: ActivitiesApi) -> Figure:
    calls = {"whole": _operation(api), "floor": _floor(api)}
    spent = rounds_s(calls, dict.fromkeys(calls, 1), FLOOR_ROUNDS)
    whole_ms, floor_ms = (median(spent[name]) * 1e3 for name in ("whole", "floor"))
    says = (
        f"trend of {FLOOR_SIZE:,} activities, event to response ({whole_ms:.0f} ms) to the bare query and one "
        f"numpy.linalg.lstsq of its runs ({floor_ms:.0f} ms)"
    )
    return Figure(says, median_ratio(spent["whole"], spent["floor"]), FLOORS)


def _floor(api: ActivitiesApi) -> Callable[[], None]:
    window = resolve_window(WINDOW, now=NOW, zone=ZoneInfo(ZONE))
    library = api.library(ATHLETE)
    keys = span_of(window, history_days=HISTORY_DAYS).keys
    selection = Selection(window, HISTORY_DAYS, "Run", None, WeatherBands(), ComparisonLimits(), None)
    runs = comparable_runs((row.doc for row in library.between(*keys)), selection).table(window)
    design = design_matrix(runs, TERMS, 2.9)

    def query_and_fit() -> None:
        cursor = None
        while True:
            page = api.store.query(library.partition, keys, desc=False, limit=PAGE, cursor=cursor)
            cursor = page.cursor
            if cursor is None:
                break
        np.linalg.lstsq(design, runs.heartrate_bpm, rcond=None)

    return query_and_fit
