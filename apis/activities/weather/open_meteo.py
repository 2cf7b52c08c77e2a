"""Open-Meteo as a weather service: hourly values of a week around an activity, for squares of 0.1°.

A question names the middle of a square and the days from a Monday to the Monday after it. So the service learns
neither the place nor the day, activities of one week share one question, and it costs no more than a day would.

Days that the reanalysis has are asked of the archive, whose answer is final; the last ones of the forecast service,
whose past is made of its latest forecasts. Terms: free for non-commercial use below 10 000 weighted calls a day (600
a minute, 5 000 an hour), data under CC BY 4.0. Written after the service's source and documents, and tested against a
local stand-in: nothing of this was run against the service itself.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import httpx

from apis.activities.errors import (
    WeatherAnswerUnreadable,
    WeatherRateLimited,
    WeatherUnavailable,
)
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.open_meteo_answer import ARCHIVE_URL, FORECAST_URL, QUESTION, read_hours, refusal_of
from apis.activities.weather.places import DECIMALS, Wanted

LARGEST_ANSWER: Final = 256 * 1024  # an answer of eight days has about 16 KB
TIMEOUT_S: Final = 10.0
DEADLINE_S: Final = 20.0  # for the whole answer, however slowly it drips
# A question of twelve variables and eight days counts as 1.2 to 1.4 calls, so this stays far below 10 000.
REQUESTS_A_DAY: Final = 4_000
ARCHIVE_AFTER: Final = timedelta(days=7)  # the archive follows after two to five days
ARCHIVE_BEHIND: Final = timedelta(days=6)  # the last day asked of it: the one after that of the youngest activity
_LONGEST_WAIT_S: Final = 86_400
_OK, _BAD_REQUEST, _TOO_MANY, _SERVER_ERROR = 200, 400, 429, 500
_CHATTY: Final = ("httpx", "httpcore")  # their lines hold request URLs, and these hold places


def open_client(*, timeout_s: float = TIMEOUT_S) -> httpx.AsyncClient:
    """A client for this service: no proxy of the environment, no redirects. Close it on the loop that uses it."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fitness-coach"}
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_s, headers=headers)


@dataclass(frozen=True, slots=True)
class OpenMeteo:
    """`WeatherProvider` over HTTP.

    Attributes:
        http: From `open_client`.
        clock: The present instant, aware.
        archive_url: Of the reanalysis.
        forecast_url: Of the last days.
        deadline_s: For one answer.
    """

    http: httpx.AsyncClient
    clock: Callable[[], datetime]
    archive_url: str = ARCHIVE_URL
    forecast_url: str = FORECAST_URL
    deadline_s: float = DEADLINE_S
    name: str = "open-meteo"
    requests_a_day: int = REQUESTS_A_DAY

    def final_from(self, wanted: Wanted) -> datetime:
        return wanted.at + ARCHIVE_AFTER

    async def hours(self, wanted: Wanted) -> HourlyWeather:
        """See `WeatherProvider`: the week of the wanted time, as far as the service has it."""
        now = self.clock()
        final = now >= self.final_from(wanted)
        first = wanted.at.date() - timedelta(days=wanted.at.weekday())
        last = first + timedelta(days=7)
        if final:
            last = min(last, (now - ARCHIVE_BEHIND).date())
        body = await self._ask(self.archive_url if final else self.forecast_url, _question(wanted, first, last))
        return read_hours(body, final=final)

    async def _ask(self, url: str, question: dict[str, str]) -> bytes:
        try:
            async with asyncio.timeout(self.deadline_s), self.http.stream("GET", url, params=question) as response:
                return await _judged(response)
        except TimeoutError:
            raise WeatherUnavailable("no answer in time") from None
        except httpx.HTTPError as error:
            # The error's text may hold the URL, and with it the place; its class says enough.
            raise WeatherUnavailable(f"no answer ({type(error).__name__})") from None


def _question(wanted: Wanted, first: date, last: date) -> dict[str, str]:
    return {
        "latitude": f"{wanted.lat:.{DECIMALS}f}",
        "longitude": f"{wanted.lon:.{DECIMALS}f}",
        "start_date": first.isoformat(),
        "end_date": last.isoformat(),
        "hourly": ",".join(QUESTION),
        "timezone": "GMT",
        "timeformat": "unixtime",
        "temperature_unit": "celsius",
        "wind_speed_unit": "ms",
        "precipitation_unit": "mm",
    }


async def _judged(response: httpx.Response) -> bytes:
    """The body of a good answer; anything else is raised."""
    status = response.status_code
    if status == _TOO_MANY:
        raise WeatherRateLimited(retry_after_s=_seconds(response.headers.get("retry-after")))
    if status >= _SERVER_ERROR:
        raise WeatherUnavailable(f"status {status}")
    if status not in {_OK, _BAD_REQUEST}:
        raise WeatherAnswerUnreadable(f"status {status}")
    body = await _bounded(response)
    if status == _BAD_REQUEST:
        raise refusal_of(body)
    return body


async def _bounded(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise WeatherAnswerUnreadable("the answer is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise WeatherAnswerUnreadable("the answer is too large")
    return bytes(body)


def _seconds(text: str | None) -> float | None:
    if text is None or not (text.isascii() and text.isdigit()):
        return None  # the other form, a date, is not worth a clock that may differ
    return min(float(text), _LONGEST_WAIT_S)
