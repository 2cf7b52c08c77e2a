"""Weather from end to end: a file is imported, the service is asked, lists and analyses know the weather."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apis.activities.app import create_app
from apis.activities.settings import ActivitiesApiSettings
from apis.activities.weather.backfill import WeatherBackfill
from apis.activities.weather.open_meteo import OpenMeteo, open_client
from apis.activities.weather.serving import scheduled_handler
from apis.activities.weather.waiting import PARTITION
from apis.serving.errors import InvocationFailed
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item
from tests.support.activity_files import START, Workout, export_file, export_row, fit_file, gpx_file, steady
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.asgi_lifespan import lifespan
from tests.support.entry_modules import LambdaContext, started
from tests.support.open_meteo import FakeOpenMeteo
from tests.support.serving import free_socket, served, url_of
from tests.support.uploading import upload
from tests.support.weather import FakeWeather, MovingClock

RUN = steady(seconds=1800, step_s=5)  # on Monday 4 May from 6:30, half over at 6:45 UTC
PATIENCE_S = 10.0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "activities.sqlite"


async def imported(api: ApiClient, *runs: Workout) -> None:
    for run in runs:
        assert (await upload(api, gpx_file(run), "run.gpx")).json()["imported"] == 1


async def looked_up(database: Path) -> FakeWeather:
    """One run of the backfill beside the API, on the same database."""
    clock = MovingClock()
    service = FakeWeather(clock)
    with SqliteStore(database) as store:
        await WeatherBackfill(store, service, clock, pause_s=0).run_once(100)
    return service


def waiting(database: Path) -> int:
    with SqliteStore(database) as store:
        return len(store.query(PARTITION, None, desc=False, limit=100, cursor=None).items)


async def answered(api: ApiClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_imported_run_shows_the_weather_that_was_looked_up(activities_api: ApiClient, database: Path) -> None:
    await imported(activities_api, RUN)
    before = await answered(activities_api, "/activities")
    assert before["activities"][0]["weather"] is None
    assert before["coverage"]["with_weather"] == 0
    await looked_up(database)
    after = await answered(activities_api, "/activities")
    (activity,) = after["activities"]
    assert activity["weather"]["temperature_c"] == 12.0
    assert activity["weather"]["observed_at"] == "2026-05-04T06:45:00Z"
    assert activity["weather"]["source"] == "reanalysis"
    assert activity["weather"]["bands"] == ["cool", "dry"]
    assert after["coverage"] == {"activities": 1, "with_heartrate": 1, "with_weather": 1}
    single = await answered(activities_api, f"/activities/{activity['id']}")
    assert single["weather"] == activity["weather"]


async def test_activities_are_found_and_summed_by_the_weather_that_was_looked_up(
    activities_api: ApiClient, database: Path
) -> None:
    await imported(activities_api, RUN)
    await looked_up(database)
    assert (await answered(activities_api, "/activities", weather=["cool", "dry"]))["total_count"] == 1
    assert (await answered(activities_api, "/activities", weather="wet"))["total_count"] == 0
    summary = await answered(activities_api, "/summary", window="all", group_by="weather")
    assert {group["key"]: group["average_temperature_c"] for group in summary["groups"]} == {"cool": 12.0, "dry": 12.0}


async def test_the_trend_uses_the_weather_that_was_looked_up(activities_api: ApiClient, database: Path) -> None:
    runs = [RUN.shifted(86_400 * day) for day in range(-8, 12, 2)]
    await imported(activities_api, *runs)
    before = await answered(activities_api, "/heart-rate-trend")
    assert before["excluded_counts"] == {"no_weather": 10}
    await looked_up(database)
    after = await answered(activities_api, "/heart-rate-trend", condition="cool")
    coverage = after["coverage"]
    assert (coverage["with_weather"], coverage["comparable_in_condition"], coverage["device_temperature"]) == (
        10,
        10,
        0,
    )
    assert after["excluded_counts"] == {}
    assert {row["condition"]: row["mean_temperature_c"] for row in after["by_condition"] if row["n"]} == {
        "all": 12.0,
        "cool": 12.0,
        "dry": 12.0,
    }


async def test_the_sensor_of_a_device_is_flagged_wherever_it_counts(activities_api: ApiClient) -> None:
    await upload(activities_api, fit_file(RUN))
    (activity,) = (await answered(activities_api, "/activities"))["activities"]
    assert (activity["weather"]["source"], activity["weather"]["bands"]) == ("device_sensor", ["warm"])
    total = (await answered(activities_api, "/summary", window="all"))["total"]
    assert (total["weather_count"], total["device_temperature_count"]) == (1, 1)
    trend = await answered(activities_api, "/heart-rate-trend")
    assert (trend["coverage"]["with_weather"], trend["coverage"]["device_temperature"]) == (1, 1)


async def test_real_weather_is_not_counted_as_a_devices(activities_api: ApiClient, database: Path) -> None:
    await upload(activities_api, fit_file(RUN))
    await looked_up(database)
    total = (await answered(activities_api, "/summary", window="all"))["total"]
    assert (total["weather_count"], total["device_temperature_count"]) == (1, 0)


async def test_a_client_that_saw_the_activity_without_weather_is_told_that_it_changed(
    activities_api: ApiClient, database: Path
) -> None:
    await imported(activities_api, RUN)
    (activity,) = (await answered(activities_api, "/activities"))["activities"]
    path = f"/activities/{activity['id']}"
    etag = (await activities_api.get(path)).headers["etag"]
    await looked_up(database)
    changed = await activities_api.send("PATCH", path, headers={"If-Match": etag}, json={"name": "Lake"})
    assert changed.status_code == 412


@pytest.mark.parametrize("end", ["DELETE", "trainer"])
async def test_an_activity_that_is_gone_or_indoors_is_asked_about_by_nobody(
    activities_api: ApiClient, database: Path, end: str
) -> None:
    await imported(activities_api, RUN)
    (activity,) = (await answered(activities_api, "/activities"))["activities"]
    path = f"/activities/{activity['id']}"
    if end == "DELETE":
        await activities_api.send("DELETE", path)
    else:
        await activities_api.send("PATCH", path, headers={"If-Match": "*"}, json={"trainer": True})
    assert (await looked_up(database)).asked == []


async def test_a_dry_run_makes_nobody_ask(activities_api: ApiClient, database: Path) -> None:
    await upload(activities_api, gpx_file(RUN), "run.gpx", dry_run="true")
    assert (await looked_up(database)).asked == []


async def test_weather_of_one_athletes_run_is_written_into_that_one_alone(
    activities_api: ApiClient, database: Path
) -> None:
    other = activities_api.as_athlete("somebody-else")
    await imported(activities_api, RUN)
    await imported(other, RUN, RUN.shifted(-86_400))
    await looked_up(database)
    assert (await answered(activities_api, "/activities"))["total_count"] == 1
    theirs = (await answered(other, "/activities"))["activities"]
    assert [each["weather"]["source"] for each in theirs] == ["reanalysis", "reanalysis"]


# --- beside the served API -------------------------------------------------------------------------------------------


@asynccontextmanager
async def api_beside(
    fake: FakeOpenMeteo, database: Path, clock: Callable[[], datetime], **settings: Any
) -> AsyncIterator[ApiClient]:
    """The started API, told to ask the stand-in."""
    with served(fake, listening := free_socket()):
        urls = {
            "open_meteo_archive_url": f"{url_of(listening)}/v1/archive",
            "open_meteo_forecast_url": f"{url_of(listening)}/v1/forecast",
        }
        issuer = team_issuer("activities")
        chosen = ActivitiesApiSettings(**{**team_settings("activities", database), **urls, **settings})
        app = create_app(chosen, fetch=issuer.fetch, clock=clock)
        async with lifespan(app):
            yield ApiClient(app, issuer)


async def question_of(fake: FakeOpenMeteo) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not fake.questions:  # noqa: ASYNC110 - the service runs in another thread
            await asyncio.sleep(0.02)


async def when_it_has_weather(api: ApiClient) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            (activity,) = (await answered(api, "/activities"))["activities"]
            if activity["weather"] is not None:
                return activity["weather"]
            await asyncio.sleep(0.02)


async def test_switched_on_it_fills_activities_that_were_imported_before(
    database: Path, clock: Callable[[], datetime]
) -> None:
    fake = FakeOpenMeteo()
    async with api_beside(fake, database, clock) as api:
        await imported(api, RUN)
        await asyncio.sleep(0.3)
        assert (await answered(api, "/activities"))["activities"][0]["weather"] is None
    assert fake.questions == []
    assert waiting(database) == 1
    async with api_beside(fake, database, clock, weather="open-meteo") as api:
        weather = await when_it_has_weather(api)
    assert (weather["temperature_c"], weather["wind_speed_mps"], weather["source"]) == (11.4, 3.7, "reanalysis")
    assert len(fake.questions) == 1
    assert waiting(database) == 0


async def test_after_the_end_of_the_application_nothing_is_asked(database: Path, clock: Callable[[], datetime]) -> None:
    fake = FakeOpenMeteo(delay_s=1.5)
    async with api_beside(fake, database, clock) as api:
        await imported(api, RUN)
    async with api_beside(fake, database, clock, weather="open-meteo"):
        await question_of(fake)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    assert waiting(database) == 1  # the question under way was given up, not waited for


async def test_an_import_takes_no_notice_of_a_service_that_is_slow(
    database: Path, clock: Callable[[], datetime]
) -> None:
    fake = FakeOpenMeteo(delay_s=1.5)
    async with api_beside(fake, database, clock) as api:
        await imported(api, RUN)
    async with api_beside(fake, database, clock, weather="open-meteo") as api:
        await question_of(fake)
        await imported(api, RUN.shifted(86_400))
        found = await answered(api, "/activities")
    assert [activity["weather"] for activity in found["activities"]] == [None, None]


def test_on_a_schedule_one_invocation_does_one_run(database: Path, clock: Callable[[], datetime]) -> None:
    fake = FakeOpenMeteo()
    with served(fake, listening := free_socket()), SqliteStore(database) as store:
        settings = ActivitiesApiSettings(
            **team_settings("activities", database),
            weather="open-meteo",
            open_meteo_archive_url=f"{url_of(listening)}/v1/archive",
        )

        async def prepare() -> None:
            issuer = team_issuer("activities")
            await imported(ApiClient(create_app(settings, fetch=issuer.fetch, clock=clock), issuer), RUN)

        asyncio.run(prepare())
        invoke = scheduled_handler(store, settings, clock)
        counts = {"filled": 1, "nothing": 0, "postponed": 0, "dropped": 0, "placed": 0, "requests": 1}
        assert invoke({}, LambdaContext()) == dict.fromkeys(counts, 0)  # too little time is left for a question
        assert invoke({}, LambdaContext(remaining_ms=60_000)) == counts
        assert invoke({}, LambdaContext(remaining_ms=60_000)) == dict.fromkeys(counts, 0)


def test_the_function_that_a_schedule_invokes_takes_its_settings_from_the_environment(
    database: Path, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeOpenMeteo()
    with served(fake, listening := free_socket()):
        settings = ActivitiesApiSettings(**team_settings("activities", database))

        async def prepare() -> None:
            issuer = team_issuer("activities")
            await imported(ApiClient(create_app(settings, fetch=issuer.fetch, clock=clock), issuer), RUN)

        asyncio.run(prepare())
        function = started(
            "apis.activities.weather_function",
            monkeypatch,
            ACTIVITIES_API_DATABASE=str(database),
            ACTIVITIES_API_WEATHER="open-meteo",
            ACTIVITIES_API_OPEN_METEO_ARCHIVE_URL=f"{url_of(listening)}/v1/archive",
        )
        assert function.handler({"detail-type": "Scheduled Event"}, LambdaContext(remaining_ms=60_000))["filled"] == 1


@pytest.mark.case("R08")
def test_a_run_that_fails_says_of_what_kind_the_error_was_so_that_the_schedule_tries_again(
    database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    function = started(
        "apis.activities.weather_function",
        monkeypatch,
        ACTIVITIES_API_DATABASE=str(database),
        ACTIVITIES_API_WEATHER="open-meteo",
    )
    with SqliteStore(database) as store:
        store.put_if_absent(Item("WEATHER-WANTED", "canary-91", {"athlete": {"canary-92": 1}}))
    with pytest.raises(InvocationFailed, match=r"^ValidationError$"):
        function.handler({}, LambdaContext(remaining_ms=60_000))
    assert "canary" not in caplog.text


def test_on_a_schedule_without_a_service_nobody_is_asked(database: Path, clock: Callable[[], datetime]) -> None:
    with SqliteStore(database) as store:
        settings = ActivitiesApiSettings(**team_settings("activities", database))
        assert set(scheduled_handler(store, settings, clock)({}, LambdaContext()).values()) == {0}


# --- what leaves -----------------------------------------------------------------------------------------------------


async def test_nothing_but_squares_and_weeks_leaves_the_computer(activities_api: ApiClient, database: Path) -> None:
    """The bytes on the wire, all of them, for a run whose every position has eight decimals."""
    received: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    await imported(activities_api, steady(seconds=1801, step_s=1, lat=52.51634128, name="Home to the lake"))
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clock = MovingClock()
    async with server, open_client() as http:
        with SqliteStore(database) as store:
            service = OpenMeteo(http, clock, archive_url=f"http://127.0.0.1:{port}/v1/archive")
            await WeatherBackfill(store, service, clock).run_once(10)
    assert received == [
        b"GET /v1/archive?latitude=52.5&longitude=13.4&start_date=2026-05-04&end_date=2026-05-11"
        b"&hourly=temperature_2m%2Capparent_temperature%2Cdew_point_2m%2Crelative_humidity_2m%2Cwind_speed_10m"
        b"%2Cwind_gusts_10m%2Cwind_direction_10m%2Cprecipitation%2Cpressure_msl%2Ccloud_cover%2Cis_day%2Cweather_code"
        b"&timezone=GMT&timeformat=unixtime&temperature_unit=celsius&wind_speed_unit=ms&precipitation_unit=mm"
        b" HTTP/1.1\r\n"
        b"Host: 127.0.0.1:" + str(port).encode() + b"\r\n"
        b"Connection: keep-alive\r\n"
        b"Accept: application/json\r\n"
        b"Accept-Encoding: identity\r\n"
        b"User-Agent: fitness-coach\r\n\r\n"
    ]


async def test_what_waits_and_what_is_kept_of_answers_hold_no_position(
    activities_api: ApiClient, database: Path
) -> None:
    await imported(activities_api, steady(seconds=1801, step_s=1, lat=52.51634128))
    with SqliteStore(database) as store:
        waits = store.query(PARTITION, None, desc=False, limit=10, cursor=None).items
    await looked_up(database)
    with SqliteStore(database) as store:
        kept = store.query("WEATHER-CACHE", None, desc=False, limit=10, cursor=None).items
    assert [item.sk for item in kept] == ["+52.5+13.4#2026-05-04"]
    assert len(waits) == 1
    assert not [item for item in (*waits, *kept) if re.search(r"52\.5\d|13\.4\d", f"{item.sk} {item.doc}")]
    assert not [item for item in kept if "maya" in str(item.doc) or "USER" in str(item.doc)]


# --- bands -----------------------------------------------------------------------------------------------------------


async def test_every_answer_repeats_the_bands_that_are_in_use(database: Path, clock: Callable[[], datetime]) -> None:
    issuer = team_issuer("activities")
    settings = ActivitiesApiSettings(
        **team_settings("activities", database), bands={"temperature_edges_c": [0, 10, 18, 28], "windy_mps": 8}
    )
    api = ApiClient(create_app(settings, fetch=issuer.fetch, clock=clock), issuer)
    row = export_row(RUN, Weather_Temperature="18.5", Wind_Speed="7")
    await upload(api, export_file([row]), "activities.csv")
    answers = [await answered(api, path) for path in ("/activities", "/summary", "/heart-rate-trend")]
    for answer in answers:
        assert answer["bands"]["warm"] == "18 <= apparent temperature < 28 °C"
        assert answer["bands"]["windy"] == "mean wind >= 8 m/s"
    (activity,) = answers[0]["activities"]
    assert activity["weather"]["bands"] == ["warm"]
    single = await answered(api, f"/activities/{activity['id']}")
    assert single["weather"]["bands"] == ["warm"]


def test_the_run_of_these_tests_is_where_they_say_it_is() -> None:
    assert datetime(2026, 5, 4, 6, 45, tzinfo=UTC) == START + timedelta(minutes=15)
