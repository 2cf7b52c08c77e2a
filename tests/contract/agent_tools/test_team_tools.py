"""The coach's MCP clients against real servers on loopback ports that go down, stall and refuse."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from strands.types.tools import AgentTool

from agent.tools.bearer import Caller, acting_for
from agent.tools.target import Target
from agent.tools.team_tools import AthleteTool, TeamTools
from identity.errors import ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.token_source import TokenRequest
from tests.support.issuer import FakeIssuer
from tests.support.mcp_server import LoopbackServer, TeamServerUnderTest, WorkloadTokenFront
from tests.support.token_source import FakeTokenSource

READ = frozenset({"activities/read", "routes/read"})
ALL = READ | {"activities/write"}


class CutOnce:
    """Closes the connection of the next request of each victim in the middle of the answer.

    Knobs:
        victims: Subjects.
    """

    victims: ClassVar[set[str]] = set()

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        subject = headers.get(b"workloadaccesstoken", b"").decode().removeprefix("workload-of-")
        if subject in self.victims:
            self.victims.discard(subject)
            cut_short = [(b"content-type", b"application/json"), (b"content-length", b"100")]
            await send({"type": "http.response.start", "status": 200, "headers": cut_short})
            return
        await self._app(scope, receive, send)


class World:
    """One or two real servers, an issuer for both, and the coach's clients."""

    def __init__(self, teams: tuple[str, ...] = ("activities",), **options: Any) -> None:
        self.teams = {team: TeamServerUnderTest(team) for team in teams}
        self.servers = {
            team: LoopbackServer(lambda under_test=under_test: WorkloadTokenFront(CutOnce(under_test.app())))
            for team, under_test in self.teams.items()
        }
        self.tokens = FakeTokenSource(mint=self.mint)
        targets = [
            Target(
                team=team,
                url=server.url,
                provider="coach-exchange",
                flow="M2M" if team == "routes" else "ON_BEHALF_OF_TOKEN_EXCHANGE",
                audiences=(f"mcp-{team}",),
                scopes=(f"{team}/read",) if team == "routes" else (f"{team}/read", f"{team}/write"),
            )
            for team, server in self.servers.items()
        ]
        self.tools = TeamTools(targets, self.tokens, **options)

    def mint(self, workload_token: str, request: TokenRequest) -> str:
        """What the vault would give: the agent's own token, or one whose subject is the athlete."""
        issuer = FakeIssuer(audience=request.audiences[0], scope=" ".join(request.scopes))
        if request.flow == "M2M":
            return issuer.token(sub="coach-exchange", username=None)
        return issuer.token(sub=f"sub-of-{workload_token}", username=workload_token, jti=f"jti-{workload_token}")

    async def tool(self, name: str, caller: Caller) -> AthleteTool:
        found = await self.tools.tools_for(caller)
        return next(tool for tool in found if isinstance(tool, AthleteTool) and tool.tool_name == name)

    def close(self) -> None:
        self.tools.close()
        for server in self.servers.values():
            server.stop()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.servers["activities"].start()
    yield made
    made.close()


def athlete(name: str, scopes: frozenset[str] = READ) -> Caller:
    return Caller(workload_token=name, scopes=scopes, subject=f"sub-of-{name}")


async def call(tool: AgentTool, **arguments: Any) -> dict[str, Any]:
    """The one result of a tool use."""
    use = {"toolUseId": "use-1", "name": tool.tool_name, "input": arguments}
    events = [event async for event in tool.stream(use, {})]  # type: ignore[arg-type]  # a bare dict
    assert len(events) == 1
    result: dict[str, Any] = events[0].tool_result
    return result


def error_of(result: dict[str, Any]) -> dict[str, Any]:
    assert result["status"] == "error"
    error: dict[str, Any] = json.loads(result["content"][0]["text"])["error"]
    return error


async def test_a_call_is_made_with_a_token_for_that_athlete_and_tool(world: World) -> None:
    result = await call(await world.tool("get_athlete_profile", athlete("maya")))

    assert result["status"] == "success"
    assert result["structuredContent"]["name"] == "Maya"
    assert [(who, request.flow, request.scopes) for who, request, _ in world.tokens.asked] == [
        ("maya", "M2M", ("activities/read", "activities/write")),
        ("maya", "ON_BEHALF_OF_TOKEN_EXCHANGE", ("activities/read",)),
    ]


async def test_only_tools_of_agreed_scopes_and_for_models_are_offered() -> None:
    world = World(("activities", "routes"))
    for server in world.servers.values():
        server.start()
    try:
        reading = {tool.tool_name for tool in await world.tools.tools_for(athlete("maya", READ))}
        everything = {tool.tool_name for tool in await world.tools.tools_for(athlete("jonas", ALL))}
        nothing = await world.tools.tools_for(athlete("aiko", frozenset({"openid"})))
    finally:
        world.close()

    assert reading == everything
    assert "upload_activities" not in everything
    assert {"search_activities", "search_routes"} <= reading
    assert nothing == []


@pytest.mark.case("R06")
async def test_the_shared_client_never_crosses_athletes(world: World) -> None:
    world.teams["activities"].api.names_bearer = True
    names = [f"athlete{number}" for number in range(20)]

    async def owners(name: str) -> set[str]:
        tool = await world.tool("search_activities", athlete(name))
        results = await asyncio.gather(*(call(tool) for _ in range(5)))
        return {result["structuredContent"]["activities"][0]["name"] for result in results}

    found = await asyncio.gather(*(owners(name) for name in names))

    assert found == [{f"workload-of-sub-of-{name}.api-activities.activities/read"} for name in names]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(TokenUnavailable("coach-exchange", "AccessDeniedException"), "unauthorized", id="refused"),
        pytest.param(SignInExpired("coach-exchange", "UnauthorizedException"), "unauthorized", id="signed-out"),
        pytest.param(VaultUnreachable("coach-exchange", "EndpointConnectionError"), "upstream_unavailable", id="down"),
        pytest.param(ConsentRequired("http://x", "s", "coach-exchange", ()), "consent_required", id="consent"),
    ],
)
async def test_one_failing_caller_among_eight_in_flight_fails_alone(world: World, error: Exception, kind: str) -> None:
    world.teams["activities"].api.delay_s = 0.2
    world.tokens.failing["athlete3"] = error
    tools = [await world.tool("search_activities", athlete(f"athlete{number}")) for number in range(8)]

    results = await asyncio.gather(*(call(tool) for tool in tools))

    assert [result["status"] for result in results] == ["success"] * 3 + ["error"] + ["success"] * 4
    assert error_of(results[3])["kind"] == kind


async def test_one_refused_caller_among_eight_in_flight_fails_alone(world: World) -> None:
    world.teams["activities"].api.delay_s = 0.2
    good = world.tokens.mint
    world.tokens.mint = lambda who, request: (
        "useless" if who == "athlete3" and request.flow != "M2M" else good(who, request)
    )
    tools = [await world.tool("search_activities", athlete(f"athlete{number}")) for number in range(8)]

    results = await asyncio.gather(*(call(tool) for tool in tools))

    assert [result["status"] for result in results] == ["success"] * 3 + ["error"] + ["success"] * 4
    assert error_of(results[3])["kind"] == "unauthorized"
    assert [forced for who, _, forced in world.tokens.asked if who == "athlete3"][-2:] == [False, True]


async def test_one_broken_connection_among_eight_in_flight_fails_alone(world: World) -> None:
    """A connection that dies in one call must not end the session of the other seven."""
    world.teams["activities"].api.delay_s = 0.2
    tools = [await world.tool("search_activities", athlete(f"athlete{number}")) for number in range(8)]
    CutOnce.victims = {"sub-of-athlete3"}

    results = await asyncio.gather(*(call(tool) for tool in tools))

    assert [result["status"] for result in results] == ["success"] * 8  # a read is repeated once
    assert CutOnce.victims == set()


@pytest.mark.case("R07")
async def test_a_sign_in_that_ends_in_mid_stream_ends_the_calls_with_a_sentence(world: World) -> None:
    lasting, ending = athlete("maya"), replace(athlete("maya"), expires_at=time.time() + 0.3)
    tools = [await world.tool("get_athlete_profile", caller) for caller in (lasting, ending)]
    assert [(await call(tool))["status"] for tool in tools] == ["success", "success"]
    await asyncio.sleep(0.35)
    asked = len(world.tokens.asked)

    after = error_of(await call(tools[1]))

    assert after["kind"] == "unauthorized"
    assert after["message"] == "The sign-in has ended; the activities team was not asked. Sign in again."
    assert len(world.tokens.asked) == asked  # no token was looked for, kept or new
    assert (await call(tools[0]))["status"] == "success"


async def test_a_token_without_the_scope_is_a_refusal_and_no_outage(world: World) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya"))
    issuer = world.teams["activities"].issuer
    world.tokens.mint = lambda who, _: issuer.token(sub=who, scope="openid")

    refused = error_of(await call(tool))

    assert refused["kind"] == "forbidden"
    assert world.tools.unreachable() == []


async def test_a_stale_token_is_fetched_anew_once(world: World) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya"))
    world.tokens.stale.add("maya")

    result = await call(tool)

    assert result["status"] == "success"
    assert [forced for _, request, forced in world.tokens.asked if request.flow != "M2M"] == [False, True]


@pytest.mark.case("M09")
@pytest.mark.parametrize(
    ("audience", "scope", "kind", "asked"), [("elsewhere", None, "unauthorized", 2), (None, "openid", "forbidden", 1)]
)
async def test_a_server_that_refuses_without_end_is_not_asked_without_end(
    world: World, audience: str | None, scope: str | None, kind: str, asked: int
) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya"))
    issuer = world.teams["activities"].issuer
    claims: dict[str, Any] = {name: value for name, value in {"aud": audience, "scope": scope}.items() if value}
    world.tokens.mint = lambda who, _: issuer.token(sub=who, **claims)

    refused = error_of(await call(tool))

    assert refused["kind"] == kind
    assert len([forced for _, request, forced in world.tokens.asked if request.flow != "M2M"]) == asked


async def test_a_stalled_call_ends_with_its_timeout_and_the_client_goes_on() -> None:
    world = World(call_timeout=timedelta(seconds=0.3))
    world.servers["activities"].start()
    try:
        tool = await world.tool("get_athlete_profile", athlete("maya"))
        world.teams["activities"].api.delay_s = 2.0
        stalled = error_of(await call(tool))
        world.teams["activities"].api.delay_s = 0.0
        after = await call(tool)
    finally:
        world.close()

    assert stalled == {"kind": "upstream_unavailable", "message": "The activities team did not answer within 0.3 s."}
    assert after["status"] == "success"


async def test_a_killed_server_is_named_and_found_again_after_its_restart() -> None:
    world = World(("activities", "routes"))
    for server in world.servers.values():
        server.start()
    try:
        maya = athlete("maya")
        activities, routes = await world.tool("get_athlete_profile", maya), await world.tool("search_routes", maya)
        world.servers["activities"].stop()
        down, other = await asyncio.gather(call(activities), call(routes))
        named = world.tools.unreachable()
        world.servers["activities"].start()
        again = await call(activities)
    finally:
        world.close()

    assert error_of(down)["message"] == "The activities team is unreachable at the moment. Try again shortly."
    assert other["status"] == "success"
    assert named == ["activities"]
    assert again["status"] == "success"
    assert world.tools.unreachable() == []


async def test_a_server_that_is_down_at_first_offers_its_tools_once_it_is_there() -> None:
    world = World(("activities", "routes"))
    world.servers["routes"].start()
    try:
        before = {tool.tool_name for tool in await world.tools.tools_for(athlete("maya"))}
        named = world.tools.unreachable()
        world.servers["activities"].start()
        after = {tool.tool_name for tool in await world.tools.tools_for(athlete("maya"))}
    finally:
        world.close()

    assert before == {"search_routes", "get_route"}
    assert named == ["activities"]
    assert "summarize_activities" in after
    assert world.tools.unreachable() == []


async def test_a_server_that_hangs_costs_the_start_timeout_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/mcp"
        target = Target("routes", url, "coach-exchange", "M2M", ("mcp-routes",), ("routes/read",))
        tools = TeamTools([target], FakeTokenSource(), start_timeout_s=1)
        started = time.monotonic()
        offered = await tools.tools_for(athlete("maya"))
        tools.close()

    assert offered == []
    assert tools.unreachable() == ["routes"]
    assert time.monotonic() - started < 3


async def test_a_session_that_ended_is_started_again(world: World) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya"))
    world.tools.close()

    results = await asyncio.gather(call(tool), call(tool))

    assert [result["status"] for result in results] == ["success", "success"]


async def test_a_write_is_not_repeated_when_its_connection_breaks(world: World) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya", ALL))
    client = tool.client
    CutOnce.victims = {"sub-of-maya"}

    with acting_for(athlete("maya", ALL)):
        result = await client.call_tool_async("use-1", "upload_activities", {"file_name": "a", "content_base64": ""})

    assert "is unknown" in error_of(dict(result))["message"]
    assert world.teams["activities"].api.requests == []


async def test_a_write_without_an_answer_in_time_is_said_to_be_unknown() -> None:
    world = World(call_timeout=timedelta(seconds=0.3))
    world.servers["activities"].start()
    try:
        tool = await world.tool("get_athlete_profile", athlete("maya", ALL))
        world.teams["activities"].api.delay_s = 1.0
        with acting_for(athlete("maya", ALL)):
            upload = {"file_name": "a", "content_base64": ""}
            result = await tool.client.call_tool_async("1", "upload_activities", upload)
    finally:
        world.close()

    assert "is unknown" in error_of(dict(result))["message"]


async def test_a_call_without_an_athlete_is_refused_before_anything_is_sent(world: World) -> None:
    tool = await world.tool("get_athlete_profile", athlete("maya"))
    asked = len(world.tokens.asked)

    result = await tool.client.call_tool_async("use-1", "get_athlete_profile", {})

    assert error_of(dict(result))["kind"] == "unauthorized"
    assert len(world.tokens.asked) == asked


async def test_an_error_of_the_tool_itself_is_passed_on_as_it_is(world: World) -> None:
    world.teams["activities"].api.status = 429
    world.teams["activities"].api.retry_after = "7"

    result = await call(await world.tool("get_athlete_profile", athlete("maya")))

    assert result["isError"] is True
    assert error_of(result) == {"kind": "rate_limited", "message": "Too many requests. Wait 7 s.", "retry_after_s": 7}
