"""Uploads may be repeated: by content, and by Idempotency-Key with the first answer."""

import gzip
import hashlib

import pytest

from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=60, device_heartrate=150)
FIT = fit_file(RUN)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def known(api: ApiClient, *digests: str) -> dict[str, list[tuple[str, str | None]]]:
    answer = await api.get("/uploads", sha256=list(digests))
    assert answer.status_code == 200, answer.text
    return {
        each["sha256"]: [(item["status"], item["reason"]) for item in each["items"]]
        for each in answer.json()["uploads"]
    }


async def test_a_file_is_known_by_its_unpacked_content(activities_api: ApiClient) -> None:
    await upload(activities_api, gzip.compress(FIT))
    assert await known(activities_api, digest(FIT), digest(b"new")) == {digest(FIT): [("merged", "already imported")]}


async def test_a_file_that_was_rejected_is_known_with_its_reason(activities_api: ApiClient) -> None:
    await upload(activities_api, b"hello")
    reason = "the content is not FIT, GPX, TCX, a Strava activities.csv or a Garmin summarizedActivities.json"
    assert await known(activities_api, digest(b"hello")) == {digest(b"hello"): [("rejected", reason)]}


async def test_a_cut_file_is_known_as_partial(activities_api: ApiClient) -> None:
    cut = gpx_file(RUN)[:-200]
    await upload(activities_api, cut, "cut.gpx")
    again = (await upload(activities_api, cut, "cut.gpx")).json()
    assert (again["merged"], again["partial"]) == (1, 1)
    assert again["items"][0]["reason"].startswith("the XML breaks at line")


async def test_a_table_is_never_known_because_its_rows_change(activities_api: ApiClient) -> None:
    table = export_file([export_row(RUN)])
    await upload(activities_api, table, "activities.csv")
    assert await known(activities_api, digest(table)) == {}


async def test_a_dry_run_makes_no_file_known(activities_api: ApiClient) -> None:
    await upload(activities_api, FIT, dry_run="true")
    assert await known(activities_api, digest(FIT)) == {}


async def test_a_file_is_known_by_the_name_it_had(activities_api: ApiClient) -> None:
    await upload(activities_api, FIT, "monday.fit")
    answer = await activities_api.get("/uploads", sha256=digest(FIT))
    assert [item["name"] for item in answer.json()["uploads"][0]["items"]] == ["monday.fit"]


async def test_a_file_that_a_later_day_may_take_is_not_known(activities_api: ApiClient) -> None:
    tomorrow = fit_file(RUN.shifted(30 * 86_400))
    item = (await upload(activities_api, tomorrow)).json()["items"][0]
    assert (item["status"], item["reason"]) == ("rejected", "the device's clock was not set, so the day is unknown")
    assert await known(activities_api, digest(tomorrow)) == {}


async def test_a_file_of_a_deleted_activity_is_not_known(activities_api: ApiClient) -> None:
    item = (await upload(activities_api, FIT)).json()["items"][0]
    await activities_api.send("DELETE", f"/activities/{item['activity_id']}")
    assert await known(activities_api, digest(FIT)) == {}


@pytest.mark.case("V08")
async def test_what_another_athlete_uploaded_is_not_known(activities_api: ApiClient) -> None:
    await upload(activities_api, FIT)
    assert await known(activities_api.as_athlete("somebody-else"), digest(FIT)) == {}


@pytest.mark.parametrize("bad", ["", "xyz", "A" * 64], ids=["empty", "short", "upper case"])
async def test_a_digest_that_is_none_is_refused(activities_api: ApiClient, bad: str) -> None:
    assert (await activities_api.get("/uploads", sha256=bad)).status_code == 422


async def test_the_same_key_gets_the_first_answer(activities_api: ApiClient) -> None:
    first = await upload(activities_api, FIT, key="import-1")
    again = await upload(activities_api, FIT, key="import-1")
    assert (first.json()["imported"], again.json()) == (1, first.json())


async def test_a_large_answer_is_kept_as_well(activities_api: ApiClient) -> None:
    rows = [export_row(RUN.shifted(86_400 * -day), identifier=str(day + 1)) for day in range(300)]
    first = await upload(activities_api, export_file(rows), "activities.csv", key="export")
    again = await upload(activities_api, export_file(rows), "activities.csv", key="export")
    assert (first.json()["imported"], again.json()) == (300, first.json())


async def test_an_answer_that_fits_no_single_item_is_kept_as_well(
    activities_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.serving.idempotency.PART_CHARS", 1000)
    rows = [export_row(RUN.shifted(86_400 * -day), identifier=str(day + 1)) for day in range(60)]
    first = await upload(activities_api, export_file(rows), "activities.csv", key="export")
    again = await upload(activities_api, export_file(rows), "activities.csv", key="export")
    assert (first.json()["imported"], again.json()) == (60, first.json())


async def test_the_same_key_with_another_file_is_refused(activities_api: ApiClient) -> None:
    await upload(activities_api, FIT, key="import-1")
    answer = await upload(activities_api, gpx_file(RUN), key="import-1")
    assert answer.status_code == 409
    assert (await activities_api.get("/activities")).json()["activities"][0]["sources"] == [
        {"kind": "fit", "name": "run.fit"}
    ]


@pytest.mark.case("I08")
async def test_another_athletes_key_is_another_key(activities_api: ApiClient) -> None:
    await upload(activities_api, FIT, key="import-1")
    other = activities_api.as_athlete("somebody-else")
    assert (await upload(other, gpx_file(RUN), "run.gpx", key="import-1")).json()["imported"] == 1
