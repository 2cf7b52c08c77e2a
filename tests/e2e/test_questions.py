"""An athlete asks; the answer comes through every hop."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from tests.support.running_stack import RunningStack

FLAGSHIP = "Over the last 30 days, what is my average heart rate when it rains, and am I improving?"
VERDICTS = ("improving", "worsening", "no detectable change", "not enough data")


def answer_of(events: list[dict[str, Any]]) -> str:
    assert [event for event in events if event["type"] == "error"] == []
    return str(next(event["answer"] for event in events if event["type"] == "done"))


def test_the_flagship_question_is_answered_with_count_heart_rate_and_verdict(stack: RunningStack) -> None:
    events = stack.ask("maya", FLAGSHIP)
    answer = answer_of(events)
    assert re.search(r"\b\d+ runs\b", answer)
    assert re.search(r"\b1[0-9]{2}(\.\d)? bpm", answer)
    assert any(verdict in answer for verdict in VERDICTS)
    assert "no language model" in answer


def test_the_events_follow_the_contract(stack: RunningStack) -> None:
    events = stack.ask("maya", FLAGSHIP)
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("session", "done")
    assert events[0]["athlete"] == "maya"
    assert events[0]["model"] == "offline"
    started = {event["id"]: event["tool"] for event in events if event["type"] == "tool_start"}
    ended = {event["id"]: event for event in events if event["type"] == "tool_end"}
    assert set(started.values()) == {"summarize_activities", "analyze_heart_rate_trend"}
    assert started.keys() == ended.keys()
    assert {event["status"] for event in ended.values()} == {"success"}
    assert all("coverage" in event["result"] for event in ended.values())


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("question", "tool", "words"),
    [
        ("Find a flat run of about 10 km near Tempelhof", "search_routes", "km"),
        ("Which clubs am I in?", "list_clubs", "club"),
        ("Who gave me kudos on my last run?", "get_activity_social", "kudos"),
        ("How is the average heart rate computed?", "search_help", "heart rate"),
        ("Do I have open tickets?", "list_tickets", "ticket"),
        ("What was my longest ride this year?", "search_activities", "km"),
    ],
)
def test_every_team_answers(stack: RunningStack, question: str, tool: str, words: str) -> None:
    events = stack.ask("maya", question)
    assert tool in {event["tool"] for event in events if event["type"] == "tool_start"}
    assert words in answer_of(events).lower()


def test_a_follow_up_keeps_what_was_asked_before(stack: RunningStack) -> None:
    token = stack.token("maya")
    session = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "5b0b7a52-6f0e-4f5b-8f2e-0c7d6f1a9e21"}
    first = stack.invoke(token, {"type": "prompt", "prompt": "How far did I run last month?"}, headers=session)
    second = stack.invoke(token, {"type": "prompt", "prompt": "And the month before?"}, headers=session)
    windows = [event["result"]["window"]["start_date"] for event in [*first, *second] if event["type"] == "tool_end"]
    assert windows[0] == "2026-10-01"
    assert windows[-1] == "2026-09-01"


@pytest.mark.case("V08")
async def test_athletes_who_ask_at_the_same_time_get_their_own_data(stack: RunningStack) -> None:
    question = {"type": "prompt", "prompt": "How many activities did I do in the last 12 months?"}
    tokens = {athlete: stack.token(athlete) for athlete in ("maya", "jonas", "aiko", "me")}
    alone = {athlete: _counts(await _invoke(stack, token, question)) for athlete, token in tokens.items()}
    assert len({str(counts) for counts in alone.values()}) == 4, "the athletes must be told apart by their counts"
    together = await asyncio.gather(*(_invoke(stack, token, question) for _ in range(6) for token in tokens.values()))
    for position, events in enumerate(together):
        athlete = list(tokens)[position % len(tokens)]
        assert events[0]["athlete"] == athlete
        assert _counts(events) == alone[athlete]


async def _invoke(stack: RunningStack, token: str, payload: dict[str, Any]) -> list[dict[str, Any]]:
    return await asyncio.to_thread(stack.invoke, token, payload)


def _counts(events: list[dict[str, Any]]) -> list[int]:
    return [event["result"]["total"]["count"] for event in events if event["type"] == "tool_end"]


@pytest.mark.case("R01")
def test_another_athletes_session_id_shows_nothing_of_theirs(stack: RunningStack) -> None:
    session = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "0d2a4d0e-3a57-4c40-9f0f-8a3f6f7b1c55"}
    stack.invoke(stack.token("maya"), {"type": "prompt", "prompt": "How far did I run last month?"}, headers=session)
    events = stack.invoke(stack.token("jonas"), {"type": "prompt", "prompt": "And the month before?"}, headers=session)
    assert [event for event in events if event["type"] == "tool_end"] == []


def test_a_write_waits_for_the_athletes_approval_and_runs_with_it(stack: RunningStack) -> None:
    token = stack.token("maya")
    session = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "9b5f2d0a-7f43-4d0f-b7ce-5c1f0f6d2a10"}
    wish = {"type": "prompt", "prompt": "Open a ticket: my watch does not sync"}
    asked = stack.invoke(token, wish, headers=session)
    approval = next(event for event in asked if event["type"] == "approval_required")
    assert approval["tool"] == "create_ticket"
    assert [event for event in asked if event["type"] == "tool_end" and event["tool"] == "create_ticket"] == []
    allowed = stack.invoke(token, {"type": "approve", "id": approval["id"], "allow": True}, headers=session)
    created = next(event for event in allowed if event["type"] == "tool_end")
    assert (created["tool"], created["status"]) == ("create_ticket", "success")
    assert "sync" in answer_of(stack.ask("maya", "Do I have open tickets?"))


def test_a_question_without_a_session_header_gets_a_session(stack: RunningStack) -> None:
    headers = {"Authorization": f"Bearer {stack.token('maya')}"}
    question = {"type": "prompt", "prompt": "How many runs did I do last week?"}
    answer = httpx.post(stack.endpoints["agent"], json=question, headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 200
    assert len(answer.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"]) == 36
