"""Each MCP server in front of the real API of its team: what the two sides share is checked by talking."""

import base64
import importlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from apis.serving.settings import ApiSettings
from identity.token_source import TokenRequest
from tests.support.activity_files import Workout, fit_file, steady
from tests.support.api_client import PORT, team_issuer, team_settings
from tests.support.mcp_server import RpcClient, TeamServerUnderTest, in_process
from tests.support.token_source import FakeTokenSource

GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
<trk><name>Lunch Run</name><type>running</type><trkseg>{points}</trkseg></trk></gpx>"""


def gpx(minutes: int = 20) -> bytes:
    points = "".join(
        f'<trkpt lat="{52.5 + minute * 0.0018:.5f}" lon="13.4"><ele>40</ele>'
        f"<time>2026-06-01T10:{minute:02}:00Z</time></trkpt>"
        for minute in range(minutes)
    )
    return GPX.format(points=points).encode()


def upload_of(run: Workout) -> dict[str, str]:
    return {"file_name": "run.fit", "content_base64": base64.b64encode(fit_file(run)).decode()}


def server_before(team: str, folder: Path) -> TeamServerUnderTest:
    """A team's server whose API is the real one; the vault's part is played by the issuer."""
    module = importlib.import_module(f"apis.{team}.settings")
    kind = next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ApiSettings) and value.__module__ == module.__name__
    )
    issuer = team_issuer(team)
    settings = kind(**team_settings(team, folder / f"{team}.sqlite"))
    api = importlib.import_module(f"apis.{team}.app").create_app(settings, fetch=issuer.fetch)

    def mint(workload_token: str, request: TokenRequest) -> str:
        user = {"sub": issuer.client_id, "username": None} if request.flow == "M2M" else {"sub": workload_token}
        return issuer.token(aud=request.audiences[0], scope=" ".join(request.scopes), **user)

    server = TeamServerUnderTest(team, tokens=FakeTokenSource(mint=mint))
    server.settings["api_url"] = f"http://127.0.0.1:{PORT}"
    server.api = httpx.ASGITransport(app=api)  # type: ignore[assignment]  # where a fake stands otherwise
    return server


async def test_an_uploaded_activity_is_found_summarised_and_described(tmp_path: Path) -> None:
    upload = {"file_name": "lunch.gpx", "content_base64": base64.b64encode(gpx()).decode()}

    async with in_process(server_before("activities", tmp_path)) as client:
        report = (await client.result("upload_activities", upload))["structuredContent"]
        again = (await client.result("upload_activities", upload))["structuredContent"]
        found = (await client.result("search_activities", {"sport_types": ["Run"]}))["structuredContent"]
        activity_id = found["activities"][0]["id"]
        one = (await client.result("get_activity", {"activity_id": activity_id}))["structuredContent"]
        summary = (await client.result("summarize_activities", {"window": "all"}))["structuredContent"]
        trend = (await client.result("analyze_heart_rate_trend", {"condition": "wet"}))["structuredContent"]
        profile = (await client.result("get_athlete_profile"))["structuredContent"]
        missing = await client.error("get_activity", {"activity_id": "../../athlete"})

    assert (report["imported"], report["rejected"], again["imported"]) == (1, 0, 0)
    assert found["total_count"] == 1
    assert one["name"] == "Lunch Run"
    assert one["distance_m"] == pytest.approx(19 * 200.2, rel=0.01)
    assert summary["total"]["count"] == 1
    assert summary["total"]["average_heartrate_bpm"] is None
    assert trend["condition"] == "wet"
    assert profile["measurement_preference"] == "meters"
    assert missing["kind"] == "not_found"


async def test_a_changed_profile_is_kept_and_every_tool_words_in_its_units(tmp_path: Path) -> None:
    upload = {"file_name": "lunch.gpx", "content_base64": base64.b64encode(gpx()).decode()}
    changes = {"measurement_preference": "feet", "max_heartrate_bpm": 190, "measured": ["max_heartrate_bpm"]}

    async with in_process(server_before("activities", tmp_path)) as client:
        await client.result("upload_activities", upload)
        rehearsed = await client.result("update_athlete_profile", {"changes": changes, "dry_run": True})
        untouched = (await client.result("get_athlete_profile"))["structuredContent"]
        await client.result("update_athlete_profile", {"changes": changes})
        profile = (await client.result("get_athlete_profile"))["structuredContent"]
        refused = await client.error("update_athlete_profile", {"changes": {"lthr_bpm": 195}})
        nowhere = await client.error("update_athlete_profile", {"changes": {"timezone": "Europe/Atlantis"}})
        taken_back = await client.result("update_athlete_profile", {"changes": dict.fromkeys(changes)})
        await client.result("update_athlete_profile", {"changes": {"measurement_preference": "feet"}})
        found = (await client.result("search_activities", {"min_distance_m": 3000}))["structuredContent"]
        none = (await client.result("search_activities", {"max_distance_m": 3000}))["structuredContent"]
        races = (await client.result("search_activities", {"is_race": True}))["structuredContent"]
        one = await client.result("get_activity", {"activity_id": found["activities"][0]["id"]})
        summary = (await client.result("summarize_activities", {"window": "all"}))["structuredContent"]

    assert rehearsed["structuredContent"]["max_heartrate_bpm"] == 190
    assert untouched["max_heartrate_bpm"] is None
    assert (profile["max_heartrate_bpm"], profile["origins"]) == (190, {"max_heartrate_bpm": "measured"})
    assert "must rise" in refused["message"]
    assert "must be an IANA zone" in nowhere["message"]
    after = taken_back["structuredContent"]
    assert (after["max_heartrate_bpm"], after["measurement_preference"], after["measured"]) == (None, "meters", [])
    assert (found["total_count"], none["total_count"], races["total_count"]) == (1, 0, 0)
    assert found["activities"][0]["summary"].startswith("2.4 mi, 19:00, 8:02 min/mi")
    assert one["structuredContent"]["summary"] == found["activities"][0]["summary"]
    assert summary["total"]["summary"].startswith("1 activity, 2.4 mi")
    assert summary["total"]["distance_m"] == pytest.approx(19 * 200.2, rel=0.01)


async def test_load_best_efforts_and_comparison_are_those_of_the_uploaded_runs(tmp_path: Path) -> None:
    runs = [steady(seconds=1800), steady(seconds=1200, speed=4.0, heartrate=165).shifted(86_400.0)]
    changes = {"max_heartrate_bpm": 190, "resting_heartrate_bpm": 50, "sex": "F", "measurement_preference": "feet"}

    async with in_process(server_before("activities", tmp_path)) as client:
        ids = [
            (await client.result("upload_activities", upload_of(run)))["structuredContent"]["items"][0]["activity_id"]
            for run in runs
        ]
        unknown = (await client.result("get_training_load", {"window": "2026"}))["structuredContent"]
        await client.result("update_athlete_profile", {"changes": changes})
        load = (await client.result("get_training_load", {"window": "2026"}))["structuredContent"]
        bests = (await client.result("get_best_efforts_and_predictions", {"window": "2026"}))["structuredContent"]
        compared = (await client.result("compare_activities", {"activity_ids": ids}))["structuredContent"]
        parts = {"activity_id": ids[0], "include": ["splits", "best_efforts", "zones"]}
        one = (await client.result("get_activity", parts))["structuredContent"]
        missing = await client.error("compare_activities", {"activity_ids": [ids[0], "another"]})

    assert (unknown["method"], unknown["total"]["load"]) == (None, None)
    assert "resting" in unknown["method_reason"]
    # x = 90/140: 30 min · x · 0.86 · e^(1.67 x), and 20 min at x = 115/140.
    assert (load["method"], load["total"]["load"]) == ("TRIMP", pytest.approx(48.54 + 55.70, abs=0.1))
    assert load["coverage"]["with_load"] == 2
    best = {each["distance"]: each for each in bests["best"]}
    assert (best["1K"]["activity_id"], best["1K"]["summary"]) == (ids[1], "4:10, 6:42 min/mi")
    assert (best["5K"]["activity_id"], best["5K"]["elapsed_time_s"]) == (ids[0], 1666.7)
    assert bests["coverage"] == {"runs": 2, "with_efforts": 2}
    (difference,) = compared["differences_from_first"]
    assert (difference["heartrate_bpm"], difference["noise"]) == (25, "beyond noise")
    assert difference["summary"] == "+25.0 bpm, beyond noise (±5.3 bpm); 2:14 min/mi faster"
    assert [each["pace"] for each in one["splits"]] == ["8:56 min/mi"] * len(one["splits"])
    assert {each["name"]: each["elapsed_time_s"] for each in one["best_efforts"]}["5K"] == 1666.7
    assert {zone["name"]: zone["time_s"] for zone in one["heart_rate_zones"]["zones"]}["2"] == 1800
    assert missing["kind"] == "not_found"


async def test_an_order_and_a_cursor_of_the_real_api_are_passed_through(tmp_path: Path) -> None:
    async with in_process(server_before("activities", tmp_path)) as client:
        empty = await client.result("search_activities", {"order_by": "distance", "order": "asc", "limit": 1})
        forged = await client.error("search_activities", {"cursor": "forged"})

    assert empty["structuredContent"]["activities"] == []
    assert forged["kind"] == "validation"
    assert "cursor" in forged["message"]


async def test_routes_are_searched_and_described_without_a_user(tmp_path: Path) -> None:
    async with in_process(server_before("routes", tmp_path), sub="coach-exchange", username=None) as client:
        page = (await client.result("search_routes", {"limit": 3, "surface": "gravel"}))["structuredContent"]
        rest = await client.result("search_routes", {"limit": 3, "surface": "gravel", "cursor": page["next_cursor"]})
        one = (await client.result("get_route", {"route_id": page["routes"][0]["id"]}))["structuredContent"]

    assert [route["surface"] for route in page["routes"]] == ["gravel"] * 3
    assert {route["id"] for route in rest["structuredContent"]["routes"]}.isdisjoint(
        route["id"] for route in page["routes"]
    )
    assert 2 <= len(one["climb_profile"]) <= 200
    assert one["climb_profile"][-1]["distance_m"] == pytest.approx(one["distance_m"], rel=0.02)


async def test_socials_answer_for_an_athlete_without_friends(tmp_path: Path) -> None:
    async with in_process(server_before("socials", tmp_path)) as client:
        clubs = (await client.result("list_clubs"))["structuredContent"]["clubs"]
        feed = (await client.result("list_activity_feed", {"limit": 5}))["structuredContent"]
        kudos = await client.error("give_kudos", {"activity_id": "unknown", "dry_run": True})

    assert all(club["id"] for club in clubs)
    assert feed["activities"] == []
    assert kudos["kind"] == "not_found"


async def test_a_ticket_is_tried_out_opened_once_and_read(tmp_path: Path) -> None:
    ticket = {"subject": "Sync stopped", "description": "Since Monday", "type": "problem"}

    async with in_process(server_before("support", tmp_path)) as client:
        tried = await _receipt(client, {**ticket, "dry_run": True})
        opened = await _receipt(client, {**ticket, "idempotency_key": "key-12345"})
        repeated = await _receipt(client, {**ticket, "idempotency_key": "key-12345"})
        other = await client.error("create_ticket", {**ticket, "type": "task", "idempotency_key": "key-12345"})
        listed = (await client.result("list_tickets", {"status": "new"}))["structuredContent"]["tickets"]
        read = (await client.result("get_ticket", {"ticket_id": opened["id"]}))["structuredContent"]
        passages = (await client.result("search_help", {"query": "import an activity file"}))["structuredContent"]

    assert (tried["id"], tried["dry_run"]) == (None, True)
    assert opened["id"] == repeated["id"]
    assert other["kind"] == "validation"
    assert [row["id"] for row in listed] == [opened["id"]]
    assert read["description"] == "⟦Since Monday⟧"
    assert passages["passages"][0]["text"].startswith("⟦")


async def _receipt(client: RpcClient, arguments: dict[str, Any]) -> dict[str, Any]:
    receipt: dict[str, Any] = (await client.result("create_ticket", arguments))["structuredContent"]
    return receipt
