"""MCP servers for tests: in process with a fake API, or on a real loopback port that can be taken down."""

import base64
import importlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.asgi_lifespan import lifespan
from tests.support.issuer import FakeIssuer
from tests.support.team_api import FakeTeamApi
from tests.support.token_source import FakeTokenSource

TEAMS = ("activities", "routes", "socials", "support")
WORKLOAD_TOKEN = "workload-token-of-maya"
MODERN = "2026-07-28"
LEGACY = "2025-06-18"
PROTOCOLS = (MODERN, LEGACY)


def public_url(team: str) -> str:
    return f"http://127.0.0.1:8701/runtimes/mcp_{team}/invocations"


@dataclass
class TeamServerUnderTest:
    """One team's server with an issuer, a token source and an API that can be told what to do."""

    team: str = "activities"
    api: FakeTeamApi = field(default_factory=FakeTeamApi)
    tokens: FakeTokenSource = field(default_factory=FakeTokenSource)
    settings: dict[str, Any] = field(default_factory=dict)
    issuer: FakeIssuer = field(init=False)

    def __post_init__(self) -> None:
        scope = f"{self.team}/read {self.team}/write"
        self.issuer = FakeIssuer(audience=f"mcp-{self.team}", scope=scope)

    def app(self) -> ASGIApp:
        package = f"mcp_servers.{self.team}"
        settings_class = getattr(
            importlib.import_module(f"{package}.settings"), f"{self.team.capitalize()}ServerSettings"
        )
        values = {
            "issuer": self.issuer.issuer,
            "public_url": public_url(self.team),
            "upstream_clients": ("coach-exchange",),
            "api_url": "http://api.test",
            "vault_url": "http://vault.test",
            "access_key_id": "unused",
            "secret_access_key": "unused",
            **self.settings,
        }
        create_app = importlib.import_module(f"{package}.app").create_app
        app: ASGIApp = create_app(
            settings_class(**values), self.tokens, keys=self.issuer.jwks(), api_transport=self.api
        )
        return app


@dataclass
class RpcClient:
    """Sends JSON-RPC messages to a server in process, byte by byte as a test wants them."""

    http: httpx.AsyncClient
    token: str
    protocol: str = MODERN
    capabilities: dict[str, Any] = field(default_factory=dict)

    async def call(self, tool: str, arguments: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        return await self.send("tools/call", {"name": tool, "arguments": arguments or {}}, **options)

    async def result(self, tool: str, arguments: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """The result of a tool call that was let through."""
        response = await self.call(tool, arguments, **options)
        assert response.status_code == 200, response.text
        result: dict[str, Any] = rpc_message(response)["result"]
        return result

    async def error(self, tool: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """The error of a tool call that failed."""
        result = await self.result(tool, arguments)
        assert result["isError"] is True, result
        error: dict[str, Any] = json.loads(result["content"][0]["text"])["error"]
        return error

    async def send(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        body = json.dumps(self.message(method, params)).encode() if content is None else content
        return await self.http.post("/mcp", content=body, headers={**self.headers(method, params), **(headers or {})})

    def message(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        params = dict(params or {})
        if self.protocol == MODERN:
            prefix = "io.modelcontextprotocol"
            envelope = {f"{prefix}/protocolVersion": MODERN, f"{prefix}/clientCapabilities": self.capabilities}
            params["_meta"] = {**params.get("_meta", {}), **envelope}
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    def headers(self, method: str, params: dict[str, Any] | None = None) -> dict[str, str]:
        headers = {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "MCP-Protocol-Version": self.protocol,
            "WorkloadAccessToken": WORKLOAD_TOKEN,
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.protocol == MODERN:
            headers["Mcp-Method"] = method
            if method == "tools/call" and params:
                headers["Mcp-Name"] = str(params["name"])
        return headers


def rpc_message(response: httpx.Response) -> dict[str, Any]:
    """The JSON-RPC message of an answer, plain or as a server-sent event."""
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = next(line for line in text.splitlines() if line.startswith("data: {")).removeprefix("data: ")
    message: dict[str, Any] = json.loads(text)
    return message


@asynccontextmanager
async def in_process(server: TeamServerUnderTest, *, protocol: str = MODERN, **claims: Any) -> AsyncIterator[RpcClient]:
    """A client of the server, with a good token unless claims say otherwise."""
    app = server.app()
    transport = httpx.ASGITransport(app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8711") as http:
        yield RpcClient(http, server.issuer.token(**claims), protocol)


class LoopbackServer:
    """An ASGI application on a real loopback port, on a thread of its own; can be taken down and put up again.

    Args:
        make_app: A fresh application for each start.
    """

    def __init__(self, make_app: Any) -> None:
        self._make_app = make_app
        self.port = _free_port()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def start(self) -> None:
        config = uvicorn.Config(
            self._make_app(),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        self._server = server
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        assert server.started

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
            self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class WorkloadTokenFront:
    """What the runtime front does for a server: adds the workload token of the bearer's subject.

    Args:
        app: The server. It checks the bearer itself; here it is only read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            authorization = dict(scope["headers"]).get(b"authorization", b"").decode()
            added = [(b"workloadaccesstoken", f"workload-of-{_subject(authorization)}".encode())]
            scope = {**scope, "headers": [*scope["headers"], *added]}
        await self._app(scope, receive, send)


def _subject(authorization: str) -> str:
    segments = authorization.split(".")
    if len(segments) != 3:
        return "nobody"
    payload = base64.urlsafe_b64decode(segments[1] + "=" * (-len(segments[1]) % 4))
    return str(json.loads(payload).get("sub"))
