"""A target at another issuer: the caller's person is asked to agree on a page, and nobody else learns where."""

import asyncio
import json
import logging
import time
from typing import Any

import httpx
import pytest

from identity.consent_state import check
from identity.errors import ConsentStateForeign
from local_agentcore.gateway.errors import ConsentWithoutReturn
from local_agentcore.gateway.open_consents import LIFETIME_S, MOST_BEGUN
from local_agentcore.gateway.settings import CredentialSettings
from tests.support.consent_vault import SESSION, ConsentVault
from tests.support.gateway import CONSENT_STATE_KEY, RETURN_URL, GatewayUnderTest, in_process
from tests.support.mcp_server import RpcClient, rpc_message
from tests.support.mcp_target import FakeTarget, Received, tool

PAGES: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}
CLUBS = "socials___clubs"
HANDSHAKE = "2025-11-25"
CREDENTIALS = "aws.bedrock-agentcore.gateway/credentialProviderConfiguration"


@pytest.fixture
def vault() -> ConsentVault:
    return ConsentVault()


@pytest.fixture
def gateway(vault: ConsentVault) -> GatewayUnderTest:
    return GatewayUnderTest(
        targets={"activities": FakeTarget(), "socials": FakeTarget()},
        flows={"socials": "USER_FEDERATION"},
        target_settings={"socials": {"static_tools": (tool("clubs"), tool("kudos", reads=False))}},
        settings={"consent_wait_s": 0.0},
        clients=frozenset({"coach-exchange", "another-program"}),
        vault=vault.vault(),
    )


def called(gateway: GatewayUnderTest) -> list[Received]:
    return gateway.targets["socials"].calls()


async def asked(client: RpcClient, arguments: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """The result of a call that needs a consent."""
    client.capabilities = PAGES
    result = await client.result(CLUBS, arguments, **options)
    assert result["resultType"] == "input_required", result
    return result


async def answered(client: RpcClient, question: dict[str, Any], action: str = "accept", **more: Any) -> httpx.Response:
    """The same call again, with an answer."""
    params = {
        "name": CLUBS,
        "arguments": {},
        "requestState": question["requestState"],
        "inputResponses": {"consent": {"action": action}},
        **more,
    }
    return await client.send("tools/call", params)


def refused(response: httpx.Response) -> bool:
    """Whether the state of a call was not accepted, in the words of the official servers."""
    return response.status_code == 400 and response.json()["error"] == {
        "code": -32602,
        "message": "Invalid or expired requestState",
        "data": {"reason": "invalid_request_state"},
    }


async def in_session(client: RpcClient, capabilities: dict[str, Any]) -> dict[str, str]:
    """The header of a session that was opened with these capabilities."""
    client.protocol = HANDSHAKE
    opened = await client.send("initialize", {"protocolVersion": HANDSHAKE, "capabilities": capabilities})
    return {"Mcp-Session-Id": opened.headers["mcp-session-id"]}


async def test_a_client_without_handshake_is_asked_and_makes_the_call_again(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client, {"text": "hello"})
        before = len(called(gateway))
        vault.agreed.add("athlete-sub-1")
        result = rpc_message(await answered(client, question, arguments={"text": "hello"}))["result"]

    params = question["inputRequests"]["consent"]["params"]
    assert question["inputRequests"]["consent"]["method"] == "elicitation/create"
    assert params == {"mode": "url", "url": vault.page.format(session=f"{SESSION}0"), "message": params["message"]}
    assert "Socials" in params["message"]
    assert before == 0
    [call] = called(gateway)
    assert call.message["params"]["arguments"] == {"text": "hello"}
    assert not {"requestState", "inputResponses"} & call.message["params"].keys()
    assert result["resultType"] == "complete"
    assert call.headers["authorization"].endswith("sig-of-athlete-sub-1")


async def test_a_client_with_a_handshake_gets_the_error_that_names_the_page_and_calls_again(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        session = await in_session(client, PAGES)
        error = (await client.call(CLUBS, headers=session)).json()["error"]
        vault.agreed.add("athlete-sub-1")
        again = await client.call(CLUBS, headers=session)

    assert error["code"] == -32042
    [page] = error["data"]["elicitations"]
    assert page.keys() == {"mode", "url", "elicitationId", "message"}
    assert (page["mode"], page["url"]) == ("url", vault.page.format(session=f"{SESSION}0"))
    assert "vault.test" not in error["message"] + page["message"]
    assert "result" in again.json()
    assert len(called(gateway)) == 1


@pytest.mark.case("V18")
@pytest.mark.case("V20")
@pytest.mark.parametrize("capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": []}])
@pytest.mark.parametrize("handshake", [True, False])
async def test_a_client_that_shows_no_pages_gets_an_error_without_one_and_no_form(
    gateway: GatewayUnderTest, capabilities: dict[str, Any], *, handshake: bool
) -> None:
    async with in_process(gateway) as client:
        session = await in_session(client, capabilities) if handshake else {}
        client.capabilities = capabilities
        response = await client.call(CLUBS, headers=session)

    result = response.json()["result"]
    assert result["isError"] is True
    assert json.loads(result["content"][0]["text"])["error"]["kind"] == "consent_required"
    assert "vault.test" not in response.text
    assert "elicitation" not in response.text
    assert called(gateway) == []


async def test_a_client_with_a_handshake_and_no_session_has_declared_nothing(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=HANDSHAKE) as client:
        response = await client.call(CLUBS)

    assert response.json()["result"]["isError"] is True
    assert "vault.test" not in response.text


@pytest.mark.case("V18")
@pytest.mark.parametrize(
    "page",
    [
        pytest.param("http://vault.test/authorize?request_uri={session}", id="http"),
        pytest.param("https://vault.test/authorize?request_uri={session}&access_token=x", id="a token"),
        pytest.param("https://vault.test/authorize?request_uri={session}&login_hint=maya@test.example", id="a person"),
        pytest.param("javascript:alert(1)//{session}", id="a script"),
    ],
)
async def test_nobody_is_sent_to_a_page_that_is_not_safe(
    gateway: GatewayUnderTest, vault: ConsentVault, page: str, caplog: pytest.LogCaptureFixture
) -> None:
    vault.page = page
    async with in_process(gateway) as client:
        client.capabilities = PAGES
        modern = await client.call(CLUBS)
        session = await in_session(client, PAGES)
        older = await client.call(CLUBS, headers=session)

    for response in (modern, older):
        assert json.loads(response.json()["result"]["content"][0]["text"])["error"]["kind"] == "upstream_unavailable"
        assert SESSION not in response.text
    assert SESSION not in caplog.text


@pytest.mark.case("V13")
async def test_neither_page_nor_state_is_logged(
    gateway: GatewayUnderTest, vault: ConsentVault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        await answered(client, question)

    ours = [record for record in caplog.records if record.name.partition(".")[0] in {"identity", "local_agentcore"}]
    log = "\n".join(logging.Formatter().format(record) for record in ours)
    assert "tool call" in log
    assert SESSION not in log
    assert question["requestState"] not in log


@pytest.mark.case("V19")
async def test_the_name_of_a_question_is_long_random_and_new_each_time(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        session = await in_session(client, PAGES)
        errors = [(await client.call(CLUBS, headers=session)).json()["error"] for _ in range(3)]

    names = [error["data"]["elicitations"][0]["elicitationId"] for error in errors]
    assert len(set(names)) == 3
    assert all(len(name) >= 22 for name in names)  # 128 bit in base64


@pytest.mark.case("V08")
@pytest.mark.case("V19")
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"sub": "athlete-sub-2", "jti": "2"}, id="another person"),
        pytest.param({"client_id": "another-program", "jti": "2"}, id="another program of the same person"),
    ],
)
async def test_a_question_is_answered_by_whom_it_was_put_to_and_nobody_else(
    gateway: GatewayUnderTest, vault: ConsentVault, other: dict[str, Any]
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        own, client.token = client.token, gateway.issuer.token(**other)
        vault.agreed |= {"athlete-sub-1", "athlete-sub-2"}
        theirs = await answered(client, question)
        before = len(called(gateway))
        client.token = own
        mine = await answered(client, question)

    assert refused(theirs)
    assert before == 0
    # The attempt of somebody else has not used it up.
    assert mine.json()["result"]["resultType"] == "complete"


@pytest.mark.case("V19")
async def test_a_new_token_of_the_same_sign_in_may_answer(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        client.token = gateway.issuer.token(jti="refreshed")
        result = (await answered(client, question)).json()["result"]

    assert result["resultType"] == "complete"


@pytest.mark.case("V22")
@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
async def test_a_state_that_was_tampered_with_is_refused(
    gateway: GatewayUnderTest, vault: ConsentVault, place: float
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        prefix, _, sealed = question["requestState"].rpartition(".")
        at = int(len(sealed) * place)
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        response = await answered(client, {"requestState": f"{prefix}.{changed}"})

    assert refused(response)
    assert called(gateway) == []


@pytest.mark.case("V22")
@pytest.mark.parametrize("state", ["gateway.", "gateway.v1.", "gateway.v1.AAAA", "gateway." + "A" * 5000, "gateway.ä"])
async def test_a_state_that_is_made_up_is_refused(gateway: GatewayUnderTest, state: str) -> None:
    async with in_process(gateway) as client:
        assert refused(await answered(client, {"requestState": state}))


@pytest.mark.case("V22")
async def test_a_state_is_used_once_also_when_it_comes_several_times_at_once(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        together = await asyncio.gather(*(answered(client, question) for _ in range(4)))
        later = await answered(client, question)

    assert sorted(refused(one) for one in together) == [False, True, True, True]
    assert refused(later)
    assert len(called(gateway)) == 1


@pytest.mark.case("V22")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"arguments": {"text": "other"}}, id="other arguments"),
        pytest.param({"name": "socials___kudos"}, id="another tool"),
        pytest.param({"name": "activities___echo"}, id="a tool of another target"),
    ],
)
async def test_a_state_is_good_for_the_very_call_that_it_was_given_for(
    gateway: GatewayUnderTest, vault: ConsentVault, change: dict[str, Any]
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        response = await answered(client, question, **change)

    assert refused(response)
    assert called(gateway) == []
    assert gateway.targets["activities"].calls() == []


@pytest.mark.case("V22")
async def test_a_state_ends_after_ten_minutes(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    moments = [0.0]
    gateway.options["clock"] = lambda: time.time() + moments[0]
    async with in_process(gateway, exp=int(time.time()) + 3600) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        moments[0] = LIFETIME_S + 1
        response = await answered(client, question)

    assert refused(response)
    assert called(gateway) == []


@pytest.mark.case("V21")
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_declines_is_told_so_and_nothing_is_called_then_or_later(
    gateway: GatewayUnderTest, vault: ConsentVault, action: str
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        result = (await answered(client, question, action)).json()["result"]
        vault.agreed.add("athlete-sub-1")
        again = await answered(client, question)
        await asyncio.sleep(0.05)

    assert result["isError"] is True
    assert "did not agree" in result["content"][0]["text"]
    assert "vault.test" not in json.dumps(result)
    assert refused(again)
    assert called(gateway) == []


@pytest.mark.case("V21")
async def test_a_consent_that_is_given_later_runs_no_call_by_itself(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        await asked(client)
        vault.agreed.add("athlete-sub-1")
        await asyncio.sleep(0.2)
        by_itself = len(called(gateway))
        await client.result(CLUBS)

    assert by_itself == 0
    assert len(called(gateway)) == 1


@pytest.mark.case("V21")
async def test_a_person_who_refuses_on_the_page_is_told_so(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.refused.add(f"{SESSION}0")
        result = (await answered(client, question)).json()["result"]

    assert result["isError"] is True
    assert "did not agree" in result["content"][0]["text"]
    assert called(gateway) == []


@pytest.mark.parametrize(
    "answer", [None, {}, {"consent": {}}, {"consent": {"action": "yes"}}, {"consent": "accept"}, []]
)
async def test_an_answer_that_says_nothing_is_refused_and_the_question_stays(
    gateway: GatewayUnderTest, vault: ConsentVault, answer: Any
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        vault.agreed.add("athlete-sub-1")
        response = await answered(client, question, inputResponses=answer)
        then = await answered(client, question)

    assert response.json()["error"]["code"] == -32602
    assert then.json()["result"]["resultType"] == "complete"


@pytest.mark.case("V29")
async def test_a_client_that_says_the_person_agreed_is_not_believed(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        question = await asked(client)
        again = (await answered(client, question)).json()["result"]

    assert called(gateway) == []
    assert again["resultType"] == "input_required"
    # The same page, because the consent is still open there; another state, because the first was used.
    assert again["inputRequests"] == question["inputRequests"]
    assert again["requestState"] != question["requestState"]
    assert vault.begun == ["athlete-sub-1"]


async def test_a_consent_that_arrives_a_moment_after_the_answer_is_waited_for(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    gateway.settings["consent_wait_s"] = 10.0
    async with in_process(gateway) as client:
        question = await asked(client)
        answer = asyncio.ensure_future(answered(client, question))
        await asyncio.sleep(0.3)
        assert not answer.done()
        vault.agreed.add("athlete-sub-1")
        result = (await answer).json()["result"]

    assert result["resultType"] == "complete"
    assert len(called(gateway)) == 1


@pytest.mark.case("V26")
async def test_the_return_page_is_the_configured_one_whatever_a_caller_writes(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    override = {"oauthCredentialProvider": {"returnUrl": "https://evil.test", "forceAuthentication": True}}
    written = {"text": "hi", "returnUrl": "https://evil.test", "forceAuthentication": True}
    async with in_process(gateway) as client:
        client.capabilities = PAGES
        params = {
            "name": CLUBS,
            "arguments": written,
            "_meta": {CREDENTIALS: override},
            "returnUrl": "https://evil.test",
        }
        await client.send("tools/call", params)
        vault.agreed.add("athlete-sub-1")
        await client.send("tools/call", params)

    assert [one["resourceOauth2ReturnUrl"] for one in vault.asked] == [RETURN_URL] * 2
    assert not any("evil.test" in json.dumps(one) or "forceAuthentication" in one for one in vault.asked)
    [call] = called(gateway)
    assert CREDENTIALS not in call.body.decode()


@pytest.mark.case("V27")
async def test_a_consent_is_tied_to_the_person_who_calls(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    async with in_process(gateway) as client:
        await asked(client)

    key, state = CONSENT_STATE_KEY.encode(), vault.asked[0]["customState"]
    issuer = gateway.issuer.issuer
    check(key, state, issuer=issuer, subject="athlete-sub-1", now=time.time())
    with pytest.raises(ConsentStateForeign):
        check(key, state, issuer=issuer, subject="athlete-sub-2", now=time.time())


@pytest.mark.case("V27")
@pytest.mark.parametrize("missing", ["key", "page"])
def test_a_gateway_whose_consents_would_be_tied_to_nobody_does_not_start(
    gateway: GatewayUnderTest, missing: str
) -> None:
    urls = dict.fromkeys(gateway.targets, "http://127.0.0.1:1")
    gateway.app(urls)
    if missing == "key":
        gateway.settings["consent_state_key"] = None
    else:
        credential = CredentialSettings("p", "USER_FEDERATION", ("socials/read",), ("mcp-socials",))
        gateway.target_settings["socials"]["credential"] = credential
    with pytest.raises(ConsentWithoutReturn, match="socials"):
        gateway.app(urls)


@pytest.mark.case("V30")
async def test_one_program_begins_a_bounded_number_of_consents_for_a_person(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    moments = [0.0]
    gateway.options["clock"] = lambda: time.time() + moments[0]
    async with in_process(gateway, exp=int(time.time()) + 3600) as client:
        questions = [await asked(client) for _ in range(MOST_BEGUN + 6)]
        begun = len(vault.begun)
        pages = {one["inputRequests"]["consent"]["params"]["url"] for one in questions}
        own, client.token = client.token, gateway.issuer.token(client_id="another-program", jti="2")
        await asked(client)
        others = len(vault.begun) - begun
        client.token = own
        vault.refused.add(f"{SESSION}{begun - 1}")
        await asked(client)
        after_a_refusal = len(vault.begun) - begun - others
        moments[0] = LIFETIME_S + 1
        await asked(client)

    assert begun == len(pages) == MOST_BEGUN
    assert others == 1
    assert after_a_refusal == 1
    assert len(vault.begun) == MOST_BEGUN + 3
    assert called(gateway) == []


async def test_the_last_of_too_many_questions_can_still_be_answered(
    gateway: GatewayUnderTest, vault: ConsentVault
) -> None:
    async with in_process(gateway) as client:
        questions = [await asked(client) for _ in range(70)]
        vault.agreed.add("athlete-sub-1")
        last = await answered(client, questions[-1])
        first = await answered(client, questions[0])

    assert last.json()["result"]["resultType"] == "complete"
    assert refused(first)


async def test_a_caller_that_acts_for_itself_is_asked_nothing(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    async with in_process(gateway, sub="coach-exchange", username=None) as client:
        client.capabilities = PAGES
        response = await client.call(CLUBS)

    assert response.status_code == 403
    assert vault.asked == []


async def test_a_state_of_the_targets_own_goes_to_the_target(gateway: GatewayUnderTest, vault: ConsentVault) -> None:
    vault.agreed.add("athlete-sub-1")
    async with in_process(gateway) as client:
        await answered(client, {"requestState": "v1.of-the-target"})

    [call] = called(gateway)
    assert call.message["params"]["requestState"] == "v1.of-the-target"
    assert call.message["params"]["inputResponses"] == {"consent": {"action": "accept"}}
