"""When two recordings of one athlete are the same activity.

Devices, phones and exports tell the same ride with other durations, names and ids; start, distance and overlap are
what they agree on. A whole-hour shift is never merged: two commutes an hour apart look exactly like it. Where one
source cannot know its zone, it is a candidate that the athlete may confirm.

A recording that was cut is the beginning of its whole copy, which is longer and goes farther; there the distance
at the cut is what both agree on. A short recording that is whole is never taken for a beginning.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from apis.activities import sports
from apis.activities.measurement import Measurement
from apis.activities.recordings import Streams

MAX_START_DIFFERENCE: Final = timedelta(seconds=120)
MAX_DISTANCE_DIFFERENCE: Final = 0.05  # of the longer one
MIN_OVERLAP: Final = 0.80  # of the shorter one: pauses and late stops make durations differ
MAX_HOURS_SHIFTED: Final = 14  # as far as any zone is from UTC
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """What of a recording decides whether it is a duplicate."""

    start_s: float
    elapsed_s: float
    distance_m: float | None
    sport_type: str | None
    partial: bool = False
    manual: bool = False
    zone_known: bool = False

    @property
    def end_s(self) -> float:
        return self.start_s + self.elapsed_s

    @classmethod
    def of(cls, measurement: Measurement) -> "Footprint":
        return cls(
            start_s=measurement.start_date.timestamp(),
            elapsed_s=measurement.elapsed_s,
            distance_m=measurement.distance_m or None,
            sport_type=measurement.sport_type,
            partial=measurement.partial,
            manual=measurement.manual,
            zone_known=measurement.utc_offset_s is not None or measurement.zone is not None,
        )


def same_activity(one: Footprint, other: Footprint) -> bool:
    """Says whether both are the same activity; symmetrical, and never decided by a name or an id."""
    return (
        _began_alike(one, other)
        and _distances_agree(one.distance_m, other.distance_m)
        and _overlap(one, other, of_longer=one.distance_m is None or other.distance_m is None) >= MIN_OVERLAP
    )


def hour_shifted(one: Footprint, other: Footprint) -> bool:
    """Says whether both may be the same activity if one clock was off by whole hours; symmetrical.

    It is a candidate only, never to be merged without being asked about: everything else agrees, and one of the two
    has neither an offset of its device nor a position that could tell its zone.
    """
    if one.zone_known and other.zone_known:
        return False
    hours = round((other.start_s - one.start_s) / _HOUR_S)
    if not 0 < abs(hours) <= MAX_HOURS_SHIFTED:
        return False
    return same_activity(replace(one, start_s=one.start_s + hours * _HOUR_S), other)


def begins_alike(cut: Footprint, whole: Footprint, streams: Streams | None) -> bool:
    """Says whether a recording that was cut is the beginning of a longer one, which may be cut as well, but later.

    Args:
        cut: The recording that ended too early; one that is not partial never qualifies.
        whole: The longer one. What somebody typed is no recording to be the beginning of.
        streams: Samples of the longer one, whose distance at the cut is compared; without any, its total is a limit.
    """
    if not cut.partial or whole.manual or cut.elapsed_s > whole.elapsed_s or not _began_alike(cut, whole):
        return False
    if _overlap(cut, whole, of_longer=False) < MIN_OVERLAP:
        return False
    covered_m = _distance_while(cut, whole, streams)
    if covered_m is not None:
        return _distances_agree(cut.distance_m, covered_m)
    if cut.distance_m is None or whole.distance_m is None:
        return True
    return cut.distance_m <= whole.distance_m or _distances_agree(cut.distance_m, whole.distance_m)


def _began_alike(one: Footprint, other: Footprint) -> bool:
    return abs(one.start_s - other.start_s) <= MAX_START_DIFFERENCE.total_seconds() and sports.may_be_same(
        one.sport_type, other.sport_type
    )


def _distance_while(cut: Footprint, whole: Footprint, streams: Streams | None) -> float | None:
    """Metres of the longer recording between the start and the end of the cut one."""
    if streams is None or streams.distance_m is None:
        return None
    known = np.isfinite(streams.distance_m)
    if known.sum() < 2:  # noqa: PLR2004 - a way has two ends
        return None
    ends_s = np.array([cut.start_s, cut.end_s]) - whole.start_s
    begin_m, end_m = np.interp(ends_s, streams.time_s[known], streams.distance_m[known])
    return float(end_m - begin_m)


def _distances_agree(one: float | None, other: float | None) -> bool:
    """An unknown distance contradicts nothing; the overlap is then judged more strictly."""
    if one is None or other is None:
        return True
    return abs(one - other) <= MAX_DISTANCE_DIFFERENCE * max(one, other)


def _overlap(one: Footprint, other: Footprint, *, of_longer: bool) -> float:
    """Share of the shorter (or longer) recording that the other covers; a point in time is covered or not."""
    begin = max(one.start_s, other.start_s)
    end = min(one.end_s, other.end_s)
    reference = max(one.elapsed_s, other.elapsed_s) if of_longer else min(one.elapsed_s, other.elapsed_s)
    if reference == 0:
        return 1.0 if end >= begin else 0.0
    return (end - begin) / reference
