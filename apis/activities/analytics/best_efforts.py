"""Best efforts: the fastest stretch of each standard distance inside one run, in elapsed time, as Strava counts.

Distance over time is a line through the samples, so the fastest stretch begins or ends at a sample; both kinds are
tried for every sample, which makes the search exact. Pauses count: elapsed time does not stop.

Metres that nobody can have run are in doubt, and a stretch with more than 0.5 % of its length in doubt is refused:

- A step between two samples that is faster than 12.5 m/s. No human has been measured running faster; a satellite fix
  that jumps, and a drive home with the watch still on, are. One such step costs a marathon nothing, but in 400 m it
  would be the record.
- A stretch that is longer than 250 m + 6.6 m/s · t, a line beyond the world records from 400 m to 50 km: a slower
  drive. The shortest such stretch counts, so that the run before the drive is not held against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.models import BestEffort

# Strava's names; miles and the marathon's halves to the centimetre.
STANDARD_DISTANCES_M: Final = {
    "400m": 400.0,
    "1/2 mile": 804.672,
    "1K": 1000.0,
    "1 mile": 1609.344,
    "2 mile": 3218.688,
    "5K": 5000.0,
    "10K": 10_000.0,
    "15K": 15_000.0,
    "10 mile": 16_093.44,
    "20K": 20_000.0,
    "Half-Marathon": 21_097.5,
    "30K": 30_000.0,
    "Marathon": 42_195.0,
    "50K": 50_000.0,
}
FASTEST_STEP_MPS: Final = 12.5
DOUBTFUL_SHARE: Final = 0.005
RECORD_SPEED_MPS: Final = 6.6
RECORD_RESERVE_M: Final = 250.0
_DECIMALS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Stretches:
    """Candidate stretches of one length: first and last sample, seconds from their first metre to their last."""

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    elapsed_s: FloatArray


def best_efforts(time_s: FloatArray, distance_m: FloatArray) -> tuple[BestEffort, ...]:
    """The fastest stretch of every standard distance that the run is long enough for.

    Args:
        time_s: Shape (n,), seconds, increasing.
        distance_m: Shape (n,), metres so far, not decreasing, no NaN.
    """
    if distance_m.size == 0:
        return ()
    covered = distance_m[-1] - distance_m[0]
    lengths = {name: length for name, length in STANDARD_DISTANCES_M.items() if length <= covered}
    doubtful = _doubtful_so_far_m(time_s, distance_m, list(lengths.values()))
    found = (_fastest(time_s, distance_m, doubtful, name, length) for name, length in lengths.items())
    return tuple(effort for effort in found if effort is not None)


def _fastest(
    time_s: FloatArray, distance_m: FloatArray, doubtful: FloatArray, name: str, length_m: float
) -> BestEffort | None:
    """The fastest believable stretch of a length that fits into the run; None if none is believable."""
    stretches = _stretches(time_s, distance_m, length_m)
    believable = _believable(stretches, doubtful, length_m)
    if not believable.any():
        return None
    best = int(np.where(believable, stretches.elapsed_s, np.inf).argmin())
    return BestEffort(
        name=name,
        distance=length_m,
        elapsed_time=round(float(stretches.elapsed_s[best]), _DECIMALS),
        start_index=int(stretches.first[best]),
        end_index=int(stretches.last[best]),
    )


def _believable(stretches: _Stretches, doubtful: FloatArray, length_m: float) -> NDArray[np.bool_]:
    believable: NDArray[np.bool_] = doubtful[stretches.last] - doubtful[stretches.first] <= DOUBTFUL_SHARE * length_m
    return believable


def _doubtful_so_far_m(time_s: FloatArray, distance_m: FloatArray, lengths_m: Sequence[float]) -> FloatArray:
    """Metres in doubt so far, shape (n,); `lengths_m` ascends, so that the shortest impossible stretch is marked."""
    steps_m, steps_s = np.diff(distance_m), np.diff(time_s)
    doubted = steps_m > FASTEST_STEP_MPS * steps_s
    so_far = _so_far_m(steps_m, doubted)
    if not (steps_m > RECORD_SPEED_MPS * steps_s).any():
        return so_far  # nothing can lie beyond the line
    for length in lengths_m:
        stretches = _stretches(time_s, distance_m, length)
        beyond = length > RECORD_RESERVE_M + RECORD_SPEED_MPS * stretches.elapsed_s
        beyond &= _believable(stretches, so_far, length)
        if beyond.any():
            doubted |= _inside(stretches.first[beyond], stretches.last[beyond], steps_m.size)
            so_far = _so_far_m(steps_m, doubted)
    return so_far


def _so_far_m(steps_m: FloatArray, doubted: NDArray[np.bool_]) -> FloatArray:
    return np.concatenate(([0.0], np.cumsum(np.where(doubted, steps_m, 0.0))))


def _inside(first: NDArray[np.intp], last: NDArray[np.intp], steps: int) -> NDArray[np.bool_]:
    """Which steps lie in one of the stretches."""
    begun = np.cumsum(np.bincount(first, minlength=steps + 1) - np.bincount(last, minlength=steps + 1))
    inside: NDArray[np.bool_] = begun[:-1] > 0
    return inside


def _stretches(time_s: FloatArray, distance_m: FloatArray, length_m: float) -> _Stretches:
    """Stretches from each sample until their last metre is first reached, and up to each sample from when their
    first metre is left for good.
    """
    first = np.flatnonzero(distance_m + length_m <= distance_m[-1])
    end_m = distance_m[first] + length_m
    after = np.searchsorted(distance_m, end_m, side="left")
    end_s = _time_at_s(time_s, distance_m, end_m, after - 1)
    last = np.flatnonzero(distance_m - length_m >= distance_m[0])
    start_m = distance_m[last] - length_m
    before = np.searchsorted(distance_m, start_m, side="right") - 1
    start_s = _time_at_s(time_s, distance_m, start_m, before)
    return _Stretches(
        np.concatenate((first, before)),
        np.concatenate((after, last)),
        np.concatenate((end_s - time_s[first], time_s[last] - start_s)),
    )


def _time_at_s(time_s: FloatArray, distance_m: FloatArray, metres: FloatArray, before: NDArray[np.intp]) -> FloatArray:
    """When these metres were passed, between the sample before and the next, which is farther on."""
    part = (metres - distance_m[before]) / (distance_m[before + 1] - distance_m[before])
    passed: FloatArray = time_s[before] + part * (time_s[before + 1] - time_s[before])
    return passed
