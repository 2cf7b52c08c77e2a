"""Tools of the activities server through the whole stack, held against what the API itself answers."""

import json
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.running_stack import RunningStack

SETTINGS = {"max_heartrate_bpm": 190, "resting_heartrate_bpm": 50, "lthr_bpm": 170, "sex": "F"}
BOTH = ("activities/read", "activities/write")


async def call(stack: RunningStack, tool: str, **arguments: Any) -> dict[str, Any]:
    """Structured content of one call, as a stock client of an athlete gets it."""
    bearer = {"Authorization": f"Bearer {stack.token('maya', 'mcp-activities', scopes=BOTH)}"}
    async with (
        httpx2.AsyncClient(headers=bearer, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(stack.endpoints["mcp"]["activities"], http_client=http)) as client,
    ):
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    told: dict[str, Any] = result.structured_content or {}
    return told


def asked(stack: RunningStack, path: str, **query: Any) -> dict[str, Any]:
    """The API's own answer to the same athlete."""
    issuer = stack.issuer("api-activities", client_id="mcp-activities-exchange", scope="activities/read")
    bearer = {"Authorization": f"Bearer {issuer.token()}"}
    answer = httpx.get(stack.endpoints["apis"]["activities"] + path, params=query, headers=bearer, trust_env=False)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def alike(told: Any, given: Any) -> int:
    """How many numbers of the API a tool tells under the same names; all of them to the digits that it tells."""
    if isinstance(told, dict) and isinstance(given, dict):
        return sum(alike(told[name], given[name]) for name in told.keys() & given.keys())
    if isinstance(told, list) and isinstance(given, list):
        assert len(told) == len(given)
        return sum(alike(*pair) for pair in zip(told, given, strict=True))
    if isinstance(told, int | float) and isinstance(given, int | float):
        assert told == pytest.approx(given, abs=0.0501)
        return 1
    if isinstance(told, str) and isinstance(given, str):
        assert told == given
    return 0


@pytest.fixture
async def known(stack: RunningStack) -> Any:
    """An athlete whose settings allow loads and zones; as before afterwards, because other tests ask as well."""
    before = await call(stack, "get_athlete_profile")
    stated = {
        name: before[name] if before["origins"].get(name) in {"profile", "measured"} else None for name in SETTINGS
    }
    await call(stack, "update_athlete_profile", changes=SETTINGS)
    yield
    await call(stack, "update_athlete_profile", changes=stated)


@pytest.mark.usefixtures("known")
async def test_the_training_load_of_the_tool_is_that_of_the_api(stack: RunningStack) -> None:
    told = await call(stack, "get_training_load", response_format="detailed")
    given = asked(stack, "/training-load", window="last_30_days")
    assert alike(told, given) > 60
    assert (told["method"], told["total"]["activities"], len(told["weeks"])) == ("hrTSS", 17, 6)
    assert told["total"]["load"] > 500
    assert told["window"] == given["window"]
    concise = await call(stack, "get_training_load")
    assert alike(concise, given) > 40
    assert concise["note"] is None


async def test_the_best_efforts_of_the_tool_are_those_of_the_api(stack: RunningStack) -> None:
    told = await call(stack, "get_best_efforts_and_predictions", window="last_12_months")
    given = asked(stack, "/best-efforts", window="last_12_months")
    assert alike(told, given) > 30
    assert {"400m", "1K", "5K"} <= {each["distance"] for each in told["best"]}
    assert [each["distance"] for each in told["predictions"]] == ["5K", "10K", "Half-Marathon", "Marathon"]
    source = await call(stack, "get_activity", activity_id=told["source"]["activity_id"])
    assert source["start_date_local"].startswith(told["source"]["date"])
    assert source["weekday"] == told["source"]["weekday"]


async def test_the_comparison_of_the_tool_is_that_of_the_api(stack: RunningStack) -> None:
    runs = await call(stack, "search_activities", sport_types=["Run"], limit=3)
    ids = [each["id"] for each in runs["activities"]]
    told = await call(stack, "compare_activities", activity_ids=ids, response_format="detailed")
    given = asked(stack, "/comparison", activity_id=ids)
    assert alike(told, given) > 30
    assert [each["id"] for each in told["activities"]] == ids
    assert [each["summary"] for each in told["activities"]] == [each["summary"] for each in runs["activities"]]
    assert {each["noise"] for each in told["differences_from_first"]} <= {"within noise", "beyond noise"}


@pytest.mark.usefixtures("known")
async def test_zones_splits_and_best_efforts_of_one_run_are_those_of_the_api(stack: RunningStack) -> None:
    runs = await call(stack, "search_activities", sport_types=["Run"], limit=1)
    activity_id = runs["activities"][0]["id"]
    told = await call(stack, "get_activity", activity_id=activity_id, include=["zones", "splits", "best_efforts"])
    given = asked(stack, f"/activities/{activity_id}")
    zones = asked(stack, f"/activities/{activity_id}/zones")
    splits, efforts = given["splits_metric"], given["best_efforts"]
    assert len(splits) >= 5
    assert len(efforts) >= 4
    assert [each["split"] for each in told["splits"]] == [each["split"] for each in splits]
    for name in ("distance_m", "moving_time_s", "average_heartrate_bpm"):
        stored = [each[name.rpartition("_")[0]] for each in splits]
        assert [each[name] for each in told["splits"]] == pytest.approx(stored, abs=0.0501)
    assert [each["name"] for each in told["best_efforts"]] == [each["name"] for each in efforts]
    times = [each["elapsed_time"] for each in efforts]
    assert [each["elapsed_time_s"] for each in told["best_efforts"]] == pytest.approx(times, abs=0.0501)
    assert told["available"] == {"laps": len(given["laps"]), "splits": len(splits), "best_efforts": len(efforts)}
    assert told["heart_rate_zones"]["method"] == zones["method"]
    seconds = [each["seconds"] for each in zones["zones"]]
    assert [each["time_s"] for each in told["heart_rate_zones"]["zones"]] == pytest.approx(seconds, abs=0.0501)
    assert sum(seconds) > 600


async def test_the_coach_of_another_athlete_compares_nothing_of_mayas(stack: RunningStack) -> None:
    runs = await call(stack, "search_activities", limit=2)
    ids = [each["id"] for each in runs["activities"]]
    bearer = {"Authorization": f"Bearer {stack.token('jonas', 'mcp-activities', scopes=BOTH)}"}
    async with (
        httpx2.AsyncClient(headers=bearer, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(stack.endpoints["mcp"]["activities"], http_client=http)) as client,
    ):
        result = await client.call_tool("compare_activities", {"activity_ids": ids})
    assert result.is_error
    assert [json.loads(str(content.model_dump()["text"]))["error"]["kind"] for content in result.content] == [
        "not_found"
    ]
