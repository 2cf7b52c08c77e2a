"""The coach's one MCP client for the gateway, against the real gateway on a loopback port."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from strands.types.tools import AgentTool

from agent.tools.bearer import Caller
from agent.tools.target import Target
from agent.tools.team_tools import AthleteTool, TeamTools
from identity.token_source import TokenRequest
from tests.support.gateway import GatewayUnderTest, on_a_port
from tests.support.mcp_target import FakeTarget, tool
from tests.support.token_source import FakeTokenSource

SCOPES = ("activities/read", "activities/write", "routes/read")
TEAMS = ("activities", "routes")


@dataclass
class World:
    """The gateway with two teams and a target that is no team's, and the coach's client of it."""

    now: float = 1_000.0
    gateway: GatewayUnderTest = field(
        default_factory=lambda: GatewayUnderTest(
            targets={
                "activities": FakeTarget(
                    tools=[tool("look"), tool("change", scopes=["activities/write"], reads=False)]
                ),
                "routes": FakeTarget(tools=[tool("search", scopes=["routes/read"])]),
                "extras": FakeTarget(tools=[tool("other")]),
            },
            settings={"listing_lifetime_s": 0.0, "listing_ttl_s": 0.0},
        )
    )
    tokens: FakeTokenSource = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = FakeTokenSource(mint=self.mint)

    def mint(self, workload_token: str, request: TokenRequest) -> str:
        subject = "coach-exchange" if request.flow == "M2M" else f"sub-of-{workload_token}"
        return self.gateway.issuer.token(sub=subject, scope=" ".join(request.scopes), jti=f"jti-{workload_token}")

    @contextmanager
    def tools(self, **target: Any) -> Iterator[TeamTools]:
        with on_a_port(self.gateway) as url:
            where = Target(
                team="gateway", url=url, provider="coach-exchange", flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
                audiences=("gateway",), scopes=SCOPES, **target,
            )  # fmt: skip
            made = TeamTools([where], self.tokens, teams=TEAMS)
            try:
                yield made
            finally:
                made.close()


def athlete(name: str, *scopes: str) -> Caller:
    return Caller(workload_token=name, scopes=frozenset(scopes or SCOPES), subject=f"sub-of-{name}")


async def named(tools: TeamTools, name: str, caller: Caller) -> AthleteTool:
    found = await tools.tools_for(caller)
    return next(each for each in found if isinstance(each, AthleteTool) and each.tool_name == name)


async def call(tool: AgentTool, **arguments: Any) -> dict[str, Any]:
    use = {"toolUseId": "use-1", "name": tool.tool_name, "input": arguments}
    [event] = [event async for event in tool.stream(use, {})]  # type: ignore[arg-type]  # a bare dict
    return dict(event.tool_result)


async def test_tools_go_by_their_own_names_and_know_their_team() -> None:
    world = World()
    with world.tools() as tools:
        found = [each for each in await tools.tools_for(athlete("maya")) if isinstance(each, AthleteTool)]
    assert {(each.tool_name, each.team) for each in found} == {
        ("look", "activities"), ("change", "activities"), ("search", "routes"),
    }  # fmt: skip


async def test_only_what_the_sign_in_covers_is_offered() -> None:
    world = World()
    with world.tools() as tools:
        found = await tools.tools_for(athlete("maya", "activities/read"))
    assert [each.tool_name for each in found] == ["look"]


async def test_a_call_carries_the_athletes_own_token_with_the_scopes_of_its_tool() -> None:
    world = World()
    with world.tools() as tools:
        result = await call(await named(tools, "search", athlete("maya")), text="x")
    assert result["status"] == "success"
    [asked] = [request for who, request, _ in world.tokens.asked if who == "maya" and request.flow != "M2M"]
    assert (asked.scopes, asked.audiences) == (("routes/read",), ("gateway",))


@pytest.mark.case("M02")
@pytest.mark.case("R06")
async def test_one_connection_serves_two_athletes_and_keeps_no_session() -> None:
    world = World()
    with world.tools() as tools:
        for name in ("maya", "jonas", "maya"):
            result = await call(await named(tools, "look", athlete(name)))
            assert result["status"] == "success", result
    bearers = {one.headers["authorization"] for one in world.gateway.targets["activities"].calls()}
    assert len(bearers) == 2


async def test_a_tool_that_asks_for_nothing_here_is_called_with_what_the_sign_in_covers() -> None:
    world = World()
    world.gateway.flows["routes"] = "USER_FEDERATION"
    world.gateway.target_settings["routes"] = {"static_tools": (tool("clubs", scopes=["elsewhere/read"]),)}
    with world.tools() as tools:
        offered = [each.tool_name for each in await tools.tools_for(athlete("maya", "activities/read"))]
    assert "clubs" not in offered  # its target's credential lacks the scope that it says it needs

    world = World()
    world.gateway.target_settings["routes"] = {"credential": None}
    with world.tools() as tools:
        result = await call(await named(tools, "search", athlete("maya", "activities/read", "routes/read")))
    assert result["status"] == "success"


async def test_a_teams_failure_is_told_by_its_name_and_leaves_the_others_alone() -> None:
    world = World()
    with world.tools() as tools:
        look, search = await named(tools, "look", athlete("maya")), await named(tools, "search", athlete("maya"))
        world.gateway.targets["activities"].failing = [503] * 10
        failed, good = await call(look), await call(search)
    said = json.loads(failed["content"][0]["text"])["error"]
    assert said["kind"] == "upstream_unavailable"
    assert "activities" in said["message"]
    assert good["status"] == "success"


async def test_a_tool_that_comes_later_is_offered_when_the_list_is_old() -> None:
    world = World()
    late = world.gateway.targets["routes"].tools
    world.gateway.targets["routes"].tools = [tool("first", scopes=["routes/read"])]
    with world.tools(relist_after_s=0.0) as tools:
        before = [each.tool_name for each in await tools.tools_for(athlete("maya"))]
        world.gateway.targets["routes"].tools = late
        after: list[str] = []
        for _ in range(100):  # the gateway asks the target behind its answer
            after = [each.tool_name for each in await tools.tools_for(athlete("maya"))]
            if "search" in after:
                break
            await asyncio.sleep(0.02)
    assert "search" not in before
    assert "search" in after


async def test_a_gateway_that_is_down_costs_the_tools_and_is_found_again() -> None:
    world = World()
    world.tokens.mint = lambda *_: "no token at all"
    with world.tools() as tools:
        assert await tools.tools_for(athlete("maya")) == []
        world.tokens.mint = world.mint
        assert await tools.tools_for(athlete("maya")) != []
