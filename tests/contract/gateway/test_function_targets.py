"""A Lambda function behind the gateway, locally a callable: called with the arguments, told which tool it is."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local_agentcore.gateway import circuit
from local_agentcore.gateway.errors import FunctionUnknown
from local_agentcore.gateway.functions.local_function import function_name
from tests.support.functions import SECRET, FakeFunction
from tests.support.gateway import GatewayUnderTest, function_arn, in_process
from tests.support.mcp_server import PROTOCOLS, RpcClient
from tests.support.mcp_target import tool

TOOL = "sums___add"


@pytest.fixture
def function() -> Iterator[FakeFunction]:
    function = FakeFunction()
    yield function
    function.released.set()


@pytest.fixture
def gateway(function: FakeFunction) -> GatewayUnderTest:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    return GatewayUnderTest(
        targets={},
        lambdas={"sums": [tool("add", inputSchema=schema), tool("count")]},
        options={"functions": {"sums": function}},
        settings={"function_timeout_s": 0.3},
    )


async def said(client: RpcClient, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """The error that a failed call says."""
    result = await client.result(TOOL, arguments or {"a": 1})
    assert result["isError"] is True, result
    error: dict[str, Any] = json.loads(result["content"][0]["text"])["error"]
    return error


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_function_gets_the_arguments_and_is_told_the_tool(
    gateway: GatewayUnderTest, function: FakeFunction, protocol: str
) -> None:
    function.answer = lambda event: {"sum": event["a"] + 1, "text": "größer"}

    async with in_process(gateway, protocol=protocol) as client:
        listed = (await client.send("tools/list")).json()["result"]["tools"]
        result = await client.result(TOOL, {"a": 2})

    assert [one["name"] for one in listed if one["name"].startswith("sums")] == [TOOL, "sums___count"]
    assert json.loads(result["content"][0]["text"]) == {"sum": 3, "text": "größer"}
    assert function.events == [{"a": 2}]
    [context] = function.contexts
    custom = dict(context.client_context.custom)
    assert custom.pop("bedrockAgentCoreAwsRequestId")
    assert custom == {
        "bedrockAgentCoreMessageVersion": "1.0",
        "bedrockAgentCoreMcpMessageId": "1",
        "bedrockAgentCoreGatewayId": "coach-0123456789",
        "bedrockAgentCoreTargetId": "abcdefghij",
        "bedrockAgentCoreToolName": TOOL,
    }
    assert (context.function_name, context.invoked_function_arn) == ("sums", function_arn("sums"))
    assert 0 <= context.get_remaining_time_in_millis() <= 300


async def test_a_function_runs_in_a_thread_of_its_own_and_keeps_nobody_waiting(
    gateway: GatewayUnderTest, function: FakeFunction
) -> None:
    function.waits_s = 0.2

    async with in_process(gateway) as client:
        await client.send("tools/list")
        started = time.perf_counter()
        await client.result(TOOL, {"a": 1})
        assert time.perf_counter() - started >= 0.19

    assert function.threads != [threading.current_thread().name]
    assert function.threads[0].startswith("function-sums")


async def test_an_answer_with_a_schema_is_structured_content_too(
    gateway: GatewayUnderTest, function: FakeFunction
) -> None:
    schema = {"type": "object", "properties": {"done": {"type": "boolean"}}, "required": ["done"]}
    gateway.lambdas["sums"] = [tool("add", outputSchema=schema)]

    async with in_process(gateway) as client:
        result = await client.result(TOOL)
        function.answer = {"done": "perhaps"}
        error = await said(client)

    assert result["structuredContent"] == {"done": True}
    assert error["kind"] == "upstream_unavailable"


@pytest.mark.parametrize(("arguments", "place"), [({}, "arguments.a"), ({"a": "one"}, "arguments.a")])
async def test_arguments_that_do_not_fit_do_not_reach_the_function(
    gateway: GatewayUnderTest, function: FakeFunction, arguments: dict[str, Any], place: str
) -> None:
    async with in_process(gateway) as client:
        response = await client.call(TOOL, arguments)

    assert response.json()["error"] == {"code": -32602, "message": "Invalid parameters", "data": place}
    assert function.events == []


RUDE = [
    pytest.param({"failing": ValueError}, id="raises"),
    pytest.param({"failing": SystemError}, id="breaks"),
    pytest.param({"answer": {"sum": {1, 2}}}, id="no-json"),
    pytest.param({"answer": float("nan")}, id="not-a-number"),
    pytest.param({"answer": "x" * 200_000}, id="too-long"),
    pytest.param({"waits_s": 3.0}, id="silent"),
]


@pytest.mark.case("M17")
@pytest.mark.parametrize("knobs", RUDE)
async def test_a_failing_function_becomes_an_error_result_in_our_own_words(
    gateway: GatewayUnderTest, function: FakeFunction, knobs: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gateway.settings["most_answer_bytes"] = 100_000
    async with in_process(gateway) as client:
        for name, value in knobs.items():
            setattr(function, name, value)
        error = await said(client)
        function.failing, function.answer, function.waits_s = None, {"done": True}, 0.0
        again = await client.result(TOOL, {"a": 1})

    assert error["kind"] == "upstream_unavailable"
    assert "sums" in error["message"]
    assert SECRET not in json.dumps(error)
    assert SECRET not in caplog.text
    assert again["isError"] is False


async def test_a_function_that_fails_again_and_again_is_left_alone(
    gateway: GatewayUnderTest, function: FakeFunction
) -> None:
    function.failing = ValueError
    async with in_process(gateway) as client:
        for _ in range(circuit.FAILURES_TO_OPEN + 3):
            await said(client)

    assert len(function.events) == circuit.FAILURES_TO_OPEN


async def test_what_a_function_does_to_its_event_stays_its_own(
    gateway: GatewayUnderTest, function: FakeFunction
) -> None:
    function.changes_event = True
    async with in_process(gateway) as client:
        await client.result(TOOL, {"a": 1})
        await client.result(TOOL, {"a": 1})

    assert function.events == [{}, {}]


def test_a_function_that_nobody_gave_stops_the_gateway(gateway: GatewayUnderTest) -> None:
    gateway.options["functions"] = {"os.system": print}
    with pytest.raises(FunctionUnknown, match="target sums names the function sums"):
        gateway.app({})


@pytest.mark.parametrize(
    ("arn", "name"),
    [(function_arn("sums"), "sums"), (function_arn("sums:7"), "sums"), (function_arn("sums:live"), "sums")],
)
def test_a_function_has_the_name_in_its_arn(arn: str, name: str) -> None:
    assert function_name(arn) == name
