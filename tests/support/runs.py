"""Runs made to order for the analytics: every field has a plain value, and a test states the one it is about."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.run_columns import RunColumns, run_columns
from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.analytics.trend_model import RunTable
from apis.activities.analytics.trend_report import HeartRateTrend
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window, resolve_window
from apis.activities.models import Activity, ActivityId, Weather
from apis.activities.stored import ActivityRow

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 30, 20, 0, tzinfo=UTC)


def window(text: str = "last_30_days") -> Window:
    return resolve_window(text, now=NOW, zone=BERLIN)


def weather(**values: Any) -> Weather:
    plain: dict[str, Any] = {"temperature_c": 12.0, "apparent_temperature_c": 12.0, "precipitation_mm_per_h": 0.0}
    return Weather(**{**plain, **values})


def run(days_ago: float = 1.0, *, local: str | None = None, **values: Any) -> Activity:
    """A steady run of an hour, ten kilometres at 150 bpm and 12 °C, some days before `NOW` or at a local time."""
    return run_at(
        datetime.fromisoformat(local)
        if local
        else NOW.astimezone(BERLIN).replace(tzinfo=None) - timedelta(days=days_ago),
        **values,
    )


def run_at(local: datetime, **values: Any) -> Activity:
    """As `run`, at a local time in Berlin."""
    start = local.replace(tzinfo=BERLIN).astimezone(UTC)
    plain: dict[str, Any] = {
        "id": ActivityId(f"run-{start:%Y%m%d%H%M%S}"),
        "name": "Morning Run",
        "sport_type": "Run",
        "start_date": start,
        "start_date_local": local,
        "timezone": "Europe/Berlin",
        "weekday": f"{local:%A}",
        "distance": 10_000.0,
        "moving_time": 3600.0,
        "elapsed_time": 3700.0,
        "total_elevation_gain": 50.0,
        "has_heartrate": True,
        "average_heartrate": 150.0,
        "heartrate_time": 3600.0,
        "max_heartrate": 165.0,
        "weather": weather(),
    }
    return Activity(**{**plain, **values})


def rows_of(activities: Iterable[Activity], features: Mapping[str, RunFeatures] | None = None) -> list[dict[str, Any]]:
    """Activities as their rows are stored; without features of its own a run is taken by its averages."""
    known = features or {}
    rows = (ActivityRow(activity=each, features=known.get(each.id) or run_features(each)) for each in activities)
    return [row.model_dump(mode="json", exclude_defaults=True) for row in rows]


def trend_of(
    activities: Iterable[Activity], *, features: Mapping[str, RunFeatures] | None = None, **options: Any
) -> HeartRateTrend:
    """The analysis of some runs, of the window `last_30_days` if no other is given."""
    return analyze_heart_rate_trend(rows_of(activities, features), **{"window": window(), **options})


def columns_of(activities: Iterable[Activity], features: Mapping[str, RunFeatures] | None = None) -> RunColumns:
    """Runs of any date as columns."""
    return run_columns(rows_of(activities, features), first=date.min, end=date.max, bands=WeatherBands())


def simulated(
    seed: int,
    *,
    in_window: int = 10,
    earlier: int = 40,
    span_days: float = 30.0,
    change_bpm_per_30d: float = 0.0,
    noise_bpm: float = 3.0,
    warming: bool = False,
    slowing: bool = False,
    seasons: bool = True,
) -> RunTable:
    """Runs drawn from the trend's own model; `warming` and `slowing` are the two classic traps.

    Without `seasons` the temperature has nothing to do with the date.
    """
    chance = np.random.default_rng(seed)
    day = np.concatenate([chance.uniform(-150, 0, earlier), chance.uniform(0, span_days, in_window)])
    season = 12 + 8 * np.sin((day + 100) / 365 * 2 * np.pi) if seasons else np.full(day.size, 15.0)
    temperature = season + chance.normal(0, 4 if seasons else 6, day.size)
    speed = 2.9 + chance.normal(0, 0.15, day.size)
    duration = np.exp(chance.normal(np.log(2700), 0.3, day.size))
    inside = day >= 0
    if warming:
        temperature = np.where(inside, 10 + 15 * day / span_days + chance.normal(0, 1.5, day.size), temperature)
    if slowing:
        slower = 1000 / (345 + 20 * day / span_days) + chance.normal(0, 0.05, day.size)
        speed = np.where(inside, slower, speed)
    heartrate = (
        150.0
        + change_bpm_per_30d / 30 * np.maximum(day, 0)
        - 0.5 / 30 * np.minimum(day, 0)
        + 22 * (speed - 2.9)
        + 1.2 * np.maximum(temperature - 15, 0)
        + 4 * np.log(duration / 2700)
        + chance.normal(0, noise_bpm, day.size)
    )
    return RunTable(day, heartrate, speed, temperature, duration, np.ones(day.size, dtype=np.bool_))


def as_activities(table: RunTable) -> list[Activity]:
    """The runs of a table as stored activities, in the window `last_30_days`."""
    start = datetime.combine(window().start, datetime.min.time())
    rows = zip(table.day, table.heartrate_bpm, table.speed_mps, table.temperature_c, table.duration_s, strict=True)
    return [
        run_at(
            start + timedelta(days=float(day)),
            id=ActivityId(f"simulated-{number}"),
            average_heartrate=float(heartrate),
            distance=float(speed * duration),
            moving_time=float(duration),
            total_elevation_gain=20.0,
            weather=weather(temperature_c=float(temperature), apparent_temperature_c=float(temperature)),
        )
        for number, (day, heartrate, speed, temperature, duration) in enumerate(rows)
    ]
