"""What the routes tools return: the public catalogue with the unit in each name."""

from typing import Any, Self

from identity.untrusted_text import plain
from mcp_servers.serving.results import TEXT_LENGTH, Output, clean

MOST_PROFILE_POINTS = 200
_UNITS = {"distance": "distance_m", "elevation_gain": "elevation_gain_m"}


class RouteRow(Output):
    """One route, short. `climb_category` 0 is flat, 5 the hardest."""

    id: str
    name: str
    sport: str
    surface: str
    distance_m: float
    elevation_gain_m: float
    climb_category: int
    start_place: str
    shade: str | None = None
    loop: bool
    description: str

    @classmethod
    def from_api(cls, route: dict[str, Any]) -> Self:
        """From the API's route, which has Strava's names."""
        named = {_UNITS.get(name, name): value for name, value in route.items()}
        named["name"] = plain(str(route.get("name", "")))
        named["description"] = plain(str(route.get("description") or ""), TEXT_LENGTH)
        return cls.model_validate(named)


class ProfilePoint(Output):
    distance_m: float
    elevation_m: float


class Waypoint(Output):
    title: str
    latlng: list[float]
    distance_into_route_m: float


class RouteDetail(RouteRow):
    """One route with its climb profile and waypoints."""

    start_latlng: list[float] | None = None
    climb_profile: list[ProfilePoint]
    waypoints: list[Waypoint]

    @classmethod
    def from_api(cls, route: dict[str, Any]) -> Self:
        """From the API's route with profile and waypoints."""
        profile = [
            {"distance_m": point["distance"], "elevation_m": point["elevation"]}
            for point in route.get("climb_profile", [])[:MOST_PROFILE_POINTS]
        ]
        waypoints = [
            {**clean(point), "distance_into_route_m": point["distance_into_route"]}
            for point in route.get("waypoints", [])
        ]
        row = RouteRow.from_api(route).model_dump()
        start = route.get("start_latlng")
        return cls.model_validate({**row, "start_latlng": start, "climb_profile": profile, "waypoints": waypoints})


class RoutePage(Output):
    routes: list[RouteRow]
    total_count: int
    next_cursor: str | None
    note: str | None = None
