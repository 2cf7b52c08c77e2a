"""What the routes API answers: Strava's route names, distances and climbs in metres."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Sport = Literal["Run", "TrailRun", "Ride", "GravelRide", "Hike", "Walk"]
Surface = Literal["paved", "gravel", "trail", "mixed"]
Shade = Literal["low", "medium", "high"]


class RouteSummary(BaseModel):
    """One row of a search. ``climb_category`` is 0 (none) to 5 (beyond categories)."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    sport: Sport
    surface: Surface
    distance: float
    elevation_gain: float
    climb_category: int
    start_place: str
    start_latlng: tuple[float, float]
    shade: Shade
    loop: bool
    description: str


class ProfilePoint(BaseModel):
    """One point of the climb profile, metres."""

    model_config = ConfigDict(frozen=True)

    distance: float
    elevation: float


class Waypoint(BaseModel):
    """A named point, ``distance_into_route`` metres from the start."""

    model_config = ConfigDict(frozen=True)

    title: str
    latlng: tuple[float, float]
    distance_into_route: float


class Route(RouteSummary):
    """One route with its climb profile (at most 200 points) and waypoints."""

    climb_profile: tuple[ProfilePoint, ...]
    waypoints: tuple[Waypoint, ...]


class RoutePage(BaseModel):
    """A page of a search."""

    routes: tuple[RouteSummary, ...]
    total_count: int
    next_cursor: str | None
