"""A stack cut down to what a call through the gateway touches: issuer, vault, gateway and what stands behind it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import httpx

from agent.terminal.discovery import discover
from agent.terminal.sign_in import begin, key_file_sign_in, redeem
from benchmarks.gateway.backends import path_of
from benchmarks.gateway.processes import Program, free_ports, own, running
from local_agentcore.blueprint import Blueprint, open_home
from local_agentcore.demo_athletes import DEMO_ATHLETES
from local_agentcore.provisioning import provision_vault

SCOPES = ("activities/read", "routes/read")
STACK = "local_agentcore.stack"


@dataclass(frozen=True)
class Surroundings:
    """What answers while a measurement goes on.

    Attributes:
        blueprint: Of the stack.
        gateway: As the stack runs it.
        backend: In place of the runtime front and all behind it.
    """

    blueprint: Blueprint
    gateway: Program
    backend: Program

    def tokens(self) -> tuple[str, ...]:
        """New ones for the gateway, one of each demo athlete, got by signing in."""
        return tuple(_token(self.blueprint, athlete, "gateway", SCOPES) for athlete in DEMO_ATHLETES)

    def direct_token(self) -> str:
        """A new one for the routes server itself."""
        return _token(self.blueprint, next(iter(DEMO_ATHLETES)), "mcp-routes", ("routes/read",))

    @property
    def gateway_url(self) -> str:
        return self.blueprint.ports.gateway_url()

    @property
    def direct_url(self) -> str:
        return self.blueprint.ports.url("data_plane") + path_of("routes")


@contextmanager
def surroundings(kind: Literal["real", "null"]) -> Iterator[Surroundings]:
    """The processes, in a home of their own.

    Args:
        kind: Of the backend: the routes server, or nothing.
    """
    with TemporaryDirectory(prefix="bench-gateway-") as folder, ExitStack() as stack:
        home = Path(folder)
        blueprint = open_home(home, free_ports().base)
        ports = blueprint.ports
        for part in ("authorization_server", "control_plane"):
            command = own(STACK, "--only", part, "--parent-pipe", "--home", folder)
            stack.enter_context(running(command, ports.url(part)))
        provision_vault(blueprint)
        front = ports.port("data_plane")
        command = own("benchmarks.gateway.backends", "null", str(front))
        if kind == "real":
            command = own("benchmarks.gateway.routes_server", folder, str(front))
        backend = stack.enter_context(running(command, ports.url("data_plane")))
        gateway = stack.enter_context(running(own("benchmarks.gateway.served", folder), ports.url("gateway")))
        yield Surroundings(blueprint, gateway, backend)


def _token(blueprint: Blueprint, athlete: str, audience: str, scopes: tuple[str, ...]) -> str:
    key = (blueprint.home / "keys" / "athletes" / f"{athlete}.pem").read_bytes()
    with httpx.Client(timeout=10, trust_env=False) as http:
        server = discover(http, blueprint.issuer)
        request = begin("developer", audience, scopes)
        return redeem(http, server, request, key_file_sign_in(http, server, request, athlete, key)).access_token
