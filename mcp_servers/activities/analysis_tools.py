"""Tools that answer how training develops: computed by the API, told here. Docstrings are prompt text."""

from typing import Annotated

from pydantic import Field

from mcp_servers.activities.comparison_answers import Comparison, comparison_answer
from mcp_servers.activities.efforts_answers import BestEfforts, efforts_answer
from mcp_servers.activities.load_answers import TrainingLoad, load_answer
from mcp_servers.activities.trend_answers import Trend, trend_answer
from mcp_servers.activities.vocabulary import ComparedIds, TrendSport, WeatherName, Window
from mcp_servers.serving.api_client import TeamApi
from mcp_servers.serving.budget import ResponseFormat
from mcp_servers.serving.errors import InvalidArguments


class AnalysisTools:
    """What is computed from many activities.

    Args:
        api: Of the activities team.
    """

    def __init__(self, api: TeamApi) -> None:
        self._api = api

    async def analyze_heart_rate_trend(
        self,
        *,
        window: Window = "last_30_days",
        condition: WeatherName | None = None,
        sport_types: Annotated[list[TrendSport], Field(min_length=1, max_length=1)] = ["Run"],  # noqa: B006 - published as the schema's default, never changed
        reference_pace_s_per_km: Annotated[float | None, Field(gt=0, le=3600)] = None,
        history_days: Annotated[int, Field(ge=1, le=3650)] = 150,
        response_format: ResponseFormat = "concise",
    ) -> Trend:
        """Is the athlete getting fitter: heart rate at equal pace, adjusted for heat, as a trend with its interval.

        Use it for "am I improving". Returns plain means by condition with n, the change of heart rate at equal pace in
        bpm per 30 days with a 95 % interval, one of four verdicts with verdict_reason, and what was left out.
        Give the reason with the verdict. No verdict may be made stronger in words than the interval allows.
        """
        document = await self._api.get(
            "/heart-rate-trend",
            window=window,
            history_days=history_days,
            condition=condition,
            sport_type=sport_types,
            reference_pace_s_per_km=reference_pace_s_per_km,
        )
        return trend_answer(document, response_format)

    async def get_training_load(
        self, *, window: Window = "last_30_days", response_format: ResponseFormat = "concise"
    ) -> TrainingLoad:
        """How hard training was: load by week, fitness (CTL), fatigue (ATL), form (TSB), monotony, intensity, alerts.

        Use it for "am I doing too much". Load is hrTSS or TRIMP, or null: method_reason says which setting is missing.
        Only alerts are warnings; quote their text, and never call training safe. workload_ratio is context alone.
        coverage and notes say whose load is unknown: sums then read low.
        """
        document = await self._api.get("/training-load", window=window)
        return load_answer(document, response_format)

    async def get_best_efforts_and_predictions(
        self, *, window: Window = "last_12_months", response_format: ResponseFormat = "concise"
    ) -> BestEfforts:
        """Fastest times of runs over standard distances (400 m to 50 km), and the race times that they predict.

        Use it for personal bests and "what could I run". Predictions (Riegel, VDOT, Cameron), vdot and critical_speed
        are estimates: say so, name source (the effort they rest on) with its date, and give caution.
        """
        document = await self._api.get("/best-efforts", window=window)
        return efforts_answer(document, response_format)

    async def compare_activities(
        self, *, activity_ids: ComparedIds, response_format: ResponseFormat = "concise"
    ) -> Comparison:
        """Two to five activities side by side: pace, grade-adjusted pace, heart rate, efficiency, weather, zones.

        Use ids from search_activities; differences_from_first are against the first id. A heart rate within noise
        is no difference; beyond noise it is still no change of fitness. For windows use summarize_activities.
        """
        if len(set(activity_ids)) < len(activity_ids):
            raise InvalidArguments("activity_ids: name each activity once.")
        document = await self._api.get("/comparison", activity_id=activity_ids)
        return comparison_answer(document, response_format)
