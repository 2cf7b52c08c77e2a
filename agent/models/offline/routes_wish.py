"""Reads what a route should be like from a question."""

import re

from agent.models.offline.request import RouteWish

#: "Flat" and "hilly" in metres of climbing per kilometre; the usual feel of cyclists and runners, not a standard.
FLAT_M_PER_KM = 10.0
HILLY_M_PER_KM = 15.0
#: How far a route may be from the distance that was asked for.
TOLERANCE = 0.2
_DEFAULT_DISTANCE_KM = 10.0
_MILE_KM = 1.609344

_DISTANCE = r"(\d+(?:[.,]\d+)?)\s*-?\s*(km|kms|k|kilomet(?:er|re)s?|mi|miles?)\b"
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:km|k|mi|miles?)?\s*(?:to|-|and)\s*" + _DISTANCE)
_AT_MOST = re.compile(
    r"(?:under|below|less than|at most|up to|no more than|max(?:imum)?|shorter than)\s+(?:of\s+)?" + _DISTANCE
)
_AT_LEAST = re.compile(r"(?:over|above|more than|at least|min(?:imum)?|longer than)\s+(?:of\s+)?" + _DISTANCE)
_ABOUT = re.compile(_DISTANCE)
_PLACE = re.compile(
    r"\b(?:near|around|close to|nearby|next to|at|from|by|in)\s+(?:the\s+|my\s+)?"
    r"([A-ZÄÖÜ][\wäöüßÄÖÜ.'-]*(?:\s+[A-ZÄÖÜ][\wäöüßÄÖÜ.'-]*)*)"
)
_PLACE_ANY_CASE = re.compile(
    r"\b(?:near|close to|next to|around)\s+(?:the\s+)?(?!me\b|here\b|my\b|\d)([a-zäöüß][\wäöüß'-]+)", re.IGNORECASE
)
_COORDINATES = re.compile(r"(-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)")
_SURFACES: tuple[tuple[str, str], ...] = (
    (r"\b(?:asphalt|paved|tarmac|road surface)\b", "paved"),
    (r"\bgravel\b", "gravel"),
    (r"\b(?:trails?|off[- ]?road|forest paths?|unpaved|dirt)\b", "trail"),
)


def route_wish(original: str, text: str) -> RouteWish:
    """What a route question asks for.

    Args:
        original: The question as typed: place names keep their capitals.
        text: The same, normalised.
    """
    low_km, high_km = _distance_km(text)
    around_km = high_km or low_km or _DEFAULT_DISTANCE_KM
    flat, hilly = (
        re.search(r"\bflat\b", text),
        re.search(r"\b(?:hilly|hills?|climbing|climbs|steep|climby|mountainous)\b", text),
    )
    return RouteWish(
        near=_place(original),
        min_distance_m=None if low_km is None else round(low_km * 1000),
        max_distance_m=None if high_km is None else round(high_km * 1000),
        min_climb_m=round((low_km or around_km) * HILLY_M_PER_KM) if hilly else None,
        max_climb_m=round(around_km * FLAT_M_PER_KM) if flat else None,
        surface=next((name for pattern, name in _SURFACES if re.search(pattern, text)), None),
    )


def _km(number: str, unit: str) -> float:
    value = float(number.replace(",", "."))
    return value * _MILE_KM if unit.startswith("mi") else value


def _distance_km(text: str) -> tuple[float | None, float | None]:
    if match := _RANGE.search(text):
        return _km(match[1], match[3]), _km(match[2], match[3])
    at_least, at_most = _AT_LEAST.search(text), _AT_MOST.search(text)
    if at_least or at_most:
        return (_km(at_least[1], at_least[2]) if at_least else None, _km(at_most[1], at_most[2]) if at_most else None)
    if match := _ABOUT.search(text):
        wanted = _km(match[1], match[2])
        return wanted * (1 - TOLERANCE), wanted * (1 + TOLERANCE)
    return None, None


def _place(original: str) -> str | None:
    if match := _COORDINATES.search(original):
        return f"{match[1]},{match[2]}"
    match = _PLACE.search(original) or _PLACE_ANY_CASE.search(original)
    return match[1].rstrip(".'-") if match else None
