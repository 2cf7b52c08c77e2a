"""What each origin calls a sport, in Strava's `sport_type` words, and which sports can be the same activity.

An unknown word stays unknown (`None`): a guess would decide which analyses an activity enters.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import WithJsonSchema

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
    "hiit": "HighIntensityIntervalTraining",
    "surfing": "Surfing",
    "windsurfing": "Windsurf",
    "kitesurfing": "Kitesurf",
    "sailing": "Sail",
    "wheelchair_push_walk": "Wheelchair",
    "wheelchair_push_run": "Wheelchair",
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
    ("training", "pilates"): "Pilates",
    ("rowing", "indoor_rowing"): "Rowing",
}
# FIT's sub-sports, and the words of Garmin's export for the same.
_INDOOR = frozenset(
    {"treadmill", "indoor_running", "indoor_cycling", "spin", "indoor_rowing", "elliptical", "virtual_activity"}
    | {"treadmill_running", "indoor_walking", "indoor_cardio", "virtual_ride", "virtual_run", "stair_climbing"}
)
_TRANSITIONS = frozenset({"transition", "transition_v2"})

# Strava writes its internal activity number into `<type>` of a GPX.
_GPX_NUMBERS: Mapping[str, str] = {"1": "Ride", "4": "Hike", "9": "Run", "10": "Walk", "16": "Swim"}
# Strava's own words, API v3 `SportType`.
_STRAVA = (
    "AlpineSki BackcountrySki Badminton Canoeing Crossfit EBikeRide Elliptical EMountainBikeRide Golf GravelRide "
    "Handcycle HighIntensityIntervalTraining Hike IceSkate InlineSkate Kayaking Kitesurf MountainBikeRide NordicSki "
    "Pickleball Pilates Racquetball Ride RockClimbing RollerSki Rowing Run Sail Skateboard Snowboard Snowshoe Soccer "
    "Squash StairStepper StandUpPaddling Surfing Swim TableTennis Tennis TrailRun Velomobile VirtualRide VirtualRow "
    "VirtualRun Walk WeightTraining Wheelchair Windsurf Workout Yoga"
)
# Words of GPX, TCX and Garmin's export, and of exports in German, French, Dutch, Spanish, Italian and Portuguese;
# letters and digits only.
_OTHER_WORDS: Mapping[str, str] = {
    "Run": """
        running jogging streetrunning trackrunning treadmillrunning indoorrunning obstaclerun ultrarun
        lauf laufen courseàpied hardlopen hardloopsessie carrera corsa corrida
    """,
    "TrailRun": "trailrunning traillauf trail",
    "VirtualRun": "virtualrunning virtuellerlauf",
    "Ride": """
        biking bike cycling roadbiking roadcycling indoorcycling trackcycling cyclocross bmx recumbentcycling
        radfahrt radfahren vélo fietsen fietsrit ciclismo ciclisme
    """,
    "GravelRide": "gravelcycling gravelfahrt",
    "MountainBikeRide": "mountainbiking mountainbikefahrt",
    "VirtualRide": "virtuelleradfahrt",
    "EBikeRide": "ebikefahrt ebikefitness",
    "EMountainBikeRide": "ebikemountain",
    "Swim": "swimming schwimmen openwaterswimming lapswimming natation zwemmen natación nuoto natação",
    "Walk": "walking casualwalking speedwalking indoorwalking spaziergang gehen marche wandeling caminata camminata",
    "Hike": "hiking wandern wanderung randonnée senderismo escursione",
    "Rowing": "rudern indoorrowing",
    "Workout": "training indoorcardio cardiotraining fitnessequipment",
    "WeightTraining": "krafttraining strengthtraining",
    "HighIntensityIntervalTraining": "hiit",
    "StairStepper": "stairclimbing",
    "NordicSki": "crosscountryskiing crosscountryskiingws skateskiingws",
    "AlpineSki": "resortskiing resortskiingsnowboardingws",
    "StandUpPaddling": "standuppaddleboarding standuppaddleboardingv2",
    "InlineSkate": "inlineskating",
    "Snowshoe": "snowshoeing snowshoeingws",
}
_WORDS: Mapping[str, str] = {
    **{sport.casefold(): sport for sport in _STRAVA.split()},
    **{word: sport for sport, words in _OTHER_WORDS.items() for word in words.split()},
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
SPORT_TYPES = tuple(sorted({UNKNOWN_SPORT, *_FIT_SPORTS.values(), *_FIT_SUB_SPORTS.values(), *_WORDS.values()}))
# Handlers take other words for the same sports as well; these are the ones to use.
SportType = Annotated[str, WithJsonSchema({"type": "string", "enum": list(SPORT_TYPES)})]


def from_fit(sport: str | None, sub_sport: str | None) -> str | None:
    """Strava's word for a FIT `sport` and `sub_sport`, or `None`."""
    if sport is None:
        return None
    return _FIT_SUB_SPORTS.get((sport, sub_sport or "")) or _FIT_SPORTS.get(sport)


def is_indoor(sub_sport: str | None) -> bool:
    """Says whether a FIT `sub_sport`, or Garmin's word, happens indoors, where there is neither weather nor a track."""
    return sub_sport in _INDOOR


def is_transition(word: str | None) -> bool:
    """Says whether this is the change from one leg of a multisport activity to the next."""
    return word in _TRANSITIONS


def is_run(sport_type: str | None) -> bool:
    """Says whether this is running of any kind; an unknown sport is not."""
    return _FAMILIES.get(sport_type or "") == "run"


def is_on_foot(sport_type: str | None) -> bool:
    """Says whether this is running, walking or hiking; an unknown sport is not."""
    return _FAMILIES.get(sport_type or "") in {"run", "walk"}


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
