"""The columns of Strava's `activities.csv`: their order, which is the same in every language and year, and names.

Five names occur twice with different units, so a column is known by name and occurrence, never by name alone.
Newer exports append columns before the last one (`Media`); headers may be localised, carry HTML or be missing.
Order of 2026, compared with real exports of 87 and 92 columns.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_ORDER = """
    Activity ID, Activity Date, Activity Name, Activity Type, Activity Description, Elapsed Time, Distance,
    Max Heart Rate, Relative Effort, Commute, Activity Private Note, Activity Gear, Filename, Athlete Weight,
    Bike Weight, Elapsed Time, Moving Time, Distance, Max Speed, Average Speed, Elevation Gain, Elevation Loss,
    Elevation Low, Elevation High, Max Grade, Average Grade, Average Positive Grade, Average Negative Grade,
    Max Cadence, Average Cadence, Max Heart Rate, Average Heart Rate, Max Watts, Average Watts, Calories,
    Max Temperature, Average Temperature, Relative Effort, Total Work, Number of Runs, Uphill Time, Downhill Time,
    Other Time, Perceived Exertion, Type, Start Time, Weighted Average Power, Power Count,
    Prefer Perceived Exertion, Perceived Relative Effort, Commute, Total Weight Lifted, From Upload,
    Grade Adjusted Distance, Weather Observation Time, Weather Condition, Weather Temperature,
    Apparent Temperature, Dewpoint, Humidity, Weather Pressure, Wind Speed, Wind Gust, Wind Bearing,
    Precipitation Intensity, Sunrise Time, Sunset Time, Moon Phase, Bike, Gear, Precipitation Probability,
    Precipitation Type, Cloud Cover, Weather Visibility, UV Index, Weather Ozone, Jump Count, Total Grit,
    Average Flow, Flagged, Average Elapsed Speed, Dirt Distance, Newly Explored Distance,
    Newly Explored Dirt Distance, Activity Count, Total Steps, Carbon Saved, Pool Length, Training Load, Intensity,
    Average Grade Adjusted Pace, Timer Time, Total Cycles, Recovery, With Pet, Competition, Long Run, For a Cause,
    With Kid, Downhill Distance, Total Sets, Total Reps, Media
    """
COLUMNS: Final = tuple(name.strip() for name in _ORDER.split(","))

GERMAN: Final[Mapping[str, str]] = {
    "Aktivitäts-ID": "Activity ID",
    "Aktivitätsdatum": "Activity Date",
    "Name der Aktivität": "Activity Name",
    "Aktivitätsart": "Activity Type",
    "Aktivitätsbeschreibung": "Activity Description",
    "Verstrichene Zeit": "Elapsed Time",
    "Distanz": "Distance",
    "Max. Herzfrequenz": "Max Heart Rate",
    "Relative Leistung": "Relative Effort",
    "Pendeln": "Commute",
    "Aktivitätsausrüstung": "Activity Gear",
    "Dateiname": "Filename",
    "Bewegungszeit": "Moving Time",
    "Höchstgeschw.": "Max Speed",
    "Durchschnittliche Geschwindigkeit": "Average Speed",
    "Höhenzunahme": "Elevation Gain",
    "Durchschnittliche Trittfrequenz": "Average Cadence",
    "Durchschnittliche Herzfrequenz": "Average Heart Rate",
    "Durchschnittliche Watt": "Average Watts",
    "Kalorien": "Calories",
    "Durchschnittliche Temperatur": "Average Temperature",
    "Gefühlte Anstrengung": "Perceived Exertion",
    "Von Upload": "From Upload",
    "Wetterbeobachtungszeit": "Weather Observation Time",
    "Wetterlage": "Weather Condition",
    "Wetter: Temperatur": "Weather Temperature",
    "Scheinbare Temperatur": "Apparent Temperature",
    "Taupunkt": "Dewpoint",
    "Luftfeuchtigkeit": "Humidity",
    "Wetter: Druck": "Weather Pressure",
    "Windgeschwindigkeit": "Wind Speed",
    "Windböe": "Wind Gust",
    "Windrichtung": "Wind Bearing",
    "Niederschlagsintensität": "Precipitation Intensity",
    "Wolkendecke": "Cloud Cover",
    "Wetter: Sichtbarkeit": "Weather Visibility",
    "UV-Index": "UV Index",
    "Medien": "Media",
}

# Exports before 2019 have few columns, and metres in the only distance.
BEFORE_2019: Final[Mapping[str, tuple[str, int]]] = {
    "id": ("Activity ID", 1),
    "date": ("Activity Date", 1),
    "name": ("Activity Name", 1),
    "type": ("Activity Type", 1),
    "description": ("Activity Description", 1),
    "elapsed_time": ("Elapsed Time", 2),
    "distance": ("Distance", 2),
    "commute": ("Commute", 1),
    "gear": ("Activity Gear", 1),
    "filename": ("Filename", 1),
}

_KEY_HEADERS = 3  # id, date and name begin every export, in every language
_TAG = re.compile(r"<[^>]*>")
_ENGLISH = {name.casefold(): name for name in COLUMNS}
_LOCALISED = {local.casefold(): name for local, name in GERMAN.items()}
_SHORTEST_EXPORT = 80

Position = Mapping[tuple[str, int], int]


def column_positions(header: Sequence[str]) -> Position | None:
    """Where each (English name, occurrence) stands in an export with this header, or `None` if it is none.

    A header that is not recognised (another language, HTML without text) takes the name that Strava's order gives
    its place, as long as the names that are recognised stand where that order has them.
    """
    if [each.strip() for each in header[:_KEY_HEADERS]] == ["id", "date", "name"]:
        return {BEFORE_2019[each.strip()]: at for at, each in enumerate(header) if each.strip() in BEFORE_2019}
    names = [_canonical(each) for each in header]
    if names[:2] != ["Activity ID", "Activity Date"] and len(header) < _SHORTEST_EXPORT:
        return None
    in_order = (*COLUMNS[: len(header) - 1], "Media")
    if all(name in (None, expected) for name, expected in zip(names, in_order, strict=False)):
        names = list(in_order[: len(header)])
    return _occurrences(names)


def _canonical(header: str) -> str | None:
    key = _TAG.sub("", header).strip().casefold()
    return _ENGLISH.get(key) or _LOCALISED.get(key)


def _occurrences(names: Sequence[str | None]) -> dict[tuple[str, int], int]:
    positions: dict[tuple[str, int], int] = {}
    for at, name in enumerate(names):
        if name is not None:
            nth = 1 + sum(each == name for each in names[:at])
            positions[name, nth] = at
    return positions
