"""The local memory, called by an unmodified boto3 and held against AWS's own shapes."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from agent.terminal.vault_hop import signed_headers
from local_agentcore.memory.requests import FORGET_PATH
from tests.support.access_keys import access_key_id, secret_access_key
from tests.support.aws_shapes import fits
from tests.support.memory import DAYS, MEMORY_ID, REGION, RunningMemory, running_memory

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WHO = {"memoryId": MEMORY_ID, "actorId": "athlete-1", "sessionId": "session-1"}
SAID = {"conversational": {"role": "USER", "content": {"text": "How far did I run?"}}}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[RunningMemory]:
    with running_memory(tmp_path / "data" / "memory.sqlite") as found:
        yield found


def written(memory: RunningMemory, **changed: Any) -> dict[str, Any]:
    request = {**WHO, "eventTimestamp": NOW, "payload": [SAID], **changed}
    event: dict[str, Any] = fits(memory.client().create_event(**request), "CreateEvent")["event"]
    return event


def listed(memory: RunningMemory, **changed: Any) -> list[str]:
    return [event["eventId"] for event in memory.client().list_events(**{**WHO, **changed})["events"]]


def kept(memory: RunningMemory) -> bool:
    """Whether the athlete's words are in a file."""
    return any(b"How far did I run?" in path.read_bytes() for path in memory.path.parent.iterdir())


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def test_an_event_comes_back_as_it_was_written(memory: RunningMemory) -> None:
    event = written(memory, metadata={"model": {"stringValue": "offline"}}, branch={"name": "main"})
    (found,) = fits(memory.client().list_events(**WHO), "ListEvents")["events"]
    assert found == event
    assert found["payload"] == [SAID]
    assert found["eventTimestamp"] == NOW
    assert found["metadata"] == {"model": {"stringValue": "offline"}}
    assert fits(memory.client("operator").get_event(**WHO, eventId=event["eventId"]), "GetEvent")["event"] == event


def test_the_newest_event_comes_first_and_pages_go_on_where_the_last_one_ended(memory: RunningMemory) -> None:
    ids = []
    for _ in range(5):
        ids.append(written(memory)["eventId"])
        memory.passed_s += 1
    first = memory.client().list_events(**WHO, maxResults=3)
    second = memory.client().list_events(**WHO, maxResults=3, nextToken=first["nextToken"])
    assert [event["eventId"] for event in first["events"] + second["events"]] == ids[::-1]
    assert "nextToken" not in second


@pytest.mark.case("R01")
def test_another_actor_and_another_session_have_events_of_their_own(memory: RunningMemory) -> None:
    event = written(memory)
    assert listed(memory, actorId="athlete-2") == []
    assert listed(memory, sessionId="session-2") == []
    get = memory.client("operator").get_event
    assert refused(get, **{**WHO, "actorId": "athlete-2"}, eventId=event["eventId"]) == "ResourceNotFoundException"


def test_a_repeated_request_writes_once(memory: RunningMemory) -> None:
    assert written(memory, clientToken="t" * 33) == written(memory, clientToken="t" * 33)
    assert len(listed(memory)) == 1


def test_a_token_of_another_actor_does_not_give_out_what_that_actor_said(memory: RunningMemory) -> None:
    first = written(memory, clientToken="t" * 33)
    second = written(memory, clientToken="t" * 33, actorId="athlete-2", payload=[])
    assert (first["actorId"], second["actorId"], second["payload"]) == ("athlete-1", "athlete-2", [])


def test_events_expire_on_reading_and_go_with_the_next_one(memory: RunningMemory) -> None:
    old = written(memory)["eventId"]
    memory.passed_s = DAYS * 86_400
    assert listed(memory) == []
    assert refused(memory.client("operator").get_event, **WHO, eventId=old) == "ResourceNotFoundException"
    assert kept(memory)
    written(memory, payload=[])
    assert not kept(memory)


def test_sessions_are_listed_by_page(memory: RunningMemory) -> None:
    for name in ("c", "a", "b"):
        written(memory, sessionId=name)
    operator, who = memory.client("operator"), {"memoryId": MEMORY_ID, "actorId": "athlete-1"}
    first = fits(operator.list_sessions(**who, maxResults=2), "ListSessions")
    second = operator.list_sessions(**who, maxResults=2, nextToken=first["nextToken"])
    found = [each["sessionId"] for each in first["sessionSummaries"] + second["sessionSummaries"]]
    assert found == ["a", "b", "c"]


def test_a_deleted_event_is_gone_from_the_file_too(memory: RunningMemory) -> None:
    event, operator = written(memory), memory.client("operator")
    assert fits(operator.delete_event(**WHO, eventId=event["eventId"]), "DeleteEvent") == {"eventId": event["eventId"]}
    assert listed(memory) == []
    assert not kept(memory)
    assert refused(operator.delete_event, **WHO, eventId=event["eventId"]) == "ResourceNotFoundException"


def forget(memory: RunningMemory, principal: str, body: bytes) -> httpx.Response:
    """As `coach forget` sends it."""
    key = {"access_key_id": access_key_id(principal), "secret_access_key": secret_access_key(principal)}
    url = memory.url + FORGET_PATH
    return httpx.post(url, content=body, headers=signed_headers(url, body, key, REGION, datetime.now(UTC)))


def test_who_leaves_is_forgotten_in_all_sessions_and_nobody_else(memory: RunningMemory) -> None:
    written(memory)
    written(memory, sessionId="session-2")
    written(memory, actorId="athlete-2", payload=[])
    assert forget(memory, "operator", b'{"actorId": "athlete-1"}').json() == {"deletedEvents": 2}
    assert listed(memory) == listed(memory, sessionId="session-2") == []
    assert len(listed(memory, actorId="athlete-2")) == 1
    assert not kept(memory)


def test_only_the_operator_lets_somebody_be_forgotten(memory: RunningMemory) -> None:
    written(memory)
    for principal in ("coach", "reader", "nobody"):
        assert forget(memory, principal, b'{"actorId": "athlete-1"}').status_code == 403
    assert forget(memory, "operator", b"{}").status_code == 400
    assert len(listed(memory)) == 1


def test_there_are_no_long_term_records(memory: RunningMemory) -> None:
    found = memory.client("reader").retrieve_memory_records(
        memoryId=MEMORY_ID, namespace="/facts/athlete-1/", searchCriteria={"searchQuery": "pace"}
    )
    assert fits(found, "RetrieveMemoryRecords") == {"memoryRecordSummaries": []}


def test_payloads_may_be_left_out(memory: RunningMemory) -> None:
    written(memory)
    (found,) = memory.client().list_events(**WHO, includePayloads=False)["events"]
    assert found["payload"] == []


def test_a_session_without_a_name_gets_one(memory: RunningMemory) -> None:
    request = {name: value for name, value in WHO.items() if name != "sessionId"}
    event = memory.client().create_event(**request, eventTimestamp=NOW, payload=[])["event"]
    assert len(event["sessionId"]) == 36


def test_a_memory_is_named_by_its_arn_too(memory: RunningMemory) -> None:
    arn = f"arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/{MEMORY_ID}"
    written(memory, memoryId=arn)
    assert len(listed(memory)) == 1


@pytest.mark.parametrize("principal", ["nobody", "reader", "operator"])
def test_only_the_coach_writes(memory: RunningMemory, principal: str) -> None:
    call = memory.client(principal).create_event
    assert refused(call, **WHO, eventTimestamp=NOW, payload=[SAID]) == "AccessDeniedException"
    assert listed(memory) == []


def test_the_coach_deletes_nothing(memory: RunningMemory) -> None:
    event = written(memory)
    assert refused(memory.client().delete_event, **WHO, eventId=event["eventId"]) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"memoryId": "another_memory-0123456789"}, "ResourceNotFoundException"),
        ({"nextToken": "!"}, "ValidationException"),
        ({"filter": {"branch": {"name": "main"}}}, "NotImplementedException"),
        ({"actorId": "a b"}, "ValidationException"),
        ({"sessionId": "s" * 101}, "ValidationException"),
        ({"maxResults": 101}, "ValidationException"),
    ],
)
def test_what_does_not_fit_is_refused_by_aws_names(memory: RunningMemory, changed: dict[str, Any], code: str) -> None:
    assert refused(memory.client().list_events, **{**WHO, **changed}) == code


def test_an_operation_that_is_not_here_says_so(memory: RunningMemory) -> None:
    call = memory.client("operator").list_actors
    assert refused(call, memoryId=MEMORY_ID) == "NotImplementedException"


def test_the_file_is_its_owners_alone(memory: RunningMemory) -> None:
    written(memory)
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
