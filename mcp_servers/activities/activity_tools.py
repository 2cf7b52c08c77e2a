"""Tools about what was recorded: find activities, look at one, add many up. Docstrings are prompt text."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_servers.activities.activity_answers import ActivityPage, ActivityRow, activity_page, one_activity
from mcp_servers.activities.summary_answers import Summary, summary_answer
from mcp_servers.activities.vocabulary import (
    ActivityId,
    Cursor,
    GroupBy,
    OrderBy,
    Part,
    SportTypes,
    WeatherNames,
    Window,
)
from mcp_servers.serving.api_client import TeamApi, segment
from mcp_servers.serving.budget import MOST_TOKENS, ResponseFormat, page_that_fits
from mcp_servers.serving.errors import InvalidArguments

Metres = Annotated[float | None, Field(ge=0, le=10_000_000)]


class ActivityTools:
    """The athlete's own activities.

    Args:
        api: Of the activities team.
    """

    def __init__(self, api: TeamApi) -> None:
        self._api = api

    async def search_activities(
        self,
        *,
        window: Window = "all",
        sport_types: SportTypes = [],  # noqa: B006 - published as the schema's default, never changed
        weather: WeatherNames = [],  # noqa: B006 - as above
        text: Annotated[str | None, Field(max_length=200, description="Words in the name")] = None,
        min_distance_m: Metres = None,
        max_distance_m: Metres = None,
        is_race: Annotated[bool | None, Field(description="true: races alone; false: none")] = None,
        order_by: OrderBy = "start_date",
        order: Literal["desc", "asc"] = "desc",
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
        cursor: Cursor = None,
        response_format: ResponseFormat = "concise",
    ) -> ActivityPage:
        """Find single activities of the athlete: the last, longest, fastest, or all with a length, sport or weather.

        Returns rows in SI units (distance_m, moving_time_s, average_heartrate_bpm, pace_s_per_km for runs) with local
        date and weekday, and a summary to quote in the athlete's own units; total_count and next_cursor. For totals
        and means use summarize_activities, never rows. weather_source device_sensor: the watch, warmer than the air.
        """
        if min_distance_m is not None and max_distance_m is not None and min_distance_m > max_distance_m:
            raise InvalidArguments("min_distance_m is greater than max_distance_m.")

        async def page(size: int) -> ActivityPage:
            document = await self._api.get(
                "/activities",
                window=window,
                sport_type=sport_types,
                weather=weather,
                text=text,
                min_distance_m=min_distance_m,
                max_distance_m=max_distance_m,
                is_race=is_race,
                order_by=order_by,
                order=order,
                limit=size,
                cursor=cursor,
            )
            return activity_page(document, weather, response_format)

        # Asked again rather than cut, so that next_cursor goes on where the page ends.
        return await page_that_fits(page, limit, rows="activities", note=_note, limit=MOST_TOKENS[response_format])

    async def get_activity(
        self,
        *,
        activity_id: ActivityId,
        include: Annotated[list[Part], Field(max_length=5)] = [],  # noqa: B006 - as above
        response_format: ResponseFormat = "concise",
    ) -> ActivityRow:
        """One activity with the parts in include; available says how many laps, splits and best efforts there are.

        Use an id from search_activities. Splits are a kilometre or mile long, as the athlete likes.
        """
        path = f"/activities/{segment(activity_id)}"
        document = await self._api.get(path)
        zones = await self._api.get(f"{path}/zones") if "zones" in include else None
        return one_activity(document, include, response_format, zones=zones)

    async def summarize_activities(
        self,
        *,
        window: Window = "last_30_days",
        group_by: GroupBy = "none",
        sport_types: SportTypes = [],  # noqa: B006 - as above
        weather: WeatherNames = [],  # noqa: B006 - as above
        response_format: ResponseFormat = "concise",
    ) -> Summary:
        """Totals, counts and time-weighted means over a window: distance, time, climb, heart rate, pace, temperature.

        Use it for "how much", "how often", "average", and once per window to compare two. Total and groups have count,
        distance_m, moving_time_s, average_heartrate_bpm with heartrate_count (how many had one) and a summary to quote
        in the athlete's own units. coverage says how many had heart rate and weather: say so when it is not all.
        """
        document = await self._api.get(
            "/summary", window=window, group_by=group_by, sport_type=sport_types, weather=weather
        )
        return summary_answer(document, response_format)


def _note(count: int) -> str:
    return f"Shortened to {count} rows. Go on with next_cursor, or narrow window, sport_types, weather or distance."
