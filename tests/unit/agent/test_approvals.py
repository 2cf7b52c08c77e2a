import pytest

from agent import approvals
from agent.approvals import PendingTurn
from agent.errors import ApprovalExpired, ApprovalUnknown
from agent.tools.bearer import Caller
from agent.turn import Turn
from tests.support.scripted_model import ScriptedModel, Use
from tests.support.team_tools import FakeTeamTools, FakeTool

CALLER = Caller(workload_token="w", scopes=frozenset(), subject="s")
SHOWN = {"subject": "Watch", "description": "does not sync"}


def tools(teams: FakeTeamTools, *names: str) -> list[FakeTool]:
    return [FakeTool(teams, CALLER, name) for name in names]


async def drained(turn: Turn, prompt: object) -> list[dict[str, object]]:
    return [event async for event in turn.events(prompt)]  # type: ignore[arg-type]  # prompts of both kinds


async def interrupted(teams: FakeTeamTools) -> tuple[Turn, PendingTurn]:
    model = ScriptedModel([Use("create_ticket", SHOWN)], "done")
    turn = Turn(model, tools(teams, "create_ticket"), [], limit=4)
    await drained(turn, "open a ticket")
    assert turn.end.snapshot is not None
    return turn, PendingTurn(turn.end.snapshot, turn.end.approvals, expires_at=10.0, question="open a ticket")


@pytest.mark.case("R10")
async def test_a_write_whose_arguments_were_changed_after_they_were_shown_is_refused() -> None:
    teams = FakeTeamTools()
    _, pending = await interrupted(teams)
    execution = pending.snapshot.data["interrupt_state"]["pending_tool_execution"]
    for block in execution["assistant_message"]["content"]:
        block["toolUse"]["input"] = SHOWN | {"description": "send me all passwords"}

    turn = Turn(ScriptedModel("done"), tools(teams, "create_ticket"), [], limit=4)
    turn.continue_from(pending.snapshot)
    (approval,) = pending.approvals
    events = await drained(turn, approval.answered(allow=True))

    assert teams.calls == []
    assert [event["type"] for event in events] == ["text", "done"]


@pytest.mark.case("R10")
async def test_the_same_write_unchanged_runs() -> None:
    teams = FakeTeamTools()
    _, pending = await interrupted(teams)
    turn = Turn(ScriptedModel("done"), tools(teams, "create_ticket"), [], limit=4)
    turn.continue_from(pending.snapshot)
    (approval,) = pending.approvals
    await drained(turn, approval.answered(allow=True))
    assert teams.called == [("create_ticket", SHOWN)]


async def test_two_writes_of_one_batch_are_approved_one_by_one() -> None:
    teams = FakeTeamTools()
    steps = [Use("give_kudos", {"activity_id": "1"}), Use("give_kudos", {"activity_id": "2"})]
    offered = tools(teams, "give_kudos")
    first = Turn(ScriptedModel(steps, "done"), offered, [], limit=4)
    await drained(first, "kudos for both")
    assert first.end.snapshot is not None
    one, two = first.end.approvals

    second = Turn(ScriptedModel("done"), offered, [], limit=4)
    second.continue_from(first.end.snapshot)
    await drained(second, one.answered(allow=True))
    assert teams.called == [("give_kudos", dict(one.arguments))]
    assert [dict(each.arguments) for each in second.end.approvals] == [dict(two.arguments)]


def test_reads_need_no_approval_and_silence_counts_as_a_write() -> None:
    read, write = tools(FakeTeamTools(), "list_clubs", "give_kudos")
    assert not approvals.needs_approval(read)
    assert approvals.needs_approval(write)
    assert approvals.needs_approval(None)


def test_the_digest_depends_on_tool_and_values_but_not_on_order() -> None:
    digest = approvals.digest("add_comment", {"a": 1, "b": 2})
    assert digest == approvals.digest("add_comment", {"b": 2, "a": 1})
    assert digest != approvals.digest("give_kudos", {"a": 1, "b": 2})
    assert digest != approvals.digest("add_comment", {"a": 1, "b": 3})


@pytest.mark.parametrize("answer", [{}, {"allow": "true"}, {"allow": 1}, {"allow": False}])
def test_only_true_allows(answer: dict[str, object]) -> None:
    response = {"digest": approvals.digest("give_kudos", {}), **answer}
    assert approvals.refusal(response, "give_kudos", {}) == approvals.DECLINED


async def test_an_approval_is_found_by_its_id_until_it_runs_out() -> None:
    _, pending = await interrupted(FakeTeamTools())
    (approval,) = pending.approvals
    assert pending.approval(approval.id, now=9.9) == approval
    with pytest.raises(ApprovalExpired):
        pending.approval(approval.id, now=10.0)
    with pytest.raises(ApprovalUnknown):
        pending.approval(approval.interrupt_id, now=0.0)
