"""Tools that answer how training develops. Docstrings are prompt text."""

from typing import Annotated

from pydantic import Field

from mcp_servers.activities.trend_answers import Trend, trend_answer
from mcp_servers.activities.vocabulary import TrendSport, WeatherName, Window
from mcp_servers.serving.api_client import TeamApi
from mcp_servers.serving.budget import ResponseFormat


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
