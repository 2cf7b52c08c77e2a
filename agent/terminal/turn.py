"""One turn from the question to the answer, with the confirmations it needs in between."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent.terminal.events import ApprovalRequired, ConsentRequired, Done, Event, Failed

ANSWERED = 0
FAILED = 1
NEEDS_A_PERSON = 3
NOT_SIGNED_IN = 4
SIGN_IN_CODES = ("sign_in_needed", "forbidden")

MOST_CONSENTS = 3  # of one question: more would be a provider that never has enough
Decision = Literal["given", "declined", "failed"]

Send = Callable[[Mapping[str, Any]], Iterator[Event]]

# A refusal is an answer; what went wrong on the way is a failure.
_CONSENT_CODES: Mapping[Decision | None, int] = {
    "given": ANSWERED,
    "declined": ANSWERED,
    "failed": FAILED,
    None: NEEDS_A_PERSON,
}


class View(Protocol):
    """Shows the events of a turn."""

    def show(self, event: Event) -> None: ...

    def end(self) -> None: ...


class Person(Protocol):
    """Whoever can be asked. None means that nobody can."""

    def approves(self, request: ApprovalRequired) -> bool | None: ...

    def consents(self, request: ConsentRequired) -> Decision | None: ...


@dataclass
class _Stream:
    approval: ApprovalRequired | None = None
    consent: ConsentRequired | None = None
    failure: Failed | None = None
    done: Done | None = None


def run_turn(send: Send, prompt: str, view: View, person: Person) -> int:
    """Asks one question and follows it to its end.

    Args:
        send: Sends a payload and gives the events of its answer.
        prompt: The question.
        view: Shows the events.
        person: Decides on approvals and consents.

    Returns:
        Exit code: 0 answered, 1 failed, 3 somebody had to decide and nobody could, 4 not signed in.
    """
    payload: Mapping[str, Any] | None = {"type": "prompt", "prompt": prompt}
    code, consents = FAILED, 0
    while payload is not None:
        stream = _follow(send(payload), view)
        consents += stream.consent is not None
        if consents > MOST_CONSENTS:
            view.show(Failed(code="consent_incomplete", message="the same consent was needed again and again"))
            return FAILED
        payload, code = _next_step(stream, person)
    return code


def _follow(events: Iterator[Event], view: View) -> _Stream:
    stream = _Stream()
    try:
        for event in events:
            view.show(event)
            match event:
                case ApprovalRequired():
                    stream.approval = stream.approval or event  # the coach asks for the others again
                case ConsentRequired():
                    stream.consent = event
                case Failed():
                    stream.failure = event
                case Done():
                    stream.done = event
                case _:
                    pass
    finally:
        view.end()
    if stream.done is None and stream.failure is None and not (stream.approval or stream.consent):
        stream.failure = Failed(code="incomplete", message="the answer broke off")
        view.show(stream.failure)
    return stream


def _next_step(stream: _Stream, person: Person) -> tuple[Mapping[str, Any] | None, int]:
    if stream.failure is not None:
        return None, NOT_SIGNED_IN if stream.failure.code in SIGN_IN_CODES else FAILED
    if stream.approval is not None:
        allow = person.approves(stream.approval)
        if allow is None:
            return None, NEEDS_A_PERSON
        return {"type": "approve", "id": stream.approval.id, "allow": allow}, ANSWERED
    if stream.consent is not None:
        decision = person.consents(stream.consent)
        return ({"type": "resume"} if decision == "given" else None), _CONSENT_CODES[decision]
    return None, ANSWERED
