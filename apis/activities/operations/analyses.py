"""What is computed over many activities."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.summary import GroupBy, summarize
from apis.activities.analytics.trend_report import HeartRateTrend, WindowEcho
from apis.activities.analytics.weather_bands import parse_band_names
from apis.activities.answers import Filters, SummaryAnswer
from apis.activities.operations.desk import Desk, SportTypes, WeatherNames, WindowText, refusing_unreadable
from apis.activities.selection import Selection, parse_sport_type, rows_in, window_of


def add_analyses(desk: Desk) -> None:
    """Adds the operations to the resolver."""

    @desk.app.get("/summary", summary="Totals and time-weighted means of a window")
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
            filters=Filters(sport_types=selection.sport_types, weather=selection.weather),
            **dict(summary),
        )

    @desk.app.get("/heart-rate-trend", summary="Change of the heart rate at the same effort, with its uncertainty")
    def get_heart_rate_trend(
        *,
        window: WindowText = "last_30_days",
        history_days: Annotated[int, Query(ge=0, le=3660)] = 150,
        condition: Annotated[str | None, Query(max_length=40, description="a weather band")] = None,
        sport_type: Annotated[str, Query(max_length=40)] = "Run",
        reference_pace_s_per_km: Annotated[float | None, Query(gt=0, le=10_000)] = None,
    ) -> HeartRateTrend:
        mine = desk.library()
        with refusing_unreadable():
            dates = window_of(mine, window, now=desk.clock())
            rows = rows_in(mine, dates, history_days=history_days)
            return analyze_heart_rate_trend(
                [each.activity for each in rows],
                window=dates,
                features={each.activity.id: each.features for each in rows if each.features},
                sport_type=parse_sport_type(sport_type),
                condition=parse_band_names([condition])[0] if condition else None,
                history_days=history_days,
                reference_pace_s_per_km=reference_pace_s_per_km,
                bands=desk.bands,
            )
