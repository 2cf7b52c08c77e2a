"""The operations of the activities API. Whose activities they are comes from the validated token alone."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from apis.activities.analytics.errors import AnalyticsError
from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.summary import GroupBy, summarize
from apis.activities.analytics.trend_report import HeartRateTrend, WindowEcho
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.answers import ActivityPage, ActivityView, DetailedActivity, Filters, SummaryAnswer, coverage_of
from apis.activities.athlete import AthleteProfile
from apis.activities.ingest import ImportReport, Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.local_time import known_zone
from apis.activities.models import Activity
from apis.activities.selection import Order, OrderBy, Selection, ordered, parse_sport_type, stored_in, window_of
from apis.serving.cursor import CursorSeal
from apis.serving.errors import CursorRefused, FieldError, InvalidRequest, NotFound
from apis.serving.resolver import caller_of, new_resolver
from apis.serving.store import Store

_WINDOW_CHARS: Final = 40
WindowText = Annotated[str, Query(max_length=_WINDOW_CHARS, description="local dates, such as last_30_days or 2026-05")]
SportTypes = Annotated[list[str] | None, Query(description="Strava sport types; any of them")]
WeatherNames = Annotated[list[str] | None, Query(description="weather bands; all must hold")]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_resolver(store: Store, seal: CursorSeal, *, clock: Clock = utc_now) -> APIGatewayRestResolver:
    """Makes the resolver; ``resolver.resolve`` is the Lambda handler.

    Args:
        store: Where the activities are.
        seal: Seals the cursors of lists.
        clock: The present instant, aware; windows such as ``last_30_days`` depend on it.
    """
    app = new_resolver(title="Activities")
    bands = WeatherBands()

    def library() -> ActivityLibrary:
        return ActivityLibrary(store, caller_of(app).partition)

    _add_uploads(app, library, clock)
    _add_activities(app, library, clock, bands, seal)
    _add_analyses(app, library, clock, bands)
    _add_athlete(app, library)
    return app


def _add_uploads(app: APIGatewayRestResolver, library: Callable[[], ActivityLibrary], clock: Clock) -> None:
    @app.post("/uploads", summary="Import a FIT, GPX or TCX file or an activities.csv, possibly compressed")
    def upload_file(
        *,
        file_name: Annotated[str, Query(min_length=1, max_length=255)],
        dry_run: Annotated[bool, Query(description="report only, write nothing")] = False,
        home_timezone: Annotated[
            str | None, Query(max_length=64, description="IANA zone for indoor activities")
        ] = None,
    ) -> ImportReport:
        _check_zone("home_timezone", home_timezone)
        content = body_bytes(app.current_event.raw_event)
        return import_file(library(), Upload(plain_name(file_name), content, clock(), dry_run, home_timezone))


def _add_activities(
    app: APIGatewayRestResolver,
    library: Callable[[], ActivityLibrary],
    clock: Clock,
    bands: WeatherBands,
    seal: CursorSeal,
) -> None:
    @app.get("/activities", summary="The athlete's activities of a window")
    def list_activities(
        *,
        window: WindowText = "all",
        sport_type: SportTypes = None,
        weather: WeatherNames = None,
        text: Annotated[str | None, Query(max_length=200, description="words of name or description")] = None,
        order_by: Annotated[OrderBy, Query()] = "start_date",
        order: Annotated[Order, Query()] = "desc",
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        cursor: Annotated[str | None, Query(max_length=4096)] = None,
    ) -> ActivityPage:
        mine = library()
        with _refusing_unreadable():
            selection = Selection.parse(sport_types=sport_type or (), weather=weather or (), text=text)
            dates = window_of(mine, window, now=clock())
        stored = stored_in(mine, dates)
        found = [each.activity for each in stored if selection.matches(each.activity, bands)]
        rows = ordered(found, by=order_by, order=order)
        bound = {**selection.as_dict(), "window": window, "order_by": order_by, "order": order}
        start = 0 if cursor is None else _after(rows, seal.open(cursor, caller=mine.partition, filters=bound))
        page = rows[start : start + limit]
        more = start + limit < len(rows)
        return ActivityPage(
            window=WindowEcho.model_validate(dates.echo()),
            activities=tuple(ActivityView.of(each, bands) for each in page),
            total_count=len(rows),
            next_cursor=seal.seal(page[-1].id, caller=mine.partition, filters=bound) if more else None,
            coverage=coverage_of(rows),
        )

    @app.get("/activities/<activity_id>", summary="One activity with its laps")
    def get_activity(activity_id: str) -> DetailedActivity:
        found = library().activity(activity_id)
        if found is None:
            raise NotFound("There is no activity with this id.")
        return DetailedActivity.with_detail(found.activity, found.detail, bands)


def _add_analyses(
    app: APIGatewayRestResolver, library: Callable[[], ActivityLibrary], clock: Clock, bands: WeatherBands
) -> None:
    @app.get("/summary", summary="Totals and time-weighted means of a window")
    def get_summary(
        *,
        window: WindowText = "last_30_days",
        group_by: Annotated[GroupBy, Query()] = "none",
        sport_type: SportTypes = None,
        weather: WeatherNames = None,
    ) -> SummaryAnswer:
        mine = library()
        with _refusing_unreadable():
            selection = Selection.parse(sport_types=sport_type or (), weather=weather or ())
            dates = window_of(mine, window, now=clock())
            stored = stored_in(mine, dates)
            found = [each.activity for each in stored if selection.matches(each.activity, bands)]
            summary = summarize(found, group_by=group_by, bands=bands)
        return SummaryAnswer(
            window=WindowEcho.model_validate(dates.echo()),
            filters=Filters(sport_types=selection.sport_types, weather=selection.weather),
            **dict(summary),
        )

    @app.get("/heart-rate-trend", summary="Change of the heart rate at the same effort, with its uncertainty")
    def get_heart_rate_trend(
        *,
        window: WindowText = "last_30_days",
        history_days: Annotated[int, Query(ge=0)] = 150,
        condition: Annotated[str | None, Query(max_length=40, description="a weather band")] = None,
        sport_type: Annotated[str, Query(max_length=40)] = "Run",
        reference_pace_s_per_km: Annotated[float | None, Query(gt=0)] = None,
    ) -> HeartRateTrend:
        mine = library()
        with _refusing_unreadable():
            dates = window_of(mine, window, now=clock())
            stored = stored_in(mine, dates, history_days=history_days)
            return analyze_heart_rate_trend(
                [each.activity for each in stored],
                window=dates,
                features={each.activity.id: each.features for each in stored if each.features},
                sport_type=parse_sport_type(sport_type),
                condition=parse_band_names([condition])[0] if condition else None,
                history_days=history_days,
                reference_pace_s_per_km=reference_pace_s_per_km,
                bands=bands,
            )


def _add_athlete(app: APIGatewayRestResolver, library: Callable[[], ActivityLibrary]) -> None:
    @app.get("/athlete", summary="What the athlete told us about themselves")
    def get_athlete() -> AthleteProfile:
        return library().profile()

    @app.put("/athlete", summary="Replace the athlete's profile")
    def put_athlete(profile: AthleteProfile) -> AthleteProfile:
        _check_zone("timezone", profile.timezone)
        library().save_profile(profile)
        return profile


def body_bytes(event: dict[str, Any]) -> bytes:
    """The request body as bytes. API Gateway hands over text, or base64 for binary content.

    Raises:
        InvalidRequest: The base64 is broken.
    """
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as err:
        raise InvalidRequest("The body is not what its encoding says.") from err


def plain_name(file_name: str) -> str:
    """The last part of a file name without control characters: it is shown in reports, never opened."""
    last = file_name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()) or "upload"


def _after(rows: list[Activity], last_id: str) -> int:
    """Where the page after this activity begins; the list may have changed under the cursor."""
    ids = [str(each.id) for each in rows]
    if last_id not in ids:
        raise CursorRefused
    return ids.index(last_id) + 1


def _check_zone(field: str, name: str | None) -> None:
    if name is not None and not known_zone(name):
        message = "is not an IANA zone, such as Europe/Berlin"
        raise InvalidRequest(f"{field} {message}.", errors=[FieldError(field, message)])


@contextmanager
def _refusing_unreadable() -> Iterator[None]:
    """What the analytics cannot read is the client's to correct; their texts name what is allowed."""
    try:
        yield
    except AnalyticsError as err:
        raise InvalidRequest(str(err)) from err
