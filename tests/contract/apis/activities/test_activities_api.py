"""The operations of the activities API over HTTP, as the MCP server sees them."""

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.activity_files import START, Workout, export_file, export_row, fit_file, gpx_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=60, device_heartrate=150)
RAIN = {"Weather_Temperature": "12", "Apparent_Temperature": "10", "Precipitation_Intensity": "0.8"}
HEAT = {"Weather_Temperature": "28", "Apparent_Temperature": "29", "Precipitation_Intensity": "0"}


def row(day: int, identifier: str, sport: str = "Run", **cells: str) -> dict[tuple[str, int], str]:
    """A row of half an hour, that many days after the first one."""
    workout: Workout = replace(steady(seconds=1800, step_s=60), sport=sport, start=START + timedelta(days=day))
    return export_row(workout, identifier=identifier, **cells)


@pytest.fixture
async def api(activities_api: ApiClient) -> ApiClient:
    """Four activities of May 2026: a wet run, a hot run, a run without weather or heart rate, a ride."""
    rows = [
        row(0, "1", Average_Heart_Rate="150", **RAIN),
        row(1, "2", Average_Heart_Rate="160", Activity_Name="Hot loop", **HEAT),
        row(8, "3"),
        row(9, "4", sport="Ride", Average_Heart_Rate="120") | {("Distance", 2): "15000.0"},
    ]
    answer = await upload(activities_api, export_file(rows), "activities.csv", home_timezone="Europe/Berlin")
    assert answer.json()["imported"] == 4
    return activities_api


async def names(api: ApiClient, **query: Any) -> list[str]:
    answer = await api.get("/activities", **query)
    assert answer.status_code == 200, answer.text
    return [each["sources"][0]["name"].removeprefix("activities.csv#") for each in answer.json()["activities"]]


async def test_an_upload_answers_what_became_of_every_item(activities_api: ApiClient) -> None:
    first, again = await upload(activities_api, fit_file(RUN)), await upload(activities_api, fit_file(RUN))
    assert first.status_code == 200
    item = first.json()["items"][0]
    assert {key: item[key] for key in ("name", "status", "partial", "reason")} == {
        "name": "run.fit",
        "status": "imported",
        "partial": False,
        "reason": None,
    }
    assert (again.json()["merged"], again.json()["items"][0]["activity_id"]) == (1, item["activity_id"])


@pytest.mark.parametrize(
    ("content", "name"),
    [(fit_file(RUN), "a.fit"), (gzip.compress(gpx_file(RUN)), "a.gpx.gz"), (gpx_file(RUN), "a.gpx")],
    ids=["binary", "compressed", "text"],
)
async def test_every_kind_of_body_survives_the_way(activities_api: ApiClient, content: bytes, name: str) -> None:
    assert (await upload(activities_api, content, name)).json()["imported"] == 1


async def test_a_byte_order_mark_survives_the_way(activities_api: ApiClient) -> None:
    answer = await upload(activities_api, b"\xef\xbb\xbf" + gpx_file(RUN), "a.gpx")
    assert answer.json()["imported"] == 1


async def test_a_rejected_file_is_an_answer_and_not_an_error(activities_api: ApiClient) -> None:
    answer = await upload(activities_api, b"hello", "../../notes.txt")
    assert answer.status_code == 200
    assert answer.json()["items"] == [
        {
            "name": "notes.txt",
            "status": "rejected",
            "partial": False,
            "reason": "the content is not FIT, GPX, TCX, a Strava activities.csv or a Garmin summarizedActivities.json",
            "activity_id": None,
        }
    ]


async def test_an_empty_body_is_an_empty_file(activities_api: ApiClient) -> None:
    assert (await upload(activities_api, b"")).json()["items"][0]["reason"] == "the file has 0 bytes"


async def test_a_dry_run_writes_nothing(activities_api: ApiClient) -> None:
    assert (await upload(activities_api, fit_file(RUN), dry_run="true")).json()["imported"] == 1
    assert (await activities_api.get("/activities")).json()["total_count"] == 0


async def test_dry_runs_of_one_rehearsal_are_compared_and_write_nothing(activities_api: ApiClient) -> None:
    rehearsal = {"dry_run": "true", "rehearsal": "0b5f7a4e-52a1-4a55-8b0e-0123456789ab"}
    export = export_file([row(0, "1"), row(0, "2"), row(1, "3")])
    answer = (await upload(activities_api, export, "activities.csv", **rehearsal)).json()
    assert (answer["imported"], answer["merged"]) == (2, 1)
    again = (await upload(activities_api, export_file([row(1, "4")]), "activities.csv", **rehearsal)).json()
    assert (again["imported"], again["merged"]) == (0, 1)
    assert (await activities_api.get("/activities")).json()["total_count"] == 0


async def test_an_unknown_home_timezone_is_refused(activities_api: ApiClient) -> None:
    answer = await upload(activities_api, fit_file(RUN), home_timezone="Mars/Base")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "home_timezone"


async def test_the_list_is_newest_first_with_window_count_and_coverage(api: ApiClient) -> None:
    answer = (await api.get("/activities")).json()
    assert answer["total_count"] == 4
    assert answer["coverage"] == {"activities": 4, "with_heartrate": 3, "with_weather": 2}
    assert (answer["window"]["start_date"], answer["window"]["timezone"]) == ("2026-05-04", "Europe/Berlin")
    assert await names(api) == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"sport_type": "run"}, ["3", "2", "1"]),
        ({"sport_type": ["Ride", "Hike"]}, ["4"]),
        ({"weather": "wet"}, ["1"]),
        ({"weather": ["wet", "cool"]}, ["1"]),
        ({"weather": ["wet", "hot"]}, []),
        ({"weather": "dry"}, ["2"]),
        ({"text": "hot LOOP"}, ["2"]),
        ({"window": "last_7_days"}, []),
        ({"window": "last_8_days"}, ["4"]),
        ({"window": "2026-05-04/2026-05-05"}, ["1"]),
        ({"window": "2026-05-12"}, ["3"]),
        ({"order_by": "distance", "order": "desc", "limit": 1}, ["4"]),
        ({"order_by": "average_speed", "order": "desc", "limit": 1}, ["4"]),
        ({"order": "asc", "limit": 2}, ["1", "2"]),
    ],
    ids=str,
)
async def test_filters_and_orders(api: ApiClient, query: dict[str, Any], found: list[str]) -> None:
    assert await names(api, **query) == found


async def test_pages_follow_one_another_without_gap_or_repetition(api: ApiClient) -> None:
    seen, cursor = [], None
    for _ in range(4):
        query = {"limit": 1, "order_by": "distance"} | ({"cursor": cursor} if cursor else {})
        answer = (await api.get("/activities", **query)).json()
        seen += [each["id"] for each in answer["activities"]]
        cursor = answer["next_cursor"]
    assert cursor is None
    assert len(set(seen)) == 4


@pytest.mark.case("I09")
async def test_a_cursor_is_refused_for_other_filters_another_athlete_or_when_forged(api: ApiClient) -> None:
    cursor = (await api.get("/activities", limit=1)).json()["next_cursor"]
    refused = [
        await api.get("/activities", limit=1, sport_type="Run", cursor=cursor),
        await api.as_athlete("somebody-else").get("/activities", limit=1, cursor=cursor),
        await api.get("/activities", limit=1, cursor=cursor[:-4] + "AAAA"),
    ]
    assert [each.status_code for each in refused] == [400, 400, 400]
    assert (await api.get("/activities", limit=1, cursor=cursor)).status_code == 200


async def test_one_activity_has_every_field_of_the_contract(api: ApiClient) -> None:
    listed = (await api.get("/activities", weather="wet")).json()["activities"][0]
    activity = (await api.get(f"/activities/{listed['id']}")).json()
    assert {name: value for name, value in activity.items() if name in listed} == listed
    assert (activity["start_date"], activity["start_date_local"]) == ("2026-05-04T06:30:00Z", "2026-05-04T08:30:00")
    assert (activity["timezone"], activity["weekday"]) == ("Europe/Berlin", "Monday")
    assert (activity["average_heartrate"], activity["heartrate_time"]) == (150.0, 1800.0)
    assert activity["weather"]["bands"] == ["cool", "wet"]
    expected = (
        "id name sport_type workout_type start_date start_date_local timezone weekday distance moving_time "
        "elapsed_time timer_time total_elevation_gain elevation_method average_speed max_speed has_heartrate "
        "average_heartrate heartrate_time max_heartrate average_cadence average_temp average_watts trainer commute "
        "manual private visibility gear device_name description calories partial sources weather"
    )
    assert set(expected.split()) <= activity.keys()


@pytest.mark.case("V08")
async def test_another_athlete_sees_nothing_and_cannot_tell_that_there_is_something(api: ApiClient) -> None:
    known = (await api.get("/activities")).json()["activities"][0]["id"]
    other = api.as_athlete("somebody-else")
    theirs, nothing = await other.get(f"/activities/{known}"), await other.get("/activities/nothing")
    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert theirs.json() == nothing.json()
    assert (await other.get("/activities")).json()["total_count"] == 0
    assert (await other.get("/summary", window="all")).json()["total"]["count"] == 0
    assert (await other.get("/athlete")).json()["timezone"] is None


async def test_the_summary_weighs_heart_rate_by_time_and_says_how_many_have_one(api: ApiClient) -> None:
    answer = (await api.get("/summary", window="2026-05", sport_type="Run")).json()
    total = answer["total"]
    assert (total["count"], total["heartrate_count"], total["weather_count"]) == (3, 2, 2)
    assert (total["average_heartrate_bpm"], total["heartrate_time_s"]) == (155.0, 3600.0)
    assert total["distance_m"] == 16_200.0
    assert answer["filters"] == {"sport_types": ["Run"], "weather": []}
    assert answer["coverage"] == {"activities": 3, "with_heartrate": 2, "with_weather": 2}
    assert answer["window"]["days"] == 31


async def test_the_summary_groups_by_week(api: ApiClient) -> None:
    groups = (await api.get("/summary", window="all", group_by="week")).json()["groups"]
    assert [(each["key"], each["count"]) for each in groups] == [("2026-05-04", 2), ("2026-05-11", 2)]


async def test_the_trend_of_too_few_runs_is_not_enough_data(api: ApiClient) -> None:
    answer = (await api.get("/heart-rate-trend", window="last_30_days")).json()
    assert answer["verdict"] == "not_enough_data"
    assert [each["reason"] for each in answer["excluded"]] == ["no_heartrate"]
    assert answer["window"]["end_date"] == "2026-05-21"


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/activities", {"window": "someday"}, 400),
        ("/activities", {"sport_type": "Quidditch"}, 400),
        ("/activities", {"weather": "nice"}, 400),
        ("/activities", {"limit": 51}, 422),
        ("/activities", {"order_by": "charm"}, 422),
        ("/summary", {"group_by": "charm"}, 422),
        ("/heart-rate-trend", {"sport_type": "Ride"}, 400),
        ("/heart-rate-trend", {"condition": "nice"}, 400),
        ("/heart-rate-trend", {"history_days": 100_000}, 422),
    ],
    ids=str,
)
async def test_a_question_that_cannot_be_read_is_the_clients_to_correct(
    api: ApiClient, path: str, query: dict[str, Any], status: int
) -> None:
    answer = await api.get(path, **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_profile_is_changed_field_by_field_and_places_the_windows(api: ApiClient) -> None:
    assert (await api.get("/athlete")).json()["timezone"] == "Europe/Berlin"
    await api.send("PATCH", "/athlete", json={"birth_year": 1990, "lthr_bpm": 171})
    answer = await api.send("PATCH", "/athlete", json={"timezone": "Pacific/Auckland", "lthr_bpm": None})
    profile = answer.json()
    assert (profile["birth_year"], profile["lthr_bpm"], profile["timezone"]) == (1990, None, "Pacific/Auckland")
    window = (await api.get("/activities", window="today")).json()["window"]
    assert (window["start_date"], window["timezone"]) == ("2026-05-20", "Pacific/Auckland")


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param({"timezone": "Mars/Base"}, id="zone"),
        pytest.param({"birth_year": 1066}, id="year"),
        pytest.param({"shoe_size": 43}, id="unknown"),
        pytest.param({"resting_heartrate_bpm": 60, "lthr_bpm": 190, "max_heartrate_bpm": 180}, id="order"),
        pytest.param({"heart_rate_zones_bpm": [120, 150, 140]}, id="zones that fall"),
    ],
)
async def test_a_profile_that_makes_no_sense_is_refused(api: ApiClient, profile: dict[str, Any]) -> None:
    assert (await api.send("PATCH", "/athlete", json=profile)).status_code in {400, 422}
    assert (await api.get("/athlete")).json()["lthr_bpm"] is None


async def test_reading_needs_the_read_scope_and_uploading_the_write_scope(api: ApiClient) -> None:
    reader = api.as_athlete(api.subject, scope="activities/read")
    assert (await reader.get("/activities")).status_code == 200
    assert (await upload(reader, fit_file(RUN))).status_code == 403
    stranger = api.as_athlete(api.subject, scope="support/read")
    assert (await stranger.get("/activities")).status_code == 403
