"""What the gateway lists: tools under the names of their targets, for whom they are; prompts, resources, search."""

import asyncio
import json
import logging
from typing import Any

import pytest

from local_agentcore.gateway import catalog
from tests.support.gateway import GatewayUnderTest, in_process
from tests.support.mcp_server import PROTOCOLS, RpcClient, rpc_message
from tests.support.mcp_target import FakeTarget, tool

SEARCH = "x_amz_bedrock_agentcore_search"


@pytest.fixture
def gateway() -> GatewayUnderTest:
    routes = FakeTarget(tools=[tool("search", scopes=["routes/read"]), tool("echo", scopes=["routes/read"])])
    return GatewayUnderTest(targets={"activities": FakeTarget(), "routes": routes})


async def listed(client: RpcClient, **params: Any) -> list[str]:
    result = rpc_message(await client.send("tools/list", params))["result"]
    return [entry["name"] for entry in result["tools"]]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_tools_are_listed_under_the_names_of_their_targets(gateway: GatewayUnderTest, protocol: str) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        result = rpc_message(await client.send("tools/list"))["result"]

    names = [entry["name"] for entry in result["tools"]]
    assert names == [SEARCH, "activities___echo", "activities___write", "routes___search", "routes___echo"]
    echo = result["tools"][1]
    assert echo == {**tool("echo"), "name": "activities___echo"}
    assert ("ttlMs" in result) is (protocol == "2026-07-28")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("activities/read", {SEARCH, "activities___echo", "activities___write"}),
        ("routes/read", {SEARCH, "routes___search", "routes___echo"}),
        ("activities/readwrite openid", {SEARCH}),
    ],
)
async def test_a_caller_sees_the_tools_that_their_scopes_open(
    gateway: GatewayUnderTest, scope: str, expected: set[str]
) -> None:
    async with in_process(gateway, scope=scope) as client:
        assert set(await listed(client)) == expected


async def test_what_is_agreed_at_another_issuer_is_listed_for_everybody(gateway: GatewayUnderTest) -> None:
    gateway.flows["routes"] = "USER_FEDERATION"
    gateway.target_settings["routes"] = {"static_tools": (tool("clubs", scopes=["routes/read"]),)}

    async with in_process(gateway, scope="activities/read") as client:
        names = await listed(client)

    assert "routes___clubs" in names
    assert gateway.targets["routes"].received == []
    assert {request.flow for _, request, _ in gateway.tokens.asked} == {"M2M"}


async def test_a_listing_is_asked_for_once_with_the_gateways_own_token(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        await asyncio.gather(*(listed(client) for _ in range(8)))
        client.token = gateway.issuer.token(sub="athlete-sub-2")
        await listed(client)

    assert [target.methods().count("tools/list") for target in gateway.targets.values()] == [1, 1]
    assert {request.flow for _, request, _ in gateway.tokens.asked} == {"M2M"}
    assert gateway.workload_tokens.asked == []
    assert gateway.own_tokens.asked == 1
    sent = [one.headers["authorization"] for target in gateway.targets.values() for one in target.received]
    assert all(value.startswith("Bearer gateway-itself") for value in sent)


async def test_all_pages_of_a_target_are_read(gateway: GatewayUnderTest) -> None:
    gateway.targets["activities"].page_size = 1

    async with in_process(gateway) as client:
        assert {"activities___echo", "activities___write"} <= set(await listed(client))


async def test_a_list_without_end_is_given_up(gateway: GatewayUnderTest) -> None:
    gateway.targets["activities"].tools = [tool(f"t{number}") for number in range(100)]
    gateway.targets["activities"].page_size = 1

    async with in_process(gateway) as client:
        assert not [name for name in await listed(client) if name.startswith("activities")]

    assert gateway.targets["activities"].methods().count("tools/list") == catalog.MOST_PAGES


async def test_pages_hold_every_tool_once(gateway: GatewayUnderTest) -> None:
    gateway.settings["page_size"] = 2
    pages: list[list[str]] = []
    cursor: str | None = None

    async with in_process(gateway) as client:
        whole = rpc_message(await client.send("tools/list"))["result"]
        while True:
            result = rpc_message(await client.send("tools/list", {"cursor": cursor} if cursor else {}))["result"]
            pages.append([entry["name"] for entry in result["tools"]])
            cursor = result.get("nextCursor")
            if cursor is None:
                break

    assert [len(page) for page in pages] == [2, 2, 1]
    assert len(whole["tools"]) == 2
    assert sorted({name for page in pages for name in page}) == sorted(
        [SEARCH, "activities___echo", "activities___write", "routes___search", "routes___echo"]
    )


@pytest.mark.case("I09")
@pytest.mark.parametrize("cursor", ["x", "", "YWN0aXZpdGllc19fX3N0ZWFs", 7, ["a"], "A" * 5000, "\N{SNOWMAN}"])
async def test_a_cursor_that_is_none_is_refused(gateway: GatewayUnderTest, cursor: Any) -> None:
    async with in_process(gateway) as client:
        response = await client.send("tools/list", {"cursor": cursor})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32602


@pytest.mark.case("I09")
async def test_a_cursor_of_somebody_who_sees_more_shows_nothing_more(gateway: GatewayUnderTest) -> None:
    gateway.settings["page_size"] = 2

    async with in_process(gateway) as client:
        cursor = rpc_message(await client.send("tools/list"))["result"]["nextCursor"]
        client.token = gateway.issuer.token(scope="routes/read")
        response = await client.send("tools/list", {"cursor": cursor})

    assert response.status_code == 400


async def test_a_target_that_is_down_is_left_out_and_asked_again(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "ASK_AGAIN_S", 0.0)
    gateway.targets["activities"].refused_tokens = {
        "gateway-itself.mcp-activities.activities/read+activities/write+routes/read"
    }

    async with in_process(gateway) as client:
        without = await listed(client)
        gateway.targets["activities"].refused_tokens = set()
        with_it = await listed(client)

    assert without == [SEARCH, "routes___search", "routes___echo"]
    assert "activities___echo" in with_it


async def test_a_listing_that_has_aged_is_renewed_behind_the_answer(gateway: GatewayUnderTest) -> None:
    gateway.settings["listing_lifetime_s"] = 0.0

    async with in_process(gateway) as client:
        await listed(client)
        gateway.targets["activities"].tools.append(tool("new"))
        during = await listed(client)
        for _ in range(200):
            if "activities___new" in await listed(client):
                break
            await asyncio.sleep(0.01)
        after = await listed(client)

    assert "activities___new" not in during
    assert "activities___new" in after


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"name": "no_schema"}, id="no-schema"),
        pytest.param({"name": 7, "inputSchema": {}}, id="no-name"),
        pytest.param(tool("echo", description="another"), id="twice"),
        pytest.param(tool("admin", scopes=["activities/read", "activities/admin"]), id="foreign-scope"),
    ],
)
async def test_an_entry_that_is_no_tool_of_its_own_is_left_out(gateway: GatewayUnderTest, entry: Any) -> None:
    gateway.targets["activities"].tools.append(entry)

    async with in_process(gateway) as client:
        result = rpc_message(await client.send("tools/list"))["result"]

    own = [entry for entry in result["tools"] if entry["name"].startswith("activities")]
    assert [entry["name"] for entry in own] == ["activities___echo", "activities___write"]
    assert own[0]["description"] == "Does echo."


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_search_answers_with_what_fits_and_may_be_seen(gateway: GatewayUnderTest, protocol: str) -> None:
    gateway.targets["routes"].tools = [
        tool("search_routes", scopes=["routes/read"], description="Finds public running routes near a place."),
        tool("delete_all", scopes=["activities/write"], description="Deletes running routes near a place."),
    ]
    gateway.targets["activities"].tools = [tool("heart_rate_trend", description="Is the heart rate improving?")]

    async with in_process(gateway, protocol=protocol, scope="activities/read routes/read") as client:
        result = await client.result(SEARCH, {"query": "a route near me for a run"})
        nothing = await client.result(SEARCH, {"query": "quantum"})
        refused = await client.send("tools/call", {"name": SEARCH, "arguments": {"query": 7}})

    found = result["structuredContent"]["tools"]
    assert [entry["name"] for entry in found] == ["routes___search_routes"]
    assert set(found[0]) == {"name", "description", "inputSchema"}
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert nothing["structuredContent"] == {"tools": []}
    assert refused.json()["error"]["code"] == -32602


async def test_without_search_there_is_no_search_tool(gateway: GatewayUnderTest) -> None:
    gateway.settings["search"] = False

    async with in_process(gateway) as client:
        names = await listed(client)
        response = await client.call(SEARCH, {"query": "x"})

    assert SEARCH not in names
    assert response.status_code == 400


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_prompts_are_passed_on_under_the_names_of_their_targets(
    gateway: GatewayUnderTest, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.audit")
    target = gateway.targets["activities"]
    target.prompts = [{"name": "week", "description": "A week's plan."}]
    target.result = {"messages": [{"role": "user", "content": {"type": "text", "text": "Plan."}}]}

    async with in_process(gateway, protocol=protocol) as client:
        names = [entry["name"] for entry in rpc_message(await client.send("prompts/list"))["result"]["prompts"]]
        headers = {"Mcp-Name": "activities___week"}
        got = await client.send("prompts/get", {"name": "activities___week"}, headers=headers)
        unknown = await client.send("prompts/get", {"name": "week"}, headers={"Mcp-Name": "week"})

    assert names == ["activities___week"]
    assert "tool=<prompts/get>, decision=<allow>, reason=<not-policed>, outcome=<answered>" in caplog.text
    assert rpc_message(got)["result"]["messages"] == target.result["messages"]
    assert [one.message["params"]["name"] for one in target.received if one.method == "prompts/get"] == ["week"]
    assert unknown.json()["error"]["code"] == -32602


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_resources_are_read_from_the_target_that_has_them(gateway: GatewayUnderTest, protocol: str) -> None:
    first, second = gateway.targets.values()
    first.resources = [{"uri": "notes://week", "name": "Week"}]
    second.resources = [{"uri": "notes://week", "name": "Another"}, {"uri": "notes://routes", "name": "Routes"}]
    second.templates = [{"uriTemplate": "notes://routes/{id}", "name": "Route"}]
    first.result = second.result = {"contents": []}
    gateway.target_settings = {"activities": {"resource_priority": 10}, "routes": {"resource_priority": 5}}

    async with in_process(gateway, protocol=protocol) as client:
        result = rpc_message(await client.send("resources/list"))["result"]
        templates = rpc_message(await client.send("resources/templates/list"))["result"]["resourceTemplates"]
        for uri in ("notes://week", "notes://routes", "notes://routes/7"):
            read = await client.send("resources/read", {"uri": uri}, headers={"Mcp-Name": uri})
            assert read.status_code == 200, read.text
        unknown = await client.send("resources/read", {"uri": "file:///etc"}, headers={"Mcp-Name": "file:///etc"})

    assert {entry["uri"]: entry["name"] for entry in result["resources"]} == {
        "notes://week": "Another",
        "notes://routes": "Routes",
    }
    assert [entry["uriTemplate"] for entry in templates] == ["notes://routes/{id}"]
    assert [one.message["params"]["uri"] for one in second.received if one.method == "resources/read"] == [
        "notes://week",
        "notes://routes",
        "notes://routes/7",
    ]
    assert "resources/read" not in first.methods()
    assert unknown.json()["error"]["code"] == -32602
