"""The answer to one request, on its way out: one JSON document, or a stream of events that ends with it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Send

from local_agentcore.gateway.event_stream import event

# Made once: json.dumps makes one for every document that is not written in its own way.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
JSON_TYPE = (b"content-type", b"application/json")
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class Answer:
    """Writes the answer. The status is open until the first event, or the whole document, is written.

    Args:
        send: Of ASGI.
    """

    __slots__ = ("_send", "streaming")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.streaming = False

    async def event(self, message: bytes) -> None:
        """Write a message before the last one; this makes the answer a stream."""
        await self._begin_stream()
        await self._send({"type": "http.response.body", "body": event(message), "more_body": True})

    async def still_there(self) -> None:
        """Write a comment, so that nobody on the way takes the connection for dead; this makes the answer a stream."""
        await self._begin_stream()
        await self._send({"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True})

    async def _begin_stream(self) -> None:
        if not self.streaming:
            self.streaming = True
            await self._send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})

    async def last(self, message: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Write the last message; a stream has its status already."""
        if self.streaming:
            await self._send({"type": "http.response.body", "body": event(message)})
            return
        lines = [JSON_TYPE, (b"content-length", str(len(message)).encode()), *_lines(headers)]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})
        await self._send({"type": "http.response.body", "body": message})

    async def empty(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        """Write a status and no body."""
        lines = [(b"content-length", b"0"), *_lines(headers)]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})
        await self._send({"type": "http.response.body", "body": b""})


def octets(document: Mapping[str, Any]) -> bytes:
    """A document as compact JSON."""
    return _ENCODER.encode(document).encode("utf-8", "replace")


def _lines(headers: Mapping[str, str] | None) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
