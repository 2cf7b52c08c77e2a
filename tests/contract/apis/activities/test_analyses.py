"""Training load, best efforts, comparison and zones over HTTP: from files to the answer."""

from typing import Any

import pytest

from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

DAY_S = 86_400.0
# Half an hour at 3 m/s and 140 bpm, on five days that end two days before the present of the tests.
RUN = steady(seconds=1800)
FASTER = steady(seconds=1200, speed=4.0, heartrate=165)


@pytest.fixture
async def ids(activities_api: ApiClient) -> list[str]:
    files = [fit_file(RUN.shifted(DAY_S * day)) for day in range(10, 14)] + [fit_file(FASTER.shifted(DAY_S * 14))]
    answers = [await upload(activities_api, content) for content in files]
    return [each.json()["items"][0]["activity_id"] for each in answers]


async def profile(api: ApiClient, **values: Any) -> None:
    assert (await api.send("PATCH", "/athlete", json=values)).status_code == 200


async def test_the_load_of_a_window_has_its_unit_and_what_is_known(activities_api: ApiClient, ids: list[str]) -> None:
    await profile(
        activities_api, max_heartrate_bpm=190, resting_heartrate_bpm=50, sex="F", measured=["max_heartrate_bpm"]
    )
    load = (await activities_api.get("/training-load")).json()
    assert (load["method"], load["coverage"]["activities"], load["coverage"]["with_load"]) == ("TRIMP", 5, 5)
    # x = 90/140: 30 min · x · 0.86 · e^(1.67 x), four times, and 20 min at x = 115/140.
    assert load["total"]["load"] == pytest.approx(4 * 48.54 + 55.70, abs=0.1)
    assert load["params"]["max_heartrate_bpm"] == {"value": 190.0, "origin": "measured", "note": None}
    assert load["window"]["label"] == "last 30 days"
    assert len(ids) == 5


async def test_without_settings_the_load_is_unknown_and_says_what_is_missing(
    activities_api: ApiClient, ids: list[str]
) -> None:
    load = (await activities_api.get("/training-load")).json()
    assert (load["method"], load["total"]["load"], len(ids)) == (None, None, 5)
    assert "resting" in load["method_reason"]


async def test_best_efforts_name_the_run_they_were_in(activities_api: ApiClient, ids: list[str]) -> None:
    efforts = (await activities_api.get("/best-efforts", window="last_30_days")).json()
    best = {each["distance"]: each for each in efforts["best"]}
    assert best["1K"]["elapsed_time_s"] == pytest.approx(250.0, abs=0.1)
    assert best["1K"]["activity_id"] == ids[-1]
    assert (best["5K"]["activity_id"], best["5K"]["elapsed_time_s"]) == (ids[0], pytest.approx(1666.67, abs=0.1))
    assert (best["1K"]["date"], best["1K"]["weekday"]) == ("2026-05-18", "Monday")
    assert {each["distance"] for each in efforts["predictions"]} == {"5K", "10K", "Half-Marathon", "Marathon"}
    assert efforts["coverage"] == {"runs": 5, "with_efforts": 5}


@pytest.mark.parametrize(
    ("birth_year", "targets"),
    [
        (1991, ["5K", "10K", "Half-Marathon", "Marathon"]),
        (2007, ["5K", "10K", "Half-Marathon", "Marathon"]),
        (2008, ["5K", "10K"]),
        (2010, ["5K", "10K"]),
    ],
)
async def test_nobody_who_may_be_under_18_is_given_a_long_race(
    activities_api: ApiClient, ids: list[str], birth_year: int, targets: list[str]
) -> None:
    await profile(activities_api, birth_year=birth_year)
    efforts = (await activities_api.get("/best-efforts", window="last_30_days")).json()
    assert [each["distance"] for each in efforts["predictions"]] == targets
    assert ("under 18" in efforts["caution"]) is (len(targets) == 2)
    assert len(ids) == 5


async def test_activities_are_compared_with_the_first_one(activities_api: ApiClient, ids: list[str]) -> None:
    answer = (await activities_api.get("/comparison", activity_id=[ids[0], ids[1], ids[4]])).json()
    assert [each["id"] for each in answer["activities"]] == [ids[0], ids[1], ids[4]]
    alike, harder = answer["differences_from_first"]
    assert (alike["heartrate_bpm"], alike["noise"]) == (0.0, "within noise")
    assert (harder["heartrate_bpm"], harder["noise"]) == (25.0, "beyond noise")
    assert answer["coverage"] == {"activities": 3, "with_heartrate": 3, "with_weather": 3}
    assert {each["weather_source"] for each in answer["activities"]} == {"device_sensor"}


@pytest.mark.parametrize("wanted", [[0], [0, 0], [0, 1, 2, 3, 4, 0]], ids=["one", "twice", "six"])
async def test_two_to_five_different_activities_can_be_compared(
    activities_api: ApiClient, ids: list[str], wanted: list[int]
) -> None:
    answer = await activities_api.get("/comparison", activity_id=[ids[at] for at in wanted])
    assert answer.status_code in {400, 422}


@pytest.mark.case("V08")
async def test_nothing_is_compared_with_the_activity_of_another_athlete(
    activities_api: ApiClient, ids: list[str]
) -> None:
    other = activities_api.as_athlete("somebody-else")
    own = (await upload(other, fit_file(RUN))).json()["items"][0]["activity_id"]
    theirs = await other.get("/comparison", activity_id=[own, ids[0]])
    nothing = await other.get("/comparison", activity_id=[own, "nothing"])
    assert (theirs.status_code, theirs.json()) == (404, nothing.json())
    assert (await other.get(f"/activities/{ids[0]}/zones")).status_code == 404


async def test_time_in_zones_follows_the_settings_without_a_new_import(
    activities_api: ApiClient, ids: list[str]
) -> None:
    path = f"/activities/{ids[0]}/zones"
    assert (await activities_api.get(path)).json()["usable"] is False
    await profile(activities_api, lthr_bpm=160)
    zones = (await activities_api.get(path)).json()
    assert (zones["method"], zones["params"]["lthr_bpm"]["origin"]) == ("threshold_shares", "profile")
    assert [zone["name"] for zone in zones["zones"] if zone["seconds"]] == ["2"]
    await profile(activities_api, lthr_bpm=180)
    zones = (await activities_api.get(path)).json()
    assert {zone["name"]: zone["seconds"] for zone in zones["zones"] if zone["seconds"]} == {"1": 1800.0}


async def test_a_drug_that_limits_the_heart_rate_makes_zones_unusable(
    activities_api: ApiClient, ids: list[str]
) -> None:
    await profile(activities_api, lthr_bpm=160, limits_heart_rate=True)
    zones = (await activities_api.get(f"/activities/{ids[0]}/zones")).json()
    assert (zones["usable"], zones["zones"]) == (False, [])
    own = (await activities_api.get("/athlete/zones")).json()
    assert (own["run"]["usable"], own["settings"]["limits_heart_rate"]) == (False, True)


async def test_one_activity_has_splits_and_best_efforts(activities_api: ApiClient, ids: list[str]) -> None:
    activity = (await activities_api.get(f"/activities/{ids[0]}")).json()
    assert [round(each["distance"]) for each in activity["splits_metric"]] == [1000] * 5 + [400]
    assert [each["average_heartrate"] for each in activity["splits_metric"]] == [140.0] * 6
    assert len(activity["splits_standard"]) == 4
    assert activity["best_efforts"][0]["name"] == "400m"
    assert (activity["elev_high"], activity["start_latlng"]) == (40.0, [52.5, 13.4])


async def test_a_sport_that_is_named_later_brings_its_best_efforts(activities_api: ApiClient) -> None:
    item = (await upload(activities_api, gpx_file(RUN, sport=None), "run.gpx")).json()["items"][0]
    path = f"/activities/{item['activity_id']}"
    assert (await activities_api.get(path)).json()["best_efforts"] == []
    await upload(activities_api, export_file([export_row(RUN)]), "activities.csv")
    assert (await activities_api.get(path)).json()["best_efforts"][0]["name"] == "400m"
    edited = await activities_api.send("PATCH", path, json={"sport_type": "Ride"}, headers={"If-Match": "*"})
    assert edited.json()["best_efforts"] == []


async def test_metrics_go_with_their_activity(activities_api: ApiClient, ids: list[str]) -> None:
    for each in ids:
        await activities_api.send("DELETE", f"/activities/{each}")
    efforts = (await activities_api.get("/best-efforts", window="all")).json()
    assert (efforts["best"], efforts["coverage"]["runs"]) == ([], 0)
