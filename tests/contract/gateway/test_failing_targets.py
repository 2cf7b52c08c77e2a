"""Targets that are down, slow, rude or endless: the caller gets the gateway's own words, and nobody waits for long."""

import asyncio
import copy
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local_agentcore.gateway import circuit
from local_agentcore.gateway.errors import CredentialForTwoPlaces
from tests.support.gateway import GatewayUnderTest, in_process, on_a_port
from tests.support.mcp_server import PROTOCOLS, RpcClient, rpc_message
from tests.support.mcp_target import FakeTarget, tool
from tests.support.serving import free_socket, served

SECRET = "secret-of-the-target"


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget()


@pytest.fixture
def gateway(target: FakeTarget) -> GatewayUnderTest:
    return GatewayUnderTest(targets={"activities": target}, settings={"silence_s": 1.0})


async def said(client: RpcClient, name: str = "activities___write") -> dict[str, Any]:
    """The error that a failed call says."""
    result = await client.result(name)
    assert result["isError"] is True, result
    error: dict[str, Any] = json.loads(result["content"][0]["text"])["error"]
    return error


def turn(target: FakeTarget, knobs: dict[str, Any]) -> None:
    """Make a target behave so; it uses lists up."""
    for name, value in knobs.items():
        setattr(target, name, copy.copy(value))


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so; at most 5 s."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - another thread changes it
            await asyncio.sleep(0.01)


RUDE = [
    pytest.param({"failing": [500]}, "upstream_unavailable", id="500"),
    pytest.param({"failing": [403]}, "forbidden", id="403"),
    pytest.param({"failing": [429]}, "rate_limited", id="429"),
    pytest.param({"failing": [401, 401]}, "unauthorized", id="401-twice"),
    pytest.param({"failing": [302]}, "upstream_unavailable", id="redirect"),
    pytest.param({"raw": ("text/html", b"<html>secret-of-the-target</html>")}, "upstream_unavailable", id="html"),
    pytest.param({"raw": ("application/json", b"{secret-of-the-target")}, "upstream_unavailable", id="not-json"),
    pytest.param({"raw": ("application/json", b'["secret-of-the-target"]')}, "upstream_unavailable", id="batch"),
    pytest.param(
        {"raw": ("application/json", b'{"result": "secret-of-the-target"}')}, "upstream_unavailable", id="text"
    ),
    pytest.param({"raw": ("application/json", b"[" * 100_000)}, "upstream_unavailable", id="nested"),
    pytest.param({"raw": ("text/event-stream", b"data: {\r\n\r\n")}, "upstream_unavailable", id="broken-event"),
    pytest.param({"raw": ("text/event-stream", b": ping\r\n\r\n")}, "upstream_unavailable", id="stream-without-answer"),
    pytest.param({"delay_s": 3.0}, "upstream_unavailable", id="silent"),
    pytest.param({"drops": 1}, "upstream_unavailable", id="connection-lost"),
    pytest.param({"echoes": True}, "upstream_unavailable", id="repeats-its-credential"),
]


@pytest.mark.case("M17")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("knobs", "kind"), RUDE)
async def test_a_failing_target_becomes_an_error_result_in_our_own_words(
    gateway: GatewayUnderTest,
    target: FakeTarget,
    *,
    protocol: str,
    knobs: dict[str, Any],
    kind: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore")
    async with in_process(gateway, protocol=protocol) as client:
        await client.send("tools/list")
        turn(target, knobs)
        error = await said(client)
        turn(target, {name: getattr(FakeTarget(), name) for name in knobs})
        again = await client.result("activities___write")

    assert error["kind"] == kind
    assert SECRET not in json.dumps(error)
    assert "gateway-for" not in json.dumps(error)
    assert SECRET not in caplog.text
    assert "activities" in error["message"]
    assert not again.get("isError")


@pytest.mark.case("M17")
@pytest.mark.parametrize("shape", ["application/json", "text/event-stream"])
async def test_an_answer_without_end_is_cut_off(gateway: GatewayUnderTest, target: FakeTarget, shape: str) -> None:
    gateway.settings["most_answer_bytes"] = 100_000

    async with in_process(gateway) as client:
        await client.send("tools/list")
        body = b'{"jsonrpc":"2.0","id":1,"result":{"text":"' + b"x" * 1_000_000 + b'"}}'
        target.raw = (shape, body if shape == "application/json" else b"data: " + body + b"\r\n\r\n")
        error = await said(client)

    assert error["kind"] == "upstream_unavailable"


@pytest.mark.case("V23")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(gateway: GatewayUnderTest, target: FakeTarget, status: int) -> None:
    elsewhere = FakeTarget()

    with served(elsewhere, free_socket()) as url:
        async with in_process(gateway) as client:
            await client.send("tools/list")
            target.failing, target.redirects_to = [status], f"{url}/mcp"
            await said(client)

    assert elsewhere.received == []
    assert len(target.calls()) == 1


@pytest.mark.case("V23")
def test_one_credential_for_two_places_is_refused_at_start() -> None:
    gateway = GatewayUnderTest()
    shared = {"credential": gateway._target("a", "https://a.test").credential}
    gateway.targets = {"a": FakeTarget(), "b": FakeTarget()}
    gateway.target_settings = {"a": shared, "b": shared}

    gateway.app({"a": "https://a.test", "b": "https://a.test"})
    with pytest.raises(CredentialForTwoPlaces, match="target b "):
        gateway.app({"a": "https://a.test", "b": "https://b.test"})


@pytest.mark.parametrize("debug", [False, True])
async def test_a_targets_own_error_is_quoted_in_debug_mode_only(
    gateway: GatewayUnderTest, target: FakeTarget, *, debug: bool
) -> None:
    gateway.settings["debug"] = debug
    target.error = {"code": -32602, "message": f"bad: {SECRET}", "data": {"of": SECRET}}

    async with in_process(gateway) as client:
        response = await client.call("activities___echo")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32602
    assert (SECRET in response.text) is debug


async def test_in_debug_mode_the_caller_learns_what_happened(gateway: GatewayUnderTest, target: FakeTarget) -> None:
    gateway.settings["debug"] = True
    target.failing = [500]

    async with in_process(gateway) as client:
        error = await said(client)

    assert "TargetRefused: HTTP status 500" in error["message"]


async def test_a_refused_token_is_replaced_once(gateway: GatewayUnderTest, target: FakeTarget) -> None:
    async with in_process(gateway) as client:
        await client.send("tools/list")
        gateway.tokens.stale.add(gateway.workload_tokens.token_for(client.token))
        target.refused_tokens = {"stale"}
        result = await client.result("activities___write")

    assert not result.get("isError")
    assert [forced for _, request, forced in gateway.tokens.asked if request.flow != "M2M"] == [False, True]


@pytest.mark.parametrize(
    ("knobs", "tool_name", "asked"),
    [
        pytest.param({"drops": 1}, "echo", 2, id="lost-reading"),
        pytest.param({"drops": 1}, "write", 1, id="lost-writing"),
        pytest.param({"failing": [503]}, "echo", 2, id="503-reading"),
        pytest.param({"failing": [503]}, "write", 1, id="503-writing"),
        pytest.param({"failing": [500]}, "echo", 1, id="500-reading"),
        pytest.param({"failing": [503, 503, 503]}, "echo", 2, id="503-twice"),
    ],
)
async def test_only_what_may_be_done_twice_is_tried_twice(
    gateway: GatewayUnderTest, target: FakeTarget, knobs: dict[str, Any], tool_name: str, asked: int
) -> None:
    async with in_process(gateway) as client:
        await client.send("tools/list")
        turn(target, knobs)
        await client.result(f"activities___{tool_name}")

    assert len(target.calls()) == asked


async def test_a_write_that_was_lost_says_that_it_may_be_done(gateway: GatewayUnderTest, target: FakeTarget) -> None:
    async with in_process(gateway) as client:
        await client.send("tools/list")
        target.drops = 1
        error = await said(client)

    assert "Whether this was done is unknown" in error["message"]


async def test_a_target_that_fails_again_and_again_is_left_alone_for_a_while(
    gateway: GatewayUnderTest, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit, "PAUSE_S", 0.3)
    gateway.targets["routes"] = FakeTarget(tools=[tool("search", scopes=["routes/read"])])

    async with in_process(gateway) as client:
        await client.send("tools/list")
        target.failing = [500] * 6
        errors = [await said(client) for _ in range(circuit.FAILURES_TO_OPEN + 3)]
        asked = len(target.calls())
        other = await client.result("routes___search")
        await asyncio.sleep(0.35)
        failed_trial = await said(client)
        paused_again = await said(client)
        await asyncio.sleep(0.35)
        recovered = await client.result("activities___write")

    assert asked == circuit.FAILURES_TO_OPEN
    assert "failed several times" in errors[-1]["message"]
    assert not other.get("isError")
    assert "unavailable" in failed_trial["message"]
    assert "failed several times" in paused_again["message"]
    assert not recovered.get("isError")


async def test_what_a_target_says_about_one_caller_closes_it_for_nobody(
    gateway: GatewayUnderTest, target: FakeTarget
) -> None:
    async with in_process(gateway) as client:
        await client.send("tools/list")
        target.failing = [403] * (circuit.FAILURES_TO_OPEN + 2)
        for _ in range(circuit.FAILURES_TO_OPEN + 2):
            assert (await said(client))["kind"] == "forbidden"
        result = await client.result("activities___write")

    assert not result.get("isError")


async def test_a_target_that_is_not_there_is_said_to_be_unavailable(gateway: GatewayUnderTest) -> None:
    gateway.target_settings["activities"] = {
        "endpoint": "http://127.0.0.1:9/mcp",
        "static_tools": (tool("write", reads=False),),
    }

    async with in_process(gateway) as client:
        error = await said(client)

    assert error["kind"] == "upstream_unavailable"
    assert "unknown" not in error["message"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("era", ["modern", "handshake"])
async def test_progress_is_passed_on_as_it_comes(
    gateway: GatewayUnderTest, target: FakeTarget, protocol: str, era: Any
) -> None:
    target.era, target.progress = era, 3

    async with in_process(gateway, protocol=protocol) as client:
        params = {"name": "activities___echo", "arguments": {}}
        message = client.message("tools/call", params)
        message["params"].setdefault("_meta", {})["progressToken"] = "p-1"
        response = await client.send("tools/call", params, content=json.dumps(message).encode())

    assert response.headers["content-type"] == "text/event-stream"
    events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
    assert [event.get("method") for event in events] == ["notifications/progress"] * 3 + [None]
    assert [event["params"]["progress"] for event in events[:3]] == [1, 2, 3]
    assert events[-1]["result"]["content"][0]["text"].startswith("echo:")


async def test_a_target_that_says_it_is_still_at_it_keeps_the_connection_to_the_client_alive(
    gateway: GatewayUnderTest, target: FakeTarget
) -> None:
    target.signs_of_life = 2

    async with in_process(gateway) as client:
        response = await client.call("activities___echo")

    assert response.text.startswith(": ping\r\n\r\n: ping\r\n\r\nevent: message\r\n")
    assert rpc_message(response)["result"]["content"][0]["text"].startswith("echo:")


async def test_a_target_that_only_says_it_is_still_at_it_is_given_up_in_time(
    gateway: GatewayUnderTest, target: FakeTarget
) -> None:
    gateway.settings["call_timeout_s"] = 0.5

    async with in_process(gateway) as client:
        await client.send("tools/list")
        target.signs_of_life, target.trickles_s = 100, 0.1
        started = time.monotonic()
        response = await client.call("activities___echo")
        took_s = time.monotonic() - started

    error = json.loads(rpc_message(response)["result"]["content"][0]["text"])["error"]
    assert error["kind"] == "upstream_unavailable"
    assert took_s < 3


async def test_a_client_that_reads_no_events_gets_the_answer_alone(
    gateway: GatewayUnderTest, target: FakeTarget
) -> None:
    target.progress = 3

    async with in_process(gateway) as client:
        response = await client.call("activities___echo", headers={"Accept": "application/json"})

    assert response.headers["content-type"] == "application/json"
    assert response.json()["result"]["content"][0]["text"].startswith("echo:")


@pytest.mark.case("M18")
async def test_a_client_that_leaves_ends_the_call_at_the_target(
    gateway: GatewayUnderTest, target: FakeTarget, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.audit")
    gateway.settings["silence_s"] = 30.0
    with on_a_port(gateway) as url:
        headers = {"Authorization": f"Bearer {gateway.issuer.token()}"}
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "activities___echo", "arguments": {}},
        }
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            assert (await http.post(url, json=body)).status_code == 200
            target.delay_s = 20.0
            with pytest.raises(httpx.ReadTimeout):
                await http.post(url, json=body, timeout=0.3)
            await eventually(lambda: target.abandoned == 1)
            target.delay_s = 0.0
            again = await http.post(url, json=body)

    assert rpc_message(again)["result"]["content"][0]["text"].startswith("echo:")
    assert "outcome=<cancelled>" in caplog.text


@pytest.mark.case("M18")
async def test_a_cancelled_call_of_a_session_ends_at_the_target(gateway: GatewayUnderTest, target: FakeTarget) -> None:
    gateway.settings["silence_s"] = 30.0
    async with in_process(gateway, protocol="2025-06-18") as client:
        opened = await client.send("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}})
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        await client.send("tools/list", headers=session)
        target.delay_s = 20.0
        call = asyncio.ensure_future(client.call("activities___echo", headers=session))
        await eventually(lambda: len(target.calls()) == 1)
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        headers = client.headers("notifications/cancelled")
        foreign = await client.http.post("/mcp", json=cancelled, headers=headers)
        assert not call.done()
        acknowledged = await client.http.post("/mcp", json=cancelled, headers={**headers, **session})
        answer = await asyncio.wait_for(call, 5)
        await eventually(lambda: target.abandoned == 1)

    assert foreign.status_code == acknowledged.status_code == 202
    assert answer.json()["error"]["message"] == "Request cancelled"


async def test_a_question_to_the_person_reaches_every_era_in_its_own_shape(
    gateway: GatewayUnderTest, target: FakeTarget
) -> None:
    page = {"mode": "url", "url": "https://issuer.test/agree", "message": "Agree first"}
    target.result = {
        "resultType": "input_required",
        "inputRequests": {"consent": {"method": "elicitation/create", "params": page}},
        "requestState": "sealed",
    }

    async with in_process(gateway) as client:
        modern = await client.result("activities___echo")
        client.protocol = "2025-06-18"
        older = (await client.call("activities___echo")).json()["error"]

    assert modern == target.result
    assert older["code"] == -32042
    [shown] = older["data"]["elicitations"]
    assert len(shown.pop("elicitationId")) >= 22  # 128 bit; this version wants one
    assert shown == page


async def test_the_answer_to_a_question_goes_back_to_the_target(gateway: GatewayUnderTest, target: FakeTarget) -> None:
    async with in_process(gateway) as client:
        params = {
            "name": "activities___echo",
            "arguments": {},
            "requestState": "sealed",
            "inputResponses": {"consent": {"action": "accept"}},
        }
        await client.send("tools/call", params)

    sent = target.calls()[0].message["params"]
    assert sent["requestState"] == "sealed"
    assert sent["inputResponses"] == {"consent": {"action": "accept"}}
