"""The adapter against a stand-in for the service: what it asks, what it makes of answers, what it makes of failures."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from apis.activities.errors import (
    NoWeatherData,
    WeatherAnswerUnreadable,
    WeatherError,
    WeatherRateLimited,
    WeatherUnavailable,
)
from apis.activities.models import Weather
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.open_meteo import OpenMeteo, open_client
from apis.activities.weather.places import Wanted
from tests.support.open_meteo import FakeOpenMeteo
from tests.support.serving import free_socket, served, url_of
from tests.support.weather import MovingClock

# A Wednesday, a week and more before the present of the clock, which is Wednesday 20 May.
LONG_AGO = datetime(2026, 5, 6, 6, 45, tzinfo=UTC)
YESTERDAY = datetime(2026, 5, 19, 17, 30, tzinfo=UTC)


def wanted(at: datetime = LONG_AGO, *, lat: float = 52.5) -> Wanted:
    return Wanted(lat=lat, lon=13.4, at=at)


@pytest.fixture
def fake() -> FakeOpenMeteo:
    return FakeOpenMeteo()


@pytest.fixture
async def service(fake: FakeOpenMeteo) -> AsyncIterator[OpenMeteo]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(fake)) as http:
        yield OpenMeteo(http, MovingClock(), deadline_s=0.3)


async def test_a_week_of_the_past_is_asked_of_the_archive_in_our_units(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    await service.hours(wanted())
    assert fake.questions == [
        (
            "/v1/archive",
            {
                "latitude": "52.5",
                "longitude": "13.4",
                "start_date": "2026-05-04",
                "end_date": "2026-05-11",
                "hourly": "temperature_2m,apparent_temperature,dew_point_2m,relative_humidity_2m,wind_speed_10m,"
                "wind_gusts_10m,wind_direction_10m,precipitation,pressure_msl,cloud_cover,is_day,weather_code",
                "timezone": "GMT",
                "timeformat": "unixtime",
                "temperature_unit": "celsius",
                "wind_speed_unit": "ms",
                "precipitation_unit": "mm",
            },
        )
    ]


async def test_an_answer_becomes_weather_with_every_field(service: OpenMeteo) -> None:
    found = await service.hours(wanted())
    assert found.final
    assert found.at(LONG_AGO) == Weather(
        temperature_c=11.4,  # 11 °C at six o'clock, 11.5 at seven, three quarters of the way
        apparent_temperature_c=9.4,
        dew_point_c=5.0,
        relative_humidity=0.63,
        wind_speed_mps=3.7,
        wind_gust_mps=6.7,
        wind_bearing_deg=60.0,
        precipitation_mm_per_h=0.6,
        pressure_hpa=1010.7,
        cloud_cover=0.4,
        condition="rain",
        is_day=True,
        observed_at=LONG_AGO,
        source="reanalysis",
    )


async def test_the_last_days_are_asked_of_the_forecast_service_and_are_not_final(
    fake: FakeOpenMeteo, service: OpenMeteo
) -> None:
    found = await service.hours(wanted(YESTERDAY))
    [(path, query)] = fake.questions
    assert (path, query["start_date"], query["end_date"]) == ("/v1/forecast", "2026-05-18", "2026-05-25")
    assert not found.final
    assert found.at(YESTERDAY) is not None


@pytest.mark.parametrize(
    ("age", "path"), [(timedelta(days=7), "/v1/archive"), (timedelta(days=7, seconds=-1), "/v1/forecast")]
)
async def test_the_archive_is_asked_from_the_seventh_day_on(
    fake: FakeOpenMeteo, service: OpenMeteo, age: timedelta, path: str
) -> None:
    await service.hours(wanted(service.clock() - age))
    assert fake.questions[0][0] == path


async def test_the_archive_is_never_asked_for_days_that_it_may_not_have_yet(
    fake: FakeOpenMeteo, service: OpenMeteo
) -> None:
    await service.hours(wanted(datetime(2026, 5, 13, 6, 0, tzinfo=UTC)))
    assert (fake.questions[0][1]["start_date"], fake.questions[0][1]["end_date"]) == ("2026-05-11", "2026-05-14")


async def test_shortly_before_midnight_the_next_days_first_hour_is_there(service: OpenMeteo) -> None:
    late = datetime(2026, 5, 10, 23, 40, tzinfo=UTC)  # a Sunday: the next hour belongs to the next week
    found = (await service.hours(wanted(late))).at(late)
    assert found is not None
    assert (found.precipitation_mm_per_h, found.is_day) == (0.0, False)  # of Monday's hour 0


def nulls(document: dict[str, Any]) -> None:
    for name, column in document["hourly"].items():
        document["hourly"][name] = column if name == "time" else [None] * len(column)


async def test_nulls_are_missing_values(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.changes = nulls
    assert (await service.hours(wanted())).at(LONG_AGO) is None


async def test_hours_without_values_are_missing_and_their_neighbours_are_not(
    fake: FakeOpenMeteo, service: OpenMeteo
) -> None:
    fake.without_hour = datetime(2026, 5, 6, 6, tzinfo=UTC)
    found = (await service.hours(wanted())).at(LONG_AGO)
    assert found is not None
    assert found.temperature_c == 11.5  # of seven o'clock


async def test_a_day_before_the_archives_first_one_has_no_data(service: OpenMeteo) -> None:
    with pytest.raises(NoWeatherData):
        await service.hours(wanted(datetime(1939, 12, 1, tzinfo=UTC)))


async def test_a_day_that_the_service_does_not_have_yet_has_no_data(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.today = date(2026, 5, 8)
    with pytest.raises(NoWeatherData):
        await service.hours(wanted())


@pytest.mark.parametrize(
    ("code", "millimetres", "word"),
    [
        (0, 0.0, "clear"), (1, 0.0, "clear"), (2, 0.0, "cloudy"), (3, 0.0, "cloudy"), (45, 0.0, "fog"),
        (51, 0.1, "drizzle"), (57, 0.6, "drizzle"), (61, 1.5, "rain"), (67, 3.0, "rain"), (82, 8.0, "rain"),
        (73, 0.4, "snow"), (86, 1.0, "snow"), (95, 2.0, "thunderstorm"), (99, 9.0, "thunderstorm"),
        (95, 0.0, None), (71, 0.07, None), (61, None, None), (None, 1.0, None), (42, 1.0, None),
    ],
)  # fmt: skip
async def test_a_code_becomes_a_word_and_rain_is_said_only_where_it_fell(
    fake: FakeOpenMeteo, service: OpenMeteo, code: int | None, millimetres: float | None, word: str | None
) -> None:
    def hour(document: dict[str, Any]) -> None:
        at = document["hourly"]["time"].index(int(datetime(2026, 5, 6, 7, tzinfo=UTC).timestamp()))
        document["hourly"]["weather_code"][at] = code
        document["hourly"]["precipitation"][at] = millimetres

    fake.changes = hour
    found = (await service.hours(wanted())).at(LONG_AGO)
    assert found is not None
    assert (found.condition, found.condition_code) == (word, None)


def other_units(document: dict[str, Any]) -> None:
    document["hourly_units"]["wind_speed_10m"] = "km/h"


def no_units(document: dict[str, Any]) -> None:
    del document["hourly_units"]["precipitation"]


def a_gap(document: dict[str, Any]) -> None:
    del document["hourly"]["time"][30]
    document["hourly"]["time"].append(document["hourly"]["time"][-1] + 3600)


def half_past(document: dict[str, Any]) -> None:
    document["hourly"]["time"] = [at + 1800 for at in document["hourly"]["time"]]


def a_short_column(document: dict[str, Any]) -> None:
    document["hourly"]["cloud_cover"].pop()


def a_short_column_of_codes(document: dict[str, Any]) -> None:
    document["hourly"]["weather_code"].pop()


def a_missing_column(document: dict[str, Any]) -> None:
    del document["hourly"]["dew_point_2m"]


def words(document: dict[str, Any]) -> None:
    document["hourly"]["temperature_2m"][0] = "mild"


def numbers_as_text(document: dict[str, Any]) -> None:
    document["hourly"]["temperature_2m"][0] = "11.5"


def kelvin(document: dict[str, Any]) -> None:
    document["hourly"]["temperature_2m"][0] = 284.6


def not_a_number(document: dict[str, Any]) -> None:
    document["hourly"]["wind_speed_10m"][0] = float("nan")


def another_zone(document: dict[str, Any]) -> None:
    document["utc_offset_seconds"] = 7200


def half_a_code(document: dict[str, Any]) -> None:
    document["hourly"]["weather_code"][0] = 61.5


@pytest.mark.parametrize(
    "change",
    [
        other_units, no_units, a_gap, half_past, a_short_column, a_short_column_of_codes, a_missing_column, words,
        numbers_as_text, kelvin, not_a_number, another_zone, half_a_code,
    ],
)  # fmt: skip
async def test_an_answer_in_another_form_is_not_read(fake: FakeOpenMeteo, service: OpenMeteo, change: Any) -> None:
    fake.changes = change
    with pytest.raises(WeatherAnswerUnreadable):
        await service.hours(wanted())


@pytest.mark.parametrize("body", [b"", b"<html>SECRET-UPSTREAM-TEXT</html>", b"[]", b"{}", b"\xff\xfe{", b"null"])
async def test_garbage_is_not_read(fake: FakeOpenMeteo, service: OpenMeteo, body: bytes) -> None:
    fake.body = body
    with pytest.raises(WeatherAnswerUnreadable):
        await service.hours(wanted())


async def test_an_answer_that_is_too_large_is_not_read(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.body = b" " * 262_145
    with pytest.raises(WeatherAnswerUnreadable, match="too large"):
        await service.hours(wanted())


async def test_a_compressed_answer_was_not_asked_for(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.compressed = True
    with pytest.raises(WeatherAnswerUnreadable, match="compressed"):
        await service.hours(wanted())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, WeatherAnswerUnreadable),
        (401, WeatherAnswerUnreadable),
        (404, WeatherAnswerUnreadable),
        (500, WeatherUnavailable),
        (502, WeatherUnavailable),
        (503, WeatherUnavailable),
    ],
)
async def test_a_refusal_has_its_own_error(
    fake: FakeOpenMeteo, service: OpenMeteo, status: int, error: type[WeatherError]
) -> None:
    fake.status = status
    with pytest.raises(error):
        await service.hours(wanted())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), (None, None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-5", None), ("999999999", 86_400.0)],
)
async def test_being_asked_to_wait_is_understood(
    fake: FakeOpenMeteo, service: OpenMeteo, header: str | None, seconds: float | None
) -> None:
    fake.status, fake.retry_after = 429, header
    with pytest.raises(WeatherRateLimited) as caught:
        await service.hours(wanted())
    assert caught.value.retry_after_s == seconds


async def test_a_service_that_is_down_is_unavailable(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.down = True
    with pytest.raises(WeatherUnavailable, match=r"no answer \(ConnectError\)"):
        await service.hours(wanted())


async def test_a_service_that_is_slow_is_unavailable(fake: FakeOpenMeteo, service: OpenMeteo) -> None:
    fake.delay_s = 5.0
    with pytest.raises(WeatherUnavailable, match="no answer in time"):
        await service.hours(wanted())


@pytest.mark.parametrize("knob", ["status", "down", "body", "redirect_to"])
async def test_no_error_holds_a_place_a_url_or_what_was_answered(
    fake: FakeOpenMeteo, service: OpenMeteo, knob: str
) -> None:
    values = {"status": 500, "down": True, "body": b"SECRET-UPSTREAM-TEXT", "redirect_to": "https://elsewhere.test"}
    setattr(fake, knob, values[knob])
    with pytest.raises(WeatherError) as caught:
        await service.hours(wanted())
    told = f"{caught.value} {caught.value.__cause__}"
    assert not [word for word in ("52.5", "13.4", "http", "SECRET", "elsewhere") if word in told]


def test_the_hours_are_kept_as_they_were_read() -> None:
    hours = HourlyWeather(start_at=LONG_AGO, columns={"temperature_c": (1.5, None)}, final=True)
    assert HourlyWeather.model_validate(json.loads(json.dumps(hours.model_dump(mode="json")))) == hours


# --- over a socket ---------------------------------------------------------------------------------------------------


async def test_an_answer_without_an_end_is_given_up(fake: FakeOpenMeteo) -> None:
    fake.endless = True
    with served(fake, listening := free_socket()):
        async with open_client() as http:
            service = OpenMeteo(http, MovingClock(), archive_url=f"{url_of(listening)}/v1/archive")
            with pytest.raises(WeatherAnswerUnreadable, match="too large"):
                await service.hours(wanted())


async def test_a_redirect_is_not_followed(fake: FakeOpenMeteo) -> None:
    with served(fake, listening := free_socket()):
        fake.redirect_to = f"{url_of(listening)}/elsewhere"
        async with open_client() as http:
            service = OpenMeteo(http, MovingClock(), archive_url=f"{url_of(listening)}/v1/archive")
            with pytest.raises(WeatherAnswerUnreadable, match="status 302"):
                await service.hours(wanted())
    assert [path for path, _ in fake.questions] == ["/v1/archive"]


async def test_proxies_of_the_environment_are_not_used(fake: FakeOpenMeteo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with served(fake, listening := free_socket()):
        async with open_client() as http:
            service = OpenMeteo(http, MovingClock(), archive_url=f"{url_of(listening)}/v1/archive")
            assert (await service.hours(wanted())).final


async def test_no_log_line_holds_a_place(fake: FakeOpenMeteo, caplog: pytest.LogCaptureFixture) -> None:
    """httpx writes every request's URL at level INFO."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    with served(fake, listening := free_socket()):
        async with open_client() as http:
            service = OpenMeteo(http, MovingClock(), archive_url=f"{url_of(listening)}/v1/archive")
            await service.hours(wanted())
    assert fake.questions
    assert not [line for line in caplog.messages if "52.5" in line or "latitude" in line]
