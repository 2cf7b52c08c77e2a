"""What a team brings, and the MCP server that shows and runs its tools."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import httpx
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, TextContent
from mcp.types import Tool as PublishedTool
from pydantic import ValidationError

from mcp_servers.serving.api_client import TeamApi
from mcp_servers.serving.caller import inbound_call
from mcp_servers.serving.errors import (
    Forbidden,
    InvalidArguments,
    ToolFailure,
    Unauthorized,
    UpstreamUnavailable,
)
from mcp_servers.serving.results import error_result
from mcp_servers.serving.tools import TeamTool

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Team:
    """What is a team's own about its server.

    Attributes:
        title: For people.
        instructions: For the model of whoever connects.
        tools: Given the API, the tools.
    """

    title: str
    instructions: str
    tools: Callable[[TeamApi], Sequence[TeamTool]]


class TeamServer(MCPServer[None]):
    """The SDK's server, showing and running a tool only for who may use it.

    Args:
        name: The team.
        team: Title and instructions.
        tools: All tools.
        http: Closed when the server stops.
    """

    def __init__(self, name: str, team: Team, tools: Sequence[TeamTool], http: httpx.AsyncClient) -> None:
        @asynccontextmanager
        async def closing(_: MCPServer[None]) -> AsyncIterator[None]:
            async with http:
                yield

        self._team_tools = {tool.name: tool for tool in tools}
        with _root_logging_untouched():
            super().__init__(
                name,
                title=team.title,
                instructions=team.instructions,
                version="1",
                tools=[tool.published() for tool in tools],
                lifespan=closing,
            )

    async def list_tools(self) -> list[PublishedTool]:
        """The tools that the caller's scopes allow (P08)."""
        scopes = inbound_call().principal.scopes
        return [tool for tool in await super().list_tools() if self._team_tools[tool.name].scope in scopes]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run a tool; whatever fails becomes an error result."""
        try:
            tool = self._permitted(name)
            result = await super().call_tool(tool.name, arguments, context)
        except ToolFailure as failure:
            return error_result(failure)
        except ToolError as error:
            return error_result(_failure_behind(error, name))
        if isinstance(result, CallToolResult):
            _compact(result, self._unknown_parameters(name, arguments))
        return result

    def _permitted(self, name: str) -> TeamTool:
        """The second check: the gate has compared scopes already, but a tool does not rely on its gate."""
        tool = self._team_tools.get(name)
        if tool is None:
            near = get_close_matches(name[:64], self._team_tools, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(self._team_tools)}."
            raise InvalidArguments(f"There is no such tool.{hint}")
        principal = inbound_call().principal
        if tool.scope not in principal.scopes:
            raise Forbidden(f"This needs the scope {tool.scope}.")
        if tool.needs_user and not principal.is_user:
            raise Unauthorized("This tool works for a signed-in athlete only; the token has none.")
        return tool

    def _unknown_parameters(self, name: str, arguments: dict[str, Any]) -> str | None:
        """What to say if arguments were given that the tool does not have: they had no effect (P13)."""
        published = self._tool_manager.get_tool(name)
        known: dict[str, Any] = published.parameters.get("properties", {}) if published else {}
        if known.keys() >= arguments.keys():
            return None
        return f"Unknown parameters were ignored. {name} takes: {', '.join(known) or 'none'}."


@contextmanager
def _root_logging_untouched() -> Iterator[None]:
    """MCPServer gives the root logger a handler whose rich tracebacks take seconds. Logging is the entry point's."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _compact(result: CallToolResult, remark: str | None) -> None:
    """Give the text copy of the structured content no more tokens than it needs."""
    if result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
        result.content = [TextContent(type="text", text=text)]
    if remark is not None:
        result.content.append(TextContent(type="text", text=remark))


def _failure_behind(error: ToolError, tool: str) -> ToolFailure:
    cause = error.__cause__
    if isinstance(cause, ToolFailure):
        return cause
    if isinstance(cause, ValidationError) and "Arguments" in cause.title:
        return InvalidArguments(_what_is_wrong(cause))
    logger.error("tool=<%s> | tool failed unexpectedly", tool, exc_info=cause)
    return UpstreamUnavailable("This tool failed unexpectedly. Trying again may help.")


def _what_is_wrong(error: ValidationError) -> str:
    """Parameter and rule of each violation, never the value that was sent."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    parts = [f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}" for detail in details[:5]]
    return "Invalid arguments. " + "; ".join(parts)
