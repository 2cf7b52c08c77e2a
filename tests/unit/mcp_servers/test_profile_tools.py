"""The athlete's settings: where each is from, and changing them by a program."""

import json
from typing import Any

import pytest

from tests.support.mcp_server import TeamServerUnderTest, in_process

STORED = {
    "name": "Maya",
    "timezone": "Europe/Berlin",
    "measurement_preference": "feet",
    "birth_year": 1991,
    "max_heartrate_bpm": 188,
    "lthr_bpm": 172,
    "resting_heartrate_bpm": None,
    "measured": ["lthr_bpm"],
    "heart_rate_zones_bpm": [114, 133, 152, 171],
}


NO_ZONES = {"usable": False, "reason": "nothing is known", "method": None, "params": {}, "zones": []}


@pytest.fixture
def server() -> TeamServerUnderTest:
    server = TeamServerUnderTest()
    server.api.answers["GET", "/athlete"] = STORED
    server.api.answers["GET", "/athlete/zones"] = {"settings": {}, "run": NO_ZONES, "ride": NO_ZONES}
    server.api.answers["PATCH", "/athlete"] = {**STORED, "sex": "F"}
    return server


def requests(server: TeamServerUnderTest) -> list[tuple[str, str, Any]]:
    return [
        (request.method, request.url.path, json.loads(request.content) if request.content else None)
        for request in server.api.requests
    ]


async def test_the_profile_says_where_each_value_is_from_and_what_is_missing(server: TeamServerUnderTest) -> None:
    async with in_process(server) as client:
        found = (await client.result("get_athlete_profile"))["structuredContent"]

    assert found["origins"] == {
        "max_heartrate_bpm": "profile",
        "lthr_bpm": "measured",
        "birth_year": "profile",
        "heart_rate_zones_bpm": "profile",
    }
    assert found["missing"] == ["resting_heartrate_bpm", "ftp_w", "weight_kg", "height_m", "sex"]
    assert (found["measurement_preference"], found["limits_heart_rate"], found["ftp_w"]) == ("feet", False, None)


async def test_what_the_watch_believed_and_age_suggests_fills_in_and_is_named_as_such(
    server: TeamServerUnderTest,
) -> None:
    settings = {
        "max_heartrate_bpm": {"value": 201.0, "origin": "device", "note": None},
        "resting_heartrate_bpm": {"value": 183.5, "origin": "estimated", "note": "estimate, ±10"},
        "sex": {"value": "F", "origin": "device"},
        "ftp_w": None,
        "conflicts": ["the resting heart rate is not below the threshold heart rate"],
    }
    zones = {
        "usable": True,
        "method": "threshold_shares",
        "params": {"lthr_bpm": {"value": 172.0, "origin": "measured", "note": None}},
        "zones": [{"name": "1", "lower_bpm": 0.0, "upper_bpm": 146.2, "seconds": None, "share": None}],
    }
    server.api.answers["GET", "/athlete/zones"] = {"settings": settings, "run": zones, "ride": NO_ZONES}
    async with in_process(server) as client:
        found = (await client.result("get_athlete_profile"))["structuredContent"]

    assert (found["max_heartrate_bpm"], found["origins"]["max_heartrate_bpm"]) == (188, "profile")
    assert (found["resting_heartrate_bpm"], found["origins"]["resting_heartrate_bpm"]) == (183.5, "estimated")
    assert (found["sex"], found["origins"]["sex"]) == ("F", "device")
    assert found["missing"] == ["ftp_w", "weight_kg", "height_m"]
    assert found["conflicts"] == settings["conflicts"]
    assert found["zones"] == {
        "run": {
            "usable": True,
            "method": "threshold_shares",
            "rests_on": {"lthr_bpm": "measured"},
            "zones": [{"name": "1", "lower_bpm": 0, "upper_bpm": 146.2}],
        },
        "ride": {"usable": False, "reason": "nothing is known"},
    }


async def test_an_empty_profile_is_metric_and_has_everything_missing(server: TeamServerUnderTest) -> None:
    server.api.answers["GET", "/athlete"] = {}
    async with in_process(server) as client:
        found = (await client.result("get_athlete_profile"))["structuredContent"]

    assert (found["measurement_preference"], found["origins"], found["name"]) == ("meters", {}, None)
    assert len(found["missing"]) == 10


async def test_only_what_is_named_is_changed_and_null_takes_back(server: TeamServerUnderTest) -> None:
    changes = {"sex": "F", "ftp_w": None, "measured": None, "limits_heart_rate": None, "measurement_preference": None}
    async with in_process(server) as client:
        found = (await client.result("update_athlete_profile", {"changes": changes}))["structuredContent"]

    taken_back: dict[str, Any] = {
        "ftp_w": None,
        "measured": [],
        "limits_heart_rate": False,
        "measurement_preference": "meters",
    }
    assert requests(server) == [("PATCH", "/athlete", {"sex": "F", **taken_back})]
    assert server.api.bearers() == ["workload-token-of-maya.api-activities.activities/write"]
    assert (found["sex"], found["changed"], found["dry_run"]) == ("F", sorted(changes), False)


async def test_a_dry_run_shows_the_profile_as_it_would_be_and_writes_nothing(server: TeamServerUnderTest) -> None:
    arguments = {"changes": {"max_heartrate_bpm": 191, "birth_year": None}, "dry_run": True}
    async with in_process(server) as client:
        found = (await client.result("update_athlete_profile", arguments))["structuredContent"]

    assert requests(server) == [("GET", "/athlete", None)]
    assert (found["max_heartrate_bpm"], found["birth_year"], found["lthr_bpm"]) == (191, None, 172)
    assert "birth_year" in found["missing"]
    assert found["dry_run"] is True


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "at least one"),
        ({"max_heart_rate": 190}, "there are: name, timezone, measurement_preference"),
        ({"max_heartrate_bpm": 19}, "greater than or equal to 100"),
        ({"max_heartrate_bpm": "SECRET"}, "valid integer"),
        ({"measurement_preference": "SECRET"}, "'meters' or 'feet'"),
        ({"measured": ["weight_kg"]}, "'max_heartrate_bpm'"),
        ({"max_heartrate_bpm": 150, "lthr_bpm": 172}, "must rise"),
        ({"heart_rate_zones_bpm": [114, 113]}, "must rise"),
    ],
)
async def test_what_cannot_be_is_refused_before_the_api_is_asked(
    server: TeamServerUnderTest, changes: dict[str, Any], told: str
) -> None:
    async with in_process(server) as client:
        error = await client.error("update_athlete_profile", {"changes": changes})

    assert error["kind"] == "validation"
    assert told in error["message"]
    assert "SECRET" not in error["message"]
    assert server.api.requests == []


async def test_a_dry_run_finds_what_contradicts_the_stored_profile(server: TeamServerUnderTest) -> None:
    async with in_process(server) as client:
        error = await client.error("update_athlete_profile", {"changes": {"max_heartrate_bpm": 170}, "dry_run": True})

    assert "must rise" in error["message"]


async def test_a_refusal_of_the_api_names_what_was_sent_and_none_of_its_words(server: TeamServerUnderTest) -> None:
    server.api.status = 400
    async with in_process(server) as client:
        error = await client.error("update_athlete_profile", {"changes": {"timezone": "Nowhere", "sex": "F"}})

    assert error["message"] == (
        "Not accepted, nothing was changed. Check: sex, timezone. timezone must be an IANA zone, such as Europe/Berlin."
    )
    assert "SECRET" not in error["message"]
    assert "Nowhere" not in error["message"]


async def test_a_sign_in_that_only_reads_cannot_change_anything(server: TeamServerUnderTest) -> None:
    async with in_process(server, scope="activities/read") as client:
        answer = await client.call("update_athlete_profile", {"changes": {"sex": "F"}})

    assert answer.status_code == 403
    assert server.api.requests == []
