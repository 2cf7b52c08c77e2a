"""States that clients hold: for one caller and one call, for some minutes, of this gateway."""

import pytest

from local_agentcore.gateway.errors import RequestStateRefused
from local_agentcore.gateway.open_consents import LIFETIME_S, MOST_CALLERS, OpenConsents
from local_agentcore.gateway.request_states import RequestStates, call_digest

CALL = call_digest("tools/call", "socials___clubs", {"a": 1, "b": [2]})


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_state_opens_for_the_caller_and_call_that_it_was_sealed_for() -> None:
    states = RequestStates(clock=Clock())

    state = states.seal("q", "maya", CALL, lifetime_s=60.0)

    assert states.opened(state, "maya", CALL) == "q"
    assert not {"maya", "q", CALL} & set(state.split("."))


@pytest.mark.case("V22")
@pytest.mark.parametrize(
    ("owner", "call", "later_s"),
    [
        pytest.param("jonas", CALL, 0.0, id="another caller"),
        pytest.param("maya", call_digest("tools/call", "socials___clubs", {"a": 2, "b": [2]}), 0.0, id="other values"),
        pytest.param("maya", call_digest("tools/call", "socials___kudos", {"a": 1, "b": [2]}), 0.0, id="another tool"),
        pytest.param("maya", call_digest("prompts/get", "socials___clubs", {"a": 1, "b": [2]}), 0.0, id="no call"),
        pytest.param("maya", CALL, 60.0, id="too late"),
    ],
)
def test_a_state_opens_for_nothing_else(owner: str, call: str, later_s: float) -> None:
    clock = Clock()
    states = RequestStates(clock=clock)
    state = states.seal("q", "maya", CALL, lifetime_s=60.0)
    clock.now += later_s

    with pytest.raises(RequestStateRefused):
        states.opened(state, owner, call)


@pytest.mark.case("V22")
def test_a_state_of_another_gateway_is_not_opened() -> None:
    state = RequestStates(clock=Clock()).seal("q", "maya", CALL, lifetime_s=60.0)

    with pytest.raises(RequestStateRefused):
        RequestStates(clock=Clock()).opened(state, "maya", CALL)


def test_the_order_of_arguments_makes_no_other_call() -> None:
    assert call_digest("tools/call", "socials___clubs", {"b": [2], "a": 1}) == CALL


@pytest.mark.case("V19")
@pytest.mark.case("V22")
def test_a_question_is_answered_once_in_time_and_by_its_caller() -> None:
    clock = Clock()
    consents = OpenConsents(clock=clock)
    first, second = (consents.question("maya", "asked", "urn:s") for _ in range(2))

    assert consents.answered("jonas", first) is None
    assert consents.answered("maya", first) == "urn:s"
    assert consents.answered("maya", first) is None
    clock.now += LIFETIME_S
    assert consents.answered("maya", second) is None


@pytest.mark.case("V30")
def test_the_number_of_callers_is_bounded() -> None:
    consents = OpenConsents(clock=Clock())
    oldest = consents.question("caller-0", "asked", "urn:s")
    for number in range(1, MOST_CALLERS + 5):
        consents.question(f"caller-{number}", "asked", "urn:s")

    assert consents.answered("caller-0", oldest) is None
    assert len(consents._callers) <= MOST_CALLERS + 1
