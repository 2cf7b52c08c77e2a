"""An HTTP API as the gateway meets it: well-behaved, or as ill-behaved as a test wants it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

SECRET = "secret-of-the-api"


def parameter(name: str, place: str = "query", schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A parameter of an operation; those in a path are required."""
    required = {"required": True} if place == "path" else {}
    return {"in": place, "name": name, "schema": schema or {"type": "string"}, **required, **more}


def api_document(path: str = "/things/{id}", method: str = "get", **operation: Any) -> dict[str, Any]:
    """An OpenAPI document with one operation, `find`, of which each part may be said anew."""
    operation = {
        "operationId": "find",
        "summary": "Finds a thing.",
        "parameters": [parameter(name, "path") for name in ("id",) if "{id}" in path],
        "responses": {"200": {"description": "OK"}},
        **operation,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example/v1"}],
        "paths": {path: {method: operation}},
    }


@dataclass
class ApiCall:
    """One request to the API."""

    method: str
    raw_path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeApi:
    """An ASGI application below `/v1`; it answers everything.

    Knobs:
        document: Its OpenAPI document.
        answer: Of every call, as JSON.
        raw: Content type and body instead.
        failing: Statuses of the next calls, with what nobody may see, before it answers again.
        failing_headers: Beside those statuses.
        wanted_key: Header and API key without which a call gets API Gateway's 403 for keys.
        delay_s: Before it answers.
        drops: Connections that are cut before the answer.
        echoes: Header that the answer repeats.
        calls: Every request.
    """

    document: dict[str, Any] = field(default_factory=api_document)
    answer: Any = field(default_factory=lambda: {"found": True})
    raw: tuple[str, bytes] | None = None
    failing: list[int] = field(default_factory=list)
    failing_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    wanted_key: tuple[str, str] | None = None
    delay_s: float = 0.0
    drops: int = 0
    echoes: str = ""
    calls: list[ApiCall] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        raw_path = scope["raw_path"].decode().partition("?")[0]
        self.calls.append(ApiCall(scope["method"], raw_path, scope["query_string"].decode(), headers, body))
        await self._reply(headers, send)

    async def _reply(self, headers: dict[str, str], send: Send) -> None:
        if self.drops:
            self.drops -= 1
            # Less than was promised: the server closes the connection.
            lines = [(b"content-type", b"application/json"), (b"content-length", b"100")]
            await send({"type": "http.response.start", "status": 200, "headers": lines})
            return
        if self.failing:
            await _send(send, self.failing.pop(0), "text/html", f"<p>{SECRET}</p>".encode(), self.failing_headers)
            return
        if self.wanted_key is not None and headers.get(self.wanted_key[0]) != self.wanted_key[1]:
            lines = [(b"x-amzn-errortype", b"ForbiddenException")]
            await _send(send, 403, "application/json", b'{"message":"Forbidden"}', lines)
            return
        await asyncio.sleep(self.delay_s)
        if self.raw is not None:
            await _send(send, 200, *self.raw)
            return
        answer = {**self.answer, "echo": headers.get(self.echoes)} if self.echoes else self.answer
        await _send(send, 200, "application/json", json.dumps(answer).encode())


async def _send(
    send: Send, status: int, content_type: str, body: bytes, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    lines = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
