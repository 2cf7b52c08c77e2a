"""Plain means per weather condition: descriptive, not adjusted for pace, and each run counted once."""

from collections.abc import Sequence

import numpy as np

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.analytics.trend_report import ConditionRow, NearestCondition
from apis.activities.analytics.weather_bands import BAND_NAMES, TEMPERATURE_BANDS, WeatherBands
from apis.activities.models import Activity

ALL = "all"
NEAREST = {"wet": ("humid", "dry"), "humid": ("wet", "hot", "warm"), "dry": ("wet",), "windy": ("wet", "dry")}

Run = tuple[Activity, RunFeatures]


def condition_rows(
    runs: Sequence[Run], bands: WeatherBands, *, asked_for: str | None = None
) -> tuple[ConditionRow, ...]:
    """One row for all runs, one for each condition that occurs, and one for the condition asked for, even if empty.

    Args:
        runs: The comparable runs of the window, each with heart rate, speed and temperature.
        bands: How conditions are told.
        asked_for: A band to list although no run is in it.
    """
    rows = [_row(ALL, runs)]
    for name in BAND_NAMES:
        inside = [run for run in runs if bands.matches(run[0].weather, (name,))]
        if inside or name == asked_for:
            rows.append(_row(name, inside))
    return tuple(rows)


def nearest_condition(asked_for: str, rows: Sequence[ConditionRow]) -> NearestCondition | None:
    """The condition most like one without runs that has some; None when no run has weather."""
    counts = {row.condition: row.n for row in rows if row.n and row.condition != asked_for}
    if asked_for in TEMPERATURE_BANDS:
        at = TEMPERATURE_BANDS.index(asked_for)
        order = sorted(TEMPERATURE_BANDS, key=lambda name: abs(TEMPERATURE_BANDS.index(name) - at))
    else:
        order = [*NEAREST[asked_for], ALL]
    return next((NearestCondition(condition=name, n=counts[name]) for name in order if name in counts), None)


def _row(condition: str, runs: Sequence[Run]) -> ConditionRow:
    heart = [features.heartrate_bpm for _, features in runs if features.heartrate_bpm is not None]
    paces = [1000 / features.speed_mps for _, features in runs if features.speed_mps]
    readings = (activity.weather.temperature_c for activity, _ in runs if activity.weather)
    return ConditionRow(
        condition=condition,
        n=len(runs),
        mean_hr_bpm=_mean(heart),
        sd_bpm=float(np.std(heart, ddof=1)) if len(heart) > 1 else None,
        mean_pace_s_per_km=_mean(paces),
        mean_temperature_c=_mean([each for each in readings if each is not None]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
