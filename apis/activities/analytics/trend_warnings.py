"""What a reader must know of the runs behind a trend before believing it; each warning at most once."""

from collections.abc import Iterator

import numpy as np

from apis.activities.analytics.comparable_runs import ComparableRuns
from apis.activities.analytics.exclusions import REASONS, VIRTUAL_RUN

UNLIKE_RECORDINGS = 0.5


def run_warnings(found: ComparableRuns, *, sport_type: str) -> tuple[str, ...]:
    """The warnings that the runs themselves give rise to."""
    return (*_temperatures(found, sport_type), *_anomalies(found), *_recordings(found))


def _temperatures(found: ComparableRuns, sport_type: str) -> Iterator[str]:
    if sport_type == VIRTUAL_RUN:
        yield "indoor runs have no weather: heat is not adjusted for"
    felt = int((found.compared & found.runs.device_temperature).sum())
    if felt:
        yield (
            f"{felt} of {int(found.compared.sum())} temperatures were measured by the device itself, which the body "
            "and the sun warm: the effect of heat is less certain"
        )


def _anomalies(found: ComparableRuns) -> Iterator[str]:
    strange = int((found.reason == REASONS.index("hr_out_of_range")).sum())
    if strange:
        yield (
            f"{strange} run{'s' * (strange > 1)} with a heart rate out of range left out: may be a sensor error; "
            "with symptoms, see a doctor"
        )


def _recordings(found: ComparableRuns) -> Iterator[str]:
    """With samples the first ten minutes are left out, so averages of whole runs are not quite the same quantity."""
    within, before = (found.runs.from_samples[found.compared & rows] for rows in (found.in_window, ~found.in_window))
    if within.size and before.size and abs(np.mean(within) - np.mean(before)) > UNLIKE_RECORDINGS:
        yield (
            f"{int(within.sum())} of {within.size} runs of the window and {int(before.sum())} of {before.size} before "
            "it have samples; the others are whole-run averages, so that part of the change may be how it was measured"
        )
