"""The MCP client of an import. A lost connection, an error of the server and a spent token end one call, no more.

The SDK's transport lets a lost connection end the whole client, with every call that is on its way; and of an HTTP
error it keeps no status. So what goes wrong below it is answered here as a JSON-RPC error (MCP, Streamable HTTP).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from agent.terminal.errors import NotSignedIn, TerminalError

NO_ANSWER = -32099  # of the range that JSON-RPC 2.0 §5.1 leaves to implementations; never sent
CALL_LIMIT_S = 120.0
CONNECT_LIMIT_S = 10.0
KEEPALIVE_S = 2.0  # below uvicorn's 5 s, or a request would now and then meet a connection just closed
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
UNAUTHORIZED = 401
REFUSED = "the activities server does not accept this sign-in; sign in again with: coach login"

Token = Callable[[bool], str]


class FreshBearer(httpx2.Auth):
    """The bearer of each request, renewed before it ends: a large import outlives an access token.

    Args:
        token: Gives a token that is still good; called with True after one was refused. May block for a refresh.

    Attributes:
        failure: Why there is no good token any more. Raised inside a request it would end in the client's own
            task group, as a group of exceptions; the request goes out with the last token instead.

    Raises:
        TerminalError: There is no token to begin with.
    """

    def __init__(self, token: Token) -> None:
        self._token = token
        self._last = token(False)  # noqa: FBT003 - as the contract of `Token` says
        self._renewing = asyncio.Lock()
        self.failure: TerminalError | None = None

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        used = await self._good(refused=None)
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code != UNAUTHORIZED or self.failure is not None:
            return
        request.headers["Authorization"] = f"Bearer {await self._good(refused=used)}"
        response = yield request
        if response.status_code == UNAUTHORIZED and self.failure is None:
            self.failure = NotSignedIn(REFUSED)

    async def _good(self, *, refused: str | None) -> str:
        async with self._renewing:
            # Of several calls with the same refused token, the first one renews it for all.
            if self.failure is None and refused in {None, self._last}:
                try:
                    self._last = await asyncio.to_thread(self._token, refused is not None)
                except TerminalError as error:
                    self.failure = error
            return self._last


class AnsweredFailures(httpx2.AsyncBaseTransport):
    """HTTP in which every failure is an answer.

    Args:
        inner: The network.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(request)
            await response.aread()  # an answer that breaks off is none
        except httpx2.TransportError:
            return _no_answer("the connection was lost")
        if response.status_code == TOO_MANY_REQUESTS:
            return _no_answer("too many requests", response.headers.get("retry-after"))
        if response.status_code >= SERVER_ERROR:
            return _no_answer(f"HTTP status {response.status_code}", response.headers.get("retry-after"))
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def connected(url: str, bearer: FreshBearer) -> AsyncIterator[Client]:
    """A client of the MCP server at this endpoint.

    Raises:
        MCPError: It is not there, or is none.
    """
    network = httpx2.AsyncHTTPTransport(trust_env=False, limits=httpx2.Limits(keepalive_expiry=KEEPALIVE_S))
    async with (
        httpx2.AsyncClient(
            auth=bearer,
            transport=AnsweredFailures(network),
            timeout=httpx2.Timeout(CONNECT_LIMIT_S, read=CALL_LIMIT_S),
            trust_env=False,
        ) as http,
        Client(streamable_http_client(url, http_client=http), read_timeout_seconds=CALL_LIMIT_S) as client,
    ):
        yield client


def _no_answer(why: str, retry_after: str | None = None) -> httpx2.Response:
    error = {"code": NO_ANSWER, "message": why, "data": {"retry_after_s": seconds(retry_after)}}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    return httpx2.Response(503, headers={"Content-Type": "application/json"}, content=body.encode())


def seconds(retry_after: str | None) -> int | None:
    """`Retry-After` in seconds (RFC 9110 §10.2.3); a date is not looked at."""
    given = retry_after or ""
    return int(given) if given.isascii() and given.isdecimal() else None
