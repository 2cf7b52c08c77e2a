"""RFC 8628 from the program's side: it shows the code, asks as slowly as it is told, and ends in plain words."""

from dataclasses import dataclass, field

import pytest

from agent.terminal.device import DeviceAuthorization, Waiting, device_sign_in
from agent.terminal.discovery import discover
from agent.terminal.errors import SignInRefused
from agent.terminal.sign_in import TokenSet
from tests.support.runtime import FakeFront

REQUEST = {"client_id": "terminal", "scope": "openid coach/invoke", "audience": "coach"}


@dataclass
class Time:
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def waiting(self) -> Waiting:
        return Waiting(lambda: self.now, self.sleep)


def signed_in(front: FakeFront, time: Time, shown: list[DeviceAuthorization] | None = None) -> TokenSet:
    http = front.client()
    show = [] if shown is None else shown
    return device_sign_in(http, discover(http, front.issuer), REQUEST, show.append, time.waiting())


def test_it_waits_between_polls_and_longer_after_slow_down() -> None:
    front, time = FakeFront(device_answers=["authorization_pending", "slow_down", "authorization_pending"]), Time()
    shown: list[DeviceAuthorization] = []

    tokens = signed_in(front, time, shown)

    assert time.slept == [5, 5, 10, 10]
    assert shown[0].user_code == "WDJB-MJHT"
    assert tokens.username == "jonas"
    assert "device-code-1" not in repr(shown[0])


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "refused"), ("expired_token", "in time"), ("invalid_grant", "invalid_grant")],
)
def test_a_decision_that_is_no_yes_ends_it(error: str, words: str) -> None:
    with pytest.raises(SignInRefused, match=words):
        signed_in(FakeFront(device_answers=[error]), Time())


def test_nobody_is_waited_for_longer_than_the_code_lives() -> None:
    time = Time()
    with pytest.raises(SignInRefused, match="in time"):
        signed_in(FakeFront(device_answers=["authorization_pending"] * 1000), time)
    assert 600 <= time.now <= 610


def test_an_id_token_for_another_client_signs_nobody_in() -> None:
    with pytest.raises(SignInRefused, match="not for this request"):
        signed_in(FakeFront(id_token_claims={"aud": "another"}), Time())


def test_a_server_without_device_codes_says_what_else_there_is() -> None:
    front = FakeFront(metadata={"device_authorization_endpoint": None})
    with pytest.raises(SignInRefused, match="coach login --browser"):
        signed_in(front, Time())


def test_an_answer_that_is_none_is_one_error() -> None:
    front = FakeFront(metadata={"device_authorization_endpoint": "http://127.0.0.1:8700/nowhere"})
    with pytest.raises(SignInRefused, match="did not begin"):
        signed_in(front, Time())
