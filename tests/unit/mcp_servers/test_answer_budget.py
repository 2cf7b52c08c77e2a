"""Every answer of the activities tools fits its budget, also the largest that the API can give, in any script.

A token is 3.5 bytes of UTF-8 (`mcp_servers.serving.budget`). Structured content and its copy as text are measured each
for itself: a client shows its model one of them.
"""

import json
from typing import Any

import jsonschema
import pytest

from apis.activities.analytics.athlete_settings import AthleteSettings
from apis.activities.analytics.comparison_report import ComparedRow, Difference
from apis.activities.analytics.efforts_report import Effort, Prediction, SourceEffort
from apis.activities.analytics.intensity_report import IntensityDistribution
from apis.activities.analytics.load_alerts import Alert, SpikeRule
from apis.activities.analytics.summary import Group, Metrics
from apis.activities.analytics.training_load_answer import FormOnDay, LoadCoverage, LoadParams, PowerLoad, WeekLoad
from apis.activities.analytics.trend_report import HeartRateTrend, TrendAnswer
from apis.activities.analytics.zones_report import ZonesReport
from apis.activities.answers import (
    ActivityPage,
    ActivityView,
    ComparisonAnswer,
    DetailedActivity,
    EffortsAnswer,
    SummaryAnswer,
    TrainingLoadAnswer,
    WeatherView,
)
from apis.activities.athlete import AthleteProfile
from apis.activities.models import BestEffort, Lap, Split
from apis.activities.operations.athlete import AthleteZones
from mcp_servers.serving.budget import MOST_TOKENS, tokens
from mcp_servers.serving.tools_lock import published_tools
from tests.support import largest_analyses, largest_answers
from tests.support.largest_answers import CANARY_LAT, CANARY_LON, CANARY_POLYLINE, SCRIPTS
from tests.support.mcp_server import TeamServerUnderTest, in_process

PARTS = ["laps", "splits", "best_efforts", "zones", "weather"]
FORMATS = ("concise", "detailed")
SCHEMAS = {tool["name"]: tool["outputSchema"] for tool in published_tools("activities")}


def server_with(path: str, answer: dict[str, Any]) -> TeamServerUnderTest:
    server = TeamServerUnderTest()
    server.api.answers["GET", path] = answer
    server.api.cuts_lists = True
    return server


async def answered(server: TeamServerUnderTest, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured content of a call, within its budget as are its texts."""
    async with in_process(server) as client:
        result = await client.result(tool, arguments)
    assert result["isError"] is False, result
    limit = MOST_TOKENS[arguments.get("response_format", "concise")]
    structured: dict[str, Any] = result["structuredContent"]
    assert tokens(structured) <= limit
    texts = [content["text"] for content in result["content"]]
    assert [json.loads(text) for text in texts] == [structured]
    assert sum(len(text.encode()) for text in texts) / 3.5 <= limit
    jsonschema.validate(structured, SCHEMAS[tool])
    return structured


@pytest.mark.parametrize(
    ("document", "model"),
    [
        (largest_answers.page("latin"), ActivityPage),
        (largest_answers.detail("latin"), DetailedActivity),
        (largest_answers.activity("latin"), ActivityView),
        (largest_answers.weather(), WeatherView),
        (largest_answers.detail("latin")["laps"][0], Lap),
        (largest_answers.detail("latin")["splits_metric"][0], Split),
        (largest_answers.detail("latin")["best_efforts"][0], BestEffort),
        (largest_answers.summary("week", 261), SummaryAnswer),
        (largest_answers.summary("week", 261)["groups"][0], Group),
        (largest_answers.metrics(), Metrics),
        (largest_answers.trend(), HeartRateTrend),
        (largest_answers.trend()["all_conditions"], TrendAnswer),
        (largest_answers.profile(), AthleteProfile),
        (largest_answers.athlete_zones(), AthleteZones),
        (largest_answers.athlete_zones()["settings"], AthleteSettings),
        (largest_answers.zones(), ZonesReport),
        (largest_analyses.training_load(), TrainingLoadAnswer),
        (largest_analyses.load_params(), LoadParams),
        (largest_analyses.load_week(0), WeekLoad),
        (largest_analyses.load_alert(0), Alert),
        (largest_analyses.training_load()["form"], FormOnDay),
        (largest_analyses.training_load()["power"], PowerLoad),
        (largest_analyses.training_load()["intensity"], IntensityDistribution),
        (largest_analyses.training_load()["spike_rule"], SpikeRule),
        (largest_analyses.training_load()["coverage"], LoadCoverage),
        (largest_analyses.best_efforts("latin"), EffortsAnswer),
        (largest_analyses.best_efforts("latin")["best"][0], Effort),
        (largest_analyses.best_efforts("latin")["source"], SourceEffort),
        (largest_analyses.prediction("5K"), Prediction),
        (largest_analyses.comparison("latin"), ComparisonAnswer),
        (largest_analyses.compared("latin", 0), ComparedRow),
        (largest_analyses.difference(1), Difference),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_largest_answers_have_every_field_of_the_api(document: dict[str, Any], model: Any) -> None:
    assert set(document) == set(model.model_fields)
    model.model_validate(document)


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_page_of_fifty_activities_fits_and_says_how_to_go_on(script: str, response_format: str) -> None:
    server = server_with("/activities", largest_answers.page(script))
    found = await answered(server, "search_activities", limit=50, response_format=response_format)
    assert 3 <= len(found["activities"]) < 50
    assert found["note"].startswith(f"Shortened to {len(found['activities'])} rows. Go on with next_cursor")
    assert found["next_cursor"] == largest_answers.CURSOR
    assert len(server.api.requests) == 2


async def test_ten_usual_activities_are_a_whole_page() -> None:
    usual = {
        **largest_answers.activity("latin"),
        "name": "Morning Run around the lake",
        "sport_type": "Run",
        "timezone": "Europe/Berlin",
        "start_date": "2026-11-29T05:30:00Z",
        "start_date_local": "2026-11-29T06:30:00",
        "workout_type": 0,
        "weather": {"temperature_c": 11.5, "source": "strava_export", "bands": ["cool", "wet"]},
    }
    window = {**largest_answers.WINDOW, "label": "last 12 months", "timezone": "Europe/Berlin"}
    server = server_with("/activities", {**largest_answers.page("latin"), "window": window, "activities": [usual] * 10})
    found = await answered(server, "search_activities")
    assert (len(found["activities"]), found["note"]) == (10, None)


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("script", ["latin", "devanagari", "emoji"])
async def test_four_hundred_laps_fit_with_their_extremes(script: str, response_format: str) -> None:
    server = server_with("/activities/a1", largest_answers.detail(script))
    one = await answered(server, "get_activity", activity_id="a1", include=["laps"], response_format=response_format)
    indexes = [lap["lap_index"] for lap in one["laps"]]
    assert 10 <= len(indexes) <= 200
    assert {1, 400, 111, 238} <= set(indexes)
    assert indexes == sorted(indexes)
    assert f"laps {len(indexes)} of 400." in one["note"]
    assert one["available"] == {"laps": 400, "splits": 400, "best_efforts": 19}


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("script", ["latin", "devanagari", "emoji"])
async def test_all_parts_of_the_longest_activity_fit_together(script: str, response_format: str) -> None:
    server = server_with("/activities/a1", largest_answers.detail(script))
    server.api.answers["GET", "/activities/a1/zones"] = largest_answers.zones()
    one = await answered(server, "get_activity", activity_id="a1", include=PARTS, response_format=response_format)
    assert all(one[part] for part in ("laps", "splits", "best_efforts", "weather_measured"))
    assert len(one["heart_rate_zones"]["zones"]) == 10
    assert "Ask for one part alone" in one["note"]


async def test_a_series_is_never_longer_than_two_hundred_points() -> None:
    short = {"lap_index": 1, "distance": 1.0, "moving_time": 1.0}
    server = server_with("/activities/a1", {**largest_answers.activity("latin"), "laps": [short] * 5_000})
    one = await answered(server, "get_activity", activity_id="a1", include=["laps"], response_format="detailed")
    assert 10 <= len(one["laps"]) <= 200


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("group_by", ["week", "month", "sport", "weather", "none"])
async def test_five_years_in_groups_fit(group_by: str, response_format: str) -> None:
    count = {"week": 261, "sport": 50}.get(group_by, 261)
    document = largest_answers.summary(group_by, 0 if group_by == "none" else count)
    server = server_with("/summary", document)
    found = await answered(server, "summarize_activities", group_by=group_by, response_format=response_format)
    assert found["group_count"] == len(document["groups"])
    assert found["total"]["count"] == 1234
    shown = [group["key"] for group in found["groups"]]
    if group_by in {"week", "month"}:
        assert shown == [group["key"] for group in document["groups"][-len(shown) :]]
        assert len(shown) >= (5 if response_format == "concise" else 40)
        assert f"The newest {len(shown)} of {len(document['groups'])} {group_by}s; total covers all." in found["note"]
    if group_by == "none":
        assert (found["groups"], found["note"]) == ([], None)


@pytest.mark.parametrize("response_format", FORMATS)
async def test_the_longest_trend_fits_and_keeps_what_carries_its_verdict(response_format: str) -> None:
    document = largest_answers.trend()
    found = await answered(
        server_with("/heart-rate-trend", document), "analyze_heart_rate_trend", response_format=response_format
    )
    kept = ("verdict", "verdict_reason", "needs", "smallest_change_visible_bpm_per_30d", "excluded_counts", "caution")
    assert {name: found[name] for name in kept} == {name: document[name] for name in kept}
    assert [row["condition"] for row in found["by_condition"]] == [row["condition"] for row in document["by_condition"]]
    for trend in (found["trend"], found["all_conditions"]["trend"]):
        assert (trend["bpm_per_30d"], trend["ci95_low"], trend["ci95_high"], trend["n"]) == (
            -3.456,
            -6.412,
            -0.512,
            1234,
        )
    assert found["excluded"][0]["weekday"] == "Sunday"
    assert f"The newest {len(found['excluded'])} of " in found["note"]


@pytest.mark.parametrize(("response_format", "weeks", "alerts"), [("concise", 3, 3), ("detailed", 53, 10)])
async def test_the_largest_training_load_fits_and_says_what_is_left_out(
    response_format: str, weeks: int, alerts: int
) -> None:
    document = largest_analyses.training_load()
    found = await answered(
        server_with("/training-load", document), "get_training_load", response_format=response_format
    )
    shown = found["weeks"]
    assert len(shown) >= weeks
    assert [week["week_start"] for week in shown] == [week["week_start"] for week in document["weeks"][-len(shown) :]]
    assert len(found["alerts"]) == alerts
    assert found["weeks_left_out"] + len(shown) == 260 + 53
    assert found["alerts_left_out"] + alerts == 1234 + 10
    assert found["note"].startswith(f"The newest {len(shown)} of 313 weeks; total covers all.")
    assert ("detailed" in found["note"]) is (response_format == "concise")
    assert (found["coverage"], found["notes"]) == (document["coverage"], document["notes"])


async def test_a_usual_month_of_training_is_told_whole() -> None:
    largest = largest_analyses.training_load()
    usual = {
        **largest,
        "method_reason": None,
        "weeks": [largest_analyses.load_week(number) for number in range(6)],
        "weeks_left_out": 0,
        "alerts": [largest_analyses.load_alert(0)],
        "alerts_left_out": 0,
        "notes": largest["notes"][:2],
        "spike_rule": {
            **largest["spike_rule"],
            "statement": "1 of 21 runs were more than 10 % longer",
            "not_checked": {},
        },
    }
    found = await answered(server_with("/training-load", usual), "get_training_load")
    assert (len(found["weeks"]), len(found["alerts"]), found["note"]) == (6, 1, None)


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("script", SCRIPTS)
async def test_best_efforts_over_every_distance_fit_with_their_predictions(script: str, response_format: str) -> None:
    document = largest_analyses.best_efforts(script)
    found = await answered(
        server_with("/best-efforts", document), "get_best_efforts_and_predictions", response_format=response_format
    )
    assert [each["distance"] for each in found["best"]] == [each["distance"] for each in document["best"]]
    assert [each["distance"] for each in found["predictions"]] == ["5K", "10K", "Half-Marathon", "Marathon"]
    assert found["source"]["activity_id"] == document["source"]["activity_id"]
    assert (found["caution"], found["coverage"]) == (document["caution"], document["coverage"])


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize("script", SCRIPTS)
async def test_five_activities_side_by_side_fit_with_their_zones(script: str, response_format: str) -> None:
    document = largest_analyses.comparison(script)
    found = await answered(
        server_with("/comparison", document),
        "compare_activities",
        activity_ids=[each["id"] for each in document["activities"]],
        response_format=response_format,
    )
    assert [len(each["zone_shares"]) for each in found["activities"]] == [10] * 5
    assert [each["noise"] for each in found["differences_from_first"]] == ["beyond noise"] * 4
    assert (found["caution"], found["coverage"]) == (document["caution"], document["coverage"])


@pytest.mark.parametrize("told", [largest_answers.profile(), {}])
async def test_a_whole_profile_fits(told: dict[str, Any]) -> None:
    server = server_with("/athlete", told)
    server.api.answers["GET", "/athlete/zones"] = largest_answers.athlete_zones()
    found = await answered(server, "get_athlete_profile")
    assert [len(found["zones"][sport]["zones"]) for sport in ("run", "ride")] == [10, 10]
    assert len(found["conflicts"]) == 3


@pytest.mark.parametrize("response_format", FORMATS)
@pytest.mark.parametrize(
    ("path", "document", "tool", "arguments"),
    [
        ("/activities", largest_answers.page("latin"), "search_activities", {"limit": 50}),
        ("/activities/a1", largest_answers.detail("latin"), "get_activity", {"activity_id": "a1", "include": PARTS}),
        ("/activities/a1", largest_answers.detail("latin", laps=2), "get_activity", {"activity_id": "a1"}),
    ],
)
async def test_no_coordinate_and_no_polyline_leaves_a_tool(
    path: str, document: dict[str, Any], tool: str, arguments: dict[str, Any], response_format: str
) -> None:
    spread = {**document, "streams": {"latlng": [[CANARY_LAT, CANARY_LON]] * 5}, "map": {"polyline": CANARY_POLYLINE}}
    answer = await answered(server_with(path, spread), tool, **arguments, response_format=response_format)
    told = json.dumps(answer)
    assert str(CANARY_LAT) not in told
    assert str(CANARY_LON) not in told
    assert CANARY_POLYLINE[:8] not in told
    assert "latlng" not in told
