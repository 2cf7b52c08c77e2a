"""Generates the public catalogue: the same routes on every machine and every day.

Each route has its own random stream seeded by its id, so adding one changes no other.
"""

import math
import random
from collections.abc import Iterable
from itertools import pairwise

from apis.routes.models import ProfilePoint, Route, Waypoint
from apis.routes.places import Outline, Place

PROFILE_POINTS = 120
_METRES_PER_DEGREE = 111_320.0
_WAVES = 6
_MOUNTAIN = 0.04  # metres of climb per metre
# Strava's climb score: length (m) x grade (%), which is the climb in metres x 100; only climbs of 3 % or more count.
_SCORES = (8_000, 16_000, 32_000, 64_000, 80_000)
_LEAST_GRADE = 0.03


def build_catalogue(places: Iterable[Place]) -> tuple[Route, ...]:
    """Generates the routes of all places, in their order."""
    return tuple(
        _route(place, outline, f"{_slug(place.name)}-{number:02d}")
        for place in places
        for number, outline in enumerate(place.outlines, start=1)
    )


def climb_category(profile: tuple[ProfilePoint, ...]) -> int:
    """Rates the hardest uninterrupted climb, 0 to 5 (hors catégorie). Source: Strava, "Climb categorization"."""
    hardest, start = 0.0, 0
    for end in range(1, len(profile) + 1):
        if end < len(profile) and profile[end].elevation >= profile[end - 1].elevation:
            continue
        low, high = profile[start], profile[end - 1]
        climb, length = high.elevation - low.elevation, high.distance - low.distance
        if length > 0 and climb / length >= _LEAST_GRADE:
            hardest = max(hardest, climb * 100)
        start = end
    return sum(hardest >= score for score in _SCORES)


def _route(place: Place, outline: Outline, route_id: str) -> Route:
    stream = random.Random(route_id)  # noqa: S311 - scenery, not a secret
    profile = _profile(stream, outline, place.elevation_m)
    return Route.model_validate(
        {
            "id": route_id,
            "name": outline.name,
            "sport": outline.sport,
            "surface": outline.surface,
            "distance": outline.distance_m,
            "elevation_gain": outline.climb_m,
            "climb_category": climb_category(profile),
            "start_place": place.name,
            "start_latlng": place.latlng,
            "shade": outline.shade,
            "loop": outline.loop,
            "description": outline.description,
            "climb_profile": profile,
            "waypoints": _waypoints(stream, place, outline),
        }
    )


def _profile(stream: random.Random, outline: Outline, base_m: float) -> tuple[ProfilePoint, ...]:
    """A sum of waves, scaled so that all its rises together are the route's climb; whole waves close a loop.

    A mountain route (over 40 m of climb a kilometre) goes up once and down once, with small waves on top.
    """
    steep = outline.climb_m / outline.distance_m > _MOUNTAIN
    waves = [(n, stream.uniform(0.2, 1.0) / n, stream.uniform(0, math.tau)) for n in range(1, _WAVES + 1)]
    weight = 0.02 if steep else 1.0
    shares = [i / (PROFILE_POINTS - 1) for i in range(PROFILE_POINTS)]
    shape = [
        (math.sin(math.pi * share) ** 2 if steep else 0.0)
        + weight * sum(height * math.sin(math.tau * n * share + phase) for n, height, phase in waves)
        for share in shares
    ]
    scale = outline.climb_m / sum(max(0.0, after - before) for before, after in pairwise(shape))
    # Constructed without validation: thousands of our own numbers, at every start.
    return tuple(
        ProfilePoint.model_construct(
            distance=round(share * outline.distance_m, 1), elevation=round(base_m + (y - shape[0]) * scale, 1)
        )
        for share, y in zip(shares, shape, strict=True)
    )


def _waypoints(stream: random.Random, place: Place, outline: Outline) -> tuple[Waypoint, ...]:
    """Waypoints on a circle through the start (loop) or on a straight line away from it."""
    titles, length_m = outline.waypoints, outline.distance_m
    heading = stream.uniform(0, math.tau)
    found = []
    for number, title in enumerate(titles, start=1):
        share = number / (len(titles) + (1 if outline.loop else 0))
        if outline.loop:
            radius, turn = length_m / math.tau, math.tau * share
            ahead, aside = radius * math.sin(turn), radius * (1 - math.cos(turn))
        else:
            ahead, aside = length_m * 0.7 * share, 0.0
        north = ahead * math.cos(heading) - aside * math.sin(heading)
        east = ahead * math.sin(heading) + aside * math.cos(heading)
        found.append(
            Waypoint(
                title=title,
                latlng=_moved(place, north, east),
                distance_into_route=round(share * length_m),
            )
        )
    return tuple(found)


def _moved(place: Place, north_m: float, east_m: float) -> tuple[float, float]:
    start_lat, start_lon = place.latlng
    lat = start_lat + north_m / _METRES_PER_DEGREE
    lon = start_lon + east_m / (_METRES_PER_DEGREE * math.cos(math.radians(start_lat)))
    return round(lat, 5), round(lon, 5)


def _slug(name: str) -> str:
    folded = name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")
    return folded.replace(" ", "-")
