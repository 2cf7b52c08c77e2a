import io
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from agent.terminal.errors import NotSignedIn, RuntimeRefused
from agent.terminal.events import ApprovalRequired, ConsentRequired, Event, read_event
from agent.terminal.person import AlwaysApproves, AtTerminal, Nobody
from agent.terminal.runtime_client import RuntimeClient, new_turn_id
from agent.terminal.turn import Decision, Person, run_turn
from tests.support.runtime import ANSWER, FakeFront

APPROVAL = {"type": "approval_required", "id": "t-9", "tool": "give_kudos", "input": {"activity_id": "a"}}
CONSENT = {"type": "consent_required", "provider": "socials", "url": "http://127.0.0.1:8700/x", "scopes": []}


class RecordedView:
    def __init__(self) -> None:
        self.types: list[str] = []

    def show(self, event: Event) -> None:
        self.types.append(event.type)

    def end(self) -> None:
        self.types.append("end")


class Decided:
    """A person who has made up their mind."""

    def __init__(self, *, allow: bool) -> None:
        self.allow = allow

    def approves(self, request: ApprovalRequired) -> bool | None:
        return self.allow if request.tool else None

    def consents(self, request: ConsentRequired) -> Decision | None:
        return ("given" if self.allow else "declined") if request.url else None


class Answers:
    """Gives prepared answers, one for each payload, and keeps the payloads."""

    def __init__(self, *answers: tuple[Mapping[str, Any], ...]) -> None:
        self.answers = list(answers)
        self.payloads: list[Mapping[str, Any]] = []

    def __call__(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        self.payloads.append(payload)
        return iter([read_event(json.dumps(event)) for event in self.answers.pop(0)])


def turn(answers: Answers, person: Person) -> int:
    return run_turn(answers, "how many?", RecordedView(), person)


def test_an_answered_question_is_exit_code_0() -> None:
    answers = Answers(ANSWER)
    assert turn(answers, Nobody()) == 0
    assert answers.payloads == [{"type": "prompt", "prompt": "how many?"}]


@pytest.mark.parametrize(("code", "exit_code"), [("model_failed", 1), ("sign_in_needed", 4), ("forbidden", 4)])
def test_an_error_event_ends_the_turn(code: str, exit_code: int) -> None:
    assert turn(Answers(({"type": "error", "code": code, "message": "no"},)), Nobody()) == exit_code


def test_an_answer_that_breaks_off_is_a_failure_that_is_shown() -> None:
    view = RecordedView()
    assert run_turn(Answers(ANSWER[:2]), "q", view, Nobody()) == 1
    assert view.types == ["session", "text", "end", "error"]


@pytest.mark.parametrize("request_event", [APPROVAL, CONSENT])
def test_what_needs_a_person_is_exit_code_3_when_nobody_can_be_asked(request_event: dict[str, Any]) -> None:
    answers = Answers((request_event,))
    assert turn(answers, Nobody()) == 3
    assert len(answers.payloads) == 1


@pytest.mark.parametrize("allow", [True, False])
def test_a_decision_is_posted_and_the_turn_goes_on(*, allow: bool) -> None:
    answers = Answers((APPROVAL,), ANSWER)
    assert turn(answers, Decided(allow=allow)) == 0
    assert answers.payloads[1] == {"type": "approve", "id": "t-9", "allow": allow}


def test_yes_approves_a_tool_but_never_consents() -> None:
    assert turn(Answers((APPROVAL,), ANSWER), AlwaysApproves()) == 0
    assert turn(Answers((CONSENT,)), AlwaysApproves()) == 3


def test_after_a_consent_the_turn_is_resumed() -> None:
    answers = Answers((CONSENT,), ANSWER)
    assert turn(answers, Decided(allow=True)) == 0
    assert answers.payloads[1] == {"type": "resume"}


@pytest.mark.case("V21")
def test_a_refused_consent_ends_the_turn_and_nothing_is_asked_again() -> None:
    answers = Answers((CONSENT,))
    assert turn(answers, Decided(allow=False)) == 0
    assert len(answers.payloads) == 1


def test_a_provider_that_never_has_enough_is_asked_about_three_times() -> None:
    answers = Answers(*[(CONSENT,)] * 9)
    assert turn(answers, Decided(allow=True)) == 1
    assert len(answers.payloads) == 4


@pytest.mark.parametrize(("typed", "allowed"), [("yes\n", True), ("y\n", False), ("\n", False), ("", False)])
def test_only_the_typed_word_allows_a_call(typed: str, *, allowed: bool) -> None:
    person = AtTerminal(None, io.StringIO(typed), io.StringIO())
    assert person.approves(ApprovalRequired(tool="x")) is allowed


def runtime(front: FakeFront, tokens: list[bool]) -> RuntimeClient:
    def token(renew: bool) -> str:
        tokens.append(renew)
        return f"token-{len(tokens)}"

    return RuntimeClient(front.client(), front.agent_url, token, str(uuid.UUID(int=7)))


def test_a_request_carries_bearer_session_and_trace_root() -> None:
    front = FakeFront()
    turn_id = new_turn_id()
    list(runtime(front, []).events({"type": "prompt", "prompt": "q"}, turn_id))
    headers = front.invocations[0]["headers"]
    assert headers["authorization"] == "Bearer token-1"
    assert headers["accept"] == "text/event-stream"
    assert headers["x-amzn-bedrock-agentcore-runtime-session-id"] == "00000000-0000-0000-0000-000000000007"
    version, trace_id, span_id, flags = headers["traceparent"].split("-")
    assert (version, trace_id, len(span_id), flags) == ("00", turn_id, 16, "01")


def test_a_refused_token_is_renewed_once() -> None:
    front, tokens = FakeFront(refuse_tokens=1), list[bool]()
    assert [event.type for event in runtime(front, tokens).events({}, new_turn_id())] == ["session", "text", "done"]
    assert tokens == [False, True]


def test_a_renewed_token_that_is_refused_as_well_means_not_signed_in() -> None:
    front, tokens = FakeFront(refuse_tokens=9), list[bool]()
    with pytest.raises(NotSignedIn):
        list(runtime(front, tokens).events({}, new_turn_id()))
    assert len(front.invocations) == 2


def test_another_http_error_is_told_by_its_status_alone() -> None:
    with pytest.raises(RuntimeRefused, match="HTTP status 502"):
        list(runtime(FakeFront(invocation_status=502), []).events({}, new_turn_id()))


def test_an_event_outside_the_contract_is_refused() -> None:
    front = FakeFront(answers=[({"type": "surprise"},)])
    with pytest.raises(RuntimeRefused, match="does not know"):
        list(runtime(front, []).events({}, new_turn_id()))


def test_where_nobody_can_consent_the_way_to_consent_is_said() -> None:
    screen = io.StringIO()
    assert turn(Answers((CONSENT,)), Nobody(screen)) == 3
    assert screen.getvalue().startswith("coach: only a person can consent")
    assert "coach up" in screen.getvalue()
