"""Tokens for the next hop: asked for once, kept until they end, refused in words that callers can act on."""

import asyncio
import base64
import json
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from identity.errors import ConsentFailed, ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.token_source import MOST_KEPT, TokenRequest, VaultTokenSource, vault_client

NOW = 1_800_000_000.0
REQUEST = TokenRequest("coach-exchange", ("activities/read",), "ON_BEHALF_OF_TOKEN_EXCHANGE", ("mcp-activities",))


def jwt(serial: int, expires_at: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires_at, "n": serial}).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.sig"


@dataclass
class FakeVault:
    """Answers like boto3's client.

    Knobs:
        life_s: Of issued tokens.
        opaque: Issue tokens that do not say when they end.
        answer: Given instead of a token.
        fail_next: Raised by the next calls.
        hold: Calls wait for this.
    """

    life_s: float = 900.0
    opaque: bool = False
    answer: dict[str, Any] | None = None
    fail_next: list[Exception] = field(default_factory=list)
    hold: threading.Event | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_resource_oauth2_token(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        serial = len(self.asked)
        if self.hold is not None:
            assert self.hold.wait(5)
        if self.fail_next:
            raise self.fail_next.pop(0)
        if self.answer is not None:
            return self.answer
        return {"accessToken": f"opaque-{serial}" if self.opaque else jwt(serial, NOW + self.life_s)}


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


def refused(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetResourceOauth2Token")


async def test_the_vault_is_asked_in_aws_terms() -> None:
    vault = FakeVault()

    assert await VaultTokenSource(vault, clock=Clock()).access_token("W", REQUEST) == jwt(1, NOW + 900)
    assert vault.asked == [
        {
            "workloadIdentityToken": "W",
            "resourceCredentialProviderName": "coach-exchange",
            "scopes": ["activities/read"],
            "oauth2Flow": "ON_BEHALF_OF_TOKEN_EXCHANGE",
            "audiences": ["mcp-activities"],
        }
    ]


async def test_a_token_is_kept_until_shortly_before_it_ends() -> None:
    vault, clock = FakeVault(), Clock()
    source = VaultTokenSource(vault, skew_s=30, clock=clock)
    first = await source.access_token("W", REQUEST)
    clock.now = NOW + 869
    assert await source.access_token("W", REQUEST) == first
    clock.now = NOW + 870

    assert await source.access_token("W", REQUEST) != first
    assert len(vault.asked) == 2


@pytest.mark.case("X11")
@pytest.mark.parametrize(
    ("workload_token", "request_"),
    [
        pytest.param("V", REQUEST, id="another user"),
        pytest.param("W", TokenRequest("coach-exchange", (), REQUEST.flow, REQUEST.audiences), id="fewer scopes"),
        pytest.param("W", TokenRequest("coach-exchange", REQUEST.scopes, "M2M", REQUEST.audiences), id="another flow"),
        pytest.param("W", TokenRequest("coach-exchange", REQUEST.scopes, REQUEST.flow, ("x",)), id="another target"),
    ],
)
async def test_another_question_is_asked_for_itself(workload_token: str, request_: TokenRequest) -> None:
    source = VaultTokenSource(FakeVault(), clock=Clock())
    first = await source.access_token("W", REQUEST)

    assert await source.access_token(workload_token, request_) != first


async def test_a_forced_question_bypasses_what_is_kept_once() -> None:
    vault = FakeVault()
    source = VaultTokenSource(vault, clock=Clock())
    await source.access_token("W", REQUEST)

    second = await source.access_token("W", REQUEST, force=True)

    assert second == jwt(2, NOW + 900)
    assert vault.asked[1]["forceAuthentication"] is True
    assert await source.access_token("W", REQUEST) == second


async def test_force_never_asks_the_user_to_consent_again() -> None:
    vault = FakeVault()

    await VaultTokenSource(vault, clock=Clock()).access_token(
        "W", TokenRequest("socials", ("socials/read",), "USER_FEDERATION"), force=True
    )

    assert "forceAuthentication" not in vault.asked[0]


FEDERATED = TokenRequest("coach-federation", ("socials/read",), "USER_FEDERATION", ("mcp-socials",))


async def test_a_consent_is_begun_with_the_return_page_and_the_state_of_its_user() -> None:
    vault = FakeVault()
    source = VaultTokenSource(vault, return_url="http://127.0.0.1:8704/return", clock=Clock())

    await source.access_token("W", FEDERATED, custom_state="sealed")
    await source.access_token("W", REQUEST, custom_state="sealed")

    assert vault.asked[0]["resourceOauth2ReturnUrl"] == "http://127.0.0.1:8704/return"
    assert vault.asked[0]["customState"] == "sealed"
    assert vault.asked[0].keys() - {"resourceOauth2ReturnUrl", "customState"} == vault.asked[1].keys()


async def test_a_new_state_is_no_new_question() -> None:
    vault = FakeVault()
    source = VaultTokenSource(vault, clock=Clock())

    first = await source.access_token("W", FEDERATED, custom_state="one")

    assert await source.access_token("W", FEDERATED, custom_state="two") == first


async def test_a_token_that_was_refused_is_not_handed_out_again_when_there_is_no_other() -> None:
    vault = FakeVault()
    source = VaultTokenSource(vault, clock=Clock())
    refused_token = await source.access_token("W", FEDERATED)
    vault.answer = {"authorizationUrl": "https://idp/authorize", "sessionUri": "urn:s"}

    for force in (True, False):
        with pytest.raises(ConsentRequired):
            await source.access_token("W", FEDERATED, force=force)
    vault.answer = None
    assert await source.access_token("W", FEDERATED) != refused_token


@pytest.mark.case("R07")
async def test_after_the_sign_in_ended_no_wider_token_stands_in() -> None:
    vault, clock = FakeVault(life_s=60), Clock()
    source = VaultTokenSource(vault, skew_s=30, clock=clock)
    wide = TokenRequest(REQUEST.provider, ("activities/read", "activities/write"), REQUEST.flow, REQUEST.audiences)
    await source.access_token("W", wide)
    clock.now = NOW + 31  # the subject token has ended, and with it, less the skew, what was made from it
    vault.fail_next = [refused("UnauthorizedException", 401) for _ in range(3)]

    for request, force in ((REQUEST, False), (wide, False), (wide, True)):
        with pytest.raises(SignInExpired):
            await source.access_token("W", request, force=force)


async def test_a_token_that_does_not_say_when_it_ends_is_not_kept() -> None:
    source = VaultTokenSource(FakeVault(opaque=True), clock=Clock())

    assert [await source.access_token("W", REQUEST) for _ in range(2)] == ["opaque-1", "opaque-2"]


@pytest.mark.case("X12")
async def test_callers_at_the_same_time_share_one_question() -> None:
    vault = FakeVault(hold=threading.Event())
    source = VaultTokenSource(vault, clock=Clock())
    callers = [asyncio.create_task(source.access_token("W", REQUEST)) for _ in range(16)]
    await asyncio.sleep(0)
    assert vault.hold is not None
    vault.hold.set()

    assert set(await asyncio.gather(*callers)) == {jwt(1, NOW + 900)}
    assert len(vault.asked) == 1


@pytest.mark.case("M18")
async def test_a_caller_that_goes_away_does_not_take_the_answer_from_the_others() -> None:
    vault = FakeVault(hold=threading.Event())
    source = VaultTokenSource(vault, clock=Clock())
    gone = asyncio.create_task(source.access_token("W", REQUEST))
    stays = asyncio.create_task(source.access_token("W", REQUEST))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    assert vault.hold is not None
    vault.hold.set()

    assert await stays == jwt(1, NOW + 900)
    assert gone.cancelled()


async def test_the_event_loop_runs_while_the_vault_is_asked() -> None:
    vault = FakeVault(hold=threading.Event())
    waiting = asyncio.create_task(VaultTokenSource(vault, clock=Clock()).access_token("W", REQUEST))
    assert vault.hold is not None

    asyncio.get_running_loop().call_later(0.01, vault.hold.set)

    assert await asyncio.wait_for(waiting, 2) == jwt(1, NOW + 900)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("UnauthorizedException", 401), SignInExpired),
        (refused("AccessDeniedException", 403), TokenUnavailable),
        (refused("ValidationException", 400), TokenUnavailable),
        (refused("ResourceNotFoundException", 404), TokenUnavailable),
        (refused("ThrottlingException", 429), VaultUnreachable),
        (refused("InternalServerException", 503), VaultUnreachable),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), VaultUnreachable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
async def test_a_refusal_says_what_to_do_about_it(error: Exception, expected: type[TokenUnavailable]) -> None:
    vault = FakeVault(fail_next=[error])
    source = VaultTokenSource(vault, clock=Clock())

    with pytest.raises(TokenUnavailable) as raised:
        await source.access_token("W", REQUEST)

    assert type(raised.value) is expected
    assert raised.value.provider == "coach-exchange"
    assert await source.access_token("W", REQUEST) == jwt(2, NOW + 900)


async def test_a_needed_consent_carries_its_url() -> None:
    vault = FakeVault(answer={"authorizationUrl": "https://idp/authorize", "sessionUri": "urn:s"})

    with pytest.raises(ConsentRequired) as raised:
        await VaultTokenSource(vault, clock=Clock()).access_token("W", REQUEST)

    assert (raised.value.url, raised.value.session_uri) == ("https://idp/authorize", "urn:s")
    assert raised.value.scopes == ("activities/read",)
    assert "https://" not in str(raised.value)


async def test_a_failed_session_is_no_consent() -> None:
    vault = FakeVault(answer={"sessionUri": "urn:s", "sessionStatus": "FAILED"})

    with pytest.raises(ConsentFailed):
        await VaultTokenSource(vault, clock=Clock()).access_token("W", REQUEST)


async def test_a_consent_that_was_begun_is_asked_for_by_its_session() -> None:
    vault = FakeVault()
    own_page = replace(FEDERATED, return_url="http://127.0.0.1:8704/other")
    source = VaultTokenSource(vault, return_url="http://127.0.0.1:8704/return", clock=Clock())

    await source.access_token("W", own_page, session_uri="urn:s")

    assert vault.asked[0]["sessionUri"] == "urn:s"
    assert vault.asked[0]["resourceOauth2ReturnUrl"] == "http://127.0.0.1:8704/other"


async def test_a_session_that_the_vault_does_not_know_is_over() -> None:
    vault = FakeVault(fail_next=[refused("ResourceNotFoundException", 404) for _ in range(2)])
    source = VaultTokenSource(vault, clock=Clock())

    with pytest.raises(ConsentFailed):
        await source.access_token("W", FEDERATED, session_uri="urn:s")
    with pytest.raises(TokenUnavailable) as raised:
        await source.access_token("W", FEDERATED)
    assert not isinstance(raised.value, ConsentFailed)


async def test_what_is_kept_is_bounded() -> None:
    source = VaultTokenSource(FakeVault(), clock=Clock())
    for n in range(MOST_KEPT + 10):
        await source.access_token(f"W{n}", REQUEST)

    assert len(source._kept) == MOST_KEPT


async def test_keys_of_the_cache_hold_no_workload_token() -> None:
    source = VaultTokenSource(FakeVault(), clock=Clock())
    await source.access_token("canary-workload-token", REQUEST)

    assert "canary-workload-token" not in str(list(source._kept))


def test_a_client_takes_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_PROFILE": "does-not-exist",
        "AWS_ENDPOINT_URL": "http://evil.example",
        "AWS_SESSION_TOKEN": "another-session",
        "AWS_ACCESS_KEY_ID": "AKIAOFTHEATHLETE0000",
        "AWS_SECRET_ACCESS_KEY": "of-the-athlete",
        "HTTP_PROXY": "http://evil.example",
    }.items():
        monkeypatch.setenv(name, value)

    client = vault_client(
        endpoint_url="http://127.0.0.1:8702",
        region="us-east-1",
        access_key_id="LOCALCOACH0000000000",
        secret_access_key="secret",
    )

    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        "LOCALCOACH0000000000",
        "secret",
        None,
    )
    assert client.meta.endpoint_url == "http://127.0.0.1:8702"
    assert client.meta.config.proxies == {}
    client.close()
