import pytest

from agent.errors import SessionBusy, SessionIdInvalid
from agent.sessions import SessionKey, Sessions, checked_session_id

ID = "11111111-2222-4333-8444-555555555555"


def key(subject: str = "maya", session_id: str = ID, issuer: str = "http://a") -> SessionKey:
    return SessionKey(issuer, subject, session_id)


def test_a_session_is_kept_for_its_athlete_and_id() -> None:
    sessions = Sessions(most=10)
    assert sessions.of(key()) is sessions.of(key())


@pytest.mark.case("R01")
@pytest.mark.parametrize("other", [key(subject="jonas"), key(issuer="http://b"), key(session_id=ID[::-1])])
def test_issuer_subject_and_id_all_separate_sessions(other: SessionKey) -> None:
    sessions = Sessions(most=10)
    assert sessions.of(key()) is not sessions.of(other)


def test_the_least_recently_used_session_goes_first() -> None:
    sessions = Sessions(most=2)
    first, second = sessions.of(key("a")), sessions.of(key("b"))
    sessions.of(key("a"))
    sessions.of(key("c"))
    assert sessions.of(key("a")) is first
    assert sessions.of(key("b")) is not second


def test_a_second_turn_waits_outside_until_the_first_is_over() -> None:
    session = Sessions(most=1).of(key())
    with session.turn(), pytest.raises(SessionBusy), session.turn():
        pass
    with session.turn():
        assert session.busy


@pytest.mark.parametrize("good", [ID, "a" * 33, "a" * 256])
def test_session_ids_that_agentcore_makes(good: str) -> None:
    assert checked_session_id(good) == good


@pytest.mark.parametrize("bad", [None, "", "a" * 32, "a" * 257, ID + "\n", "-" + ID, "a b" * 20])
def test_session_ids_that_it_does_not(bad: str | None) -> None:
    with pytest.raises(SessionIdInvalid):
        checked_session_id(bad)
