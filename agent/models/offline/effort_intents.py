"""Recognises questions about the fastest time over a distance, and about race times to come."""

import re

from agent.models.offline.out_of_scope import out_of_scope
from agent.models.offline.reading import Reading, request_of
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import RUN, TRAIL_RUN

_UNIT = r"(?:km?|kms|kilomet(?:er|re)s?|m|met(?:er|re)s|mi|miles?)"
_DISTANCE = (
    rf"(?:\d+(?:[.,]\d+)?[- ]?{_UNIT}\b(?!/)|half[- ]?marathons?\b|(?:half|one|a) mile\b|half\b(?! (?:of|an?|the)\b)"
    r"|marathons?\b|mile\b|kilomet(?:er|re)\b)"
)
_FAST = r"(?:best|fastest|quickest|record)"
_BEST = re.compile(
    rf"\b{_FAST} (?:ever )?(?:time )?(?:(?:over|for|on|at) )?(?:(?:an?|the|my) )?{_DISTANCE}"
    rf"|\b{_FAST} runs? (?:of|for|on) (?:an? |the )?{_DISTANCE}"
    rf"|\bmy {_DISTANCE} (?:time|best|record|pb|pr)\b"
    r"|\bpersonal (?:bests?|records?)\b|\b(?:pbs?|prs?)\b|\bbest efforts?\b|\bbest times?\b(?! (?:to|of)\b)"
)
_OF_OTHERS = re.compile(r"\b(?:world|national|olympic|course|club|segment)(?:'s)? (?:best|record)\b")
_PREDICTED = re.compile(
    r"\bpredict(?:s|ed|ions?)?\b|\brace times?\b|\bvdot\b"
    r"|\bhow fast (?:can|could|will|would) i (?:run|race|finish|do)\b"
    r"|\bwhat (?:time )?(?:can|could|would|might|should) i (?:run|do|race|achieve|expect|manage|finish)\b"
    rf".*\b{_DISTANCE}"
    rf"|\bhow long (?:would|will|could|might|does) .*\b{_DISTANCE}"
)
_CRITICAL_SPEED = re.compile(r"\bcritical (?:speed|velocity|pace)\b")
#: What the tools call a distance, by its length in metres; 42 and 21 km are said of the races.
_NAMES = {
    400: "400m", 805: "1/2 mile", 1000: "1K", 1609: "1 mile", 3219: "2 mile", 5000: "5K", 10_000: "10K",
    15_000: "15K", 16_093: "10 mile", 20_000: "20K", 21_000: "Half-Marathon", 21_100: "Half-Marathon",
    21_098: "Half-Marathon", 30_000: "30K", 42_000: "Marathon", 42_200: "Marathon", 42_195: "Marathon",
    50_000: "50K",
}  # fmt: skip
_METRES = {"k": 1000.0, "m": 1.0, "mi": 1609.344}
#: Reasons that these questions hold words of, and which do not keep them from being answered.
_ANSWERED = frozenset({None, "predictions", "efforts", "kinds"})


def efforts(reading: Reading) -> Request | None:
    """A question about best efforts or predictions; None if it is about neither, or about something else than runs."""
    asked = _asked(reading.rest)
    if asked is None or _OF_OTHERS.search(reading.rest) or out_of_scope(reading.text, reading.rest) not in _ANSWERED:
        return None
    if any(sport not in {RUN, TRAIL_RUN} for sport in reading.sports):
        return None
    return request_of("efforts", reading, text=asked, distances=distances_of(reading.rest))


def _asked(words: str) -> str | None:
    if _CRITICAL_SPEED.search(words):
        return "critical speed"
    if _PREDICTED.search(words):
        return "predict"
    return "best" if _BEST.search(words) else None


def distances_of(words: str) -> tuple[str, ...]:
    """The distances that a normalised question names, as the tools call them, else as typed; each once."""
    found = (_name_of(match[0]) for match in re.finditer(rf"\b{_DISTANCE}", words))
    return tuple(dict.fromkeys(found))


def _name_of(typed: str) -> str:
    number = re.match(r"\d+(?:[.,]\d+)?", typed)
    if number is None:
        return _named_in_words(typed)
    unit = typed[number.end() :].lstrip(" -")
    metres = float(number[0].replace(",", ".")) * _METRES["mi" if unit.startswith("mi") else unit[0]]
    return _NAMES.get(round(metres), typed)


def _named_in_words(typed: str) -> str:
    if "mile" in typed:
        return "1/2 mile" if "half" in typed else "1 mile"
    if "kilo" in typed:
        return "1K"
    return "Half-Marathon" if typed.startswith("half") else "Marathon"
