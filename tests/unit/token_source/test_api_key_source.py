"""A workload's API key from the vault: asked for once, kept for a while, renewed when refused."""

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from identity.api_key_source import LIFE_S, VaultApiKeySource
from identity.errors import SignInExpired, TokenUnavailable, VaultUnreachable


@dataclass
class FakeVault:
    """Knobs: key: what it answers; error: raised instead; threads: who asked."""

    key: str = "key-1"
    error: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def get_resource_api_key(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        return {"apiKey": self.key}


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "canary"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetResourceApiKey")


async def test_callers_at_the_same_time_share_one_question_that_blocks_no_loop() -> None:
    vault = FakeVault()
    source = VaultApiKeySource(vault, "support-metering")
    assert set(await asyncio.gather(*(source.api_key("W") for _ in range(16)))) == {"key-1"}
    assert await source.api_key("another workload token") == "key-1"
    assert vault.asked == [{"workloadIdentityToken": "W", "resourceCredentialProviderName": "support-metering"}]
    assert threading.get_ident() not in vault.threads


async def test_a_workload_token_that_has_ended_fails_its_own_caller_alone() -> None:
    class EndsForOne(FakeVault):
        def get_resource_api_key(self, **parameters: Any) -> dict[str, Any]:
            if parameters["workloadIdentityToken"] == "ended":
                raise refused("UnauthorizedException", 401)
            return super().get_resource_api_key(**parameters)

    source = VaultApiKeySource(EndsForOne(), "support-metering")
    answers = await asyncio.gather(*(source.api_key(one) for one in ("ended", "W", "ended")), return_exceptions=True)
    assert [type(answers[0]), answers[1], type(answers[2])] == [SignInExpired, "key-1", SignInExpired]


async def test_a_changed_key_is_used_after_a_refusal_and_after_a_while() -> None:
    vault, now = FakeVault(), [0.0]
    source = VaultApiKeySource(vault, "support-metering", clock=lambda: now[0])
    await source.api_key("W")
    vault.key = "key-2"
    assert await source.api_key("W") == "key-1"
    source.forget()
    assert await source.api_key("W") == "key-2"
    vault.key, now[0] = "key-3", LIFE_S
    assert await source.api_key("W") == "key-3"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(refused("UnauthorizedException", 401), SignInExpired, id="workload token over"),
        pytest.param(refused("AccessDeniedException", 403), TokenUnavailable, id="not this workload's"),
        pytest.param(refused("InternalServerException", 500), VaultUnreachable, id="vault broken"),
        pytest.param(EndpointConnectionError(endpoint_url="http://v"), VaultUnreachable, id="vault down"),
    ],
)
async def test_a_refusal_is_typed_says_nothing_of_the_answer_and_is_not_kept(
    error: Exception, expected: type[TokenUnavailable]
) -> None:
    vault = FakeVault(error=error)
    source = VaultApiKeySource(vault, "support-metering")
    with pytest.raises(expected) as caught:
        await source.api_key("W")
    assert type(caught.value) is expected
    assert "canary" not in str(caught.value)
    vault.error = None
    assert await source.api_key("W") == "key-1"
