"""`GET /heart-rate-trend` over HTTP; the numbers are tested in `tests/unit/analytics`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands
from tests.support.activity_files import START, export_file, export_row, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload


@pytest.fixture
async def api(activities_api: ApiClient) -> ApiClient:
    """Two mild runs of an hour in May 2026, at 150 and 190 bpm."""
    rows = [
        export_row(
            replace(steady(seconds=3600, step_s=60), start=START + timedelta(days=number)),
            identifier=str(number + 1),
            Average_Heart_Rate=str(bpm),
            Weather_Temperature="17",
        )
        for number, bpm in enumerate((150, 190))
    ]
    await upload(activities_api, export_file(rows), "activities.csv", home_timezone="Europe/Berlin")
    return activities_api


@pytest.mark.parametrize("condition", ["bad weather", "bad"])
async def test_an_ambiguous_condition_is_answered_with_the_bands_to_choose_from(api: ApiClient, condition: str) -> None:
    answer = await api.get("/heart-rate-trend", condition=condition)

    problem = answer.json()
    assert answer.status_code == 400
    assert "did you mean wet or windy or cold?" in problem["detail"]
    meanings = WeatherBands().echo()
    choices = "; ".join(f"{name}: {meanings[name]}" for name in BAND_NAMES)
    assert problem["errors"] == [{"field": "condition", "message": f"choose one of {choices}"}]
    assert "cold: apparent temperature < 5 °C; cool: 5 <= apparent temperature < 15 °C" in choices


async def test_a_condition_is_read_in_any_case(api: ApiClient) -> None:
    answer = (await api.get("/heart-rate-trend", condition="Mild")).json()

    assert answer["condition"] == "mild"
    assert {row["condition"]: row["n"] for row in answer["by_condition"]} == {"all": 2, "mild": 2}


async def test_a_run_far_above_the_stated_maximum_is_left_out(api: ApiClient) -> None:
    assert (await api.get("/heart-rate-trend")).json()["excluded"] == []

    await api.send("PATCH", "/athlete", json={"max_heartrate_bpm": 175})
    answer = (await api.get("/heart-rate-trend")).json()

    assert [(each["date"], each["weekday"], each["reason"]) for each in answer["excluded"]] == [
        ("2026-05-05", "Tuesday", "hr_out_of_range")
    ]
    assert answer["params"]["max_heartrate_bpm"] == 175.0
    assert answer["coverage"]["comparable"] == 1


async def test_history_reaches_no_further_back_than_asked(api: ApiClient) -> None:
    async def counted(days: int) -> tuple[int, int]:
        query = {"window": "2026-05-05/2026-05-06", "history_days": days}
        coverage = (await api.get("/heart-rate-trend", **query)).json()["coverage"]
        return coverage["runs"], coverage["history_runs"]

    assert await counted(0) == (1, 0)
    assert await counted(1) == (1, 1)
