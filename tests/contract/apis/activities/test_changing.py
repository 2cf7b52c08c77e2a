"""Changing and deleting an activity: by the state that was seen, and without losing what the sources say."""

from typing import Any

import httpx
import pytest

from tests.support.activity_files import export_file, export_row, fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=60, device_heartrate=150)


async def change(api: ApiClient, path: str, *, seen: str | None, **fields: Any) -> httpx.Response:
    headers = {} if seen is None else {"If-Match": seen}
    return await api.send("PATCH", path, json=fields, headers=headers)


@pytest.fixture
async def path(activities_api: ApiClient) -> str:
    answer = await upload(activities_api, fit_file(RUN))
    return f"/activities/{answer.json()['items'][0]['activity_id']}"


async def test_a_change_is_made_to_the_state_that_was_seen_and_names_the_new_one(
    activities_api: ApiClient, path: str
) -> None:
    seen = (await activities_api.get(path)).headers["etag"]
    answer = await change(activities_api, path, seen=seen, name="With Ada", workout_type=1, visibility="everyone")
    assert answer.status_code == 200
    activity = answer.json()
    assert (activity["name"], activity["workout_type"]) == ("With Ada", 1)
    assert (activity["visibility"], activity["private"]) == ("everyone", False)
    assert answer.headers["etag"] != seen
    assert (await activities_api.get(path)).json() == activity


async def test_a_change_to_a_state_that_is_gone_is_refused_and_changes_nothing(
    activities_api: ApiClient, path: str
) -> None:
    seen = (await activities_api.get(path)).headers["etag"]
    await change(activities_api, path, seen=seen, name="First")
    assert (await change(activities_api, path, seen=seen, name="Second")).status_code == 412
    assert (await change(activities_api, path, seen=None, name="Second")).status_code == 428
    assert (await activities_api.get(path)).json()["name"] == "First"


async def test_a_name_stays_when_another_source_arrives_and_null_takes_it_back(
    activities_api: ApiClient, path: str
) -> None:
    await change(activities_api, path, seen="*", name="Mine", perceived_exertion=7)
    row = export_row(RUN, Activity_Name="Theirs", Activity_Gear="Blue shoes")
    assert (await upload(activities_api, export_file([row]), "activities.csv")).json()["merged"] == 1
    activity = (await activities_api.get(path)).json()
    assert (activity["name"], activity["gear"], activity["perceived_exertion"]) == ("Mine", "Blue shoes", 7.0)
    assert (await change(activities_api, path, seen="*", name=None)).json()["name"] == "Theirs"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"sport_type": "Quidditch"}, id="sport"),
        pytest.param({"perceived_exertion": 11}, id="exertion"),
        pytest.param({"visibility": "friends"}, id="visibility"),
        pytest.param({"distance": 42_195}, id="a measurement"),
        pytest.param({"name": ""}, id="empty name"),
    ],
)
async def test_what_may_not_be_changed_is_refused(activities_api: ApiClient, path: str, fields: dict[str, Any]) -> None:
    assert (await change(activities_api, path, seen="*", **fields)).status_code in {400, 422}


async def test_a_run_called_indoors_has_no_weather(activities_api: ApiClient) -> None:
    row = export_row(RUN, Weather_Temperature="12")
    answer = await upload(activities_api, export_file([row]), "activities.csv")
    path = f"/activities/{answer.json()['items'][0]['activity_id']}"
    assert (await change(activities_api, path, seen="*", trainer=True)).json()["weather"] is None
    assert (await change(activities_api, path, seen="*", trainer=None)).json()["weather"]["temperature_c"] == 12.0


async def test_a_deleted_activity_is_gone_from_everywhere_and_its_file_brings_it_back(
    activities_api: ApiClient, path: str
) -> None:
    seen = (await activities_api.get(path)).headers["etag"]
    answer = await activities_api.send("DELETE", path, headers={"If-Match": seen})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await activities_api.get(path)).status_code == 404
    assert (await activities_api.get(f"{path}/streams", keys="time")).status_code == 404
    assert (await activities_api.get("/activities")).json()["total_count"] == 0
    assert (await upload(activities_api, fit_file(RUN))).json()["imported"] == 1


async def test_deleting_a_state_that_is_gone_deletes_nothing(activities_api: ApiClient, path: str) -> None:
    seen = (await activities_api.get(path)).headers["etag"]
    await change(activities_api, path, seen=seen, name="Kept")
    answer = await activities_api.send("DELETE", path, headers={"If-Match": seen})
    assert answer.status_code == 412
    assert (await activities_api.get(path)).json()["name"] == "Kept"


async def test_the_state_of_an_activity_that_was_deleted_and_imported_again_is_another_one(
    activities_api: ApiClient, path: str
) -> None:
    seen = (await change(activities_api, path, seen="*", name="Mine")).headers["etag"]
    await activities_api.send("DELETE", path)
    await upload(activities_api, fit_file(RUN))
    other = (await change(activities_api, path, seen="*", name="Yours")).headers["etag"]
    assert (await change(activities_api, path, seen=seen, name="Mine again")).status_code == 412
    assert (await change(activities_api, path, seen=other, name="Ours")).status_code == 200


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        pytest.param('"other", {etag}', 200, id="one of several"),
        pytest.param("W/{etag}", 412, id="a weak tag"),
        pytest.param('"other", *', 412, id="a star among tags"),
        pytest.param("nonsense", 412, id="no tag at all"),
    ],
)
async def test_if_match_is_read_as_the_rfc_has_it(activities_api: ApiClient, path: str, seen: str, status: int) -> None:
    etag = (await activities_api.get(path)).headers["etag"]
    answer = await change(activities_api, path, seen=seen.format(etag=etag), name="Mine")
    assert answer.status_code == status


async def test_a_deletion_with_two_if_match_lines_deletes_nothing(activities_api: ApiClient, path: str) -> None:
    headers = [("Authorization", f"Bearer {activities_api.token()}"), ("If-Match", '"a"'), ("If-Match", '"b"')]
    assert (await activities_api.raw("DELETE", path, headers=headers)).status_code == 422
    assert (await activities_api.get(path)).status_code == 200


@pytest.mark.case("V08")
async def test_nobody_changes_or_deletes_what_belongs_to_another_athlete(activities_api: ApiClient, path: str) -> None:
    other = activities_api.as_athlete("somebody-else")
    assert (await change(other, path, seen="*", name="Mine")).status_code == 404
    assert (await other.send("DELETE", path)).status_code == 404
    assert (await activities_api.get(path)).json()["name"] == "Morning Run"


async def test_changing_and_deleting_need_the_write_scope(activities_api: ApiClient, path: str) -> None:
    reader = activities_api.as_athlete(activities_api.subject, scope="activities/read")
    assert (await change(reader, path, seen="*", name="Mine")).status_code == 403
    assert (await reader.send("DELETE", path)).status_code == 403
