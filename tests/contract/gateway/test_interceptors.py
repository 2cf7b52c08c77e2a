"""Interceptors around the gateway: what they see, what they may change, and that nothing passes a broken one."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway_config.gateway import Interceptor
from local_agentcore.gateway.errors import FunctionUnknown
from tests.support.functions import SECRET, FakeFunction
from tests.support.gateway import GatewayUnderTest, function_arn, in_process
from tests.support.mcp_server import PROTOCOLS, rpc_message
from tests.support.mcp_target import FakeTarget, tool

Json = dict[str, Any]
TOOL = "activities___echo"


def request_out(body: Json) -> Json:
    return {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayRequest": {"body": body}}}


def response_out(**response: Any) -> Json:
    return {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayResponse": response}}


def unchanged_request(event: Json) -> Json:
    return request_out(event["mcp"]["gatewayRequest"]["body"])


def unchanged_response(event: Json) -> Json:
    return response_out(**event["mcp"]["gatewayResponse"])


def renamed(name: str, **arguments: Any) -> Callable[[Json], Json]:
    """A REQUEST interceptor's answer that calls another tool."""

    def answer(event: Json) -> Json:
        body = event["mcp"]["gatewayRequest"]["body"]
        if body["method"] != "tools/call":
            return request_out(body)
        return request_out({**body, "params": {**body["params"], "name": name, "arguments": arguments}})

    return answer


@pytest.fixture
def before() -> Iterator[FakeFunction]:
    function = FakeFunction(answer=unchanged_request)
    yield function
    function.released.set()


@pytest.fixture
def after() -> Iterator[FakeFunction]:
    function = FakeFunction(answer=unchanged_response)
    yield function
    function.released.set()


def interceptor(name: str, *points: str, headers: bool = False, no_body: bool = False) -> Interceptor:
    return Interceptor(function_arn(name), frozenset(points), headers, no_body)  # type: ignore[arg-type] # Literals


@pytest.fixture
def gateway(before: FakeFunction, after: FakeFunction) -> GatewayUnderTest:
    return GatewayUnderTest(
        targets={"activities": FakeTarget()},
        options={"functions": {"before": before, "after": after}},
        settings={
            "interceptors": (interceptor("before", "REQUEST"), interceptor("after", "RESPONSE")),
            "interceptor_timeout_s": 0.3,
        },
    )


def called(gateway: GatewayUnderTest) -> list[str]:
    return [str(call.message["params"]["name"]) for call in gateway.targets["activities"].calls()]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_interceptors_see_request_and_answer_in_the_payloads_of_aws(
    gateway: GatewayUnderTest, before: FakeFunction, after: FakeFunction, protocol: str
) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        result = await client.result(TOOL, {"text": "größer"})
        sent = client.message("tools/call", {"name": TOOL, "arguments": {"text": "größer"}})

    [asked], [answered] = before.events, after.events
    raw = asked["mcp"]["rawGatewayRequest"].pop("body")
    assert json.loads(raw) == sent
    request = {"path": "/mcp", "httpMethod": "POST", "body": sent}
    assert asked == {
        "interceptorInputVersion": "1.0",
        "mcp": {"rawGatewayRequest": {}, "gatewayRequest": request},
    }
    response = answered["mcp"].pop("gatewayResponse")
    assert answered["mcp"]["gatewayRequest"] == request
    assert (response["statusCode"], response["body"]["result"]) == (200, result)


async def test_headers_are_shown_only_to_those_that_ask_for_them(
    gateway: GatewayUnderTest, before: FakeFunction, after: FakeFunction
) -> None:
    gateway.settings["interceptors"] = (
        interceptor("before", "REQUEST", headers=True),
        interceptor("after", "RESPONSE"),
    )
    async with in_process(gateway) as client:
        await client.result(TOOL)

    headers = before.events[0]["mcp"]["gatewayRequest"]["headers"]
    assert headers["Authorization"] == f"Bearer {client.token}"
    assert "headers" not in after.events[0]["mcp"]["gatewayRequest"]
    assert client.token not in json.dumps(after.events)


async def test_the_body_of_an_answer_can_be_kept_from_an_interceptor(
    gateway: GatewayUnderTest, after: FakeFunction
) -> None:
    gateway.settings["interceptors"] = (interceptor("after", "RESPONSE", no_body=True),)
    after.answer = response_out(statusCode=200, headers={"X-Seen": "yes"})
    async with in_process(gateway) as client:
        response = await client.call(TOOL)

    assert after.events[0]["mcp"]["gatewayResponse"] == {"statusCode": 200, "headers": {}}
    assert response.headers["x-seen"] == "yes"
    assert "content" in response.json()["result"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_changed_request_is_what_the_target_gets(
    gateway: GatewayUnderTest, before: FakeFunction, protocol: str
) -> None:
    before.answer = renamed(TOOL, text="changed")
    async with in_process(gateway, protocol=protocol) as client:
        await client.result(TOOL, {"text": "asked"})

    [call] = gateway.targets["activities"].calls()
    assert call.message["params"]["arguments"] == {"text": "changed"}


async def test_a_changed_argument_is_mirrored_anew(gateway: GatewayUnderTest, before: FakeFunction) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "x-mcp-header": "City"}}}
    gateway.targets["activities"].tools = [tool("echo", inputSchema=schema)]
    before.answer = renamed(TOOL, city="Hamburg")
    async with in_process(gateway) as client:
        await client.result(TOOL, {"city": "Berlin"}, headers={"Mcp-Param-City": "Berlin"})

    [call] = gateway.targets["activities"].calls()
    assert call.headers["mcp-param-city"] == "Hamburg"


@pytest.mark.case("P10")
async def test_a_changed_request_is_decided_about_again(gateway: GatewayUnderTest, before: FakeFunction) -> None:
    before.answer = renamed("activities___write", text="changed")
    gateway.targets["activities"].tools = [tool("echo"), tool("write", scopes=["activities/write"], reads=False)]
    async with in_process(gateway, scope="activities/read") as client:
        await client.send("tools/list")
        response = await client.call(TOOL)

    assert response.status_code == 403
    assert called(gateway) == []


async def test_a_call_that_is_not_allowed_reaches_no_interceptor(
    gateway: GatewayUnderTest, before: FakeFunction, after: FakeFunction, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.audit")
    async with in_process(gateway, scope="routes/read") as client:
        response = await client.call(TOOL)

    assert response.status_code == 403
    assert before.events == after.events == []
    [line] = [record.getMessage() for record in caplog.records if record.name == "local_agentcore.gateway.audit"]
    assert "decision=<deny>" in line


async def test_an_interceptor_may_answer_itself(
    gateway: GatewayUnderTest, before: FakeFunction, after: FakeFunction, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.audit")
    own = {"jsonrpc": "2.0", "id": 1, "result": {"content": [], "resultType": "complete"}}
    before.answer = response_out(statusCode=203, body=own) | {}
    before.answer["mcp"]["transformedGatewayRequest"] = {"body": {}}
    async with in_process(gateway) as client:
        response = await client.call(TOOL)

    assert (response.status_code, response.json()) == (203, own)
    assert called(gateway) == []
    assert after.events == []
    [line] = [record.getMessage() for record in caplog.records if record.name == "local_agentcore.gateway.audit"]
    assert "outcome=<intercepted>" in line
    assert TOOL in line


async def test_one_audit_line_is_written_for_a_call_with_interceptors(
    gateway: GatewayUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.audit")
    async with in_process(gateway) as client:
        await client.result(TOOL)

    lines = [record.getMessage() for record in caplog.records if record.name == "local_agentcore.gateway.audit"]
    assert len(lines) == 1
    assert "outcome=<answered>" in lines[0]


async def test_a_listing_can_be_narrowed_by_an_interceptor(gateway: GatewayUnderTest, after: FakeFunction) -> None:
    def narrowed(event: Json) -> Json:
        body = event["mcp"]["gatewayResponse"]["body"]
        tools = [one for one in body["result"]["tools"] if one["name"] == TOOL]
        return response_out(statusCode=200, body={**body, "result": {**body["result"], "tools": tools}})

    after.answer = narrowed
    async with in_process(gateway) as client:
        listed = (await client.send("tools/list")).json()["result"]["tools"]

    assert [one["name"] for one in listed] == [TOOL]


async def test_progress_does_not_pass_an_interceptor_that_waits_for_the_answer(
    gateway: GatewayUnderTest, after: FakeFunction
) -> None:
    gateway.targets["activities"].progress = 3

    def redacted(event: Json) -> Json:
        return response_out(statusCode=200, body={**event["mcp"]["gatewayResponse"]["body"], "result": {"content": []}})

    after.answer = redacted
    async with in_process(gateway, protocol=PROTOCOLS[1]) as client:
        params = {"name": TOOL, "arguments": {}, "_meta": {"progressToken": "p"}}
        response = await client.send("tools/call", params)

    assert response.headers["content-type"] == "application/json"
    assert rpc_message(response)["result"] == {"content": []}


BROKEN: list[Any] = [
    pytest.param({"failing": ValueError}, id="raises"),
    pytest.param({"waits_s": 3.0}, id="silent"),
    pytest.param({"answer": None}, id="nothing"),
    pytest.param({"answer": "yes"}, id="text"),
    pytest.param({"answer": {"mcp": {}}}, id="no-version"),
    pytest.param({"answer": {"interceptorOutputVersion": "2.0", "mcp": {}}}, id="another-version"),
    pytest.param({"answer": {"interceptorOutputVersion": "1.0", "mcp": {}}}, id="neither"),
    pytest.param({"answer": response_out(statusCode=200, body={"jsonrpc": "2.0", "id": 9, "result": {}})}, id="id"),
    pytest.param({"answer": response_out(statusCode=200, body={"jsonrpc": "2.0", "id": 1})}, id="no-result"),
    pytest.param({"answer": response_out(statusCode=99)}, id="status"),
    pytest.param({"answer": response_out(statusCode=200, headers={"X-A": "a\r\nX-Evil: 1"})}, id="line-break"),
]
BROKEN_REQUESTS: list[Any] = [
    *BROKEN,
    pytest.param({"answer": request_out({"jsonrpc": "2.0", "id": 2, "method": "tools/call"})}, id="another-id"),
    pytest.param({"answer": request_out({"jsonrpc": "2.0", "id": 1, "method": "initialize"})}, id="another-method"),
    pytest.param(
        {"answer": request_out({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []})}, id="params"
    ),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("knobs", BROKEN_REQUESTS)
async def test_nothing_passes_a_broken_request_interceptor(
    gateway: GatewayUnderTest, before: FakeFunction, *, knobs: Json, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name, value in knobs.items():
        setattr(before, name, value)
    async with in_process(gateway, protocol=protocol) as client:
        response = await client.call(TOOL)

    assert response.status_code == (500 if protocol == PROTOCOLS[0] else 200)
    assert response.json()["error"]["code"] == -32603
    assert called(gateway) == []
    assert SECRET not in response.text + caplog.text


@pytest.mark.parametrize("knobs", BROKEN)
async def test_no_answer_passes_a_broken_response_interceptor(
    gateway: GatewayUnderTest, after: FakeFunction, knobs: Json, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name, value in knobs.items():
        setattr(after, name, value)
    async with in_process(gateway) as client:
        response = await client.call(TOOL, {"text": "health-value"})

    assert response.status_code == 500
    assert "result" not in response.json()
    assert "health-value" not in response.text + caplog.text
    assert SECRET not in response.text + caplog.text


def test_an_interceptor_that_nobody_gave_stops_the_gateway(gateway: GatewayUnderTest) -> None:
    del gateway.options["functions"]["after"]
    with pytest.raises(FunctionUnknown, match="after"):
        gateway.app({"activities": "http://127.0.0.1:1"})
