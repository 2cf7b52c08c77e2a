"""Repairs of the clock: what every format gets wrong alike.

Watches count from 1989, or from a satellite week of 2001, until their first fix; damage makes a time jump; time
goes back; and lap borders repeat an instant.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.recordings import FloatArray

CLOCK_JUMP_S: Final = 30 * 86_400.0
LONGEST_S: Final = 10 * 86_400.0
CLOCK_SET: Final = datetime(2005, 1, 1, tzinfo=UTC)
_WITNESSES: Final = 3  # samples that must agree before an earlier one counts as damaged


def in_order(at_s: FloatArray, *, damaged: bool, begun_s: Sequence[float]) -> tuple[FloatArray, NDArray[np.intp]]:
    """Times that never decrease, and which samples they belong to.

    Args:
        at_s: Unix seconds in file order, shape (n,), n > 0.
        damaged: Whether samples before the damage must be kept, however many follow it.
        begun_s: When the file says it was begun.

    Returns:
        Unix seconds, shape (m,), and positions in `at_s`, shape (m,), with 0 < m <= n.
    """
    at_s = _without_clock_jump(at_s)
    kept = np.flatnonzero(np.abs(at_s - _anchor(at_s, begun_s, first_counts=damaged)) <= LONGEST_S)
    kept = kept[~_leaps_ahead(at_s[kept])]
    kept = kept[at_s[kept] >= np.maximum.accumulate(at_s[kept])]
    return at_s[kept], kept


def one_row_per_instant(at_s: FloatArray, table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Joins the samples of one instant: the first value present wins."""
    starts = np.diff(at_s, prepend=-np.inf) > 0
    if starts.all():
        return at_s, table
    joined, group = table[starts], np.cumsum(starts) - 1
    for repeat in np.flatnonzero(~starts):
        row = joined[group[repeat]]
        joined[group[repeat]] = np.where(np.isnan(row), table[repeat], row)
    return at_s[starts], joined


def _without_clock_jump(at_s: FloatArray) -> FloatArray:
    """Moves the first samples, from before the clock was set, up to one second before those that follow."""
    steps_s = np.diff(at_s)
    unset = np.maximum.accumulate(at_s)[:-1] < CLOCK_SET.timestamp()
    moves_s = np.where(unset & (steps_s >= CLOCK_JUMP_S), steps_s - 1.0, 0.0)
    return np.append(at_s[:-1] + np.cumsum(moves_s[::-1])[::-1], at_s[-1])


def _anchor(at_s: FloatArray, begun_s: Sequence[float], *, first_counts: bool) -> float:
    """A time that is right: the middle one, as most are.

    After damage most may be wrong. What precedes it is right, and so is the first time if the next one or the file's
    own beginning agrees with it, or if hardly any agree with one another. A first time that is alone against many is
    taken for damage itself.
    """
    middle = np.sort(at_s)[(at_s.size - 1) // 2]  # a time that occurs, which the mean of two need not
    if first_counts:
        agreeing = (*at_s[1:2], *begun_s)
        alone = not any(abs(at_s[0] - each) <= LONGEST_S for each in agreeing)
        if not alone or np.count_nonzero(np.abs(at_s - middle) <= LONGEST_S) < _WITNESSES:
            return float(at_s[0])
    return float(middle)


def _leaps_ahead(at_s: FloatArray) -> NDArray[np.bool_]:
    """Which samples are a step ahead that the next three take back: one damaged time, which costs one sample.

    Three, because a good sample may be followed by a damaged one that runs back.
    """
    before = np.append(-np.inf, at_s[:-1])
    leaps = np.ones(at_s.size, dtype=bool)
    for ahead in range(1, _WITNESSES + 1):
        later = np.full(at_s.size, np.nan)
        later[:-ahead] = at_s[ahead:]
        beyond_the_end = np.isnan(later) & (ahead == _WITNESSES)
        leaps &= beyond_the_end | ((later < at_s) & (later >= before))
    return leaps
