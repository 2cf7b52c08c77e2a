"""The pooled HTTP client of one target: made once, used by all callers, and never led anywhere else.

Redirects stay off and cookies are not kept: a token goes to the endpoint of its target alone (V23), and nothing of one
person's answer reaches another's request. aiohttp, because per call it needs a fifth of the processor time of the
clients that the rest of the system uses.
"""

import json
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from identity.outbound_addresses import AddressPolicy
from local_agentcore.gateway.checked_resolver import CheckedResolver
from local_agentcore.gateway.circuit import Circuit
from local_agentcore.gateway.errors import TargetBroken, TargetRefused, TargetSilent, TargetUnreachable
from local_agentcore.gateway.event_stream import EventStream
from local_agentcore.gateway.settings import GatewaySettings, TargetSettings

logger = logging.getLogger(__name__)
MOST_CONNECTIONS = 128
KEEPALIVE_S = 2.0  # below uvicorn's 5 s, or a request would now and then meet a connection just closed
SERVER_ERROR = 500
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class TargetMessage:
    """A JSON-RPC message from a target.

    Attributes:
        document: What it says.
        octets: How it says it.
    """

    document: dict[str, Any] = field(repr=False)
    octets: bytes = field(repr=False)

    @property
    def is_answer(self) -> bool:
        return "method" not in self.document


class TargetConnection:
    """Sends JSON-RPC messages to one target.

    Args:
        target: Its endpoint.
        settings: Times and sizes.
        tls: One for all targets of a process; making one costs 20 ms.
        circuit: Leaves a failing target alone.
    """

    def __init__(
        self, target: TargetSettings, settings: GatewaySettings, tls: ssl.SSLContext, circuit: Circuit | None = None
    ) -> None:
        self._endpoint = URL(target.endpoint)
        self._most_bytes = settings.most_answer_bytes
        self._circuit = circuit or Circuit()
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls,
                limit=MOST_CONNECTIONS,
                keepalive_timeout=KEEPALIVE_S,
                resolver=CheckedResolver(AddressPolicy(settings.private_targets)),
            ),
            timeout=aiohttp.ClientTimeout(
                total=settings.call_timeout_s, sock_connect=settings.connect_timeout_s, sock_read=settings.silence_s
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            skip_auto_headers=("User-Agent", "Content-Type"),
        )

    async def close(self) -> None:
        await self._http.close()

    def sent(self, body: bytes, headers: Mapping[str, str]) -> "AbstractAsyncContextManager[TargetAnswer]":
        """The answer to a message. Leaving the block before its end closes the connection, which cancels the call.

        Raises:
            TargetFailure: No answer of MCP; 4xx answers are `TargetAnswer`s.
        """
        return self._requested("POST", self._endpoint, body, headers)

    def asked(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> "AbstractAsyncContextManager[TargetAnswer]":
        """The answer to a request of HTTP.

        Args:
            method: In upper case.
            url: Below the endpoint of the target, percent-encoded; it is sent as it is.
            body: None for none.
            headers: All of them.

        Raises:
            TargetFailure: No answer; 4xx answers are `TargetAnswer`s.
        """
        place = URL(url, encoded=True)
        if place.origin() != self._endpoint.origin():
            raise TargetUnreachable("another place than the target's", sent=False)  # V23
        return self._requested(method, place, body, headers)

    @asynccontextmanager
    async def _requested(
        self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str]
    ) -> "AsyncIterator[TargetAnswer]":
        self._circuit.enter()
        try:
            async with self._http.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
                _require_answer(response.status)
                yield TargetAnswer(response, self._most_bytes)
        except TargetRefused as refusal:
            # What a target says about one caller is no failure of the target.
            if refusal.status >= SERVER_ERROR:
                self._circuit.failed()
            raise
        except NOT_SENT as error:
            self._circuit.failed()
            raise TargetUnreachable(type(error).__name__, sent=False) from error
        except TimeoutError as error:
            self._circuit.failed()
            raise TargetSilent(type(error).__name__) from error
        except aiohttp.ClientError as error:
            self._circuit.failed()
            raise TargetUnreachable(type(error).__name__, sent=True) from error
        self._circuit.succeeded()


class TargetAnswer:
    """What a target answers, message by message.

    Args:
        response: Its head has arrived.
        most_bytes: Of the whole answer.
    """

    def __init__(self, response: aiohttp.ClientResponse, most_bytes: int) -> None:
        self._response = response
        self._most_bytes = most_bytes

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def media_type(self) -> str:
        return self._response.content_type

    def header(self, name: str) -> str | None:
        return self._response.headers.get(name)

    async def messages(self) -> AsyncGenerator[TargetMessage | None, None]:
        """Notifications, if there are any, and the answer as the last one; None while the target is still at it.

        Raises:
            TargetBroken: Not JSON-RPC, too much of it, or the end came before the answer.
        """
        if self._response.content_type == "text/event-stream":
            async for message in self._events():
                yield message
                if message is not None and message.is_answer:
                    return
            raise TargetBroken("the stream ended without an answer")
        if self._response.content_type != "application/json":
            raise TargetBroken("not JSON")
        yield _message(await self.whole())

    async def answer(self) -> dict[str, Any]:
        """The answer alone.

        Raises:
            TargetBroken: As `messages`.
        """
        document: dict[str, Any] = {}
        async for message in self.messages():
            document = document if message is None else message.document
        return document

    async def whole(self) -> bytes:
        """The decoded body; also bounds what a compressed answer unfolds to (M17)."""
        received = bytearray()
        async for chunk in self._response.content.iter_any():
            received += chunk
            if len(received) > self._most_bytes:
                raise TargetBroken("the answer is too long")
        return bytes(received)

    async def _events(self) -> AsyncIterator[TargetMessage | None]:
        stream, received = EventStream(self._most_bytes), 0
        async for chunk in self._response.content.iter_any():
            received += len(chunk)
            if received > self._most_bytes:
                raise TargetBroken("the answer is too long")
            for data in stream.feed(chunk):
                yield None if data is None else _message(data)


def _require_answer(status: int) -> None:
    if status >= SERVER_ERROR or status in range(300, 400):
        raise TargetRefused(status)


def _message(octets: bytes) -> TargetMessage:
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise TargetBroken("not JSON") from error
    if not isinstance(document, dict) or not ({"result", "error", "method"} & document.keys()):
        raise TargetBroken("not a JSON-RPC message")
    return TargetMessage(document, octets)
