"""An ASGI application behind a REST API of API Gateway: event in, proxy response out.

Mangum would do it too, but it joins a header that came twice into one value, which the Host check must see as two; it
begins and ends the lifespan with every request; and it logs the text of what crashes.
"""

import asyncio
import base64
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.types import ASGIApp, Message, Scope

from identity.consent_return.errors import StartFailed

logger = logging.getLogger(__name__)
_FAILED = 502


class RestBridge:
    """The handler of a Lambda function. One event loop and one lifespan for as long as Lambda keeps the instance.

    Args:
        app: The application; started at once.
        base_path: What a custom domain puts before each path, and the stage's URL does not.

    Raises:
        StartFailed: The application does not start.
    """

    def __init__(self, app: ASGIApp, *, base_path: str = "") -> None:
        self._app = app
        self._base_path = base_path
        self._runner = asyncio.Runner()
        self._life = _Life(app)
        try:
            self._runner.run(self._life.start())
        except StartFailed:
            self._runner.close()
            raise

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        return self._runner.run(self._answer(event, context.aws_request_id))

    def close(self) -> None:
        """End the application's life; Lambda, which tells nobody when it takes an instance away, never does."""
        self._runner.run(self._life.end())
        self._runner.close()

    async def _answer(self, event: Mapping[str, Any], request_id: str) -> dict[str, Any]:
        exchange = _Exchange(_body(event))
        try:
            await self._app(request_scope(event, self._base_path), exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - process boundary
            # What it has answered until then is said; its text may quote what nobody should read (R08).
            logger.error("request=<%s>, error=<%s> | handler failed", request_id, type(error).__name__)  # noqa: TRY400 - without the text
        return exchange.response()


def request_scope(event: Mapping[str, Any], base_path: str = "") -> Scope:
    """The request of a REST v1 event. Every value of a header stays a header of its own."""
    path = event["path"]
    if path == base_path or path.startswith(f"{base_path}/"):
        path = path[len(base_path) :] or "/"
    headers = [
        (name.lower().encode(), value.encode(errors="replace"))
        for name, values in _multi(event, "multiValueHeaders", "headers").items()
        for value in values
    ]
    query = _multi(event, "multiValueQueryStringParameters", "queryStringParameters")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": event["httpMethod"],
        "scheme": "https",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query, doseq=True, errors="replace").encode(),
        "headers": headers,
        "client": (event["requestContext"]["identity"]["sourceIp"], 0),
        "server": (event["requestContext"].get("domainName", ""), 443),
    }


@dataclass
class _Exchange:
    """One request and what was answered."""

    body: bytes
    status: int = _FAILED
    headers: dict[str, list[str]] = field(default_factory=dict)
    answer: bytearray = field(default_factory=bytearray)
    received: bool = False

    async def receive(self) -> Message:
        if self.received:
            return {"type": "http.disconnect"}
        self.received = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in _texts(message.get("headers", ())):
                self.headers.setdefault(name, []).append(value)
        else:
            self.answer += message.get("body", b"")

    def response(self) -> dict[str, Any]:
        """The proxy response. API Gateway counts the bytes itself."""
        headers = {name: values for name, values in self.headers.items() if name != "content-length"}
        try:
            body, encoded = self.answer.decode(), False
        except UnicodeDecodeError:
            body, encoded = base64.b64encode(self.answer).decode(), True
        return {"statusCode": self.status, "multiValueHeaders": headers, "body": body, "isBase64Encoded": encoded}


class _Life:
    """The lifespan of an application: a task that waits between start and end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._said: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        await self._told.put({"type": "lifespan.startup"})
        answer = asyncio.create_task(self._said.get())
        await asyncio.wait({self._task, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() or answer.result()["type"] != "lifespan.startup.complete":
            await asyncio.wait({self._task})
            raise StartFailed("the application did not start")

    async def end(self) -> None:
        await self._told.put({"type": "lifespan.shutdown"})
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        await self._app({"type": "lifespan", "asgi": {"version": "3.0"}}, self._told.get, self._said.put)


def _multi(event: Mapping[str, Any], many: str, single: str) -> Mapping[str, list[str]]:
    return event.get(many) or {name: [value] for name, value in (event.get(single) or {}).items()}


def _body(event: Mapping[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="replace")


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
