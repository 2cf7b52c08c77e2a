"""When two recordings of one athlete are the same activity.

Devices, phones and exports tell the same ride with other durations, names and ids; start, distance and overlap are
what they agree on. A whole-hour shift is never merged: two commutes an hour apart look exactly like it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apis.activities import sports
from apis.activities.measurement import Measurement

MAX_START_DIFFERENCE: Final = timedelta(seconds=120)
MAX_DISTANCE_DIFFERENCE: Final = 0.05  # of the longer one
MIN_OVERLAP: Final = 0.80  # of the shorter one: pauses and late stops make durations differ


@dataclass(frozen=True, slots=True)
class Footprint:
    """What of a recording decides whether it is a duplicate."""

    start_s: float
    elapsed_s: float
    distance_m: float | None
    sport_type: str | None

    @classmethod
    def of(cls, measurement: Measurement) -> "Footprint":
        return cls(
            start_s=measurement.start_date.timestamp(),
            elapsed_s=measurement.elapsed_s,
            distance_m=measurement.distance_m or None,
            sport_type=measurement.sport_type,
        )


def same_activity(one: Footprint, other: Footprint) -> bool:
    """Says whether both are the same activity; symmetrical, and never decided by a name or an id."""
    return (
        abs(one.start_s - other.start_s) <= MAX_START_DIFFERENCE.total_seconds()
        and sports.may_be_same(one.sport_type, other.sport_type)
        and _distances_agree(one.distance_m, other.distance_m)
        and _overlap(one, other, of_longer=one.distance_m is None or other.distance_m is None) >= MIN_OVERLAP
    )


def _distances_agree(one: float | None, other: float | None) -> bool:
    """An unknown distance contradicts nothing; the overlap is then judged more strictly."""
    if one is None or other is None:
        return True
    return abs(one - other) <= MAX_DISTANCE_DIFFERENCE * max(one, other)


def _overlap(one: Footprint, other: Footprint, *, of_longer: bool) -> float:
    """Share of the shorter (or longer) recording that the other covers; a point in time is covered or not."""
    begin = max(one.start_s, other.start_s)
    end = min(one.start_s + one.elapsed_s, other.start_s + other.elapsed_s)
    reference = max(one.elapsed_s, other.elapsed_s) if of_longer else min(one.elapsed_s, other.elapsed_s)
    if reference == 0:
        return 1.0 if end >= begin else 0.0
    return (end - begin) / reference
