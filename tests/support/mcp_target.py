"""An MCP server as the gateway meets it: well-behaved in any protocol version, or as ill-behaved as a test wants it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.types import Receive, Scope, Send

MODERN_VERSION = "2026-07-28"


def tool(name: str, *, scopes: list[str] | None = None, reads: bool = True, **more: Any) -> dict[str, Any]:
    """A tool as `tools/list` says it."""
    return {
        "name": name,
        "description": f"Does {name}.",
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
        "annotations": {"readOnlyHint": reads},
        "_meta": {"scopes": scopes or ["activities/read"]},
        **more,
    }


@dataclass
class Received:
    """One request to the target."""

    method: str
    headers: dict[str, str]
    body: bytes
    message: dict[str, Any]


@dataclass
class FakeTarget:
    """An ASGI application that speaks MCP at `/mcp`.

    Knobs:
        era: `modern`, `handshake`, or `sessions`, a hand-shaking server that keeps some.
        tools, prompts, resources, templates: What it offers, in pages of `page_size`.
        failing: Statuses of the next calls, one each, before it answers again.
        redirects_to: Where an answer with such a status leads.
        raw: Content type and body of a call's answer, instead of a good one.
        delay_s: Before it answers a call.
        progress: Notifications before the answer of a call, which makes that a stream.
        signs_of_life: Comments before the answer of a call, which makes that a stream.
        trickles_s: Pause after each of them.
        drops: Connections that are cut before the answer of a call.
        echoes: Repeats its Authorization header in the answer.
        refused_tokens: Are answered with 401.
        result: Of calls, instead of a text that says what was called.
        error: JSON-RPC error of calls.
        received: Every request.
        abandoned: Calls whose client went away before the answer.
    """

    era: Literal["modern", "handshake", "sessions"] = "modern"
    tools: list[dict[str, Any]] = field(default_factory=lambda: [tool("echo"), tool("write", reads=False)])
    prompts: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    templates: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 100
    failing: list[int] = field(default_factory=list)
    redirects_to: str = ""
    raw: tuple[str, bytes] | None = None
    delay_s: float = 0.0
    progress: int = 0
    signs_of_life: int = 0
    trickles_s: float = 0.0
    drops: int = 0
    echoes: bool = False
    refused_tokens: set[str] = field(default_factory=set)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    received: list[Received] = field(default_factory=list)
    abandoned: int = 0
    sessions: set[str] = field(default_factory=set)

    def calls(self) -> list[Received]:
        return [one for one in self.received if one.method == "tools/call"]

    def methods(self) -> list[str]:
        return [one.method for one in self.received]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        message = json.loads(body)
        self.received.append(Received(message["method"], headers, body, message))
        if headers.get("authorization", "").removeprefix("Bearer ") in self.refused_tokens:
            await _send(send, 401, b"", headers=[(b"www-authenticate", b"Bearer")])
            return
        if "id" not in message:
            await _send(send, 202, b"")
            return
        await self._answer(message, headers, receive, send)

    async def _answer(self, message: dict[str, Any], headers: dict[str, str], receive: Receive, send: Send) -> None:
        method, more = message["method"], list[tuple[bytes, bytes]]()
        if self.era == "modern" and headers.get("mcp-protocol-version") != MODERN_VERSION:
            await self._reply(send, message, error={"code": -32022, "message": "no"}, status=400)
        elif self.era != "modern" and method == "server/discover":
            await self._reply(send, message, error={"code": -32601, "message": "no"}, status=400)
        elif method == "initialize":
            if self.era == "sessions":
                self.sessions.add(name := f"session-{len(self.sessions)}-of-{headers.get('authorization', '')[-6:]}")
                more.append((b"mcp-session-id", name.encode()))
            result = {"protocolVersion": "2025-11-25", "capabilities": self._capabilities(), "serverInfo": {}}
            await self._reply(send, message, result=result, headers=more)
        elif self.era == "sessions" and headers.get("mcp-session-id") not in self.sessions:
            await _send(send, 404, b"")
        elif method == "server/discover":
            versions = {"supportedVersions": [MODERN_VERSION], "capabilities": self._capabilities()}
            await self._reply(send, message, result=versions)
        elif method.endswith("/list"):
            await self._reply(send, message, result=self._page(message))
        else:
            await self._perform(message, headers, receive, send)

    def _capabilities(self) -> dict[str, Any]:
        offered = {"tools": self.tools, "prompts": self.prompts, "resources": self.resources or self.templates}
        return {name: {} for name, entries in offered.items() if entries}

    def _page(self, message: dict[str, Any]) -> dict[str, Any]:
        members = {
            "tools/list": ("tools", self.tools),
            "prompts/list": ("prompts", self.prompts),
            "resources/list": ("resources", self.resources),
            "resources/templates/list": ("resourceTemplates", self.templates),
        }
        member, entries = members[message["method"]]
        start = int(message["params"].get("cursor", 0))
        end = start + self.page_size
        return {member: entries[start:end], **({"nextCursor": str(end)} if end < len(entries) else {})}

    async def _perform(self, message: dict[str, Any], headers: dict[str, str], receive: Receive, send: Send) -> None:
        if self.drops:
            self.drops -= 1
            # Less than was promised: the server closes the connection.
            lines = [(b"content-type", b"application/json"), (b"content-length", b"100")]
            await send({"type": "http.response.start", "status": 200, "headers": lines})
            return
        if self.failing:
            lines = [(b"location", self.redirects_to.encode())] if self.redirects_to else []
            await _send(send, self.failing.pop(0), b"<html>it broke, secret-of-the-target</html>", headers=lines)
            return
        if not await self._waited(receive):
            return
        if self.raw is not None:
            await _send(send, 200, self.raw[1], content_type=self.raw[0])
            return
        if self.error is not None:
            await self._reply(send, message, error=self.error, status=400 if self.era == "modern" else 200)
            return
        text = f"{message['params'].get('name') or message['params'].get('uri')}:{json.dumps(message['params'])}"
        if self.echoes:
            text += headers.get("authorization", "")
        result = self.result or {"content": [{"type": "text", "text": text}]}
        if self.progress or self.signs_of_life:
            await self._stream(send, message, result)
        else:
            await self._reply(send, message, result=result)

    async def _waited(self, receive: Receive) -> bool:
        """Whether the client is still there after the delay."""
        if not self.delay_s:
            return True
        gone = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({gone}, timeout=self.delay_s)
        gone.cancel()
        self.abandoned += len(done)
        return not done

    async def _stream(self, send: Send, message: dict[str, Any], result: dict[str, Any]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for _ in range(self.signs_of_life):
            await send({"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True})
            await asyncio.sleep(self.trickles_s)
        token = message["params"].get("_meta", {}).get("progressToken")
        for step in range(self.progress):
            params = {"progressToken": token, "progress": step + 1}
            await _event(send, {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}, more=True)
            await asyncio.sleep(0.01)
        await _event(send, {"jsonrpc": "2.0", "id": message["id"], "result": self._enveloped(result)}, more=False)

    async def _reply(
        self,
        send: Send,
        message: dict[str, Any],
        *,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
        status: int = 200,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        document: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        document |= {"error": error} if error else {"result": self._enveloped(result or {})}
        await _send(send, status, json.dumps(document).encode(), content_type="application/json", headers=headers)

    def _enveloped(self, result: dict[str, Any]) -> dict[str, Any]:
        return {"resultType": "complete", **result} if self.era == "modern" else result


async def _send(
    send: Send,
    status: int,
    body: bytes,
    *,
    content_type: str = "text/html",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    lines = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def _event(send: Send, document: dict[str, Any], *, more: bool) -> None:
    body = b"event: message\r\ndata: " + json.dumps(document).encode() + b"\r\n\r\n"
    await send({"type": "http.response.body", "body": body, "more_body": more})
