"""One tool call of the terminal against a server of the MCP SDK over a real socket: sign-ins, failures, results."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.terminal.activities_tool import call_tool
from agent.terminal.errors import NotSignedIn, TerminalError, ToolRefused, UsageWrong

BOUND_S = 10.0


@dataclass
class ProfileServer:
    """A server with one tool. Knobs: `statuses` by bearer; `failure` is the text of an error result."""

    url: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    failure: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)

    def app(self) -> ASGIApp:
        server = MCPServer("activities")

        @server.tool(structured_output=False)
        def update_athlete_profile(changes: dict[str, Any]) -> CallToolResult:
            """Change settings."""
            if self.failure is not None:
                return CallToolResult(content=[TextContent(type="text", text=self.failure)], is_error=True)
            self.changes.append(changes)
            return CallToolResult(content=[], structured_content={"sex": changes.get("sex")})

        inner = server.streamable_http_app(stateless_http=True)

        async def gate(scope: Scope, receive: Receive, send: Send) -> None:
            bearer = dict(scope.get("headers", ())).get(b"authorization", b"").decode().removeprefix("Bearer ")
            if scope["type"] == "http":
                self.bearers += [bearer] if bearer not in self.bearers else []
                if bearer in self.statuses:
                    await Response(status_code=self.statuses[bearer])(scope, receive, send)
                    return
            await inner(scope, receive, send)

        return gate


@pytest.fixture
def server() -> Iterator[ProfileServer]:
    fake = ProfileServer()
    running = uvicorn.Server(uvicorn.Config(fake.app(), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + BOUND_S
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/mcp"
    yield fake
    running.should_exit = True
    thread.join(BOUND_S)


def tokens(*names: str) -> list[Callable[[], str]]:
    return [lambda name=name: name for name in names]  # type: ignore[misc]  # the default binds the name


def change(server: ProfileServer, *names: str) -> dict[str, Any]:
    changes = {"changes": {"sex": "F", "ftp_w": None}}
    return call_tool(server.url, tokens(*(names or ("tok",))), "update_athlete_profile", changes)


def test_the_arguments_arrive_with_their_nulls_and_the_structured_content_comes_back(server: ProfileServer) -> None:
    assert change(server) == {"sex": "F"}
    assert server.changes == [{"sex": "F", "ftp_w": None}]


@pytest.mark.parametrize("status", [401, 403])
def test_the_next_token_is_tried_when_one_is_refused_and_the_call_is_made_once(
    server: ProfileServer, status: int
) -> None:
    server.statuses = {"old": status, "renewed": status}
    assert change(server, "old", "renewed", "anew", "unused") == {"sex": "F"}
    assert server.bearers == ["old", "renewed", "anew"]
    assert len(server.changes) == 1


def test_when_no_token_is_taken_the_person_is_told_to_sign_in(server: ProfileServer) -> None:
    server.statuses = {"old": 401, "renewed": 403}
    with pytest.raises(NotSignedIn, match="coach login"):
        change(server, "old", "renewed")


@pytest.mark.parametrize(
    ("failure", "error", "told"),
    [
        (json.dumps({"error": {"kind": "validation", "message": "sex:\x1b[31m no"}}), UsageWrong, "sex: no"),
        (json.dumps({"error": {"kind": "upstream_unavailable", "message": "busy"}}), ToolRefused, "busy"),
        ("Traceback", ToolRefused, "does not say why"),
        ("[1]", ToolRefused, "does not say why"),
    ],
)
def test_a_failure_of_the_tool_is_one_sentence(
    server: ProfileServer, failure: str, error: type[TerminalError], told: str
) -> None:
    server.failure = failure
    with pytest.raises(error) as caught:
        change(server)
    assert told in str(caught.value)
    assert server.changes == []


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/mcp"
        with pytest.raises(ToolRefused, match="does not answer"):
            call_tool(url, tokens("tok"), "update_athlete_profile", {})


def test_without_a_token_nothing_is_sent(server: ProfileServer) -> None:
    def signed_out() -> str:
        raise NotSignedIn("you are signed out")

    with pytest.raises(NotSignedIn, match="signed out"):
        call_tool(server.url, [signed_out], "update_athlete_profile", {})
    assert server.bearers == []
