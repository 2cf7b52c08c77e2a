"""Runs that were stored twice: the import merges copies, and one that slipped through must still not count twice."""

import numpy as np

from apis.activities.analytics.run_columns import BoolArray, RunColumns

SAME_START_S = 120.0
SAME_DISTANCE = 0.05


def repeated(runs: RunColumns) -> BoolArray:
    """Which runs repeat another one: same sport, start within 120 s, distance within 5 %.

    A recorded run is kept before a manual one, then the lower id. Only runs that have a neighbour within 120 s are
    compared with others, so the cost of a history without copies is that of looking at its gaps.
    """
    found = np.zeros(len(runs), dtype=np.bool_)
    for group in _close_together(runs):
        kept: list[int] = []
        for run in sorted(group, key=lambda index: _rank(runs, index)):
            found[run] = any(_same(runs, run, other) for other in kept)
            if not found[run]:
                kept.append(run)
    return found


def _close_together(runs: RunColumns) -> list[list[int]]:
    """Indices of runs of which each began within 120 s of the next."""
    groups: list[list[int]] = []
    for first in np.flatnonzero(np.diff(runs.started_s) <= SAME_START_S).tolist():
        if groups and groups[-1][-1] == first:
            groups[-1].append(first + 1)
        else:
            groups.append([first, first + 1])
    return groups


def _rank(runs: RunColumns, index: int) -> tuple[bool, int, str]:
    name = str(runs.activity_id[index])
    return bool(runs.manual[index]), len(name), name


def _same(runs: RunColumns, one: int, other: int) -> bool:
    if runs.sport_type[one] != runs.sport_type[other]:
        return False
    if abs(runs.started_s[one] - runs.started_s[other]) > SAME_START_S:
        return False
    metres = np.nan_to_num(runs.distance_m[[one, other]])
    return bool(abs(metres[0] - metres[1]) <= SAME_DISTANCE * metres.max())
