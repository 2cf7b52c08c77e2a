"""`coach import` against a server of the MCP SDK over a real socket: the tool's contract as the terminal uses it."""

import base64
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.terminal.activity_files import ActivityFile
from agent.terminal.errors import NotSignedIn, UploadRefused
from agent.terminal.import_report import ReportItem
from agent.terminal.upload import GZIP_ABOVE_BYTES, upload_all

BOUND_S = 10.0


@dataclass
class ActivitiesServer:
    """A server with the one tool, and what it was sent. Knob: names in `refused` end in a tool error."""

    url: str = ""
    refused: set[str] = field(default_factory=set)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    bearers: set[str] = field(default_factory=set)
    most_in_flight: int = 0
    _in_flight: int = 0

    def app(self) -> ASGIApp:
        server = MCPServer("activities")

        @server.tool()
        def upload_activities(
            file_name: str, content_base64: str, dry_run: bool = False, home_timezone: str | None = None
        ) -> dict[str, Any]:
            """Add activities."""
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            try:
                return self._upload(file_name, base64.b64decode(content_base64), dry_run, home_timezone)
            finally:
                self._in_flight -= 1

        inner = server.streamable_http_app(stateless_http=True)

        async def seeing_bearers(scope: Scope, receive: Receive, send: Send) -> None:
            headers = dict(scope.get("headers", ()))
            self.bearers |= {headers[b"authorization"].decode()} if b"authorization" in headers else set()
            await inner(scope, receive, send)

        return seeing_bearers

    def _upload(self, name: str, content: bytes, dry_run: bool, zone: str | None) -> dict[str, Any]:
        if name in self.refused:
            raise ToolError("not a FIT file")
        self.uploads[name] = {"content": content, "dry_run": dry_run, "zone": zone}
        item = {"name": name, "status": "imported", "partial": False, "reason": None, "activity_id": f"id-{name}"}
        return {"imported": 1, "merged": 0, "partial": 0, "rejected": 0, "items": [item]}


@pytest.fixture
def activities() -> Iterator[ActivitiesServer]:
    fake = ActivitiesServer()
    server = uvicorn.Server(uvicorn.Config(fake.app(), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + BOUND_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    yield fake
    server.should_exit = True
    thread.join(BOUND_S)


def upload_with(url: str, token: Callable[[], str], files: list[ActivityFile]) -> list[ReportItem]:
    return upload_all(url, token, files, dry_run=False, time_zone=None, tell=lambda _path: None)


def upload(fake: ActivitiesServer, *files: ActivityFile, dry_run: bool = False) -> list[tuple[str, str, str | None]]:
    items = upload_all(
        fake.url, lambda: "tok", files, dry_run=dry_run, time_zone="Europe/Berlin", tell=lambda _path: None
    )
    return [(item.path, item.status, item.activity_id or item.reason) for item in items]


def test_each_file_is_sent_with_its_name_and_the_athletes_zone(activities: ActivitiesServer) -> None:
    assert upload(activities, ActivityFile("x/a.fit", b"fit")) == [("x/a.fit", "imported", "id-a.fit")]
    assert activities.uploads == {"a.fit": {"content": b"fit", "dry_run": False, "zone": "Europe/Berlin"}}
    assert activities.bearers == {"Bearer tok"}


def test_a_dry_run_is_said_to_the_tool(activities: ActivitiesServer) -> None:
    upload(activities, ActivityFile("a.fit", b"fit"), dry_run=True)
    assert activities.uploads["a.fit"]["dry_run"] is True


def test_a_large_file_is_compressed_and_a_small_or_compressed_one_is_not(activities: ActivitiesServer) -> None:
    large, packed = b"<trk>" * GZIP_ABOVE_BYTES, gzip.compress(b"x", mtime=0)
    upload(activities, ActivityFile("l.gpx", large), ActivityFile("s.gpx", b"s"), ActivityFile("p.fit.gz", packed))
    assert gzip.decompress(activities.uploads["l.gpx"]["content"]) == large
    assert activities.uploads["s.gpx"]["content"] == b"s"
    assert activities.uploads["p.fit.gz"]["content"] == packed


def test_a_file_that_is_refused_fails_alone_and_the_order_of_the_files_is_kept(activities: ActivitiesServer) -> None:
    activities.refused = {"b.fit"}
    files = [ActivityFile(f"{name}.fit", b"x") for name in "abcdefgh"]
    items = upload(activities, *files, ActivityFile("z.zip/l.fit", None, "a link"))
    assert [path for path, _, _ in items] == [*(file.path for file in files), "z.zip/l.fit"]
    assert [status for _, status, _ in items].count("rejected") == 2
    assert items[1][1] == "rejected"
    assert "not a FIT file" in str(items[1][2])
    assert items[-1] == ("z.zip/l.fit", "rejected", "a link")
    assert activities.most_in_flight <= 3


def test_a_token_that_cannot_be_had_ends_the_import_before_anything_is_sent(activities: ActivitiesServer) -> None:
    def token() -> str:
        raise NotSignedIn("the session has ended")

    with pytest.raises(NotSignedIn, match="the session has ended"):
        upload_with(activities.url, token, [ActivityFile("a.fit", b"x")])
    assert activities.bearers == set()


def test_a_session_that_ends_in_the_middle_ends_the_import_with_its_own_error(activities: ActivitiesServer) -> None:
    tokens = ["tok"] * 4

    def token() -> str:
        if not tokens:
            raise NotSignedIn("the session has ended")
        return tokens.pop()

    with pytest.raises(NotSignedIn, match="the session has ended"):
        upload_with(activities.url, token, [ActivityFile(f"{number}.fit", b"x") for number in range(200)])
    assert len(activities.uploads) < 20


def test_a_server_that_is_not_there_is_one_error_of_the_upload() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/mcp"
        with pytest.raises(UploadRefused, match="the activities server did not take the upload"):
            upload_with(url, lambda: "tok", [ActivityFile("a.fit", b"x")])
