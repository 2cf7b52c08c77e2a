import asyncio
import json
import time
from contextlib import aclosing

import pytest

from agent.tools.bearer import Caller
from agent.turn import Turn
from tests.support.scripted_model import ScriptedModel, Use
from tests.support.team_tools import FakeTeamTools, FakeTool

CALLER = Caller(workload_token="w", scopes=frozenset(), subject="s")


def turn_of(model: ScriptedModel, teams: FakeTeamTools | None = None, limit: int = 6) -> Turn:
    fakes = teams or FakeTeamTools()
    return Turn(model, [FakeTool(fakes, CALLER, "list_clubs")], [], limit=limit)


async def events_of(turn: Turn, prompt: str = "hello") -> list[dict[str, object]]:
    return [event async for event in turn.events(prompt)]


async def test_the_conversation_grows_by_a_finished_turn() -> None:
    turn = turn_of(ScriptedModel("hi"))
    events = await events_of(turn)
    assert [event["type"] for event in events] == ["text", "done"]
    assert turn.end.messages is not None
    assert [message["role"] for message in turn.end.messages] == ["user", "assistant"]
    assert events[-1]["usage"] == {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}


@pytest.mark.case("R11")
async def test_an_endless_tool_loop_is_stopped_and_the_athlete_is_told() -> None:
    teams = FakeTeamTools()
    turn = turn_of(ScriptedModel([Use("list_clubs")]), teams, limit=3)
    events = await events_of(turn)
    assert len(teams.calls) <= 3
    assert str(events[-1]["stop_reason"]).startswith("limit_")
    assert events[-1]["answer"] == "I stopped after 3 steps without an answer. Please ask for less at once."
    assert turn.end.messages is None


@pytest.mark.case("R08")
async def test_a_crash_becomes_a_sentence_with_an_incident_id(caplog: pytest.LogCaptureFixture) -> None:
    turn = turn_of(ScriptedModel("", fails=RuntimeError("secret detail")))
    (event,) = await events_of(turn)
    assert event["code"] == "internal"
    assert "secret detail" not in json.dumps(event)
    incident = str(event["message"]).split("incident ")[1].rstrip(")")
    assert incident in caplog.text
    assert "RuntimeError at " in caplog.text
    own = [f"{record.getMessage()}{record.exc_info}" for record in caplog.records if record.name == "agent.turn"]
    assert len(own) == 1
    assert "secret detail" not in own[0]
    assert turn.end.messages is None


async def test_a_reader_that_leaves_cancels_the_agent_and_no_task_is_left() -> None:
    teams = FakeTeamTools(slow_s=0.05)
    turn = turn_of(ScriptedModel([Use("list_clubs")]), teams)
    started = time.monotonic()
    async with aclosing(turn.events("hello")) as events:
        async for event in events:
            if event["type"] == "tool_start":
                break
    assert time.monotonic() - started < 2
    assert turn.end.messages is None
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not [task for task in others if not task.done()]


async def test_a_cancelled_reader_cancels_the_agent() -> None:
    turn = turn_of(ScriptedModel([Use("list_clubs")], "never"), FakeTeamTools(slow_s=0.05))
    reading = asyncio.create_task(events_of(turn))
    await asyncio.sleep(0.02)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert turn.end.messages is None


async def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    await events_of(turn_of(ScriptedModel("a health value")))
    assert capsys.readouterr().out == ""
