"""The one reading of a request body on which decisions rest.

The gate decides on the body, not on the Mcp-* headers: older protocol versions do not send them. What it reads must
be what the MCP server behind it reads, so anything with two meanings is refused: duplicate members, batches, headers
that name another tool.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from mcp.shared.inbound import decode_header_value
from starlette.datastructures import Headers
from starlette.requests import Request

from identity.errors import AmbiguousJson
from identity.strict_json import loads
from mcp_servers.serving.errors import BodyTooLarge, BodyTooSlow, HeaderMismatch, MalformedRequest

BODY_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class RpcCall:
    """What a request asks for: a method, and the tool if the method is `tools/call`."""

    method: str
    tool: str | None = None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes.

    Raises:
        BodyTooLarge: Declared or received more; nothing beyond the limit was kept.
        BodyTooSlow: Not complete within 30 s.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise BodyTooLarge
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise BodyTooLarge
    except TimeoutError as error:
        raise BodyTooSlow from error
    return bytes(received)


def rpc_call(body: bytes, headers: Headers) -> RpcCall:
    """Read what a body asks for.

    Raises:
        MalformedRequest: Not exactly one JSON-RPC request or notification with exactly one meaning.
        HeaderMismatch: Mcp-Method or Mcp-Name says something else.
    """
    try:
        message = loads(body)
    except AmbiguousJson as error:
        raise MalformedRequest from error
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise MalformedRequest
    call = RpcCall(message["method"], _tool(message))
    _compare_with_headers(call, headers)
    return call


def _tool(message: dict[str, Any]) -> str | None:
    if message["method"] != "tools/call":
        return None
    params = message.get("params")
    name = params.get("name") if isinstance(params, dict) else None
    if not isinstance(name, str):
        raise MalformedRequest
    return name


def _compare_with_headers(call: RpcCall, headers: Headers) -> None:
    if any(value != call.method for value in headers.getlist("mcp-method")):
        raise HeaderMismatch
    if call.tool is not None and any(decode_header_value(value) != call.tool for value in headers.getlist("mcp-name")):
        raise HeaderMismatch
