"""An activities MCP server of the SDK over a real socket, with the two tools of an import and failures to order."""

import base64
import gzip
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUND_S = 10.0


@dataclass
class Upload:
    """One upload as it arrived."""

    name: str
    content: bytes
    arguments: dict[str, Any]
    others_in_flight: int


@dataclass
class ActivitiesServer:
    """What it was sent, and its knobs; the keys are file names.

    Attributes:
        refused: Ends in a tool error with this text.
        fails_first: So many times the tool is unavailable before it answers.
        rate_limited: Once the tool wants so many seconds of pause.
        lost_answers: So many times the file is taken and the connection then lost.
        statuses: HTTP statuses of the next uploads, in this order.
        gone_after: After so many uploads every connection is lost.
        refused_bearers: Tokens that get 401.
        issuer: Whose tokens it takes; requests without one are told so (RFC 9728 §5.1). None lets them in.
        answers: The structured content of the upload.
        offers_list: Whether there is `list_uploads`.
        list_fails: Whether it is unavailable.
        knows: Digests of contents that were taken before, with their items.
        slow_s: How long an upload takes.
    """

    url: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    fails_first: dict[str, int] = field(default_factory=dict)
    rate_limited: dict[str, int] = field(default_factory=dict)
    lost_answers: dict[str, int] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    gone_after: int | None = None
    refused_bearers: set[str] = field(default_factory=set)
    issuer: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    offers_list: bool = True
    list_fails: bool = False
    knows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    slow_s: float = 0.0

    attempts: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    most_in_flight: int = 0
    in_flight: int = 0

    @property
    def names(self) -> list[str]:
        """Of the files that were taken, sorted: several come at once."""
        return sorted(upload.name for upload in self.uploads)

    def taken(self, name: str) -> Upload:
        return next(upload for upload in self.uploads if upload.name == name)

    def app(self) -> ASGIApp:
        tools = [_published(self.upload_activities, {"type": "object", "required": ["items"]})]
        if self.offers_list:
            tools.append(_published(self.list_uploads, {"type": "object", "required": ["uploads"]}))
        return self._failing(MCPServer("activities", tools=tools).streamable_http_app(stateless_http=True))

    def upload_activities(
        self,
        file_name: str,
        content_base64: str,
        dry_run: bool = False,
        rehearsal: str | None = None,
        home_timezone: str | None = None,
    ) -> CallToolResult:
        """Add activities."""
        options = {"dry_run": dry_run, "rehearsal": rehearsal, "home_timezone": home_timezone}
        others = self.in_flight
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            time.sleep(self.slow_s)
            others = max(others, self.in_flight - 1)
            return self._upload(Upload(file_name, base64.b64decode(content_base64), options, others))
        finally:
            self.in_flight -= 1

    def list_uploads(self, sha256: list[str]) -> CallToolResult:
        """Which of these contents were taken already."""
        self.asked.append(sha256)
        if self.list_fails:
            return _failure("upstream_unavailable", "The activities service is unavailable.")
        known = [{"sha256": digest, "items": self.knows[digest]} for digest in sha256 if digest in self.knows]
        return _success({"uploads": known})

    def _upload(self, upload: Upload) -> CallToolResult:
        name, content = upload.name, upload.content
        self.attempts.append(name)
        if name in self.refused:
            return _failure("validation", self.refused[name])
        if self.fails_first.get(name, 0) > 0:
            self.fails_first[name] -= 1
            return _failure("upstream_unavailable", "The activities service is unavailable at the moment.")
        if name in self.rate_limited:
            return _failure("rate_limited", "Too many requests.", retry_after_s=self.rate_limited.pop(name))
        digest = hashlib.sha256(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).hexdigest()
        status = "merged" if digest in self.knows else "imported"
        self.uploads.append(upload)
        item = {"name": name, "status": status, "partial": False, "reason": None, "activity_id": f"id-{name}"}
        self.knows[digest] = [item]
        result = {"imported": status == "imported", "merged": status == "merged", "partial": 0, "rejected": 0}
        return _success(self.answers.get(name, {**result, "items": [item]}))

    def _failing(self, inner: ASGIApp) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await inner(scope, receive, send)
                return
            request = Request(scope, receive)
            body = await request.body()
            bearer = request.headers.get("authorization", "")
            self.bearers.append(bearer.removeprefix("Bearer "))
            call = _call(body)
            if request.url.path == "/metadata":
                await JSONResponse({"resource": self.url, "authorization_servers": [self.issuer]})(scope, receive, send)
            elif not bearer and self.issuer is not None:
                challenge = f'Bearer resource_metadata="{self.url.removesuffix("/mcp")}/metadata"'
                await Response(status_code=401, headers={"www-authenticate": challenge})(scope, receive, send)
            elif self.bearers[-1] in self.refused_bearers:
                await Response(status_code=401)(scope, receive, send)
            elif self.gone_after is not None and len(self.uploads) >= self.gone_after:
                await _break_off(send)
            elif call is not None and self.statuses:
                await Response(status_code=self.statuses.pop(0))(scope, receive, send)
            elif call is not None and self.lost_answers.get(call, 0) > 0:
                self.lost_answers[call] -= 1
                await inner(scope, _again(body, receive), _nowhere)
                await _break_off(send)
            else:
                await inner(scope, _again(body, receive), send)

        return app


@contextmanager
def serving_activities(fake: ActivitiesServer) -> Iterator[ActivitiesServer]:
    """The server on a free port."""
    # Critical alone: answers that break off are what a test ordered.
    server = uvicorn.Server(uvicorn.Config(fake.app(), port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + BOUND_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    try:
        yield fake
    finally:
        server.should_exit = True
        thread.join(BOUND_S)


def _published(function: Callable[..., CallToolResult], output_schema: dict[str, Any]) -> Tool:
    tool = Tool.from_function(function, structured_output=False)
    tool.fn_metadata.output_schema = output_schema
    return tool


def _call(body: bytes) -> str | None:
    """The name of the file that a request uploads, if it does."""
    params = json.loads(body or b"{}").get("params") or {}
    return str(params["arguments"]["file_name"]) if params.get("name") == "upload_activities" else None


def _success(content: dict[str, Any]) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(content))], structured_content=content)


def _failure(kind: str, message: str, **more: int) -> CallToolResult:
    text = json.dumps({"error": {"kind": kind, "message": message, **more}})
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _again(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def _nowhere(_message: Message) -> None:
    pass


async def _break_off(send: Send) -> None:
    """Fewer bytes than were promised: the server closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})
