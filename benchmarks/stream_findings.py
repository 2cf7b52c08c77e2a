"""What an import finds in a recording, next to reading the recording from its file.

Reading is the floor: nobody gets at the samples without it. The floor of best efforts is to look up, for every sample
and every standard distance, the sample so many metres further on.
"""

from collections.abc import Callable, Iterator

import numpy as np

from apis.activities.analytics.best_efforts import FASTEST_STEP_MPS, STANDARD_DISTANCES_M, best_efforts
from apis.activities.analytics.stream_findings import findings_of
from apis.activities.formats.sniff import read_file
from apis.activities.recordings import RecordedActivity, Streams
from benchmarks.api_calls import NOW
from benchmarks.figures import Figure, median_ratio, rounds_s
from benchmarks.fit_files import run_file

SHARE = 0.1  # of the time that reading the file takes
FLOORS = 6.0
MINUTES, SAMPLES = 60, 10_000
ROUNDS = 9


def run() -> Iterator[str]:
    """Findings against reading, and best efforts against their floor."""
    yield str(_next_to_reading())
    yield str(_against_floor())


def _next_to_reading() -> Figure:
    content = run_file(1, NOW, minutes=MINUTES)
    streams = _streams(content)
    calls: dict[str, Callable[[], object]] = {
        "findings": lambda: findings_of(streams, sport_type="Run"),
        "reading": lambda: read_file(content, name="run.fit"),
    }
    spent = rounds_s(calls, {"findings": 5, "reading": 1}, ROUNDS)
    says = f"findings of a run of {MINUTES} min at 1 s to reading its FIT file"
    return Figure(says, median_ratio(spent["findings"], spent["reading"]), SHARE)


def _streams(content: bytes) -> Streams:
    (activity,) = read_file(content, name="run.fit")
    if not isinstance(activity, RecordedActivity) or activity.streams is None:
        raise TypeError(activity)
    return activity.streams


def _against_floor() -> Figure:
    chance = np.random.default_rng(1)
    distance_m = np.cumsum(np.clip(chance.normal(3.2, 0.3, SAMPLES), 0, FASTEST_STEP_MPS))
    time_s = np.arange(float(SAMPLES))
    calls: dict[str, Callable[[], object]] = {
        "efforts": lambda: best_efforts(time_s, distance_m),
        "floor": lambda: [np.searchsorted(distance_m, distance_m + length) for length in STANDARD_DISTANCES_M.values()],
    }
    spent = rounds_s(calls, dict.fromkeys(calls, 20), ROUNDS)
    says = f"best efforts of {SAMPLES:,} samples to one numpy.searchsorted a standard distance"
    return Figure(says, median_ratio(spent["efforts"], spent["floor"]), FLOORS)
