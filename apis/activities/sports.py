"""What each origin calls a sport, in Strava's `sport_type` words, and which sports can be the same activity.

An unknown word stays unknown (`None`): a guess would decide which analyses an activity enters.
"""

from collections.abc import Mapping

from apis.activities.models import UNKNOWN_SPORT

_FIT_SPORTS: Mapping[str, str] = {
    "running": "Run",
    "cycling": "Ride",
    "e_biking": "EBikeRide",
    "swimming": "Swim",
    "walking": "Walk",
    "hiking": "Hike",
    "mountaineering": "Hike",
    "rowing": "Rowing",
    "paddling": "Canoeing",
    "kayaking": "Kayaking",
    "stand_up_paddleboarding": "StandUpPaddling",
    "alpine_skiing": "AlpineSki",
    "snowboarding": "Snowboard",
    "cross_country_skiing": "NordicSki",
    "snowshoeing": "Snowshoe",
    "inline_skating": "InlineSkate",
    "ice_skating": "IceSkate",
    "rock_climbing": "RockClimbing",
    "golf": "Golf",
    "soccer": "Soccer",
    "tennis": "Tennis",
    "training": "Workout",
    "fitness_equipment": "Workout",
}
_FIT_SUB_SPORTS: Mapping[tuple[str, str], str] = {
    ("running", "trail"): "TrailRun",
    ("running", "virtual_activity"): "VirtualRun",
    ("cycling", "mountain"): "MountainBikeRide",
    ("cycling", "gravel_cycling"): "GravelRide",
    ("cycling", "virtual_activity"): "VirtualRide",
    ("cycling", "e_bike_fitness"): "EBikeRide",
    ("cycling", "e_bike_mountain"): "EMountainBikeRide",
    ("training", "strength_training"): "WeightTraining",
    ("training", "yoga"): "Yoga",
    ("fitness_equipment", "elliptical"): "Elliptical",
    ("fitness_equipment", "indoor_rowing"): "Rowing",
    ("fitness_equipment", "stair_climbing"): "StairStepper",
}
_INDOOR_SUB_SPORTS = frozenset(
    {"treadmill", "indoor_running", "indoor_cycling", "spin", "indoor_rowing", "elliptical", "virtual_activity"}
)

# Strava writes its internal activity number into `<type>` of a GPX.
_GPX_NUMBERS: Mapping[str, str] = {"1": "Ride", "4": "Hike", "9": "Run", "10": "Walk", "16": "Swim"}
_WORDS: Mapping[str, str] = {
    "run": "Run",
    "running": "Run",
    "lauf": "Run",
    "laufen": "Run",
    "trailrun": "TrailRun",
    "trailrunning": "TrailRun",
    "traillauf": "TrailRun",
    "virtualrun": "VirtualRun",
    "virtuellerlauf": "VirtualRun",
    "treadmillrunning": "Run",
    "ride": "Ride",
    "biking": "Ride",
    "bike": "Ride",
    "cycling": "Ride",
    "roadbiking": "Ride",
    "radfahrt": "Ride",
    "radfahren": "Ride",
    "gravelride": "GravelRide",
    "gravelcycling": "GravelRide",
    "gravelfahrt": "GravelRide",
    "mountainbikeride": "MountainBikeRide",
    "mountainbiking": "MountainBikeRide",
    "mountainbikefahrt": "MountainBikeRide",
    "virtualride": "VirtualRide",
    "virtuelleradfahrt": "VirtualRide",
    "ebikeride": "EBikeRide",
    "ebikefahrt": "EBikeRide",
    "emountainbikeride": "EMountainBikeRide",
    "swim": "Swim",
    "swimming": "Swim",
    "schwimmen": "Swim",
    "openwaterswimming": "Swim",
    "lapswimming": "Swim",
    "walk": "Walk",
    "walking": "Walk",
    "spaziergang": "Walk",
    "gehen": "Walk",
    "hike": "Hike",
    "hiking": "Hike",
    "wandern": "Hike",
    "wanderung": "Hike",
    "rowing": "Rowing",
    "rudern": "Rowing",
    "workout": "Workout",
    "training": "Workout",
    "weighttraining": "WeightTraining",
    "krafttraining": "WeightTraining",
    "yoga": "Yoga",
    "elliptical": "Elliptical",
    "crossfit": "Crossfit",
    "nordicski": "NordicSki",
    "backcountryski": "BackcountrySki",
    "alpineski": "AlpineSki",
    "snowboard": "Snowboard",
    "snowshoe": "Snowshoe",
    "iceskate": "IceSkate",
    "inlineskate": "InlineSkate",
    "rockclimbing": "RockClimbing",
    "kayaking": "Kayaking",
    "canoeing": "Canoeing",
    "standuppaddling": "StandUpPaddling",
    "golf": "Golf",
    "soccer": "Soccer",
    "tennis": "Tennis",
    "wheelchair": "Wheelchair",
    "handcycle": "Handcycle",
}

_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("Run", "TrailRun", "VirtualRun"), "run"),
    **dict.fromkeys(
        ("Ride", "VirtualRide", "GravelRide", "MountainBikeRide", "EBikeRide", "EMountainBikeRide", "Handcycle"),
        "ride",
    ),
    **dict.fromkeys(("Walk", "Hike", "Snowshoe"), "walk"),
    **dict.fromkeys(("Workout", "WeightTraining", "Yoga", "Crossfit", "Elliptical", "StairStepper"), "gym"),
}


def from_fit(sport: str | None, sub_sport: str | None) -> str | None:
    """Strava's word for a FIT `sport` and `sub_sport`, or `None`."""
    if sport is None:
        return None
    return _FIT_SUB_SPORTS.get((sport, sub_sport or "")) or _FIT_SPORTS.get(sport)


def is_indoor(sub_sport: str | None) -> bool:
    """Says whether a FIT `sub_sport` happens indoors, where there is neither weather nor a track."""
    return sub_sport in _INDOOR_SUB_SPORTS


def from_word(word: str | None) -> str | None:
    """Strava's word for what GPX, TCX or an export calls a sport, or `None`; `1` in a GPX is Strava's ride."""
    if not word:
        return None
    key = "".join(letter for letter in word.casefold() if letter.isalnum())
    return _GPX_NUMBERS.get(key) or _WORDS.get(key)


def may_be_same(one: str | None, other: str | None) -> bool:
    """Says whether two recordings of these sports can be one activity: same family, or one of them unknown."""
    known = [sport for sport in (one, other) if sport not in (None, UNKNOWN_SPORT)]
    return len({_FAMILIES.get(sport or "", sport) for sport in known}) <= 1
