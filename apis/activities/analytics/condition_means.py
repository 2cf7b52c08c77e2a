"""Plain means per weather condition: descriptive, not adjusted for pace, and each run counted once."""

from collections.abc import Sequence

import numpy as np

from apis.activities.analytics.run_columns import RunColumns
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.trend_report import ConditionRow, NearestCondition
from apis.activities.analytics.weather_bands import BAND_NAMES, TEMPERATURE_BANDS

ALL = "all"
NEAREST = {"wet": ("humid", "dry"), "humid": ("wet", "hot", "warm"), "dry": ("wet",), "windy": ("wet", "dry")}


def condition_rows(runs: RunColumns, *, asked_for: str | None = None) -> tuple[ConditionRow, ...]:
    """One row for all runs, one for each condition that occurs, and one for the condition asked for, even if empty.

    Args:
        runs: The comparable runs of the window.
        asked_for: A band to list although no run is in it.
    """
    rows = [_row(ALL, runs)]
    for name in BAND_NAMES:
        inside = runs.in_band(name)
        if inside.any() or name == asked_for:
            rows.append(_row(name, runs.chosen(inside)))
    return tuple(rows)


def nearest_condition(asked_for: str, rows: Sequence[ConditionRow]) -> NearestCondition | None:
    """The condition most like one without runs that has some, else all of them; None when there are no runs."""
    counts = {row.condition: row.n for row in rows if row.n and row.condition != asked_for}
    if asked_for in TEMPERATURE_BANDS:
        order = sorted(TEMPERATURE_BANDS, key=lambda name: (_bands_apart(name, asked_for), -counts.get(name, 0)))
    else:
        order = list(NEAREST[asked_for])
    return next((NearestCondition(condition=name, n=counts[name]) for name in [*order, ALL] if name in counts), None)


def _bands_apart(one: str, other: str) -> int:
    return abs(TEMPERATURE_BANDS.index(one) - TEMPERATURE_BANDS.index(other))


def _row(condition: str, runs: RunColumns) -> ConditionRow:
    return ConditionRow(
        condition=condition,
        n=len(runs),
        mean_hr_bpm=_mean(runs.heartrate_bpm),
        sd_bpm=float(np.std(runs.heartrate_bpm, ddof=1)) if len(runs) > 1 else None,
        mean_pace_s_per_km=_mean(1000 / runs.speed_mps),
        mean_temperature_c=_mean(runs.temperature_c[np.isfinite(runs.temperature_c)]),
    )


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if values.size else None
