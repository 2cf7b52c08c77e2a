"""A person decides about a consent at the terminal: what they are shown, what they type, what comes of it."""

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.terminal import chatting
from agent.terminal.browser_walk import AskedConsent, Outcome
from agent.terminal.consent_desk import ConsentDesk
from agent.terminal.errors import ConsentStopped
from agent.terminal.events import ConsentRequired
from agent.terminal.person import AlwaysApproves, AtTerminal, Nobody
from agent.terminal.scope_words import MEANINGS
from gateway_config.model import read_hops

URL = "http://127.0.0.1:8701/identities/oauth2/authorize?request_uri=urn:x"
REQUEST = ConsentRequired(provider="coach-federation", url=URL, scopes=["socials/read"])


@dataclass
class FakeWalk:
    """Knobs: `outcome`; `cannot` is why nothing can be decided here."""

    outcome: Outcome = "linked"
    cannot: str | None = None
    allowed: list[AskedConsent] = field(default_factory=list)
    closed: int = 0

    def look(self, url: str) -> AskedConsent:
        if self.cannot is not None:
            raise ConsentStopped(self.cannot)
        return AskedConsent("coach-federation", ("openid", "socials/read", "new/thing"), "127.0.0.1:8700", url)

    def allow(self, asked: AskedConsent) -> Outcome:
        self.allowed.append(asked)
        return self.outcome

    def close(self) -> None:
        self.closed += 1


@dataclass
class Desk:
    walk: FakeWalk = field(default_factory=FakeWalk)
    opened: list[str] = field(default_factory=list)
    screen: io.StringIO = field(default_factory=io.StringIO)

    def decide(self, *typed: str, request: ConsentRequired = REQUEST) -> str | None:
        source = io.StringIO("".join(f"{word}\n" for word in typed))
        desk = ConsentDesk(lambda: self.walk, self.opened.append, source, self.screen)
        return AtTerminal(desk, source, self.screen).consents(request)


def test_the_person_sees_who_asks_where_and_for_what_in_words() -> None:
    desk = Desk()
    desk.decide("no")
    assert "coach-federation asks you at 127.0.0.1:8700 to allow:" in desk.screen.getvalue()
    assert "  - See your clubs, kudos and comments (socials/read)\n" in desk.screen.getvalue()
    assert "  - new/thing\n" in desk.screen.getvalue()


def test_the_typed_word_allows_exactly_what_was_shown() -> None:
    desk = Desk()
    assert desk.decide("allow") == "given"
    assert [asked.url for asked in desk.walk.allowed] == [URL]
    assert desk.walk.closed == 1


@pytest.mark.case("V21")
@pytest.mark.parametrize("typed", [("no",), ("",), ("yes",), ("a",), (), ("allow it",)])
def test_anything_else_refuses_and_nothing_is_connected(typed: tuple[str, ...]) -> None:
    desk = Desk()
    assert desk.decide(*typed) == "declined"
    assert desk.walk.allowed == []
    assert desk.opened == []
    assert "nothing was connected" in desk.screen.getvalue()


def test_the_page_is_opened_on_request_and_waited_for() -> None:
    desk = Desk()
    assert desk.decide("open", "done") == "given"
    assert desk.opened == [URL]
    assert desk.walk.allowed == []


def test_giving_up_on_the_page_is_a_refusal() -> None:
    assert Desk().decide("open", "never mind") == "declined"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("declined", "it was refused there"),
        ("another-user", "begun for somebody else"),
        ("expired", "it took too long"),
        ("unavailable", "does not answer"),
        ("failed", "did not finish it"),
    ],
)
def test_a_consent_that_did_not_come_about_is_said_in_plain_words(outcome: Outcome, words: str) -> None:
    desk = Desk(FakeWalk(outcome=outcome))
    assert desk.decide("allow") == "failed"
    assert words in desk.screen.getvalue()


def test_a_provider_elsewhere_can_only_be_decided_on_its_page() -> None:
    desk = Desk(FakeWalk(cannot="the page is at idp.test, which is not part of this stack"))
    assert desk.decide("open", "done") == "given"
    assert "it cannot be decided here: the page is at idp.test" in desk.screen.getvalue()
    assert Desk(FakeWalk(cannot="x")).decide("allow") == "declined"


def test_a_page_that_is_no_web_page_is_not_opened() -> None:
    desk = Desk(FakeWalk(cannot="x"))
    request = ConsentRequired(provider="p", url="file:///etc/passwd", scopes=[])
    assert desk.decide("open", "done", request=request) == "failed"
    assert desk.opened == []


@pytest.mark.case("V21")
def test_a_person_who_does_not_answer_in_time_ends_it() -> None:
    reading, writing = os.pipe()
    screen = io.StringIO()
    walk = FakeWalk()
    with os.fdopen(reading) as source:
        desk = ConsentDesk(lambda: walk, print, source, screen, limit_s=0.01)
        assert desk.decide(REQUEST) == "failed"
    os.close(writing)
    assert "nobody decided in time; nothing was connected" in screen.getvalue()
    assert walk.allowed == []


@pytest.mark.case("V29")
@pytest.mark.parametrize(
    ("input_is_a_terminal", "errors_are", "may_ask", "expected"),
    [
        pytest.param(True, True, True, AtTerminal, id="a person"),
        pytest.param(False, True, True, Nobody, id="a pipe"),
        pytest.param(True, False, True, Nobody, id="nobody sees the question"),
        pytest.param(True, True, False, Nobody, id="--no-input or --json"),
    ],
)
def test_only_a_person_at_a_real_terminal_gets_a_desk(
    monkeypatch: pytest.MonkeyPatch, input_is_a_terminal: object, errors_are: object, may_ask: object, expected: type
) -> None:
    answers: dict[object, Callable[[], bool]] = {True: lambda: True, False: lambda: False}
    monkeypatch.setattr(sys.stdin, "isatty", answers[input_is_a_terminal], raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", answers[errors_are], raising=False)
    conversation = type("Conversation", (), {"consent_walk": FakeWalk})()

    person = chatting._person(conversation, may_ask=bool(may_ask))

    assert type(person) is expected
    if expected is Nobody:
        assert person.consents(REQUEST) is None


@pytest.mark.case("V29")
def test_yes_is_no_person() -> None:
    assert AlwaysApproves(io.StringIO()).consents(REQUEST) is None


def test_the_words_for_scopes_are_those_of_the_hop_table() -> None:
    hops = read_hops()
    known = {scope: words for server in hops.resource_servers for scope, words in server.scopes.items()}
    assert {**known, "openid": "Know who you are"}.items() <= {**known, **MEANINGS}.items()
    assert {scope: words for scope, words in MEANINGS.items() if scope in known} == {**known}


def test_a_consent_event_has_no_more_than_its_contract() -> None:
    assert json.loads(REQUEST.model_dump_json()).keys() == {"type", "provider", "url", "scopes"}


def test_a_desk_without_a_stack_part_offers_the_page(tmp_path: Path) -> None:
    def no_part() -> FakeWalk:
        raise ConsentStopped("this stack has no consent part")

    screen, opened = io.StringIO(), list[str]()
    source = io.StringIO("open\ndone\n")
    assert ConsentDesk(no_part, opened.append, source, screen).decide(REQUEST) == "given"
    assert opened == [URL]
