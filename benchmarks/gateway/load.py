"""Callers that wait for their answer before they ask again, on kept connections, at the least cost to the machine."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import httptools

Era = Literal["modern", "handshake"]
MODERN = "2026-07-28"
HANDSHAKE = "2025-06-18"
OK = 200
ARGUMENTS = {"near": "Berlin", "sport": "Run", "max_distance_m": 12000, "limit": 5}


class Unanswered(RuntimeError):
    """A measured call was refused or failed: its time means nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement.

    Attributes:
        wall_s: From the first call to the last answer.
        latencies_s: Of every call.
    """

    wall_s: float
    latencies_s: tuple[float, ...]

    @property
    def calls(self) -> int:
        return len(self.latencies_s)

    @property
    def per_s(self) -> float:
        return self.calls / self.wall_s

    @property
    def median_s(self) -> float:
        return sorted(self.latencies_s)[self.calls // 2]


def tool_call(
    url: str,
    tool: str,
    token: str | None = None,
    *,
    era: Era = "modern",
    arguments: Mapping[str, Any] | None = None,
    more_headers: Mapping[str, str] | None = None,
) -> bytes:
    """A call of a tool as the bytes of one HTTP request."""
    params: dict[str, Any] = {"name": tool, "arguments": ARGUMENTS if arguments is None else arguments}
    lines = {"MCP-Protocol-Version": HANDSHAKE, "Content-Type": "application/json"}
    lines["Accept"] = "application/json, text/event-stream"
    if era == "modern":
        prefix = "io.modelcontextprotocol"
        params["_meta"] = {f"{prefix}/protocolVersion": MODERN, f"{prefix}/clientCapabilities": {}}
        lines |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
    if token is not None:
        lines["Authorization"] = f"Bearer {token}"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    parts = urlsplit(url)
    lines |= {"Host": parts.netloc, "Content-Length": str(len(body)), **(more_headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def measure(url: str, requests: Sequence[bytes], *, callers: int, calls: int) -> Cell:
    """Make so many calls in all.

    Args:
        url: Whose host and port are asked.
        requests: A caller sends one of them all the time.
        callers: At once.
        calls: In all.

    Raises:
        Unanswered: Anything but the answer of a tool.
    """
    parts, left, latencies = urlsplit(url), [calls], list[float]()
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(_Connection, parts.hostname or "", parts.port or 80))[1] for _ in range(callers)
    ]
    try:
        started = time.perf_counter()
        await asyncio.gather(
            *(_ask(each, requests[number % len(requests)], left, latencies) for number, each in enumerate(connections))
        )
        return Cell(time.perf_counter() - started, tuple(latencies))
    finally:
        for connection in connections:
            connection.close()


async def _ask(connection: "_Connection", request: bytes, left: list[int], latencies: list[float]) -> None:
    while left[0] > 0:
        left[0] -= 1
        asked = time.perf_counter()
        answer = await connection.ask(request)
        latencies.append(time.perf_counter() - asked)
        if answer.status != OK or b'"total_count"' not in answer.body:
            raise Unanswered(f"{answer.status}: {bytes(answer.body[:300])!r}")


@dataclass(slots=True)
class _Answer:
    status: int = 0
    body: bytearray = field(default_factory=bytearray)


class _Connection(asyncio.Protocol):
    """One kept connection; the methods that begin with `on_` are httptools'."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: asyncio.Future[_Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer = _Answer()

    def ask(self, request: bytes) -> "asyncio.Future[_Answer]":
        """The answer to a request; one at a time."""
        self._answer = _Answer()
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is None:
            raise Unanswered("not connected")
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Unanswered(f"hung up: {exc}"))

    def on_body(self, body: bytes) -> None:
        self._answer.body += body

    def on_message_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._answer)
