"""What is computed over many activities."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from apis.activities.analytics.athlete_settings import may_be_under_18
from apis.activities.analytics.comparison_report import (
    FEWEST,
    MOST,
    ComparedActivity,
    report_comparison,
)
from apis.activities.analytics.disciplines import RUNS, discipline_of
from apis.activities.analytics.efforts_report import EffortRow, report_efforts
from apis.activities.analytics.errors import BandUnknown
from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.load_rows import LoadRow
from apis.activities.analytics.summary import GroupBy, summarize
from apis.activities.analytics.training_load_report import history_start, report_training_load
from apis.activities.analytics.trend_report import HeartRateTrend, WindowEcho
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands, parse_band_names
from apis.activities.analytics.zones_report import ZonesReport, report_zones
from apis.activities.answers import ComparisonAnswer, EffortsAnswer, Filters, SummaryAnswer, TrainingLoadAnswer
from apis.activities.operations.desk import (
    ID_CHARS,
    ActivityIdText,
    Desk,
    SportTypes,
    WeatherName,
    WeatherNames,
    WindowText,
    refusing_unreadable,
)
from apis.activities.selection import Selection, parse_sport_type, rows_in, span_of, window_of, zone_of
from apis.activities.sports import SportType
from apis.serving.errors import FieldError, InvalidRequest, NotFound
from apis.serving.openapi_document import answers

ComparedId = Annotated[str, Query(min_length=1, max_length=ID_CHARS)]


def add_analyses(desk: Desk) -> None:
    """Adds the operations to the resolver."""
    _add_summary_and_trend(desk)
    _add_load_and_efforts(desk)
    _add_comparison_and_zones(desk)


def _add_summary_and_trend(desk: Desk) -> None:

    @desk.app.get("/summary", summary="Totals and time-weighted means of a window", responses=answers(InvalidRequest))
    def get_summary(
        *,
        window: WindowText = "last_30_days",
        group_by: Annotated[GroupBy, Query()] = "none",
        sport_type: SportTypes = None,
        weather: WeatherNames = None,
    ) -> SummaryAnswer:
        mine = desk.library()
        with refusing_unreadable():
            selection = Selection.parse(sport_types=sport_type or (), weather=weather or ())
            dates = window_of(mine, window, now=desk.clock())
            found = [each.activity for each in rows_in(mine, dates) if selection.matches(each.activity, desk.bands)]
            summary = summarize(found, group_by=group_by, bands=desk.bands)
        return SummaryAnswer(
            window=WindowEcho.model_validate(dates.echo()),
            measurement_preference=mine.profile().measurement_preference,
            filters=Filters(sport_types=selection.sport_types, weather=selection.weather),
            **dict(summary),
        )

    @desk.app.get(
        "/heart-rate-trend",
        summary="Change of the heart rate at the same effort, with its uncertainty",
        responses=answers(InvalidRequest),
    )
    def get_heart_rate_trend(
        *,
        window: WindowText = "last_30_days",
        history_days: Annotated[int, Query(ge=0, le=3660)] = 150,
        condition: Annotated[WeatherName | None, Query(max_length=40, description="a weather band")] = None,
        sport_type: Annotated[SportType, Query(max_length=40)] = "Run",
        reference_pace_s_per_km: Annotated[float | None, Query(gt=0, le=10_000)] = None,
    ) -> HeartRateTrend:
        mine = desk.library()
        with refusing_unreadable():
            dates = window_of(mine, window, now=desk.clock())
            rows = mine.documents(span_of(dates, history_days=history_days))
            return analyze_heart_rate_trend(
                (row.doc for row in rows),
                window=dates,
                sport_type=parse_sport_type(sport_type),
                condition=_band(condition, desk.bands) if condition else None,
                history_days=history_days,
                reference_pace_s_per_km=reference_pace_s_per_km,
                max_heartrate_bpm=mine.profile().max_heartrate_bpm,
                bands=desk.bands,
            )


def _add_load_and_efforts(desk: Desk) -> None:
    @desk.app.get(
        "/training-load",
        summary="Load of a window, fitness and form, and the alerts that evidence supports",
        responses=answers(InvalidRequest),
    )
    def get_training_load(*, window: WindowText = "last_30_days") -> TrainingLoadAnswer:
        mine = desk.library()
        with refusing_unreadable():
            dates = window_of(mine, window, now=desk.clock())
        history = (dates.start - history_start(dates)).days
        found = mine.metrics(span_of(dates, history_days=history))
        rows = [
            LoadRow.of(each.activity, found.get(each.activity.id))
            for each in rows_in(mine, dates, history_days=history)
        ]
        today = desk.clock().astimezone(zone_of(mine)).date()
        report = report_training_load(rows, dates, desk.settings(mine), today=today)
        return TrainingLoadAnswer(measurement_preference=mine.profile().measurement_preference, **dict(report))

    @desk.app.get(
        "/best-efforts",
        summary="Best efforts of runs over standard distances, and what they predict",
        responses=answers(InvalidRequest),
    )
    def get_best_efforts(*, window: WindowText = "last_12_months") -> EffortsAnswer:
        mine = desk.library()
        with refusing_unreadable():
            dates = window_of(mine, window, now=desk.clock())
        found = mine.metrics(span_of(dates))
        runs = [each.activity for each in rows_in(mine, dates) if each.activity.sport_type in RUNS]
        rows = [EffortRow.of(run, found[run.id].best_efforts if run.id in found else ()) for run in runs]
        today = desk.clock().astimezone(zone_of(mine)).date()
        under_18 = may_be_under_18(mine.profile(), mine.device(), today)
        report = report_efforts(rows, dates, today=today, under_18=under_18)
        return EffortsAnswer(measurement_preference=mine.profile().measurement_preference, **dict(report))


def _add_comparison_and_zones(desk: Desk) -> None:
    @desk.app.get(
        "/comparison",
        summary="Two to five activities side by side, the others against the first",
        responses=answers(InvalidRequest, NotFound),
    )
    def get_comparison(
        activity_id: Annotated[list[ComparedId], Query(min_length=FEWEST, max_length=MOST)],
    ) -> ComparisonAnswer:
        mine = desk.library()
        stored = [mine.activity(each) for each in activity_id]
        compared = [ComparedActivity.of(each.activity, each.findings) for each in stored if each is not None]
        if len(compared) < len(stored):
            raise NotFound("There is no activity with one of these ids.")
        with refusing_unreadable():
            report = report_comparison(compared, desk.settings(mine))
        return ComparisonAnswer(measurement_preference=mine.profile().measurement_preference, **dict(report))

    @desk.app.get(
        "/activities/<activity_id>/zones",
        summary="Time in heart-rate zones of one activity",
        responses=answers(NotFound),
    )
    def get_activity_zones(activity_id: ActivityIdText) -> ZonesReport:
        mine = desk.library()
        stored = mine.activity(activity_id)
        if stored is None:
            raise NotFound("There is no activity with this id.")
        histogram = stored.findings.heartrate_histogram_s if stored.findings else None
        return report_zones(desk.settings(mine), discipline_of(stored.activity.sport_type), histogram)


def _band(name: str, bands: WeatherBands) -> str:
    """The weather band that is meant.

    Raises:
        InvalidRequest: None or several; it lists the bands to choose from with what each of them means.
    """
    try:
        return parse_band_names([name])[0]
    except BandUnknown as err:
        meanings = "; ".join(f"{band}: {meaning}" for band, meaning in bands.echo().items() if band in BAND_NAMES)
        raise InvalidRequest(str(err), errors=[FieldError("condition", f"choose one of {meanings}")]) from err
