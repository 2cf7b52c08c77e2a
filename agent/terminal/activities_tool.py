"""Calls one tool of the activities MCP server, as an MCP client of its own (loaded late: the client costs 0.5 s)."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from agent.terminal.errors import NotSignedIn, ToolRefused, UsageWrong
from agent.terminal.plain_text import one_line

CONNECT_LIMIT_S: Final = 10.0
CALL_LIMIT_S: Final = 60.0
LONGEST_MESSAGE: Final = 600
REFUSED: Final = frozenset({401, 403})
CONNECTION_ERRORS: Final = (httpx2.HTTPError, MCPError, OSError)


def call_tool(url: str, tokens: Iterable[Callable[[], str]], tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The structured content of one call.

    Args:
        url: MCP endpoint.
        tokens: Each gives an access token for it; the next one is tried when the server refuses one.
        tool: Its name.
        arguments: JSON values.

    Raises:
        UsageWrong: The tool does not accept the arguments; its words say why.
        NotSignedIn: The server does not accept the sign-in.
        ToolRefused: It is not there, or the tool failed.
    """
    for token in tokens:
        try:
            result = _attempt(url, token(), tool, arguments)
        except _BearerRefused:
            continue
        if result.is_error:
            raise _failure(result)
        return dict(result.structured_content or {})
    raise NotSignedIn("the activities server does not accept this sign-in; sign in again with: coach login")


class _BearerRefused(Exception):
    """401, or 403 for a tool that the token's scopes do not allow."""


def _attempt(url: str, bearer: str, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
    refused: list[int] = []

    async def note(response: httpx2.Response) -> None:
        if response.status_code in REFUSED:
            refused.append(response.status_code)

    async def call() -> CallToolResult:
        limits = httpx2.Timeout(CONNECT_LIMIT_S, read=CALL_LIMIT_S)
        headers = {"Authorization": f"Bearer {bearer}"}
        hooks: Any = {"response": [note]}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=limits, trust_env=False, event_hooks=hooks) as http,
            Client(streamable_http_client(url, http_client=http), read_timeout_seconds=CALL_LIMIT_S) as client,
        ):
            return await client.call_tool(tool, dict(arguments))

    try:
        return asyncio.run(call())
    except (ExceptionGroup, *CONNECTION_ERRORS) as error:
        if isinstance(error, ExceptionGroup) and error.split(CONNECTION_ERRORS)[1] is not None:
            raise  # something else than the connection: a defect
        if refused:
            raise _BearerRefused from error
        raise ToolRefused("the activities server does not answer") from error


def _failure(result: CallToolResult) -> UsageWrong | ToolRefused:
    """The tool's own error (`mcp_servers.serving.results`): its kind decides whose mistake it was."""
    text = " ".join(content.text for content in result.content if isinstance(content, TextContent))
    try:
        error = json.loads(text)["error"]
        kind, message = str(error["kind"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return ToolRefused("the activities server failed and does not say why")
    said = one_line(message, LONGEST_MESSAGE)
    return UsageWrong(said) if kind == "validation" else ToolRefused(said)
