"""Calls to the team's API, each with a token that was made for it.

The caller's bearer is never passed on: the vault exchanges it for a token whose audience is the API alone. Nothing of
an upstream body reaches a tool result, except the parsed answer of a successful call.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from identity.api_key_source import ApiKeySource
from identity.errors import ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.hop_trace import outgoing_headers, within
from identity.token_source import TokenRequest, TokenSource
from mcp_servers.serving.caller import inbound_call
from mcp_servers.serving.errors import (
    Forbidden,
    InvalidArguments,
    NotFound,
    RateLimited,
    ToolFailure,
    Unauthorized,
    UpstreamUnavailable,
)

logger = logging.getLogger(__name__)

MOST_ANSWER_BYTES = 4 * 1024 * 1024
MOST_CONNECTIONS = 50
KEEPALIVE_S = 2.0  # below uvicorn's 5 s, or a request would now and then meet a connection just closed
LONGEST_PAUSE_S = 3600
API_KEY_HEADER = "x-api-key"
KEY_REFUSED = "ForbiddenException"  # API Gateway: no key, or none of the usage plan

_FAILURES: dict[int, tuple[type[ToolFailure], str]] = {
    401: (Unauthorized, "The {team} service did not accept the sign-in."),
    403: (Forbidden, "The {team} service does not allow this to this athlete."),
    404: (NotFound, "There is no such object. Search for it first; ids are never guessed."),
    409: (InvalidArguments, "This idempotency_key was used before with other arguments. Use a new one."),
    413: (InvalidArguments, "Too large. Send a smaller file."),
}

Json = dict[str, Any]
Query = Mapping[str, str | int | float | bool | list[str] | None]


@dataclass(frozen=True)
class ApiRequest:
    """One request to the API.

    Attributes:
        method: GET or POST.
        path: Starting with `/`; every part that came from outside went through `segment`.
        query: Parameters; None and empty lists are left out.
        json: JSON body.
        content: Raw body, for uploads.
        headers: More headers; never credentials.
    """

    method: str
    path: str
    query: Query
    json: Json | None = None
    content: bytes | None = None
    headers: Mapping[str, str] | None = None


def segment(value: str) -> str:
    """One path segment, encoded so that it stays one (M16).

    Raises:
        NotFound: Dot segments and nothing at all name no object.
    """
    if value.strip() in {"", ".", ".."}:
        raise NotFound("There is no object with this id.")
    return quote(value, safe="")


@cache
def _tls() -> ssl.SSLContext:
    """One for all servers of a process: making it costs 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


def pooled_client(
    base_url: str, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The one HTTP client of a server. Redirects stay off: a token follows no Location (V23)."""
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEEPALIVE_S)
    pool = transport or httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=limits)
    return httpx.AsyncClient(
        base_url=base_url, transport=pool, timeout=timeout_s, follow_redirects=False, trust_env=False
    )


class TeamApi:
    """The team's API, as the caller of the current request may use it.

    Args:
        team: For error texts.
        http: Pooled client with the API's base URL.
        tokens: Gives the token for each request.
        reading: Token request of GET.
        writing: Token request of everything else.
        timeout_s: For one request, from token to last byte.
        api_keys: Gives the key that meters the calls; None where the API wants none.
    """

    def __init__(
        self,
        team: str,
        http: httpx.AsyncClient,
        tokens: TokenSource,
        *,
        reading: TokenRequest,
        writing: TokenRequest,
        timeout_s: float,
        api_keys: ApiKeySource | None = None,
    ) -> None:
        self._team = team
        self._http = http
        self._tokens = tokens
        self._reading = reading
        self._writing = writing
        self._timeout_s = timeout_s
        self._api_keys = api_keys

    async def get(self, path: str, **query: Any) -> Json:
        """Read. The answer is the API's JSON object.

        Raises:
            ToolFailure: In words for the model.
        """
        return await self.send(ApiRequest("GET", path, query))

    async def send(self, request: ApiRequest) -> Json:
        """Send a request; once more with a fresh token, or key, if the API refused the first.

        Raises:
            ToolFailure: In words for the model.
        """
        try:
            with within(inbound_call().hop):
                async with asyncio.timeout(self._timeout_s):
                    status, headers, body = await self._exchange(request, force=False)
                    if status == httpx.codes.UNAUTHORIZED:
                        status, headers, body = await self._exchange(request, force=True)
                    if self._key_refused(status, headers):
                        status, headers, body = await self._exchange(request, force=False)
        except (TimeoutError, httpx.HTTPError, _AnswerTooLarge) as error:
            logger.warning("team=<%s>, error=<%s> | API call failed", self._team, type(error).__name__)
            raise self._unavailable() from error
        if self._key_refused(status, headers):
            raise self._unavailable()  # not the athlete's doing
        if status >= httpx.codes.BAD_REQUEST:
            raise self._failure(status, headers, body, request.query)
        return self._json(status, body)

    async def _exchange(self, request: ApiRequest, *, force: bool) -> tuple[int, httpx.Headers, bytes]:
        headers = {
            **(request.headers or {}),
            "Accept": "application/json",
            "Authorization": f"Bearer {await self._token(request.method, force=force)}",
            **await self._metering(),
            **outgoing_headers(),
        }
        query = {name: value for name, value in request.query.items() if value is not None and value != []}
        async with self._http.stream(
            request.method,
            request.path,
            params=query,
            json=request.json,
            content=request.content,
            headers=headers,
        ) as response:
            return response.status_code, response.headers, await _capped(response)

    async def _token(self, method: str, *, force: bool) -> str:
        request = self._reading if method == "GET" else self._writing
        return await self._from_vault(self._tokens.access_token(self._workload_token(), request, force=force))

    def _key_refused(self, status: int, headers: httpx.Headers) -> bool:
        """Whether the API did not take our key; then the vault is asked for the one that it has now."""
        named = headers.get("x-amzn-errortype", "").partition(":")[0]
        if self._api_keys is None or status != httpx.codes.FORBIDDEN or named != KEY_REFUSED:
            return False
        self._api_keys.forget()
        return True

    async def _metering(self) -> dict[str, str]:
        if self._api_keys is None:
            return {}
        return {API_KEY_HEADER: await self._from_vault(self._api_keys.api_key(self._workload_token()))}

    def _workload_token(self) -> str:
        workload_token = inbound_call().workload_token
        if workload_token is None:
            raise Unauthorized(
                f"The {self._team} service cannot act for you: the request came without a workload token."
            )
        return workload_token

    async def _from_vault(self, asking: Awaitable[str]) -> str:
        """What the vault gives, or its refusal in words for the model."""
        try:
            return await asking
        except ConsentRequired as error:
            raise Unauthorized(f"The {self._team} service needs the athlete's consent first.") from error
        except SignInExpired as error:
            raise Unauthorized("The athlete's sign-in has ended. Signing in again will help.") from error
        except VaultUnreachable as error:
            raise self._unavailable() from error
        except TokenUnavailable as error:
            raise Unauthorized(f"No access to the {self._team} service could be obtained.") from error

    def _json(self, status: int, body: bytes) -> Json:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self._unavailable() from error
        if not httpx.codes.is_success(status) or not isinstance(document, dict):
            raise self._unavailable()
        return document

    def _unavailable(self) -> UpstreamUnavailable:
        return UpstreamUnavailable(f"The {self._team} service is unavailable at the moment. Try again shortly.")

    def _failure(self, status: int, headers: httpx.Headers, body: bytes, query: Query) -> ToolFailure:
        logger.info("team=<%s>, status=<%s> | API refused", self._team, status)
        if status in _FAILURES:
            kind, text = _FAILURES[status]
            return kind(text.format(team=self._team))
        if status == httpx.codes.TOO_MANY_REQUESTS:
            pause_s = _pause_s(headers)
            return RateLimited(f"Too many requests. Wait {pause_s} s.", retry_after_s=pause_s)
        if status < httpx.codes.INTERNAL_SERVER_ERROR:
            return InvalidArguments(_what_to_check(body, query))
        return self._unavailable()


class _AnswerTooLarge(Exception):
    pass


async def _capped(response: httpx.Response) -> bytes:
    """The decoded body; also bounds what a compressed answer unfolds to (M17)."""
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > MOST_ANSWER_BYTES:
            raise _AnswerTooLarge
    return bytes(received)


def _pause_s(headers: httpx.Headers) -> int:
    given = headers.get("retry-after", "")
    return min(max(int(given), 1), LONGEST_PAUSE_S) if given.isascii() and given.isdecimal() else 60


def _what_to_check(body: bytes, query: Query) -> str:
    """Names our own parameters that the problem mentions; no text of the body itself."""
    sent = [name for name, value in query.items() if value is not None and value != []]
    named = [name for name in sent if f'"{name}"'.encode() in body]
    suspects = ", ".join(named or sent)
    hint = f" Check: {suspects}." if suspects else ""
    return f"The service did not accept these arguments.{hint} A cursor is good only with the filters it came with."
