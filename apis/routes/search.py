"""Searching the catalogue. It knows routes and nothing of who asks."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apis.routes.models import Route
from apis.routes.places import Place
from apis.serving.errors import FieldError, InvalidRequest

NEAR_M = 25_000.0  # how far from the point a route may start
_EARTH_RADIUS_M = 6_371_000.0
_COORDINATES = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d+)?)\s*,\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")
_FILLER = frozenset({"in", "near", "around", "the", "at", "park"})


@dataclass(frozen=True, slots=True)
class Filters:
    """What a route must be; None admits everything. Metres."""

    near: str | None = None
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    min_climb_m: float | None = None
    max_climb_m: float | None = None
    surface: str | None = None
    sport: str | None = None
    text: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def search(routes: Sequence[Route], places: Sequence[Place], filters: Filters) -> list[Route]:
    """Finds routes, nearest start first if ``near`` is coordinates, else by name, then by id.

    Raises:
        InvalidRequest: ``near`` is neither coordinates nor a place of the catalogue.
    """
    point = _coordinates(filters.near)
    starts = _starts(filters.near, places) if filters.near and point is None else None
    found = [route for route in routes if _matches(route, filters)]
    if point is not None:
        away = {route.id: distance_m(point, route.start_latlng) for route in found}
        near = [route for route in found if away[route.id] <= NEAR_M]
        return sorted(near, key=lambda route: (away[route.id], route.id))
    if starts is not None:
        found = [route for route in found if route.start_place in starts]
    return sorted(found, key=lambda route: (route.name, route.id))


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two points in degrees (haversine)."""
    lat1, lon1, lat2, lon2 = (math.radians(value) for value in (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(half))


def _matches(route: Route, filters: Filters) -> bool:
    return (
        _between(route.distance, filters.min_distance_m, filters.max_distance_m)
        and _between(route.elevation_gain, filters.min_climb_m, filters.max_climb_m)
        and filters.surface in {None, route.surface}
        and filters.sport in {None, route.sport}
        and (filters.text is None or _contains(route, filters.text))
    )


def _between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _contains(route: Route, text: str) -> bool:
    titles = " ".join(waypoint.title for waypoint in route.waypoints)
    words = set(_fold(f"{route.name} {route.description} {route.start_place} {titles}").split())
    return all(any(word.startswith(wanted) for word in words) for wanted in _fold(text).split())


def _coordinates(near: str | None) -> tuple[float, float] | None:
    found = _COORDINATES.fullmatch(near or "")
    return (float(found[1]), float(found[2])) if found else None


def _starts(near: str, places: Sequence[Place]) -> set[str]:
    """Names of the places that a text means: every word of it must be a word of the place's names."""
    wanted = set(_fold(near).split()) - _FILLER
    names = {place.name: set(_fold(" ".join((place.name, *place.also))).split()) for place in places}
    found = {name for name, words in names.items() if wanted and wanted <= words}
    if not found:
        text = f"Give latitude,longitude in degrees or one of these places: {', '.join(names)}."
        raise InvalidRequest("There is no such place in the catalogue.", errors=[FieldError("near", text)])
    return found


def _fold(text: str) -> str:
    """Lower case without accents (ü, ue and u are the same), punctuation as spaces."""
    text = text.casefold().replace("ue", "u").replace("oe", "o").replace("ae", "a")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", plain)
