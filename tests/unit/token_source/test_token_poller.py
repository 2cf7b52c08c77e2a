"""The poller for the SDK's decorators: it ends with the token, with the refusal, or with its patience."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from bedrock_agentcore.runtime import BedrockAgentCoreContext

from identity.errors import ConsentFailed, ConsentTimedOut, SignInExpired
from identity.token_poller import SessionPoller
from identity.token_source import TokenRequest

REQUEST = TokenRequest("coach-federation", ("socials/read",), "USER_FEDERATION", ("mcp-socials",))
SESSION = "urn:ietf:params:oauth:request_uri:a"
URL = f"http://127.0.0.1:8701/identities/oauth2/authorize?request_uri={SESSION}"
PENDING = {"authorizationUrl": URL, "sessionUri": SESSION, "sessionStatus": "IN_PROGRESS"}


@dataclass
class SessionVault:
    """Answers like boto3's client.

    Knobs:
        answers: Given one after the other; the last one for ever.
    """

    answers: list[dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_resource_oauth2_token(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class PatientClock:
    """Time that passes by sleeping alone."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture(autouse=True)
def workload_token() -> Iterator[None]:
    BedrockAgentCoreContext.set_workload_access_token("wat")
    yield
    BedrockAgentCoreContext.set_workload_access_token(None)  # type: ignore[arg-type]  # back to unset


def poller(vault: SessionVault, clock: PatientClock, shown: list[str] | None = None) -> SessionPoller:
    show = (shown if shown is not None else []).append
    return SessionPoller(
        vault, REQUEST, show=show, return_url="http://127.0.0.1:8704/return", sleep=clock.sleep, clock=clock
    )


async def test_the_token_ends_the_waiting() -> None:
    vault, clock, shown = SessionVault([PENDING, PENDING, {"accessToken": "token"}]), PatientClock(), list[str]()
    waiting = poller(vault, clock, shown)

    waiting.begin(URL)

    assert await waiting.poll_for_token() == "token"
    assert clock.now_s == 15.0
    assert shown == [URL]
    assert vault.asked[0] == {
        "workloadIdentityToken": "wat",
        "resourceCredentialProviderName": "coach-federation",
        "scopes": ["socials/read"],
        "oauth2Flow": "USER_FEDERATION",
        "sessionUri": SESSION,
        "resourceOauth2ReturnUrl": "http://127.0.0.1:8704/return",
        "audiences": ["mcp-socials"],
    }


async def test_a_failed_session_ends_the_waiting_at_once() -> None:
    vault, clock = SessionVault([PENDING, {**PENDING, "sessionStatus": "FAILED"}]), PatientClock()
    waiting = poller(vault, clock)
    waiting.begin(URL)

    with pytest.raises(ConsentFailed):
        await waiting.poll_for_token()
    assert clock.now_s == 10.0


async def test_a_session_in_place_of_ours_is_another_consent() -> None:
    other = {**PENDING, "sessionUri": "urn:ietf:params:oauth:request_uri:b"}
    waiting = poller(SessionVault([other]), PatientClock())
    waiting.begin(URL)

    with pytest.raises(ConsentFailed):
        await waiting.poll_for_token()


async def test_patience_ends_after_ten_minutes() -> None:
    vault, clock = SessionVault([PENDING]), PatientClock()
    waiting = poller(vault, clock)
    waiting.begin(URL)

    with pytest.raises(ConsentTimedOut):
        await waiting.poll_for_token()
    assert clock.now_s == 600.0
    assert len(vault.asked) == 120


async def test_without_a_workload_token_nobody_is_asked() -> None:
    vault = SessionVault([PENDING])
    waiting = poller(vault, PatientClock())
    waiting.begin(URL)
    BedrockAgentCoreContext.set_workload_access_token(None)  # type: ignore[arg-type]  # back to unset

    with pytest.raises(SignInExpired):
        await waiting.poll_for_token()
    assert vault.asked == []


async def test_two_calls_that_wait_at_the_same_time_wait_for_their_own_sessions() -> None:
    vault, clock = SessionVault([{"accessToken": "token"}]), PatientClock()
    waiting = poller(vault, clock)

    async def call(name: str) -> None:
        waiting.begin(f"http://127.0.0.1:8701/?request_uri={name}")
        await asyncio.sleep(0)
        await waiting.poll_for_token()

    await asyncio.gather(call("first"), call("second"))

    assert {asked["sessionUri"] for asked in vault.asked} == {"first", "second"}
