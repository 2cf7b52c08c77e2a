"""Lists of activities, single ones with their streams, changing and deleting them."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from apis.activities.analytics.trend_report import WindowEcho
from apis.activities.answers import ActivityPage, ActivityView, DetailedActivity
from apis.activities.assembly import with_edits
from apis.activities.library import ActivityLibrary, Shelf
from apis.activities.listing import Listing, list_activities
from apis.activities.operations.desk import (
    ActivityIdText,
    CursorText,
    Desk,
    SportTypes,
    WeatherNames,
    WindowText,
    links_to_activity,
    refusing_unreadable,
)
from apis.activities.selection import Order, OrderBy, Selection, parse_sport_type, window_of
from apis.activities.shelving import Shelving
from apis.activities.stored import ActivityEdits
from apis.activities.stream_set import Resolution, StreamKey, StreamSet, stream_set
from apis.serving.errors import InvalidRequest, NotFound, PreconditionRequired, StateChanged, TransactionConflict
from apis.serving.openapi_document import answers

_JSON: Final = "application/json"
_ANY_STATE: Final = "*"
SeenState = Annotated[
    str | None,
    Header(
        alias="If-Match",
        min_length=1,
        description="ETags of the activity as it was seen, or * for any state",
    ),
]
_STATE: Final = {"ETag": {"required": True, "description": "names this state", "schema": {"type": "string"}}}
_CHANGES: Final[dict[str, Any]] = {
    name: {
        "operationId": f"{name}_activities__activity_id__{method}",
        "parameters": {"activity_id": "$request.path.activity_id", "If-Match": "$response.header.ETag"},
    }
    for name, method in (("change_activity", "patch"), ("delete_activity", "delete"))
}


def add_activities(desk: Desk) -> None:
    """Adds the operations to the resolver."""
    _add_reading(desk)
    _add_changing(desk)


def _add_reading(desk: Desk) -> None:
    @desk.app.get(
        "/activities",
        summary="The athlete's activities of a window",
        responses=answers(InvalidRequest, links=links_to_activity("$response.body#/activities/0/id")),
    )
    def get_activities(
        *,
        window: WindowText = "all",
        sport_type: SportTypes = None,
        weather: WeatherNames = None,
        text: Annotated[str | None, Query(max_length=200, description="words of name or description")] = None,
        min_distance_m: Annotated[float | None, Query(ge=0, le=1e7)] = None,
        max_distance_m: Annotated[float | None, Query(ge=0, le=1e7)] = None,
        is_race: Annotated[bool | None, Query(description="races alone, or no races")] = None,
        order_by: Annotated[OrderBy, Query()] = "start_date",
        order: Annotated[Order, Query()] = "desc",
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        cursor: CursorText = None,
    ) -> ActivityPage:
        mine = desk.library()
        with refusing_unreadable():
            selection = Selection.parse(
                sport_types=sport_type or (),
                weather=weather or (),
                text=text,
                min_distance_m=min_distance_m,
                max_distance_m=max_distance_m,
                is_race=is_race,
            )
            dates = window_of(mine, window, now=desk.clock())
        bound = {**selection.as_dict(), "window": window, "order_by": order_by, "order": order}
        after = None if cursor is None else desk.seal.open(cursor, caller=mine.partition, filters=bound)
        listing = Listing(selection, dates, order_by, order, desk.bands)
        found = list_activities(mine, listing, limit=limit, after=after)
        return ActivityPage(
            window=WindowEcho.model_validate(dates.echo()),
            bands=desk.bands.echo(),
            measurement_preference=mine.profile().measurement_preference,
            activities=tuple(ActivityView.of(each, desk.bands) for each in found.activities),
            total_count=found.coverage.activities,
            next_cursor=desk.seal.seal(found.next_position, caller=mine.partition, filters=bound)
            if found.next_position
            else None,
            coverage=found.coverage,
        )

    @desk.app.get(
        "/activities/<activity_id>",
        summary="One activity with its laps, splits and best efforts",
        responses=answers(NotFound, headers=_STATE, links=_CHANGES),
    )
    def get_activity(activity_id: ActivityIdText) -> Response[DetailedActivity]:
        mine = desk.library()
        return _detailed(desk, mine, _shelf(mine, activity_id))

    @desk.app.get(
        "/activities/<activity_id>/streams",
        summary="The samples of one activity, thinned out",
        responses=answers(NotFound),
    )
    def get_streams(
        activity_id: ActivityIdText,
        *,
        keys: Annotated[list[StreamKey], Query(min_length=1, max_length=11)],
        resolution: Annotated[Resolution, Query(description="at most 100, 1000 or 10000 samples")] = "medium",
    ) -> StreamSet:
        mine = desk.library()
        streams = mine.streams(_shelf(mine, activity_id).stored)
        if streams is None:
            raise NotFound("This activity has no samples.")
        return stream_set(streams, keys, resolution)


def _add_changing(desk: Desk) -> None:
    @desk.app.patch(
        "/activities/<activity_id>",
        summary="Change what the athlete may change; null takes it back",
        responses=answers(InvalidRequest, NotFound, PreconditionRequired, StateChanged, headers=_STATE),
    )
    def change_activity(
        activity_id: ActivityIdText, edits: ActivityEdits, if_match: SeenState = None
    ) -> Response[DetailedActivity]:
        mine = desk.library()
        shelf = _shelf(mine, activity_id)
        if if_match is None:
            raise PreconditionRequired("Send If-Match with the ETag of the activity that you have seen.")
        _check_state(shelf, if_match)
        if edits.sport_type is not None:
            edits = edits.model_copy(update={"sport_type": parse_sport_type(edits.sport_type)})
        samples = partial(mine.streams, shelf.stored)
        changed = with_edits(shelf.stored, edits, samples, home_timezone=mine.profile().timezone)
        try:
            Shelving(mine).replace([shelf], changed)
        except TransactionConflict as err:
            raise StateChanged from err
        return _detailed(desk, mine, _shelf(mine, activity_id))

    @desk.app.delete(
        "/activities/<activity_id>",
        summary="Delete an activity with its samples",
        responses=answers(NotFound, StateChanged, statuses=(HTTPStatus.NO_CONTENT,)),
    )
    def delete_activity(activity_id: ActivityIdText, if_match: SeenState = None) -> Response[None]:
        mine = desk.library()
        shelf = _shelf(mine, activity_id)
        if if_match is not None:
            _check_state(shelf, if_match)
        try:
            Shelving(mine).remove(shelf)
        except TransactionConflict as err:
            raise StateChanged from err
        return Response(status_code=204)


def _shelf(library: ActivityLibrary, activity_id: str) -> Shelf:
    found = library.shelf(activity_id)
    if found is None:
        raise NotFound("There is no activity with this id.")
    return found


def _check_state(shelf: Shelf, seen: str) -> None:
    """Refuses what was meant for another state (RFC 9110 §13.1.1; a weak tag never matches)."""
    if shelf.etag not in {each.strip() for each in seen.split(",")} and seen != _ANY_STATE:
        raise StateChanged


def _detailed(desk: Desk, library: ActivityLibrary, shelf: Shelf) -> Response[DetailedActivity]:
    preference = library.profile().measurement_preference
    body = DetailedActivity.with_detail(shelf.stored.activity, shelf.stored.detail, desk.bands, preference)
    return Response(status_code=200, content_type=_JSON, body=body, headers={"ETag": shelf.etag})
