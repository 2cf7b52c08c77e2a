"""Histories of the demo athletes as a Strava bulk export: `activities.csv` with the 103 columns of 2026.

They are loaded through the same upload path as anybody's export. A history depends on the athlete and the
calendar day alone: tomorrow adds a day, and earlier days never change. The truth behind it is in `demo_athletes`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from local_agentcore.demo_athletes import DemoAthlete
from local_agentcore.demo_training import Outing, outings
from local_agentcore.demo_weather import HourWeather, sunrise_and_sunset

MONTHS_OF_HISTORY = 14
FIRST_ACTIVITY_ID = 11_000_000_000
SLOTS_PER_DAY = 100

_COLUMNS = """
    Activity ID, Activity Date, Activity Name, Activity Type, Activity Description, Elapsed Time, Distance,
    Max Heart Rate, Relative Effort, Commute, Activity Private Note, Activity Gear, Filename, Athlete Weight,
    Bike Weight, Elapsed Time, Moving Time, Distance, Max Speed, Average Speed, Elevation Gain, Elevation Loss,
    Elevation Low, Elevation High, Max Grade, Average Grade, Average Positive Grade, Average Negative Grade,
    Max Cadence, Average Cadence, Max Heart Rate, Average Heart Rate, Max Watts, Average Watts, Calories,
    Max Temperature, Average Temperature, Relative Effort, Total Work, Number of Runs, Uphill Time, Downhill Time,
    Other Time, Perceived Exertion, Type, Start Time, Weighted Average Power, Power Count, Prefer Perceived Exertion,
    Perceived Relative Effort, Commute, Total Weight Lifted, From Upload, Grade Adjusted Distance,
    Weather Observation Time, Weather Condition, Weather Temperature, Apparent Temperature, Dewpoint, Humidity,
    Weather Pressure, Wind Speed, Wind Gust, Wind Bearing, Precipitation Intensity, Sunrise Time, Sunset Time,
    Moon Phase, Bike, Gear, Precipitation Probability, Precipitation Type, Cloud Cover, Weather Visibility, UV Index,
    Weather Ozone, Jump Count, Total Grit, Average Flow, Flagged, Average Elapsed Speed, Dirt Distance,
    Newly Explored Distance, Newly Explored Dirt Distance, Activity Count, Total Steps, Carbon Saved, Pool Length,
    Training Load, Intensity, Average Grade Adjusted Pace, Timer Time, Total Cycles, Recovery, With Pet, Competition,
    Long Run, For a Cause, With Kid, Downhill Distance, Total Sets, Total Reps, Media
"""
COLUMNS = tuple(name.strip() for name in _COLUMNS.split(","))

# Five names occur twice, with different units: a cell is addressed by name and occurrence.
Cells = dict[tuple[str, int], str]


def history_span(today: date) -> tuple[date, date]:
    """First and last day of the demo histories: fourteen months that end today."""
    year, month0 = divmod(today.year * 12 + today.month - 1 - MONTHS_OF_HISTORY, 12)
    return date(year, month0 + 1, min(today.day, 28)), today


def activities_csv(athlete: DemoAthlete, start: date, end: date, *, finished_by: datetime | None = None) -> bytes:
    """The athlete's `activities.csv`, UTF-8, oldest row first.

    Args:
        athlete: One of `DEMO_ATHLETES`.
        start: First local day.
        end: Last local day, included.
        finished_by: Leave out what is not over at this instant, so that today holds no run of this evening.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for day in _days(start, end):
        for outing in sorted(outings(athlete, day), key=lambda each: each.start_at):
            if finished_by is None or outing.start_at + timedelta(seconds=outing.elapsed_s) <= finished_by:
                writer.writerow(_in_order(_cells(athlete, day, outing)))
    return text.getvalue().encode()


def _days(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=number) for number in range((end - start).days + 1))


def _in_order(cells: Cells) -> list[str]:
    seen: dict[str, int] = {}
    row = []
    for name in COLUMNS:
        seen[name] = seen.get(name, 0) + 1
        row.append(cells.get((name, seen[name]), ""))
    return row


def _cells(athlete: DemoAthlete, day: date, outing: Outing) -> Cells:
    session = outing.session
    identifier = FIRST_ACTIVITY_ID + athlete.seed * 10**9 + day.toordinal() * SLOTS_PER_DAY + outing.number
    first = {
        "Activity ID": str(identifier),
        "Activity Date": _date(outing.start_at),
        "Activity Name": outing.name,
        "Activity Type": session.sport,
        "Elapsed Time": f"{outing.elapsed_s:.0f}",
        "Distance": f"{outing.distance_m / 1000:.2f}",
        "Commute": "true" if _is_commute(outing) else "false",
        "Activity Gear": session.gear,
        "Filename": "" if outing.manual else f"activities/{identifier + 1_000_000}.fit.gz",
        "Athlete Weight": f"{athlete.weight_kg:.1f}",
        "Moving Time": f"{outing.moving_s:.1f}",
        "Average Speed": f"{outing.distance_m / outing.moving_s:.6f}",
        "Average Elapsed Speed": f"{outing.distance_m / outing.elapsed_s:.6f}",
        "Calories": f"{athlete.weight_kg * outing.distance_m / 1000 * _kcal_per_kg_km(session.sport):.0f}",
        "Prefer Perceived Exertion": "0.0",
        "From Upload": "0.0" if outing.manual else "1.0",
        "Flagged": "0.0",
        "Competition": "1.0" if session.competition else "0.0",
        "Long Run": "1.0" if session.long_run else "0.0",
        **(_recorded(outing) if not outing.manual else {}),
        **(_weather(day, outing.start_at, outing.weather) if outing.weather else {}),
    }
    second = {
        "Elapsed Time": f"{outing.elapsed_s:.1f}",
        "Distance": f"{outing.distance_m:.6f}",
        "Commute": "1.0" if _is_commute(outing) else "0.0",
    }
    if outing.max_heartrate_bpm:
        second["Max Heart Rate"] = f"{outing.max_heartrate_bpm:.1f}"
    return {**_nth(first, 1), **_nth(second, 2)}


def _nth(cells: Mapping[str, str], occurrence: int) -> Cells:
    return {(name, occurrence): cell for name, cell in cells.items()}


def _recorded(outing: Outing) -> dict[str, str]:
    """What a device adds to a manual entry."""
    speed = outing.distance_m / outing.moving_s
    cells = {
        "Max Speed": f"{speed * 1.35:.6f}",
        "Elevation Gain": f"{outing.gain_m:.6f}",
        "Elevation Loss": f"{outing.gain_m:.6f}",
        "Timer Time": f"{outing.moving_s:.1f}",
    }
    if outing.session.sport in {"Run", "Virtual Run"}:
        cells["Average Cadence"] = f"{78 + 2.5 * speed:.6f}"
    if outing.heartrate_bpm is not None and outing.max_heartrate_bpm is not None:
        cells["Average Heart Rate"] = f"{outing.heartrate_bpm:.6f}"
        cells["Max Heart Rate"] = f"{outing.max_heartrate_bpm:.1f}"
    return cells


def _weather(day: date, start_at: datetime, weather: HourWeather) -> dict[str, str]:
    sunrise, sunset = sunrise_and_sunset(day)
    return {
        "Weather Observation Time": f"{start_at.replace(minute=0, second=0).timestamp():.1f}",
        "Weather Condition": f"{weather.code:.1f}",
        "Weather Temperature": f"{weather.temperature_c:.2f}",
        "Apparent Temperature": f"{weather.apparent_temperature_c:.2f}",
        "Dewpoint": f"{weather.dew_point_c:.2f}",
        "Humidity": f"{weather.relative_humidity:.2f}",
        "Weather Pressure": f"{weather.pressure_hpa:.1f}",
        "Wind Speed": f"{weather.wind_mps:.2f}",
        "Wind Gust": f"{weather.gust_mps:.2f}",
        "Wind Bearing": f"{weather.wind_bearing_deg:.1f}",
        "Precipitation Intensity": f"{weather.precipitation_mm_per_h:.2f}",
        "Precipitation Probability": "0.8" if weather.precipitation_mm_per_h else "0.1",
        "Sunrise Time": f"{sunrise.timestamp():.1f}",
        "Sunset Time": f"{sunset.timestamp():.1f}",
        "Cloud Cover": f"{weather.cloud_cover:.2f}",
        "Weather Visibility": f"{weather.visibility_m:.1f}",
        "UV Index": f"{weather.uv_index:.1f}",
    }


def _date(instant: datetime) -> str:
    """UTC without saying so, as the export does: `May 3, 2026, 4:05:06 PM`."""
    hour = instant.hour % 12 or 12
    return f"{instant:%b} {instant.day}, {instant.year}, {hour}:{instant:%M:%S %p}"


def _is_commute(outing: Outing) -> bool:
    return "work" in outing.name or outing.name == "Commute"


def _kcal_per_kg_km(sport: str) -> float:
    return {"Ride": 0.32, "Virtual Ride": 0.32, "Swim": 3.2}.get(sport, 0.98)
