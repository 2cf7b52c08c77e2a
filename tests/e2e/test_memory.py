"""A conversation that outlives the stack; and who reads what is remembered."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from identity.actor_id import actor_id
from local_agentcore.athletes import ATHLETES
from local_agentcore.blueprint import MEMORY_ID
from tests.support.running_stack import SESSION_HEADER, RunningStack, running_stack

QUESTION, FOLLOW_UP = "How far did I run last month?", "and when it is hot?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("remembering-home")
    path.chmod(0o700)
    return path


@pytest.fixture
def restarted(home: Path) -> Iterator[tuple[str, RunningStack]]:
    """The id of a session that maya began before the stack was stopped and started again."""
    session = str(uuid.uuid4())
    with running_stack(home) as stack:
        asked(stack, "maya", session, QUESTION)
    with running_stack(home, base_port=stack.blueprint.ports.base) as stack:
        yield session, stack


def asked(stack: RunningStack, athlete: str, session: str, question: str) -> list[dict[str, Any]]:
    return stack.ask(athlete, question, headers={SESSION_HEADER: session})


def windows(events: list[dict[str, Any]]) -> list[str]:
    return [event["input"].get("window") for event in events if event["type"] == "tool_start"]


def place(stack: RunningStack, athlete: str, session: str) -> dict[str, str]:
    issuer = stack.blueprint.issuer
    subject = next(one for one in ATHLETES if one.username == athlete).subject(issuer)
    return {"memoryId": MEMORY_ID, "actorId": actor_id(issuer, subject), "sessionId": session}


@pytest.mark.case("R01")
def test_a_conversation_goes_on_after_a_restart_for_whom_it_was_of_alone(
    restarted: tuple[str, RunningStack],
) -> None:
    session, stack = restarted
    assert windows(asked(stack, "jonas", session, FOLLOW_UP)) != ["last_month"]
    assert windows(asked(stack, "maya", session, FOLLOW_UP)) == ["last_month"]


def test_the_operator_sees_it_with_boto3_at_the_data_plane_and_no_workload_but_the_coach_does(
    stack: RunningStack,
) -> None:
    session = str(uuid.uuid4())
    asked(stack, "maya", session, QUESTION)
    where = place(stack, "maya", session)
    (event,) = stack.boto3_client("bedrock-agentcore", "operator").list_events(**where)["events"]
    said = [one["conversational"] for one in event["payload"]]
    assert [one["role"] for one in said] == ["USER", "ASSISTANT"]
    assert said[0]["content"]["text"] == QUESTION
    for workload in ("gateway", "mcp-activities", "front", "consent-return"):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            stack.boto3_client("bedrock-agentcore", workload).list_events(**where)


def test_no_token_and_no_result_of_a_tool_is_in_the_file(stack: RunningStack) -> None:
    asked(stack, "maya", str(uuid.uuid4()), QUESTION)
    content = (stack.home / "data" / "memory.sqlite").read_bytes()
    assert QUESTION.encode() in content
    for never in (b"eyJ", b"total_distance_m", b"toolResult", b"workload"):
        assert never not in content
