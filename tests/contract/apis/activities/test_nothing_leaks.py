"""What was sent, and what activities are called, is in no error and in no log line."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from apis.activities.library import ActivityLibrary
from tests.support.activity_files import export_file, export_row, fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

DOCUMENT = json.loads((Path(__file__).parents[4] / "apis/activities/openapi.json").read_text(encoding="utf-8"))
CANARY = "canary-7f3a"
RUN = steady(seconds=60, device_heartrate=150)
OPERATIONS = [(method.upper(), path, item) for path, item in DOCUMENT["paths"].items() for method, item in item.items()]
EVERY_OPERATION = [pytest.param(*each, id=f"{each[0]} {each[1]}") for each in OPERATIONS]


def fields_of(operation: dict[str, Any]) -> list[str]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return []
    name = body["schema"]["$ref"].rpartition("/")[2]
    return [*DOCUMENT["components"]["schemas"][name]["properties"], CANARY]


@pytest.fixture
async def api(activities_api: ApiClient, caplog: pytest.LogCaptureFixture) -> ApiClient:
    """With a run whose every word is a canary."""
    row = export_row(RUN, Activity_Name=CANARY, Activity_Description=CANARY, Activity_Gear=CANARY)
    await upload(activities_api, export_file([row]), f"{CANARY}.csv")
    assert (await upload(activities_api, fit_file(RUN), f"{CANARY}.fit")).json()["merged"] == 1
    caplog.set_level(logging.DEBUG)
    for client in ("httpx", "httpcore"):  # ours is the server
        logging.getLogger(client).setLevel(logging.WARNING)
    return activities_api


async def send(api: ApiClient, method: str, path: str, caplog: pytest.LogCaptureFixture, **options: Any) -> int:
    answer = await api.send(method, path, **options)
    assert answer.status_code < 400 or CANARY not in answer.text, answer.text
    assert CANARY not in caplog.text
    return answer.status_code


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
async def test_bad_parameters_are_in_no_error_and_in_no_log(
    api: ApiClient, caplog: pytest.LogCaptureFixture, method: str, path: str, operation: dict[str, Any]
) -> None:
    activity_id = (await api.get("/activities")).json()["activities"][0]["id"]
    for parameter in operation.get("parameters", ()):
        place, name = parameter["in"], parameter["name"]
        target = path.replace("{activity_id}", CANARY if place == "path" else activity_id)
        options: dict[str, Any] = {"params": {name: CANARY}} if place == "query" else {}
        if place == "header":
            options = {"headers": {name: CANARY}}
        status = await send(api, method, target, caplog, **options)
        assert status >= 400 or name in {"text", "file_name", "Idempotency-Key"}


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
async def test_bad_fields_are_in_no_error_and_in_no_log(
    api: ApiClient, caplog: pytest.LogCaptureFixture, method: str, path: str, operation: dict[str, Any]
) -> None:
    activity_id = (await api.get("/activities")).json()["activities"][0]["id"]
    target = path.replace("{activity_id}", activity_id)
    for field in fields_of(operation):
        for value in (CANARY, [CANARY], {CANARY: CANARY}):
            status = await send(api, method, target, caplog, json={field: value}, headers={"If-Match": "*"})
            assert status in {400, 422} or (value == CANARY and field in {"name", "description", "gear"})


async def test_a_crash_over_an_activity_tells_nothing_of_it(
    api: ApiClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_library: ActivityLibrary) -> None:
        raise RuntimeError(f"no list of {CANARY}")

    monkeypatch.setattr(ActivityLibrary, "earliest", crash)
    assert await send(api, "GET", "/activities", caplog) == 502
