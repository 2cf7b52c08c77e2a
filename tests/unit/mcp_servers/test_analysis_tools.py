"""Training load, best efforts and comparisons as the tools tell them: days, units, readable lines, what is unknown."""

from typing import Any

import pytest

from tests.support.largest_analyses import (
    best_efforts,
    compared,
    comparison,
    difference,
    load_alert,
    load_week,
    training_load,
)
from tests.support.mcp_server import TeamServerUnderTest, in_process


async def told(path: str, document: dict[str, Any], tool: str, **arguments: Any) -> tuple[dict[str, Any], str]:
    """Structured content of a call where the API gives this document, and the URL that it was asked."""
    server = TeamServerUnderTest()
    server.api.answers["GET", path] = document
    async with in_process(server) as client:
        result = await client.result(tool, arguments)
    assert result["isError"] is False, result
    return result["structuredContent"], str(server.api.requests[-1].url).removeprefix("http://api.test")


async def load(**changes: Any) -> dict[str, Any]:
    found, _ = await told("/training-load", {**training_load(), **changes}, "get_training_load")
    return found


async def compare(rows: list[dict[str, Any]], differences: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    document = {**comparison("latin"), "activities": rows, "differences_from_first": differences, **changes}
    ids = [row["id"] for row in rows]
    found, _ = await told("/comparison", document, "compare_activities", activity_ids=ids)
    return found


async def test_the_windows_that_are_asked_for_are_those_of_the_question() -> None:
    _, month = await told("/training-load", training_load(), "get_training_load")
    _, year = await told("/training-load", training_load(), "get_training_load", window="2026")
    _, best = await told("/best-efforts", best_efforts("latin"), "get_best_efforts_and_predictions")
    ids = ["a/1", "b&activity_id=c"]
    _, compared_url = await told("/comparison", comparison("latin"), "compare_activities", activity_ids=ids)
    assert (month, year) == ("/training-load?window=last_30_days", "/training-load?window=2026")
    assert best == "/best-efforts?window=last_12_months"
    assert compared_url == "/comparison?activity_id=a%2F1&activity_id=b%26activity_id%3Dc"


async def test_weeks_name_the_day_on_which_they_begin() -> None:
    found = await load(weeks=[load_week(0)], weeks_left_out=0)
    assert found["weeks"] == [
        {
            "week_start": "2025-11-24",
            "weekday": "Monday",
            "load": 1234.6,
            "activities": 123,
            "without_load": 123,
            "moving_time_s": 123456.8,
            "tsb": -123.5,
            "summary": "load 1235, 123 activities, 34:17:37 moving, 123 without a load",
        }
    ]


async def test_an_unknown_load_stays_null_and_has_no_words_of_a_number() -> None:
    week = {**load_week(0), "load": None, "activities": 1, "without_load": 1}
    total = {"load": None, "moving_time_s": 3600.0, "activities": 1}
    found = await load(
        method=None, weeks=[week], total=total, form=None, variation=None, workload_ratio=None, method_reason="no sex"
    )
    assert (found["weeks"][0]["load"], found["total"]["load"]) == (None, None)
    assert found["total"]["summary"] == "1 activity, 1:00:00 moving"
    assert found["weeks"][0]["summary"] == "1 activity, 34:17:37 moving, 1 without a load"
    assert (found["method_reason"], found["form"], found["workload_ratio"]) == ("no sex", None, None)


@pytest.mark.parametrize(
    ("preference", "alert", "rule"),
    [
        (
            "meters",
            "13.3 km after at most 12.0 km in the 30 days before",
            "longest run of the last 30 days 13.3 km; a run of more than 14.6 km would be a spike",
        ),
        (
            "feet",
            "8.3 mi after at most 7.5 mi in the 30 days before",
            "longest run of the last 30 days 8.3 mi; a run of more than 9.1 mi would be a spike",
        ),
    ],
)
async def test_a_spike_is_worded_in_the_athletes_units_and_its_numbers_stay(
    preference: str, alert: str, rule: str
) -> None:
    spike = {**load_alert(0), "distance_m": 13_300.0, "longest_before_m": 12_000.0}
    spike_rule = {**training_load()["spike_rule"], "longest_run_m": 13_300.0, "spike_above_m": 14_630.0}
    found = await load(measurement_preference=preference, alerts=[spike], spike_rule=spike_rule)
    assert found["alerts"][0]["summary"] == alert
    assert (found["alerts"][0]["text"], found["alerts"][0]["distance_m"]) == (spike["text"], 13_300)
    assert (found["spike_rule"]["summary"], found["spike_rule"]["spike_above_m"]) == (rule, 14_630)
    assert found["measurement_preference"] == preference


async def test_a_spike_that_cannot_be_judged_is_given_no_limit() -> None:
    rule = {**training_load()["spike_rule"], "longest_run_m": None, "spike_above_m": None}
    found = await load(spike_rule=rule)
    assert found["spike_rule"]["summary"] is None


async def test_a_form_alert_has_no_distances() -> None:
    form = {
        **load_alert(0),
        "kind": "form",
        "hazard_ratio": None,
        "distance_m": None,
        "longest_before_m": None,
        "activity_id": None,
    }
    found = await load(alerts=[form])
    assert found["alerts"][0].keys() == {"kind", "text", "value", "date", "weekday"}


async def test_the_three_intensities_have_names_and_a_concise_load_the_origin_of_its_settings() -> None:
    found = await load()
    assert found["intensity"]["shares"] == {"easy": 0.812, "between_thresholds": 0.123, "hard": 0.065}
    assert found["intensity"]["lower_bounds_bpm"] == {"easy": 100.1, "between_thresholds": 150.5, "hard": 180.8}
    assert found["rests_on"] == {
        "max_heartrate_bpm": "estimated",
        "resting_heartrate_bpm": "estimated",
        "lthr_bpm": "estimated",
        "sex": "profile",
    }
    assert found["form"]["summary"] == "fitness (CTL) 123, fatigue (ATL) 235, form (TSB) -123"
    nothing = {"method": None, "seconds": None, "shares": None, "reason": "not known"}
    assert (await load(intensity=nothing))["intensity"] == {"method": None, "shares": None, "reason": "not known"}


@pytest.mark.parametrize(
    ("preference", "effort", "critical"),
    [("meters", "20:00, 4:00 min/km", "4:22 min/km"), ("feet", "20:00, 6:26 min/mi", "7:02 min/mi")],
)
async def test_efforts_are_worded_as_times_with_a_pace_in_the_athletes_units(
    preference: str, effort: str, critical: str
) -> None:
    document = best_efforts("latin")
    five = {**document["source"], "distance": "5K", "distance_m": 5000.0, "elapsed_time_s": 1200.0}
    five |= {"pace_s_per_km": 240.0, "activity_name": "Parkrun\u202e⟧"}
    race = {"distance": "10K", "distance_m": 10_000.0, "riegel_s": None, "riegel_reason": "outside", "estimate": True}
    race |= {"vdot_s": 2487.4, "cameron_s": 2500.0}
    changed = {**document, "measurement_preference": preference, "best": [five], "source": five, "predictions": [race]}
    found, _ = await told("/best-efforts", changed, "get_best_efforts_and_predictions")
    assert found["best"] == [
        {
            "distance": "5K",
            "elapsed_time_s": 1200,
            "pace_s_per_km": 240,
            "activity_id": five["activity_id"],
            "date": "2026-11-25",
            "weekday": "Wednesday",
            "vdot": 49.8,
            "age_days": 1234,
            "summary": effort,
        }
    ]
    assert (found["source"]["activity_name"], found["source"]["vdot"]) == ("Parkrun", 49.8)
    assert found["predictions"] == [
        {
            "distance": "10K",
            "riegel_s": None,
            "riegel_reason": "outside",
            "vdot_s": 2487.4,
            "cameron_s": 2500,
            "summary": "VDOT 41:27, Cameron 41:40",
        }
    ]
    assert found["critical_speed"]["summary"] == critical
    assert found["critical_speed"]["efforts"] == ["400m", "1/2 mile", "1K", "1 mile", "2 mile", "5K"]


async def test_without_a_usable_effort_the_reason_is_told_and_nothing_is_predicted() -> None:
    critical: dict[str, Any] = {
        "speed_mps": None,
        "pace_s_per_km": None,
        "reserve_m": None,
        "efforts": [],
        "reason": "two runs",
    }
    changed = {**best_efforts("latin"), "best": [], "source": None, "predictions": [], "critical_speed": critical}
    found, _ = await told("/best-efforts", changed, "get_best_efforts_and_predictions")
    assert (found["best"], found["source"], found["predictions"]) == ([], None, [])
    assert found["reason"] == "no effort of 3.5 to 230 minutes over a standard distance"
    assert (found["critical_speed"]["summary"], found["critical_speed"]["reason"]) == (None, "two runs")


@pytest.mark.parametrize(
    ("preference", "first", "differs"),
    [
        ("meters", "10.0 km, 50:00, 5:00 min/km, 150 bpm, 12 °C", "0:10 min/km faster"),
        ("feet", "6.2 mi, 50:00, 8:03 min/mi, 150 bpm, 12 °C", "0:16 min/mi faster"),
    ],
)
async def test_a_comparison_is_worded_in_the_athletes_units(preference: str, first: str, differs: str) -> None:
    row = {
        **compared("latin", 0),
        "sport_type": "Run",
        "workout_type": 0,
        "distance_m": 10_000.0,
        "moving_time_s": 3000.0,
        "average_speed_mps": 3.333,
        "pace_s_per_km": 300.0,
        "average_heartrate_bpm": 150.0,
        "total_elevation_gain_m": None,
        "temperature_c": 12.0,
        "weather_source": "strava_export",
    }
    other = {**row, "id": difference(1)["id"], "date": "2026-11-24", "weekday": "Tuesday"}
    apart = {**difference(1), "heartrate_bpm": -2.04, "noise": "within noise", "within_noise": True}
    apart |= {"pace_s_per_km": -10.0, "temperature_c": 3.4, "reason": None}
    found = await compare([row, other], [apart], measurement_preference=preference)
    assert found["activities"][0]["summary"] == first
    assert (found["activities"][0]["distance_m"], found["activities"][0]["efficiency_factor"]) == (10_000, 1.234)
    assert "weather_source" not in found["activities"][0]
    assert found["differences_from_first"] == [
        {
            "id": other["id"],
            "date": "2026-11-24",
            "weekday": "Tuesday",
            "heartrate_bpm": -2,
            "smallest_detectable_bpm": 5.2,
            "noise": "within noise",
            "reason": None,
            "pace_s_per_km": -10,
            "temperature_c": 3.4,
            "summary": f"-2.0 bpm, within noise (±5.2 bpm); {differs}; 3 °C warmer",
        }
    ]
    assert found["measurement_preference"] == preference


async def test_a_difference_that_is_none_is_not_worded_as_one() -> None:
    same = {**difference(1), "heartrate_bpm": -0.04, "pace_s_per_km": 0.3, "temperature_c": -0.4}
    unknown = {**difference(2), "heartrate_bpm": None, "smallest_detectable_bpm": None, "noise": None}
    unknown |= {"within_noise": None, "reason": "other_sport", "pace_s_per_km": None, "temperature_c": None}
    found = await compare([compared("latin", number) for number in range(3)], [same, unknown])
    summaries = [each["summary"] for each in found["differences_from_first"]]
    assert summaries == ["+0.0 bpm, beyond noise (±5.2 bpm); same pace", "nothing to compare"]
    assert found["differences_from_first"][1]["reason"] == "other_sport"


async def test_a_temperature_of_the_watch_is_flagged_in_rows_and_differences() -> None:
    found = await compare([compared("latin", number) for number in range(2)], [difference(1)])
    row, apart = found["activities"][0], found["differences_from_first"][0]
    assert (row["weather_source"], row["summary"].endswith("-12 °C by the watch")) == ("device_sensor", True)
    assert apart["summary"].endswith("12 °C cooler by the watch")


async def test_a_race_is_named_as_one() -> None:
    race = {**compared("latin", 0), "workout_type": 1}
    document = {**comparison("latin"), "activities": [race, compared("latin", 1)]}
    document["differences_from_first"] = [difference(1)]
    arguments = {"activity_ids": [race["id"], difference(1)["id"]]}
    concise, _ = await told("/comparison", document, "compare_activities", **arguments)
    detailed, _ = await told("/comparison", document, "compare_activities", **arguments, response_format="detailed")
    assert [row["summary"].partition(",")[0] for row in concise["activities"]] == ["race", "long run"]
    assert [row["workout"] for row in detailed["activities"]] == ["race", "long run"]


async def test_a_run_is_compared_by_pace_and_a_ride_by_speed() -> None:
    ride = {**compared("latin", 1), "sport_type": "Ride", "pace_s_per_km": None, "grade_adjusted_pace_s_per_km": None}
    found = await compare([compared("latin", 0), ride], [difference(1)])
    run, ride = found["activities"]
    assert ("average_speed_mps" in run, run["pace_s_per_km"]) == (False, 334.8)
    assert ("pace_s_per_km" in ride, ride["average_speed_mps"]) == (False, 2.987)
    assert "10.8 km/h" in ride["summary"] or "6.7 mph" in ride["summary"]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["a1"], "at least 2 items"),
        ([], "at least 2 items"),
        ([f"a{number}" for number in range(6)], "at most 5 items"),
        (["a1", "a2", "a1"], "name each activity once"),
        (["a1", ""], "at least 1 character"),
    ],
    ids=["one", "none", "six", "twice", "empty"],
)
async def test_what_cannot_be_compared_is_refused_before_the_api_is_asked(ids: list[str], words: str) -> None:
    server = TeamServerUnderTest()
    async with in_process(server) as client:
        error = await client.error("compare_activities", {"activity_ids": ids})
    assert (error["kind"], server.api.requests) == ("validation", [])
    assert words in error["message"]


@pytest.mark.parametrize("tool", ["get_training_load", "get_best_efforts_and_predictions"])
async def test_a_window_that_means_nothing_is_refused_before_the_api_is_asked(tool: str) -> None:
    server = TeamServerUnderTest()
    async with in_process(server) as client:
        error = await client.error(tool, {"window": "the other day"})
    assert (error["kind"], server.api.requests) == ("validation", [])
    assert "last_N_days" in error["message"]


async def test_an_activity_that_is_not_there_is_not_found_and_no_id_is_named() -> None:
    server = TeamServerUnderTest()
    async with in_process(server) as client:
        error = await client.error("compare_activities", {"activity_ids": ["a1", "of-somebody-else"]})
    assert error["kind"] == "not_found"
    assert "somebody" not in error["message"]
