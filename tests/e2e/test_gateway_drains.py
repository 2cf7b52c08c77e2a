"""The gateway as a process of its own is told to stop: calls under way are finished, new ones are refused."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from local_agentcore.blueprint import Blueprint, open_home
from local_agentcore.parts import serve_part
from local_agentcore.ports import HOST, TEAMS
from local_agentcore.provisioning import provision_vault
from mcp_servers.serving.tools_lock import lock_path
from tests.support.mcp_server import RpcClient, rpc_message
from tests.support.mcp_target import FakeTarget
from tests.support.running_stack import RunningStack, free_ports
from tests.support.serving import free_socket, served

# uvicorn gives calls 3 s, the thread 5 s; the rest is for a busy machine.
LONGEST_STOP_S = 12.0


class Front:
    """Every team's server at the runtime front's paths: lists what the team publishes, and answers as it is told."""

    def __init__(self) -> None:
        self.teams = {team: FakeTarget(tools=json.loads(lock_path(team).read_text("utf-8"))) for team in TEAMS}
        self.routes = self.teams["routes"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = [team for team in TEAMS if scope["type"] == "http" and f"mcp_{team}/" in scope["path"]]
        await self.teams[named[0] if named else "routes"](scope, receive, send)


@dataclass
class Gateway:
    """A gateway process.

    Attributes:
        front: What stands behind it.
        token: Of an athlete, for it.
    """

    blueprint: Blueprint
    process: subprocess.Popen[bytes]
    front: Front
    token: str

    def call(self) -> httpx.Response:
        """One call of a tool, on a connection of its own."""
        url, name = self.blueprint.ports.gateway_url(), "routes___search_routes"
        rpc = RpcClient(httpx.AsyncClient(), self.token)
        params = {"name": name, "arguments": {}}
        headers = rpc.headers("tools/call", params)
        return httpx.post(url, json=rpc.message("tools/call", params), headers=headers, timeout=30, trust_env=False)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def takes_connections(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex((HOST, self.blueprint.ports.port("gateway"))) == 0


@contextmanager
def gateway_process(home: Path) -> Iterator[Gateway]:
    blueprint, front = open_home(home, free_ports().base), Front()
    parts = [serve_part(blueprint, part, "offline") for part in ("authorization_server", "control_plane")]
    command = [sys.executable, "-m", "local_agentcore.stack", "--only", "gateway", "--home", str(home)]
    try:
        for part in parts:
            part.wait_until_ready()
        provision_vault(blueprint)
        token = RunningStack(blueprint, {}).token("maya", "gateway", scopes=("routes/read",))
        with served(front, free_socket(blueprint.ports.port("data_plane"))), subprocess.Popen(command) as process:
            gateway = Gateway(blueprint, process, front, token)
            try:
                until(gateway.takes_connections, seconds=60)
                yield gateway
            finally:
                process.kill()
    finally:
        for part in parts:
            part.stop()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    tmp_path.chmod(0o700)
    with gateway_process(tmp_path) as found:
        assert found.call().status_code == 200
        yield found


def until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def started_call(gateway: Gateway) -> tuple[threading.Thread, list[httpx.Response | Exception]]:
    """A call in a thread, once it has reached the team's server."""
    answers: list[httpx.Response | Exception] = []
    before = len(gateway.front.routes.calls())

    def run() -> None:
        try:
            answers.append(gateway.call())
        except httpx.HTTPError as error:
            answers.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: len(gateway.front.routes.calls()) > before)
    return thread, answers


def test_calls_under_way_are_finished_new_ones_are_refused_and_the_process_ends_well(gateway: Gateway) -> None:
    gateway.front.routes.delay_s = 2.0
    calls = [started_call(gateway) for _ in range(3)]
    told_at = time.monotonic()
    gateway.stop()
    until(lambda: not gateway.takes_connections(), seconds=2.0)
    with pytest.raises(httpx.ConnectError):
        gateway.call()
    assert gateway.process.poll() is None  # it still waits for the calls
    for thread, _ in calls:
        thread.join(LONGEST_STOP_S)
    assert gateway.process.wait(LONGEST_STOP_S) == 0
    assert time.monotonic() - told_at < LONGEST_STOP_S

    for _, [answer] in calls:
        assert isinstance(answer, httpx.Response), answer
        assert rpc_message(answer)["result"]["content"][0]["text"].startswith("search_routes:")
    assert len(gateway.front.routes.calls()) == 4
    assert recorded(gateway) == 4


def test_a_call_that_does_not_end_keeps_the_process_no_longer_than_the_limit(gateway: Gateway) -> None:
    gateway.front.routes.delay_s = 60.0
    thread, answers = started_call(gateway)
    told_at = time.monotonic()
    gateway.stop()
    assert gateway.process.wait(LONGEST_STOP_S) == 0
    assert time.monotonic() - told_at < LONGEST_STOP_S
    thread.join(5)
    until(lambda: gateway.front.routes.abandoned == 1)  # the target was told
    assert len(answers) == 1


def recorded(gateway: Gateway) -> int:
    """Calls in the trace file: what waited to be written is not lost with the process."""
    lines = (gateway.blueprint.home / "traces" / "hops.jsonl").read_text("utf-8").splitlines()
    return len([line for line in lines if json.loads(line)["attributes"].get("tool") == "routes___search_routes"])
