"""The samples of an activity, by Strava's keys and resolutions."""

from typing import Any

import pytest

from tests.support.activity_files import export_file, export_row, fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=1800)


async def streams(api: ApiClient, content: bytes, **query: Any) -> dict[str, Any]:
    item = (await upload(api, content)).json()["items"][0]
    answer = await api.get(f"/activities/{item['activity_id']}/streams", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["streams"]
    return found


async def test_each_key_has_the_samples_of_its_channel(activities_api: ApiClient) -> None:
    keys = ["time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "temp", "moving"]
    found = await streams(activities_api, fit_file(RUN), keys=[*keys, "grade_smooth", "watts"], resolution="high")
    assert found.keys() == {*keys, "grade_smooth"}  # no power meter, no watts
    assert {name: len(each["data"]) for name, each in found.items()} == dict.fromkeys(found, 1801)
    assert (found["time"]["data"][-1], found["distance"]["data"][-1]) == (1800.0, 5400.0)
    assert found["latlng"]["data"][0] == pytest.approx([52.5, 13.4], abs=1e-6)
    assert found["heartrate"]["data"][10] == 140.0
    assert found["moving"]["data"][10] is True
    assert found["grade_smooth"]["data"][10] == 0.0


@pytest.mark.parametrize(("resolution", "size"), [("low", 100), ("medium", 1000), ("high", 1801)])
async def test_a_resolution_thins_out_and_keeps_both_ends(
    activities_api: ApiClient, resolution: str, size: int
) -> None:
    found = await streams(activities_api, fit_file(RUN), keys="time", resolution=resolution)
    assert len(found["time"]["data"]) == size
    assert (found["time"]["data"][0], found["time"]["data"][-1]) == (0.0, 1800.0)
    assert found["time"]["original_size"] == 1801


async def test_a_sample_without_a_value_is_null_and_never_zero(activities_api: ApiClient) -> None:
    gap = RUN.with_samples(
        each if each.at_s < 900 else type(each)(each.at_s, None, each.distance) for each in RUN.samples
    )
    found = await streams(activities_api, fit_file(gap), keys=["heartrate", "latlng"], resolution="high")
    assert (found["heartrate"]["data"][1000], found["latlng"]["data"][1000]) == (None, None)


async def test_a_row_of_an_export_has_no_samples(activities_api: ApiClient) -> None:
    answer = await upload(activities_api, export_file([export_row(RUN)]), "activities.csv")
    path = f"/activities/{answer.json()['items'][0]['activity_id']}/streams"
    assert (await activities_api.get(path, keys="time")).status_code == 404


@pytest.mark.parametrize("query", [{}, {"keys": "charm"}, {"keys": "time", "resolution": "all"}], ids=str)
async def test_an_unknown_channel_or_resolution_is_refused(activities_api: ApiClient, query: dict[str, str]) -> None:
    item = (await upload(activities_api, fit_file(RUN))).json()["items"][0]
    assert (await activities_api.get(f"/activities/{item['activity_id']}/streams", **query)).status_code == 422


@pytest.mark.case("V08")
async def test_the_samples_of_another_athlete_are_not_there(activities_api: ApiClient) -> None:
    item = (await upload(activities_api, fit_file(RUN))).json()["items"][0]
    other = activities_api.as_athlete("somebody-else")
    assert (await other.get(f"/activities/{item['activity_id']}/streams", keys="latlng")).status_code == 404
