"""The closed sets and the window grammar that the activities tools accept.

Checked here too, before the API is asked: the model is told at once what would do, and a typo never means "all".
"""

import re
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

WeatherName = Literal["cold", "cool", "mild", "warm", "hot", "humid", "wet", "dry", "windy"]
GroupBy = Literal["none", "week", "month", "sport", "weather"]
TrendSport = Literal["Run", "TrailRun", "VirtualRun"]
OrderBy = Literal["start_date", "distance", "moving_time", "average_speed"]
Part = Literal["laps", "splits", "best_efforts", "zones", "weather"]
RUNNING = frozenset({"Run", "TrailRun", "VirtualRun"})
# Strava's workout_type of runs and rides; the plain kind has no word.
WORKOUTS = {1: "race", 2: "long run", 3: "workout", 11: "race", 12: "workout"}

# Strava's sport_type enumeration, API v3.
SPORT_TYPES = frozenset({
    "AlpineSki", "BackcountrySki", "Badminton", "Canoeing", "Crossfit", "EBikeRide", "Elliptical", "EMountainBikeRide",
    "Golf", "GravelRide", "Handcycle", "HighIntensityIntervalTraining", "Hike", "IceSkate", "InlineSkate", "Kayaking",
    "Kitesurf", "MountainBikeRide", "NordicSki", "Pickleball", "Pilates", "Racquetball", "Ride", "RockClimbing",
    "RollerSki", "Rowing", "Run", "Sail", "Skateboard", "Snowboard", "Snowshoe", "Soccer", "Squash", "StairStepper",
    "StandUpPaddling", "Surfing", "Swim", "TableTennis", "Tennis", "TrailRun", "Unknown", "Velomobile", "VirtualRide",
    "VirtualRow", "VirtualRun", "Walk", "WeightTraining", "Wheelchair", "Windsurf", "Workout", "Yoga",
})  # fmt: skip

_DAY = r"\d{4}-\d{2}-\d{2}"
_WINDOW = re.compile(
    r"all|today|yesterday|(this|last)_(week|month|year)|last_[1-9]\d{0,3}_(days|weeks|months)"
    rf"|\d{{4}}|\d{{4}}-\d{{2}}|{_DAY}|{_DAY}/{_DAY}"
)


def _window(value: str) -> str:
    if not _WINDOW.fullmatch(value):
        raise ValueError(
            "use last_N_days|weeks|months, today, yesterday, this_week|month|year, last_week|month|year, "
            "YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DD/YYYY-MM-DD (end excluded) or all"
        )
    return value


def _sport_type(value: str) -> str:
    if value not in SPORT_TYPES:
        near = get_close_matches(value[:64].title(), SPORT_TYPES, n=3, cutoff=0.5)
        raise ValueError(f"not a sport type; near: {', '.join(near or ['Run', 'Ride', 'Walk', 'Hike', 'Swim'])}")
    return value


Window = Annotated[
    str,
    AfterValidator(_window),
    Field(
        max_length=30,
        description="last_N_days|weeks|months, today, yesterday, this_|last_week|month|year, all, "
        "YYYY[-MM[-DD]], DAY/DAY (end excluded)",
    ),
]
SportType = Annotated[str, AfterValidator(_sport_type)]
SportTypes = Annotated[
    list[SportType], Field(max_length=20, description="Strava names, e.g. Run, TrailRun, Ride. Empty: all")
]
ActivityId = Annotated[str, Field(min_length=1, max_length=128)]
ComparedIds = Annotated[list[ActivityId], Field(min_length=2, max_length=5)]
Cursor = Annotated[str | None, Field(max_length=4096)]
WeatherNames = Annotated[list[WeatherName], Field(max_length=9, description="All must hold. Empty: any")]
