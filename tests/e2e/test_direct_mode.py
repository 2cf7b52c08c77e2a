"""COACH_TOOLS=direct: the coach asks each team's server by itself. What matters most works as through the gateway.

The other end-to-end tests go through the gateway; `COACH_TOOLS=direct pytest tests/e2e` runs all of them past it.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.consent_walk import OUTCOME
from tests.support.pseudo_terminal import Terminal
from tests.support.running_stack import SESSION_HEADER, RunningStack, running_stack

FLAGSHIP = "Over the last 30 days, what is my average heart rate when it rains, and am I improving?"
CLUBS = "Which clubs am I in?"


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack in which nobody has consented to anything."""
    with running_stack(tmp_path_factory.mktemp("direct") / "home", "direct") as stack:
        yield stack


def answer_of(events: list[dict[str, Any]]) -> str:
    assert [event for event in events if event["type"] == "error"] == []
    return str(next(event["answer"] for event in events if event["type"] == "done"))


def parts_since(stack: RunningStack, mark: int) -> set[str]:
    """The parts of the stack that accepted a token after a place in the trace."""
    lines = (stack.home / "traces" / "hops.jsonl").read_text("utf-8")[mark:].splitlines()
    return {hop["part"] for hop in (json.loads(line)["attributes"] for line in lines) if "token" in hop}


def test_an_athlete_agrees_at_the_browser_for_the_coachs_own_client(direct: RunningStack) -> None:
    session = {SESSION_HEADER: str(uuid.uuid4())}
    token = direct.token("maya")
    events = direct.invoke(token, {"type": "prompt", "prompt": CLUBS}, headers=session)
    [wanted] = [event for event in events if event["type"] == "consent_required"]
    assert (wanted["provider"], wanted["scopes"]) == ("coach-federation", ["socials/read"])

    with direct.person("maya") as maya:
        assert maya.open(wanted["url"]).headers[OUTCOME] == "linked"
    resumed = direct.invoke(token, {"type": "resume"}, headers=session)

    assert maya.decided[0] == "Allow The coach to use your account?"
    assert "club" in answer_of(resumed).lower()


def test_a_typed_consent_connects_and_the_question_is_answered(direct: RunningStack) -> None:
    terminal = Terminal(direct.home, "ask", "--athlete", "jonas", CLUBS)
    terminal.answer("anything else refuses: ", "allow")

    assert terminal.end() == 0, terminal.screen
    assert "coach-federation asks you at 127.0.0.1:" in terminal.screen
    assert "agreed; the question is asked again" in terminal.screen


@pytest.mark.parametrize(
    ("question", "tool", "words"),
    [
        (FLAGSHIP, "analyze_heart_rate_trend", "bpm"),
        ("Find a flat run of about 10 km near Tempelhof", "search_routes", "km"),
        ("Do I have open tickets?", "list_tickets", "ticket"),
    ],
)
def test_every_team_answers_without_the_gateway(direct: RunningStack, question: str, tool: str, words: str) -> None:
    mark = (direct.home / "traces" / "hops.jsonl").stat().st_size
    events = direct.ask("aiko", question)

    assert tool in {event["tool"] for event in events if event["type"] == "tool_start"}
    assert words in answer_of(events).lower()
    assert "gateway" not in parts_since(direct, mark)


def test_a_write_waits_for_the_athletes_approval(direct: RunningStack) -> None:
    session = {SESSION_HEADER: str(uuid.uuid4())}
    token = direct.token("aiko")
    asked = direct.invoke(token, {"type": "prompt", "prompt": "Open a ticket: my watch does not sync"}, headers=session)
    approval = next(event for event in asked if event["type"] == "approval_required")
    allowed = direct.invoke(token, {"type": "approve", "id": approval["id"], "allow": True}, headers=session)

    created = next(event for event in allowed if event["type"] == "tool_end")
    assert (created["tool"], created["status"]) == ("create_ticket", "success")
