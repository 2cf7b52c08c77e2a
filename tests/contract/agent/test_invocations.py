import json
from typing import Any

import httpx
import pytest

from tests.contract.agent.conftest import SESSION, RunningCoach

FLAGSHIP = "Over the last 30 days, what is my average heart rate when it rains, and am I improving?"


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


async def test_a_question_streams_session_tools_text_and_done(coach: RunningCoach) -> None:
    events = await coach.ask(FLAGSHIP)

    assert events[0] == {"type": "session", "id": SESSION, "athlete": "maya", "model": "offline"}
    assert [event["type"] for event in events][-1] == "done"
    starts, ends = of_type(events, "tool_start"), of_type(events, "tool_end")
    assert [(start["server"], start["tool"]) for start in starts] == [
        ("activities", "summarize_activities"),
        ("activities", "analyze_heart_rate_trend"),
    ]
    assert {end["id"] for end in ends} == {start["id"] for start in starts}
    assert ends[0]["result"]["total"]["count"] == 9
    done = events[-1]
    assert done["answer"] == "".join(event["text"] for event in of_type(events, "text"))
    assert done["stop_reason"] == "end_turn"
    assert done["usage"] == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


async def test_both_calls_of_the_flagship_question_go_out_before_either_returns(coach: RunningCoach) -> None:
    coach.teams.slow_s = 0.05
    events = await coach.ask(FLAGSHIP)
    kinds = [event["type"] for event in events if event["type"].startswith("tool")]
    assert kinds == ["tool_start", "tool_start", "tool_end", "tool_end"]


async def test_tools_are_called_for_the_athlete_of_the_token(coach: RunningCoach) -> None:
    await coach.ask("my last ride")
    caller = coach.teams.calls[0][0]
    assert (caller.subject, caller.workload_token) == ("athlete-sub-1", "workload-token-maya")
    assert caller.scopes == {"coach/invoke", "activities/read"}


async def test_a_follow_up_uses_the_conversation(coach: RunningCoach) -> None:
    await coach.ask("How far did I run last month?")
    await coach.ask("and when it is hot?")
    assert coach.teams.called[-1] == (
        "summarize_activities",
        {"window": "last_month", "sport_types": ["Run", "TrailRun", "VirtualRun"], "weather": ["hot"]},
    )


@pytest.mark.case("R01")
async def test_another_athletes_session_id_opens_a_session_of_ones_own(coach: RunningCoach) -> None:
    await coach.ask("How far did I run last month?")
    await coach.ask("and when it is hot?", coach.headers(sub="athlete-sub-2", username="jonas"))
    tool, arguments = coach.teams.called[-1]
    assert (tool, arguments) == ("summarize_activities", {"window": "last_30_days", "weather": ["hot"]})


@pytest.mark.case("R01")
async def test_the_same_subject_of_another_issuer_is_refused(coach: RunningCoach) -> None:
    events = await coach.ask("my runs", coach.headers(iss="http://other.test/coach"))
    assert [event["code"] for event in events] == ["sign_in_needed"]


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "mcp-activities"}, id="another audience"),
        pytest.param({"client_id": "coach-exchange"}, id="another upstream client"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"sub": "terminal"}, id="no person"),
    ],
)
async def test_a_token_that_is_not_for_the_coach_reaches_no_tool(coach: RunningCoach, claims: dict[str, Any]) -> None:
    events = await coach.ask("my runs", coach.headers(**claims))
    assert [event["code"] for event in events] == ["sign_in_needed"]
    assert coach.teams.calls == []


async def test_a_token_without_the_scope_is_forbidden(coach: RunningCoach) -> None:
    events = await coach.ask("my runs", coach.headers(scope="activities/read"))
    assert [event["code"] for event in events] == ["forbidden"]


@pytest.mark.parametrize("missing", ["Authorization", "WorkloadAccessToken"])
async def test_a_request_past_the_front_is_not_signed_in(coach: RunningCoach, missing: str) -> None:
    headers = {name: value for name, value in coach.headers().items() if name != missing}
    events = await coach.ask("my runs", headers)
    assert [event["code"] for event in events] == ["sign_in_needed"]


async def test_keys_that_cannot_be_read_are_told_from_a_bad_sign_in(coach: RunningCoach) -> None:
    coach.issuer.down = True
    events = await coach.ask("my runs")
    assert [event["code"] for event in events] == ["identity_unavailable"]


@pytest.mark.parametrize("session", [None, "short", "x" * 257, "../../../../../../../../../etc/passwd00"])
async def test_the_session_id_must_be_one_that_agentcore_makes(coach: RunningCoach, session: str | None) -> None:
    events = await coach.ask("my runs", coach.headers(session=session))
    assert [event["code"] for event in events] == ["session_invalid"]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"type": "prompt"}, id="no prompt"),
        pytest.param({"type": "prompt", "prompt": ""}, id="empty prompt"),
        pytest.param({"type": "prompt", "prompt": "x" * 8001}, id="too long"),
        pytest.param({"type": "prompt", "prompt": "hi", "athlete": "jonas"}, id="names an athlete"),
        pytest.param({"type": "approve", "id": "1", "allow": "yes"}, id="allow is no boolean"),
        pytest.param({"type": "delete"}, id="unknown type"),
        pytest.param(["prompt"], id="no object"),
        pytest.param("prompt", id="a text"),
    ],
)
async def test_a_payload_of_another_shape_is_refused_without_an_echo(coach: RunningCoach, payload: Any) -> None:
    events = await coach.post(payload)
    message = "The coach did not understand this request."
    assert events == [{"type": "error", "code": "bad_request", "message": message}]


async def test_resume_without_anything_to_resume_is_refused(coach: RunningCoach) -> None:
    assert (await coach.post({"type": "resume"}))[-1]["code"] == "bad_request"


async def test_a_question_that_needs_consent_is_asked_again_by_resume(coach: RunningCoach) -> None:
    url = "https://socials.test/consent"
    coach.teams.failing["list_clubs"] = {
        "kind": "consent_required", "message": "", "url": url, "provider": "socials", "scopes": ["socials/read"],
    }  # fmt: skip
    events = await coach.ask("Which clubs am I in?")
    assert of_type(events, "consent_required") == [
        {"type": "consent_required", "provider": "socials", "url": url, "scopes": ["socials/read"]}
    ]
    coach.teams.failing.clear()
    assert "Kiez Runners" in (await coach.post({"type": "resume"}))[-1]["answer"]


CONSENT = {
    "kind": "consent_required",
    "url": "https://socials.test/consent",
    "provider": "p",
    "scopes": ["socials/read"],
}


async def test_the_offline_coach_says_in_words_that_the_athlete_must_agree_first(coach: RunningCoach) -> None:
    coach.teams.failing["list_clubs"] = CONSENT
    answer = (await coach.ask("Which clubs am I in?"))[-1]["answer"]
    assert "The socials team needs your consent first, so that part is missing." in answer
    assert "https:" not in answer


@pytest.mark.case("V21")
async def test_without_a_consent_the_call_is_never_run_later(coach: RunningCoach) -> None:
    """Declined, closed or waited too long: nothing happens by itself, and the question is asked again once at most."""
    coach.teams.failing["list_clubs"] = CONSENT
    await coach.ask("Which clubs am I in?")
    coach.teams.failing.clear()
    coach.teams.calls.clear()

    await coach.ask("How far did I run?")
    assert "list_clubs" not in [tool for tool, _ in coach.teams.called]
    assert (await coach.post({"type": "resume"}))[-1]["code"] == "bad_request"

    coach.teams.failing["list_clubs"] = CONSENT
    await coach.ask("Which clubs am I in?")
    coach.teams.failing.clear()
    coach.teams.calls.clear()
    coach.clock.now += 601
    late = await coach.post({"type": "resume"})
    assert late[-1]["message"] == "No question waits for your consent, or it waited too long. Ask again."
    assert coach.teams.called == []


@pytest.mark.case("V21")
async def test_a_write_that_needs_consent_asks_for_its_approval_again_after_it(coach: RunningCoach) -> None:
    coach.teams.failing["create_ticket"] = CONSENT
    approval = of_type(await coach.ask("open a ticket: the import hangs"), "approval_required")[0]
    events = await coach.post({"type": "approve", "id": approval["id"], "allow": True})
    assert of_type(events, "consent_required")
    coach.teams.failing.clear()
    done = len([tool for tool, _ in coach.teams.called if tool == "create_ticket"])

    again = await coach.post({"type": "resume"})

    assert of_type(again, "approval_required")[0]["input"] == approval["input"]
    assert len([tool for tool, _ in coach.teams.called if tool == "create_ticket"]) == done


async def test_an_absent_team_is_named_and_the_rest_still_answers(coach: RunningCoach) -> None:
    coach.teams.down = {"socials"}
    assert "The socials team is unreachable" in (await coach.ask("Which clubs am I in?"))[-1]["answer"]
    assert "87.7 km" in (await coach.ask("How far did I run?"))[-1]["answer"]
    coach.teams.down = set()
    assert "Kiez Runners" in (await coach.ask("Which clubs am I in?"))[-1]["answer"]


@pytest.mark.parametrize("model", ["bedrock:anthropic.claude", "anthropic:claude", "openai:gpt@http://x", "ollama:l"])
async def test_a_model_that_comes_later_is_said_to(coach: RunningCoach, model: str) -> None:
    coach.settings["model"] = model
    (error,) = await coach.ask("my runs")
    assert error["code"] == "model_unavailable"
    assert error["message"] == f"The model {model} is not available yet; COACH_MODEL=offline works."


@pytest.mark.case("R08")
async def test_the_text_of_an_exception_never_reaches_the_athlete(
    coach: RunningCoach, caplog: pytest.LogCaptureFixture
) -> None:
    coach.teams.answers = {}  # a fake that breaks: KeyError inside Strands becomes a tool error
    text = json.dumps(await coach.ask("How far did I run?"))
    assert "KeyError" not in text
    assert "Traceback" not in text


@pytest.mark.case("R08")
async def test_an_exception_before_the_turn_is_a_sentence_and_its_text_stays_out_of_the_log(
    coach: RunningCoach, caplog: pytest.LogCaptureFixture
) -> None:
    coach.teams.listing_fails = RuntimeError("pulse of 187")
    session, error = await coach.ask("How far did I run?")
    assert (session["type"], error["type"], error["code"]) == ("session", "error", "internal")
    assert "187" not in json.dumps(error) + caplog.text
    incident = str(error["message"]).split("incident ")[1].rstrip(")")
    assert f"incident=<{incident}>, error=<RuntimeError>" in caplog.text
    coach.teams.listing_fails = None
    assert (await coach.ask("How far did I run?"))[-1]["type"] == "done"


async def test_no_token_occurs_in_events_or_logs(coach: RunningCoach, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="agent")
    headers = coach.headers()
    text = json.dumps(await coach.ask(FLAGSHIP, headers)) + caplog.text
    assert headers["Authorization"].removeprefix("Bearer ") not in text
    assert "workload-token-maya" not in text


async def test_ping_answers(coach: RunningCoach) -> None:
    transport = httpx.ASGITransport(app=coach.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent.test") as client:
        assert (await client.get("/ping")).json()["status"] == "Healthy"
