"""The columns of Strava's `activities.csv`: their order, which is the same in every language and year, and names.

Five names occur twice with different units, so a column is known by name and occurrence, never by name alone.
Newer exports append columns before the last one (`Media`); headers may be localised, carry HTML or be missing.
Exports of 2019 and 2020 have fewer than 86 columns: they leave some of the first ones out and are read by name only.
Order of 2026, compared with real exports of 87 and 92 columns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from apis.activities.formats.export_headers import LANGUAGES

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

_KEY_HEADERS: Final = ("id", "date", "name")  # begin every export before 2019
_TAG: Final = re.compile(r"<[^>]*>")
_NAMES: Final[Mapping[str, str]] = {
    local.casefold(): name
    for local, name in (
        *((name, name) for name in COLUMNS),
        *(pair for language in LANGUAGES for pair in language.items()),
    )
}
SHORTEST_IN_ORDER: Final = 86  # shorter exports leave out columns in the middle


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each (English name, occurrence) stands, and whether places alone say so for some of them."""

    positions: Mapping[tuple[str, int], int]
    width: int
    by_place: bool = False


def columns_of(header: Sequence[str]) -> Columns | None:
    """The columns of an export with this header, or `None` if it is none.

    A header that is not recognised (another language, HTML without text) takes the name that Strava's order gives
    its place, as long as the names that are recognised stand where that order has them.
    """
    if tuple(each.strip() for each in header[: len(_KEY_HEADERS)]) == _KEY_HEADERS:
        positions = {BEFORE_2019[each.strip()]: at for at, each in enumerate(header) if each.strip() in BEFORE_2019}
        return Columns(positions, len(header))
    names = [_NAMES.get(_TAG.sub("", each).strip().replace("\u2019", "'").casefold()) for each in header]
    in_order = (*COLUMNS[: len(header) - 1], "Media")
    if len(header) >= SHORTEST_IN_ORDER and all(
        name in (None, expected) for name, expected in zip(names, in_order, strict=False)
    ):
        return Columns(_occurrences(in_order[: len(header)]), len(header), by_place=None in names)
    if names[:2] == ["Activity ID", "Activity Date"]:
        return Columns(_occurrences(names), len(header))
    return None


def _occurrences(names: Sequence[str | None]) -> dict[tuple[str, int], int]:
    positions: dict[tuple[str, int], int] = {}
    for at, name in enumerate(names):
        if name is not None:
            nth = 1 + sum(each == name for each in names[:at])
            positions[name, nth] = at
    return positions
