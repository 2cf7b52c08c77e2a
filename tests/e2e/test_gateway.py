"""The gateway in the whole stack: the tools of the teams through one door, with a token made for every hop."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from tests.support.bad_tokens import Build, bad_tokens, good_tokens
from tests.support.running_stack import RunningStack

Mode = Literal["legacy", "auto"]
MODES: list[Mode] = ["legacy", "auto"]
HELP_TOOL = "support-help___search_help_articles"
TOOL_SCOPES = ("activities/read", "activities/write", "routes/read", "support/read", "support/write")


@asynccontextmanager
async def connected_client(stack: RunningStack, mode: Mode, athlete: str = "maya") -> AsyncIterator[Client]:
    """The official client, with a token that the athlete has for the gateway."""
    token = stack.token(athlete, "gateway", scopes=TOOL_SCOPES)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(stack.endpoints["gateway"], http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", MODES)
async def test_the_tools_that_a_caller_may_use_are_listed_under_their_targets_names(
    stack: RunningStack, mode: Mode
) -> None:
    async with connected_client(stack, mode) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}

    assert {"activities___search_activities", "routes___search_routes", "x_amz_bedrock_agentcore_search"} <= listed
    # Socials takes the athlete's word for each program, and this one was not given it.
    assert {name.partition("___")[0] for name in listed if "___" in name} == {
        "activities",
        "routes",
        "support",
        "support-help",
    }


@pytest.mark.case("P14")
@pytest.mark.parametrize("mode", MODES)
async def test_a_call_for_an_athlete_answers_with_their_own_data(stack: RunningStack, mode: Mode) -> None:
    found: dict[str, set[str]] = {}
    for athlete in ("maya", "jonas"):
        async with connected_client(stack, mode, athlete) as client:
            result = await client.call_tool("activities___search_activities", {"limit": 5})
        assert not result.is_error, result
        assert result.structured_content is not None
        found[athlete] = {activity["id"] for activity in result.structured_content["activities"]}
    async with connected_client(stack, mode, "jonas") as client:
        refused = await client.call_tool("activities___get_activity", {"activity_id": min(found["maya"])})

    assert len(found["maya"]) == len(found["jonas"]) == 5
    assert not found["maya"] & found["jonas"]
    assert refused.is_error
    [said] = refused.content
    assert isinstance(said, TextContent)
    assert json.loads(said.text)["error"]["kind"] == "not_found"


@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_needs_no_user_runs_with_the_gateways_own_token(stack: RunningStack, mode: Mode) -> None:
    async with connected_client(stack, mode) as client:
        result = await client.call_tool("routes___search_routes", {"near": "Tempelhof"})

    assert not result.is_error, result
    assert result.structured_content is not None


@pytest.mark.parametrize("mode", MODES)
async def test_the_public_help_articles_are_searched_straight_at_the_api_with_the_gateways_own_key(
    stack: RunningStack, mode: Mode
) -> None:
    mark = (stack.home / "traces" / "hops.jsonl").stat().st_size
    async with connected_client(stack, mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        result = await client.call_tool(HELP_TOOL, {"query": "connect my watch", "limit": 2})
    lines = (stack.home / "traces" / "hops.jsonl").read_text("utf-8")[mark:].splitlines()
    hops = [hop["attributes"] for hop in map(json.loads, lines)]

    assert listed[HELP_TOOL].output_schema is not None
    assert not result.is_error, result
    assert result.structured_content is not None
    assert 1 <= len(result.structured_content["passages"]) <= 2
    [gateway] = [hop for hop in hops if hop.get("tool") == HELP_TOOL]
    assert (gateway["policy"], gateway["grant"]) == ("support_help", "API_KEY")
    assert "issued_token" not in gateway
    # No server of a team stands between.
    assert {hop.get("part") for hop in hops} & {"mcp-support", "api-support"} == {"api-support"}


async def test_the_gateways_key_is_in_no_answer_log_or_trace(stack: RunningStack) -> None:
    key = stack.blueprint.keys.api_keys["support-help-metering"]
    async with connected_client(stack, "auto") as client:
        result = await client.call_tool(HELP_TOOL, {"query": "watch"})
        listed = await client.list_tools()

    assert key not in result.model_dump_json() + listed.model_dump_json()
    for file in [*(stack.home / "logs").glob("*.log"), stack.home / "traces" / "hops.jsonl"]:
        assert key not in file.read_text("utf-8"), file


async def test_tools_are_found_by_words(stack: RunningStack) -> None:
    async with connected_client(stack, "auto") as client:
        result = await client.call_tool("x_amz_bedrock_agentcore_search", {"query": "route near a place"})

    assert result.structured_content is not None
    assert result.structured_content["tools"][0]["name"] == "routes___search_routes"


def test_the_command_line_gives_a_token_that_opens_the_gateway(stack: RunningStack) -> None:
    done = stack.coach("token", "--for", "gateway", "--athlete", "maya")
    assert done.returncode == 0, done.stderr

    answer = listing(stack, {"Authorization": f"Bearer {done.stdout.strip()}"})

    assert answer.status_code == 200
    assert "activities___get_athlete_profile" in answer.text


@pytest.mark.parametrize("build", bad_tokens())
def test_the_gateway_refuses_a_bad_token_with_a_challenge(stack: RunningStack, build: Build) -> None:
    attempt = build(stack.issuer("gateway", client_id="coach-exchange", scope="activities/read"))
    answer = listing(stack, attempt.headers, attempt.query)

    assert answer.status_code in attempt.statuses
    if answer.status_code == 401:
        challenge = answer.headers["WWW-Authenticate"]
        assert "resource_metadata=" in challenge
        assert (f'error="{attempt.error}"' in challenge) if attempt.error else ("error=" not in challenge)


@pytest.mark.parametrize("build", good_tokens())
def test_the_same_request_with_a_good_token_is_answered(stack: RunningStack, build: Build) -> None:
    issuer = stack.issuer("gateway", client_id="coach-exchange", scope="activities/read")

    assert listing(stack, build(issuer).headers).status_code == 200


@pytest.mark.case("X15")
def test_a_token_for_the_gateway_from_a_client_that_is_not_upstream_is_refused(stack: RunningStack) -> None:
    row = stack.blueprint.hops.resource_server("gateway")
    for outsider in sorted(stack.blueprint.hops.client_ids - row.clients(local=True)):
        token = stack.issuer("gateway", client_id=outsider, scope="activities/read").token()
        assert listing(stack, {"Authorization": f"Bearer {token}"}).status_code == 401, outsider


@pytest.mark.case("N29")
def test_the_gateway_refuses_the_tokens_of_all_other_hops(stack: RunningStack) -> None:
    for other in stack.blueprint.hops.resource_servers:
        if other.name != "gateway":
            token = stack.issuer(other.audiences[0], client_id="coach-exchange", scope="activities/read").token()
            assert listing(stack, {"Authorization": f"Bearer {token}"}).status_code == 401, other.name


@pytest.mark.case("X08")
@pytest.mark.case("X10")
async def test_every_hop_behind_the_gateway_has_a_token_of_its_own(stack: RunningStack) -> None:
    mark = (stack.home / "traces" / "hops.jsonl").stat().st_size
    async with connected_client(stack, "auto") as client:
        await client.call_tool("activities___search_activities", {"limit": 1})
        await client.call_tool("routes___search_routes", {"near": "Tempelhof"})
    lines = (stack.home / "traces" / "hops.jsonl").read_text("utf-8")[mark:].splitlines()
    hops = [hop["attributes"] for hop in map(json.loads, lines) if "token" in hop["attributes"]]

    seen: dict[str, set[str]] = {}
    for hop in hops:
        if hop["part"] != "front":
            seen.setdefault(hop["token"], set()).add(hop["part"])
    assert {token: parts for token, parts in seen.items() if len(parts) > 1} == {}
    called = {(hop["part"], hop["subject"], tuple(hop["actors"])) for hop in hops if hop["part"] != "front"}
    assert ("mcp-activities", "maya", ("gateway-exchange",)) in called
    assert ("api-activities", "maya", ("mcp-activities-exchange", "gateway-exchange")) in called
    assert ("mcp-routes", "gateway-exchange", ()) in called
    gateway = [hop for hop in hops if hop["part"] == "gateway" and "tool" in hop]
    assert {(hop["tool"], hop["policy"], hop["grant"]) for hop in gateway} == {
        ("activities___search_activities", "activities_read", "ON_BEHALF_OF_TOKEN_EXCHANGE"),
        ("routes___search_routes", "routes_read", "M2M"),
    }


def listing(stack: RunningStack, headers: dict[str, str], query: Any = None) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    url = stack.endpoints["gateway"]
    return httpx.post(url, json=body, headers=accept | headers, params=query, timeout=30, trust_env=False)
