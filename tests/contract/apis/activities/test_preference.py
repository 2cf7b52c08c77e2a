"""Every answer that somebody has to word says which units its athlete likes; its numbers stay SI."""

from typing import Any

import pytest

from tests.support.activity_files import fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=60, device_heartrate=150)


@pytest.mark.parametrize("preference", ["meters", "feet"])
async def test_lists_single_activities_and_summaries_name_the_preference(
    activities_api: ApiClient, preference: str
) -> None:
    report = (await upload(activities_api, fit_file(RUN))).json()
    before = (await activities_api.get("/summary", window="all")).json()["total"]
    await activities_api.send("PATCH", "/athlete", json={"measurement_preference": preference})
    path = f"/activities/{report['items'][0]['activity_id']}"
    asked: list[tuple[str, dict[str, Any]]] = [("/activities", {}), (path, {}), ("/summary", {"window": "all"})]
    answers = [(await activities_api.get(each, **query)).json() for each, query in asked]
    assert [answer["measurement_preference"] for answer in answers] == [preference] * 3
    assert answers[2]["total"] == before


@pytest.mark.parametrize("preference", ["meters", "feet"])
async def test_loads_best_efforts_and_comparisons_name_the_preference(
    activities_api: ApiClient, preference: str
) -> None:
    reports = [(await upload(activities_api, fit_file(RUN.shifted(3600.0 * hours)))).json() for hours in (0, 24)]
    ids = [report["items"][0]["activity_id"] for report in reports]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/training-load", {"window": "all"}),
        ("/best-efforts", {"window": "all"}),
        ("/comparison", {"activity_id": ids}),
    ]
    before = [(await activities_api.get(path, **query)).json() for path, query in asked]
    await activities_api.send("PATCH", "/athlete", json={"measurement_preference": preference})
    after = [(await activities_api.get(path, **query)).json() for path, query in asked]
    assert [answer["measurement_preference"] for answer in after] == [preference] * 3
    assert [{**answer, "measurement_preference": "meters"} for answer in after] == before
