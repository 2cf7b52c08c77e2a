"""The words an athlete uses: sports, weather, quantities, and the typing mistakes around them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Metric = Literal["heart_rate", "max_heart_rate", "distance", "time", "elevation", "pace", "temperature", "count"]


@dataclass(frozen=True)
class Sport:
    """A sport as athletes name it, and the Strava sport types that belong to it."""

    singular: str
    plural: str
    types: tuple[str, ...]


RUN = Sport("run", "runs", ("Run", "TrailRun", "VirtualRun"))
TRAIL_RUN = Sport("trail run", "trail runs", ("TrailRun",))
RIDE = Sport(
    "ride", "rides", ("Ride", "GravelRide", "MountainBikeRide", "VirtualRide", "EBikeRide", "EMountainBikeRide")
)
GRAVEL_RIDE = Sport("gravel ride", "gravel rides", ("GravelRide",))
MOUNTAIN_BIKE_RIDE = Sport("mountain bike ride", "mountain bike rides", ("MountainBikeRide", "EMountainBikeRide"))
VIRTUAL_RIDE = Sport("virtual ride", "virtual rides", ("VirtualRide",))
WALK = Sport("walk", "walks", ("Walk",))
HIKE = Sport("hike", "hikes", ("Hike",))
SWIM = Sport("swim", "swims", ("Swim",))
ROW = Sport("row", "rows", ("Rowing",))
SKI = Sport("ski tour", "ski tours", ("NordicSki", "BackcountrySki"))

_SPORT_PATTERNS: tuple[tuple[str, Sport], ...] = (
    (r"trail[- ]?run(?:s|ning)?", TRAIL_RUN),
    (r"gravel(?:[- ]?(?:rides?|riding|biking|bike))?", GRAVEL_RIDE),
    (r"mtb|mountain[- ]?(?:bike rides?|biking|bikes?)", MOUNTAIN_BIKE_RIDE),
    (r"virtual rides?|zwift(?: rides?)?|indoor rides?", VIRTUAL_RIDE),
    (r"runs?|running|ran|jogs?|jogging|jogged", RUN),
    (r"rides?|riding|rode|ridden|cycl(?:e|es|ed|ing)|bik(?:e|es|ed|ing)|bicycle", RIDE),
    (r"walk(?:s|ed|ing)?", WALK),
    (r"hik(?:e|es|ed|ing)", HIKE),
    (r"sw(?:im|ims|imming|am|um)", SWIM),
    (r"rows?|rowing|rowed", ROW),
    (r"skis?|skiing|skied", SKI),
)

#: Phrases that hold a weather word or a sport word but mean something else.
_NOT_MEANT = re.compile(
    r"\b(?:warm(?:ing)?[- ]?up|cool(?:ing)?[- ]?down|dry[- ]run|run(?:ning)? out of|in the long run"
    r"|how (?:hot|warm|cold|cool|windy|wet|humid) (?:was|is)|(?:was|is) it (?:so |very )?"
    r"(?:hot|warm|cold|cool|windy|wet|humid|dry|rain(?:ing|y)) (?:on|during|in) my"
    r"|did it rain (?:on|during|in) my)\b"
)

_WEATHER_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"rain(?:s|y|ed|ing)?|wet|drizzl(?:e|es|ing|y)|showers?|pouring", "wet"),
    (r"dry", "dry"),
    (r"hot|heat|heatwave|scorching", "hot"),
    (r"warm", "warm"),
    (r"mild", "mild"),
    (r"cool", "cool"),
    (r"cold|chilly|freezing|frosty", "cold"),
    (r"humid|humidity|muggy|sticky", "humid"),
    (r"wind(?:y)?|gust(?:s|y)|breezy", "windy"),
)
_NEGATION = (
    r"(?:not|no|without|isn'?t|doesn'?t|didn'?t|wasn'?t|never|isnt|doesnt|didnt|wasnt)\s+(?:any\s+|the\s+|so\s+)?"
)
OPPOSITE: Mapping[str, str] = {"wet": "dry", "dry": "wet"}

#: How a weather name reads after a noun: "5 runs in the wet".
WEATHER_PHRASE: Mapping[str, str] = {
    "wet": "in the wet",
    "dry": "in the dry",
    "hot": "when hot",
    "warm": "when warm",
    "mild": "when mild",
    "cool": "when cool",
    "cold": "when cold",
    "humid": "when humid",
    "windy": "when windy",
}

_UNITS = r"kms?|kilomet|miles?|hours|minutes|met(?:er|re)s|degrees"
_METRIC_PATTERNS: tuple[tuple[str, Metric], ...] = (
    (r"(?:max(?:imum|imal)?|highest|peak|top) (?:heart[- ]?rate|hr|pulse)", "max_heart_rate"),
    (r"heart[- ]?rates?|hr|bpm|pulse", "heart_rate"),
    (r"how far|distances?|km|kms|kilomet(?:er|re)s?|miles?|mileage", "distance"),
    (r"how long|hours?|durations?|moving time|time spent|total time|how much time", "time"),
    (r"elevations?|climb(?:s|ed|ing)?|ascent|vertical|uphill|altitude gain", "elevation"),
    (r"paces?|speeds?|how fast", "pace"),
    (r"temperatures?|degrees|how (?:hot|warm|cold)", "temperature"),
    (rf"how many(?!\s+(?:{_UNITS}))|how often|counts?|number of|times did", "count"),
)

_KNOWN_WORDS: frozenset[str] = frozenset({
    "activities", "activity", "april", "august", "autumn", "average", "averages", "between", "club", "clubs",
    "comment", "commented", "comments", "compare", "compared", "cycled", "cycling", "december", "distance",
    "elevation", "fastest", "february", "fitter", "friday", "heart", "helpful", "highest", "hiking", "humid",
    "improve", "improved", "improvement", "improving", "january", "jogging", "july", "june", "kilometers",
    "kilometres", "kudos", "latest", "longest", "marathon", "march", "monday", "month", "monthly", "months",
    "november", "october", "overall", "profile", "progress", "raining", "rains", "rainy", "recent", "ride",
    "rides", "riding", "route", "routes", "running", "runs", "saturday", "september", "shortest", "since",
    "slowest", "spring", "summary", "summer", "sunday", "support", "swimming", "temperature", "thursday", "ticket",
    "tickets", "today", "total", "totals", "trend", "tuesday", "walked", "walking", "weather", "wednesday", "week",
    "weekly", "weeks", "windy", "winter", "years", "yesterday",
    "effort", "efforts", "fatigue", "fatigued", "overtrained", "overtraining", "predict", "predicted", "prediction",
    "predictions", "training",
})  # fmt: skip
SHORTEST_CORRECTED = 5  # shorter words have too many neighbours
#: Real words close to a known one; never "corrected".
_LEFT_ALONE: frozenset[str] = frozenset({
    "biking", "heard", "hears", "hearth", "hikes", "marched", "mouth", "mouths", "rained", "rater", "rates",
    "rider", "routed", "router", "ruins", "summery", "support", "supports", "ticked", "tickle", "totally", "tread",
    "trends", "trendy", "weaker", "weather", "where", "whether", "winder", "window", "windows",
})  # fmt: skip
_SHORT_MISTAKES: Mapping[str, str] = {
    "lst": "last", "laast": "last", "pst": "past", "teh": "the", "avg": "average", "ave": "average", "hart": "heart",
    "haert": "heart", "heartrate": "heart rate", "rian": "rain", "wether": "weather", "dayz": "days",
    "runing": "running", "runns": "runs", "runn": "run", "yaer": "year", "rids": "rides", "wek": "week",
    "weel": "week", "moth": "month", "yr": "year", "wks": "weeks", "kudo": "kudos", "tody": "today",
    "lasst": "last", "howw": "how", "farr": "far", "hartrate": "heart rate", "avergae": "average",
    "fastes": "fastest", "longset": "longest", "imporving": "improving",
}  # fmt: skip


def _within_one_edit(typed: str, meant: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns one word into the other."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, wanted = typed[head:], meant[head:]
    swapped = len(rest) > 1 and rest[1] + rest[0] + rest[2:] == wanted
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]


def _meant_word(typed: str) -> str:
    if typed in _SHORT_MISTAKES:
        return _SHORT_MISTAKES[typed]
    if len(typed) < SHORTEST_CORRECTED or typed in _KNOWN_WORDS or typed in _LEFT_ALONE:
        return typed
    candidates = sorted(word for word in _KNOWN_WORDS if word[0] == typed[0] and _within_one_edit(typed, word))
    return candidates[0] if candidates else typed


_STRAIGHT = str.maketrans({"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-"})


def lowered(question: str) -> str:
    """The question in lower case with quotes and dashes straightened, names left as they were typed."""
    return question.lower().translate(_STRAIGHT)


def normalise(question: str) -> str:
    """The question in lower case, quotes straightened, simple typing mistakes of known words undone."""
    text = lowered(question)
    text = re.sub(r"[a-z]+", lambda match: _meant_word(match.group()), text)
    return re.sub(r"\b(last|this|past) weak\b", r"\1 week", text)


def _positions(text: str, patterns: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
    found = [
        (match.start(), name)
        for pattern, name in patterns
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text)
    ]
    return sorted(found)


def find_sports(text: str) -> list[Sport]:
    """The sports a normalised question names, in the order it names them, each once."""
    remaining, found = _NOT_MEANT.sub(" ", text), []
    for pattern, sport in _SPORT_PATTERNS:
        matches = list(re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", remaining))
        found += [(match.start(), sport) for match in matches]
        for match in matches:  # a trail run is not also a run
            remaining = remaining[: match.start()] + " " * len(match.group()) + remaining[match.end() :]
    ordered = [sport for _, sport in sorted(found, key=lambda item: item[0])]
    return list(dict.fromkeys(ordered))


def find_weather(text: str) -> list[str]:
    """The weather names of a normalised question, in order; "not raining" is dry."""
    text = _NOT_MEANT.sub(lambda match: " " * len(match.group()), text)
    found = []
    for start, name in _positions(text, _WEATHER_PATTERNS):
        negated = re.search(_NEGATION + r"$", text[:start]) is not None
        found.append(OPPOSITE.get(name, name) if negated else name)
    return list(dict.fromkeys(found))


def negated_without_opposite(text: str) -> str | None:
    """A weather name the question excludes although no opposite exists ("when it is not windy"), or None."""
    for start, name in _positions(text, _WEATHER_PATTERNS):
        if name not in OPPOSITE and re.search(_NEGATION + r"$", text[:start]):
            return name
    return None


def find_metric(text: str) -> Metric | None:
    """The quantity a normalised question asks about first, or None."""
    found = _positions(text, _METRIC_PATTERNS)
    return next((metric for _, name in found for _, metric in _METRIC_PATTERNS if metric == name), None)
