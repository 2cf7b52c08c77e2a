"""The HTTP connection under a shared MCP session.

An exception in one request would end the task group of the MCP session and with it every other call in flight. Here
a connection failure becomes an ordinary answer to the request that met it, so that it fails alone and the session
outlives a restart of its server.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
from mcp.client.streamable_http import streamable_http_client

from agent.tools.bearer import ContextBearer, current_call

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

# Below uvicorn's keep-alive of 5 s, or a call would now and then meet a connection that the server just closed.
KEEPALIVE_S = 2.0
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 30.0
MOST_CONNECTIONS = 100
SESSION_HEADER = "Mcp-Session-Id"
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class ContainedTransport(httpx2.AsyncBaseTransport):
    """Answers 503 where the connection failed."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TransportError as error:
            _mark_unreachable(sent=not isinstance(error, NEVER_SENT))
            return httpx2.Response(503, request=request)
        # A session is one caller's, and this connection serves all athletes: none is kept (M02).
        response.headers.pop(SESSION_HEADER, None)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _ContainedStream(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _ContainedStream(httpx2.AsyncByteStream):
    """Ends where the connection failed; the reader finds the answer incomplete."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield chunk
        except httpx2.TransportError:
            _mark_unreachable(sent=True)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _mark_unreachable(*, sent: bool) -> None:
    call = current_call.get()
    if call is not None:
        call.unreachable, call.sent = True, sent


@asynccontextmanager
async def open_connection(url: str, tls: ssl.SSLContext) -> "AsyncIterator[TransportStreams]":
    """The streams of an MCP session with one server.

    Args:
        url: Streamable HTTP endpoint.
        tls: Shared by the clients of all teams; making one costs 20 ms.
    """
    limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEEPALIVE_S)
    transport = ContainedTransport(httpx2.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits))
    timeout = httpx2.Timeout(CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
    async with (
        httpx2.AsyncClient(transport=transport, auth=ContextBearer(), timeout=timeout, trust_env=False) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams
