from typing import Any

from tests.contract.agent.conftest import RunningCoach

TICKET = "Open a ticket: my watch does not sync"
ARGUMENTS = {"subject": "My watch does not sync", "description": "my watch does not sync", "type": "question"}


async def waiting(coach: RunningCoach, question: str = TICKET) -> dict[str, Any]:
    events = await coach.ask(question)
    (approval,) = [event for event in events if event["type"] == "approval_required"]
    assert events[-1]["stop_reason"] == "interrupt"
    return approval


async def decide(coach: RunningCoach, approval_id: str, *, allow: bool) -> list[dict[str, Any]]:
    return await coach.post({"type": "approve", "id": approval_id, "allow": allow})


async def test_a_write_waits_and_shows_exactly_what_it_would_do(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    assert (approval["tool"], approval["input"]) == ("create_ticket", ARGUMENTS)
    assert coach.teams.calls == []


async def test_an_approved_write_runs_with_the_arguments_that_were_shown(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    events = await decide(coach, approval["id"], allow=True)
    assert coach.teams.called == [("create_ticket", ARGUMENTS)]
    assert [event["type"] for event in events if event["type"].startswith("tool")] == ["tool_start", "tool_end"]
    assert "**T-13** My watch does not sync" in events[-1]["answer"]


async def test_a_declined_write_does_not_run_and_the_answer_says_so(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    events = await decide(coach, approval["id"], allow=False)
    assert coach.teams.calls == []
    assert events[-1]["answer"].startswith("Not done: you did not approve it, so nothing was changed.")


async def test_an_approval_is_used_up(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    await decide(coach, approval["id"], allow=True)
    assert (await decide(coach, approval["id"], allow=True))[-1]["code"] == "approval_unknown"
    assert len(coach.teams.calls) == 1


async def test_an_approval_runs_out(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    coach.clock.now += 300
    assert (await decide(coach, approval["id"], allow=True))[-1]["code"] == "approval_expired"
    assert coach.teams.calls == []


async def test_another_question_ends_the_wait(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    assert "87.7 km" in (await coach.ask("How far did I run?"))[-1]["answer"]
    assert (await decide(coach, approval["id"], allow=True))[-1]["code"] == "approval_unknown"
    assert [tool for tool, _ in coach.teams.called] == ["summarize_activities"]


async def test_another_athlete_cannot_approve(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    payload = {"type": "approve", "id": approval["id"], "allow": True}
    events = await coach.post(payload, coach.headers(sub="athlete-sub-2", username="jonas"))
    assert events[-1]["code"] == "approval_unknown"
    assert coach.teams.calls == []


async def test_a_guessed_approval_id_is_unknown_and_ends_the_wait(coach: RunningCoach) -> None:
    approval = await waiting(coach)
    assert (await decide(coach, "guess", allow=True))[-1]["code"] == "approval_unknown"
    assert (await decide(coach, approval["id"], allow=True))[-1]["code"] == "approval_unknown"


async def test_kudos_name_the_activity_that_was_found_before_they_are_given(coach: RunningCoach) -> None:
    approval = await waiting(coach, "Give kudos to my last ride")
    assert approval["input"] == {"activity_id": "act-2020"}
    events = await decide(coach, approval["id"], allow=True)
    assert [tool for tool, _ in coach.teams.called] == ["search_activities", "give_kudos"]
    assert events[-1]["answer"].startswith("Kudos given:")
