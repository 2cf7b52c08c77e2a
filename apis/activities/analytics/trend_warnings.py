"""What a reader must know of the runs behind a trend before believing it; each warning at most once."""

from collections.abc import Iterator

from apis.activities.analytics.comparable_runs import ComparableRuns
from apis.activities.analytics.exclusions import REASONS, VIRTUAL_RUN


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
    """What was given up so that runs with and without samples can be compared."""
    if found.basis == "averages":
        within, before = (
            found.runs.from_samples[found.compared & rows] for rows in (found.in_window, ~found.in_window)
        )
        yield (
            f"{int(within.sum())} of {within.size} runs of the window and {int(before.sum())} of {before.size} before "
            "it have samples, so all of them are compared by whole-run averages, not adjusted for hills"
        )
