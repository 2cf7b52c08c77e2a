"""What activities were done with: counted by name, and by Strava's id where an export has one."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.activity_files import START, export_file, export_row, fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=600, step_s=60, device_heartrate=150)


def row(day: int, **cells: str) -> dict[tuple[str, int], str]:
    return export_row(RUN.shifted(day * 86_400), identifier=str(day + 1), **cells)


async def gear(api: ApiClient) -> list[dict[str, Any]]:
    answer = await api.get("/gear")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["gear"]
    return found


@pytest.fixture
async def api(activities_api: ApiClient) -> ApiClient:
    rows = [
        row(0, Activity_Gear="Blue Shoes"),
        row(1, Activity_Gear="blue  shoes"),
        row(2, Activity_Gear="Old bike", Bike="77.0"),
        row(3, Activity_Gear="Old bike"),
        row(4),
        row(5, Activity_Gear="靴") | {("Distance", 1): "", ("Distance", 2): ""},
    ]
    assert (await upload(activities_api, export_file(rows), "activities.csv")).json()["imported"] == 6
    return activities_api


async def test_each_piece_of_gear_has_its_use_the_last_used_first(api: ApiClient) -> None:
    days = [(START + timedelta(days=day)).date().isoformat() for day in range(6)]
    assert [
        (each["gear_id"], each["name"], each["activities"], each["distance"], each["first_used"], each["last_used"])
        for each in await gear(api)
    ] == [
        ("靴", "靴", 1, None, days[5], days[5]),
        ("b77", "Old bike", 2, 3600.0, days[2], days[3]),
        ("blue-shoes", "blue  shoes", 2, 3600.0, days[0], days[1]),
    ]
    assert (await gear(api))[1]["moving_time"] == 1200.0


async def test_an_activity_names_its_gear_and_a_change_of_the_name_changes_the_id(api: ApiClient) -> None:
    listed = (await api.get("/activities", order="asc")).json()["activities"]
    assert [each["gear_id"] for each in listed] == ["blue-shoes", "blue-shoes", "b77", "old-bike", None, "靴"]
    path = f"/activities/{listed[2]['id']}"
    changed = await api.send("PATCH", path, json={"gear": "New bike"}, headers={"If-Match": "*"})
    assert (changed.json()["gear"], changed.json()["gear_id"]) == ("New bike", "new-bike")
    back = await api.send("PATCH", path, json={"gear": None}, headers={"If-Match": "*"})
    assert (back.json()["gear"], back.json()["gear_id"]) == ("Old bike", "b77")


async def test_names_without_a_letter_and_long_ones_have_ids_of_their_own(activities_api: ApiClient) -> None:
    names = ["!!!", "???", "x" * 90 + "1", "x" * 90 + "2"]
    rows = [row(day, Activity_Gear=name) for day, name in enumerate(names)]
    await upload(activities_api, export_file(rows), "activities.csv")
    ids = {each["gear_id"] for each in await gear(activities_api)}
    assert len(ids) == 4
    assert max(map(len, ids)) <= 49


async def test_a_recording_knows_no_gear(activities_api: ApiClient) -> None:
    await upload(activities_api, fit_file(RUN))
    assert await gear(activities_api) == []


@pytest.mark.case("V08")
async def test_another_athletes_gear_is_not_there_and_reading_it_needs_the_scope(api: ApiClient) -> None:
    assert await gear(api.as_athlete("somebody-else")) == []
    assert (await api.as_athlete(api.subject, scope="activities/write").get("/gear")).status_code == 403
