"""The operations of the routes API. The catalogue is public: no operation depends on a user."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from apis.routes.catalogue import build_catalogue
from apis.routes.models import Route, RoutePage, RouteSummary, Sport, Surface
from apis.routes.places import Place
from apis.routes.search import Filters, search
from apis.serving.cursor import CursorSeal
from apis.serving.errors import CursorRefused, InvalidRequest, NotFound
from apis.serving.openapi_document import answers
from apis.serving.resolver import new_resolver

_ONE_ROUTE = {
    "get_route": {
        "operationId": "get_route_routes__route_id__get",
        "parameters": {"route_id": "$response.body#/routes/0/id"},
    }
}
_PUBLIC = "catalogue"  # cursors belong to the catalogue: there is no caller to bind them to


def build_resolver(places: tuple[Place, ...], seal: CursorSeal) -> APIGatewayRestResolver:
    """Makes the resolver; ``resolver.resolve`` is the Lambda handler."""
    app = new_resolver(title="Routes")
    routes = build_catalogue(places)
    by_id = {route.id: route for route in routes}

    @app.get("/routes", summary="Search public routes", responses=answers(InvalidRequest, links=_ONE_ROUTE))
    def search_routes(
        *,
        near: Annotated[str | None, Query(max_length=100, description="lat,lon or a place name")] = None,
        min_distance_m: Annotated[float | None, Query(ge=0)] = None,
        max_distance_m: Annotated[float | None, Query(ge=0)] = None,
        min_climb_m: Annotated[float | None, Query(ge=0)] = None,
        max_climb_m: Annotated[float | None, Query(ge=0)] = None,
        surface: Annotated[Surface | None, Query()] = None,
        sport: Annotated[Sport | None, Query()] = None,
        text: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        cursor: Annotated[str | None, Query(max_length=4096)] = None,
    ) -> RoutePage:
        filters = Filters(near, min_distance_m, max_distance_m, min_climb_m, max_climb_m, surface, sport, text)
        return _page(search(routes, places, filters), filters, limit, cursor, seal)

    @app.get("/routes/<route_id>", summary="One route with climb profile and waypoints", responses=answers(NotFound))
    def get_route(route_id: str) -> Route:
        if route_id not in by_id:
            raise NotFound("There is no route with this id.")
        return by_id[route_id]

    return app


def _page(found: list[Route], filters: Filters, limit: int, cursor: str | None, seal: CursorSeal) -> RoutePage:
    start = 0
    if cursor is not None:
        last = seal.open(cursor, caller=_PUBLIC, filters=filters.as_dict())
        ids = [route.id for route in found]
        if last not in ids:  # the catalogue of another release
            raise CursorRefused
        start = ids.index(last) + 1
    rows = found[start : start + limit]
    more = start + limit < len(found)
    return RoutePage(
        routes=tuple(RouteSummary.model_validate(route.model_dump(exclude=_DETAIL)) for route in rows),
        total_count=len(found),
        next_cursor=seal.seal(rows[-1].id, caller=_PUBLIC, filters=filters.as_dict()) if more else None,
    )


_DETAIL = {"climb_profile", "waypoints"}
