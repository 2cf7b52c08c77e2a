"""Best efforts of a window, and what they say about races: estimates, each with the effort that it rests on.

An effort inside an easy run is not a race: from runs that were not whole-hearted every prediction is too slow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self

from apis.activities.analytics.best_efforts import STANDARD_DISTANCES_M
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.race_performance import (
    CRITICAL_SPEED_VALID_S,
    RIEGEL_VALID_S,
    cameron_time_s,
    critical_speed,
    riegel_time_s,
    time_at_vdot_s,
    vdot,
)
from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.analytics.trend_report import WindowEcho
from apis.activities.analytics.windows import Window
from apis.activities.models import Activity, BestEffort

TARGETS: Final = ("5K", "10K", "Half-Marathon", "Marathon")
SUPPORTING_M: Final = 3000.0  # shorter efforts overrate endurance; they are used only where there is no longer one
METHOD: Final = (
    "Riegel: T·(D2/D1)^1.06, for 3.5 to 230 min; VDOT: Daniels & Gilbert; Cameron; "
    "from the effort with the highest VDOT, of 3 km and more where there is one"
)
TARGETS_UNDER_18: Final = ("5K", "10K")
UNDER_18: Final = "; under 18, nothing is predicted for longer races"
NOT_WHOLE_HEARTED: Final = "estimates: efforts inside runs that were not whole-hearted make every prediction too slow"
OUT_OF_RANGE: Final = "outside the 3.5 to 230 minutes for which Riegel's formula is valid"
ONE_RUN_ONLY: Final = (
    "critical speed needs best efforts of 2 to 20 minutes from two runs: one run holds no two maximal ones"
)


@dataclass(frozen=True)
class EffortRow:
    """One run with its best efforts; none where it had no samples."""

    activity_id: str
    local_date: date
    weekday: str
    name: str
    efforts: tuple[BestEffort, ...]

    @classmethod
    def of(cls, activity: Activity, efforts: tuple[BestEffort, ...]) -> Self:
        """The row of a stored run."""
        return cls(activity.id, activity.start_date_local.date(), activity.weekday, activity.name, efforts)


class Effort(FrozenAnswer):
    """The best effort over one distance and the run it was in."""

    distance: str
    distance_m: Rounded
    elapsed_time_s: Rounded
    pace_s_per_km: Rounded
    activity_id: str
    activity_name: str
    date: str
    weekday: str


class SourceEffort(Effort):
    """The effort that the predictions rest on; `vdot` is an estimate."""

    vdot: Rounded
    age_days: int


class Prediction(FrozenAnswer):
    """Race times over one distance, by three formulas."""

    distance: str
    distance_m: Rounded
    riegel_s: Rounded | None
    riegel_reason: str | None
    vdot_s: Rounded
    cameron_s: Rounded
    estimate: Literal[True] = True


class CriticalSpeedEstimate(FrozenAnswer):
    """Critical speed and the metres that can be run above it; null with a reason."""

    speed_mps: Rounded | None
    pace_s_per_km: Rounded | None
    reserve_m: Rounded | None
    efforts: tuple[Effort, ...]
    reason: str | None
    estimate: Literal[True] = True


class EffortsCoverage(FrozenAnswer):
    """Runs of the window, and those with an effort over a standard distance."""

    runs: int
    with_efforts: int


class EffortsReport(FrozenAnswer):
    """What `GET /best-efforts` answers."""

    window: WindowEcho
    best: tuple[Effort, ...]
    source: SourceEffort | None
    predictions: tuple[Prediction, ...]
    reason: str | None
    critical_speed: CriticalSpeedEstimate
    coverage: EffortsCoverage
    method: str = METHOD
    caution: str = NOT_WHOLE_HEARTED


def report_efforts(rows: Iterable[EffortRow], window: Window, *, today: date, under_18: bool = False) -> EffortsReport:
    """Best efforts of the runs of a window, with predictions.

    Args:
        rows: Runs in any order; those outside the window are not looked at.
        window: Local dates.
        today: Local date, from which the age of an effort counts.
        under_18: The athlete is, or may be: no race longer than 10 km is put into anybody's head.
    """
    inside = [row for row in rows if window.contains(row.local_date)]
    best = _best(inside)
    source = _source(best, today)
    return EffortsReport(
        window=WindowEcho.model_validate(window.echo()),
        best=best,
        source=source,
        predictions=tuple(_predict(source, name) for name in (TARGETS_UNDER_18 if under_18 else TARGETS))
        if source
        else (),
        reason=None if source else "no effort of 3.5 to 230 minutes over a standard distance",
        critical_speed=_critical_speed(best),
        coverage=EffortsCoverage(runs=len(inside), with_efforts=sum(bool(row.efforts) for row in inside)),
        caution=NOT_WHOLE_HEARTED + (UNDER_18 if under_18 else ""),
    )


def _best(rows: Sequence[EffortRow]) -> tuple[Effort, ...]:
    """The fastest of each standard distance, of equal ones the first to be run."""
    ordered = sorted(rows, key=lambda row: (row.local_date, row.activity_id))
    fastest: dict[str, tuple[BestEffort, EffortRow]] = {}
    for row in ordered:
        for effort in row.efforts:
            known = fastest.get(effort.name)
            if known is None or effort.elapsed_time < known[0].elapsed_time:
                fastest[effort.name] = effort, row
    return tuple(_effort(*fastest[name]) for name in STANDARD_DISTANCES_M if name in fastest)


def _effort(effort: BestEffort, row: EffortRow) -> Effort:
    return Effort(
        distance=effort.name,
        distance_m=effort.distance,
        elapsed_time_s=effort.elapsed_time,
        pace_s_per_km=effort.elapsed_time / effort.distance * 1000,
        activity_id=row.activity_id,
        activity_name=row.name,
        date=row.local_date.isoformat(),
        weekday=row.weekday,
    )


def _source(best: Sequence[Effort], today: date) -> SourceEffort | None:
    shortest, longest = RIEGEL_VALID_S
    usable = [each for each in best if shortest <= each.elapsed_time_s <= longest]
    supporting = [each for each in usable if each.distance_m >= SUPPORTING_M] or usable
    if not supporting:
        return None
    source = max(supporting, key=_vdot)
    age = (today - date.fromisoformat(source.date)).days
    return SourceEffort(**dict(source), vdot=_vdot(source), age_days=age)


def _vdot(effort: Effort) -> float:
    return vdot(effort.distance_m, effort.elapsed_time_s)


def _predict(source: SourceEffort, name: str) -> Prediction:
    distance_m, target_m, time_s = source.distance_m, STANDARD_DISTANCES_M[name], source.elapsed_time_s
    riegel = riegel_time_s(time_s, distance_m, target_m)
    shortest, longest = RIEGEL_VALID_S
    valid = shortest <= riegel <= longest
    return Prediction(
        distance=name,
        distance_m=target_m,
        riegel_s=riegel if valid else None,
        riegel_reason=None if valid else OUT_OF_RANGE,
        vdot_s=time_at_vdot_s(target_m, source.vdot),
        cameron_s=cameron_time_s(time_s, distance_m, target_m),
    )


def _critical_speed(best: Sequence[Effort]) -> CriticalSpeedEstimate:
    shortest, longest = CRITICAL_SPEED_VALID_S
    used = tuple(each for each in best if shortest <= each.elapsed_time_s <= longest)
    if len({each.activity_id for each in used}) < 2:  # noqa: PLR2004 - see ONE_RUN_ONLY
        return _no_critical_speed(used, ONE_RUN_ONLY)
    try:
        line = critical_speed([(each.distance_m, each.elapsed_time_s) for each in used])
    except InputsMissing as missing:
        return _no_critical_speed(used, str(missing))
    return CriticalSpeedEstimate(
        speed_mps=line.speed_mps,
        pace_s_per_km=1000 / line.speed_mps,
        reserve_m=line.reserve_m,
        efforts=used,
        reason=None,
    )


def _no_critical_speed(used: tuple[Effort, ...], reason: str) -> CriticalSpeedEstimate:
    return CriticalSpeedEstimate(speed_mps=None, pace_s_per_km=None, reserve_m=None, efforts=used, reason=reason)
