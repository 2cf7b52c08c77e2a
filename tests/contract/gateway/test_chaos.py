"""What is around the gateway breaks while calls are going on: none is dropped, and none is decided otherwise."""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local_agentcore.gateway import reloading
from local_agentcore.gateway.admission.admission import JudgedTools
from local_agentcore.gateway.admission.fingerprints import fingerprint
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.rate_limits import Rate
from local_agentcore.gateway.reloading import policy_reload
from tests.support.gateway import GatewayUnderTest, in_process
from tests.support.gateway_policies import ARN, policy_folder, read_policies
from tests.support.issuer import rsa_key
from tests.support.mcp_server import RpcClient
from tests.support.mcp_target import FakeTarget, tool

ECHO = tool("echo")
PERMIT = '@id("open") permit (principal, action, GATEWAY);\n'
QUIET = """@id("quiet") forbid (principal, action, GATEWAY)
    when { context.input has text && context.input.text like "*shout*" };\n"""
# What a policy folder may come to hold, and none of which may be taken into use.
BROKEN = {
    "not-cedar": PERMIT.replace("permit", "permitt"),
    "cut-off": PERMIT + QUIET[:40],
    "empty-condition": PERMIT + QUIET.replace("context.input has text", ""),
    "foreign-tool": PERMIT + '@id("x") forbid (principal, action == AgentCore::Action::"activities___gone", GATEWAY);',
    "fails-at-run-time": PERMIT + QUIET.replace("context.input has text && ", ""),
    "one-name-twice": PERMIT + PERMIT,
}
CALLERS = 8


@dataclass
class Traffic:
    """Calls that go on until they are stopped: some that are permitted, and some that are forbidden.

    Attributes:
        statuses: Of the good ones and of the bad ones, in order.
    """

    client: RpcClient
    statuses: dict[str, list[int]] = field(default_factory=lambda: {"hello": [], "shout": []})
    stopping: bool = False

    async def go_on(self, text: str) -> None:
        while not self.stopping:
            response = await self.client.call("activities___echo", {"text": text})
            self.statuses[text].append(response.status_code)
            await asyncio.sleep(0)  # in one process a refusal waits for nothing, and nobody else would have a turn

    async def some_more(self, calls: int = 30) -> None:
        """Wait until so many more of each have been answered."""
        wanted = {text: len(each) + calls for text, each in self.statuses.items()}
        async with asyncio.timeout(20):
            while any(len(self.statuses[text]) < many for text, many in wanted.items()):  # noqa: ASYNC110 - the calls change it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def traffic(client: RpcClient) -> AsyncIterator[Traffic]:
    """Callers at once, each call after the other; an error of one of them is an error of the test."""
    made = Traffic(client)
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS // 2):
            for text in made.statuses:
                group.create_task(made.go_on(text))
        try:
            yield made
        finally:
            made.stopping = True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policy_folder(tmp_path, PERMIT + QUIET)


@pytest.fixture
def watching(folder: Path, monkeypatch: pytest.MonkeyPatch) -> GatewayUnderTest:
    """A gateway that watches the folder, as the stack's does, only more often."""
    monkeypatch.setattr(reloading, "LOOK_EVERY_S", 0.02)
    engine = ToolPolicies(read_policies(folder), ARN, "ENFORCE")
    keeper = Gatekeeper({"activities___echo": fingerprint("echo", ECHO)})
    options = {
        "authorizer": engine,
        "admission": JudgedTools(keeper, engine),
        "background": [policy_reload(engine, folder, lambda: read_policies(folder)).watch],
    }
    rates = dict.fromkeys(("principal_rate", "client_rate"), Rate(per_s=1e6, burst=1_000_000))
    return GatewayUnderTest(targets={"activities": FakeTarget(tools=[ECHO])}, options=options, settings=rates)


@pytest.mark.case("P07")
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_policy_file_that_breaks_while_calls_go_on_drops_none_and_changes_no_decision(
    watching: GatewayUnderTest, folder: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.reloading")
    async with in_process(watching) as client, traffic(client) as going_on:
        await going_on.some_more()
        write(folder, BROKEN[broken])
        await until(lambda: "the last good ones stay" in caplog.text)
        await going_on.some_more()
        write(folder, PERMIT + QUIET)
        await until(lambda: "a change is in use" in caplog.text)
        await going_on.some_more()

    assert set(going_on.statuses["hello"]) == {200}
    assert set(going_on.statuses["shout"]) == {403}
    assert len(watching.targets["activities"].calls()) == len(going_on.statuses["hello"])


@pytest.mark.case("P07")
async def test_a_good_change_while_calls_go_on_drops_none_and_holds_from_one_moment_on(
    watching: GatewayUnderTest, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="local_agentcore.gateway.reloading")
    async with in_process(watching) as client, traffic(client) as going_on:
        await going_on.some_more()
        write(folder, PERMIT)
        await until(lambda: "a change is in use" in caplog.text)
        await going_on.some_more()

    assert set(going_on.statuses["hello"]) == {200}
    shouted = going_on.statuses["shout"]
    assert {*shouted} == {403, 200}
    # Calls under way at that moment may end in another order than they were decided in.
    changed = shouted.index(200)
    assert set(shouted[changed + CALLERS :]) == {200}


@pytest.mark.case("N56")
async def test_while_the_authorization_server_is_down_known_keys_go_on_and_an_unknown_one_opens_nothing() -> None:
    gateway, later = GatewayUnderTest(), [0.0]
    gateway.keys_options["clock"] = lambda: time.monotonic() + later[0]
    issuer = gateway.issuer
    stranger = issuer.sign(issuer.header(kid="unknown"), json.dumps(issuer.claims()).encode(), rsa_key("unknown"))

    async with in_process(gateway) as client:
        assert (await client.call("activities___echo")).status_code == 200
        issuer.down, later[0] = True, 1_000_000.0  # what was read is older than anybody would keep it
        asked = len(issuer.requests)
        known = [await status(client, issuer.token(jti=f"new-{number}")) for number in range(20)]
        unknown = [await status(client, stranger) for _ in range(20)]
        asked_while_down = len(issuer.requests) - asked

    assert known == [200] * 20
    assert unknown == [401] * 20
    assert asked_while_down <= 2
    assert len(gateway.targets["activities"].calls()) == 21


@pytest.mark.case("N56")
async def test_without_any_key_nobody_comes_in_until_the_authorization_server_is_up() -> None:
    gateway, later = GatewayUnderTest(), [0.0]
    gateway.keys_options["clock"] = lambda: time.monotonic() + later[0]
    gateway.issuer.down = True

    async with in_process(gateway) as client:
        closed = [(await client.call("activities___echo")).status_code for _ in range(5)]
        asked = len(gateway.issuer.requests)
        gateway.issuer.down, later[0] = False, 2.0
        opened = await client.call("activities___echo")

    assert closed == [503] * 5
    assert asked == 1
    assert opened.status_code == 200
    assert len(gateway.targets["activities"].calls()) == 1


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; at most 10 s."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another task changes it
            await asyncio.sleep(0.01)


def write(folder: Path, text: str) -> None:
    """Replace the policies; however fast the test is, the file has another time."""
    file = folder / "tool_policies" / "test.cedar"
    at = file.stat().st_mtime_ns + 10_000_000
    policy_folder(folder, text)
    os.utime(file, ns=(at, at))


async def status(client: RpcClient, token: str) -> int:
    response = await client.call("activities___echo", headers={"Authorization": f"Bearer {token}"})
    return response.status_code
