"""What a server says about its tools. Hints of another party: they choose what is asked for, never what is allowed."""

from collections.abc import Sequence
from typing import Any, cast

from strands.tools.mcp import MCPAgentTool


class ToolListing:
    """The tools of one server.

    Args:
        tools: As listed; empty while the server was never reached.
        scopes: All scopes of the target; nothing beyond them is ever asked for.
    """

    def __init__(self, tools: Sequence[MCPAgentTool], scopes: tuple[str, ...]) -> None:
        self.tools = list(tools)
        self._scopes = scopes
        self._by_name = {tool.mcp_tool.name: tool.mcp_tool for tool in tools}

    def scopes_of(self, tool: str, within: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The scopes that a tool asks for; all that it may ask for if the server does not say.

        Args:
            tool: As listed.
            within: What it may ask for, if not the scopes of the target.
        """
        possible = self._scopes if within is None else within
        published = self._meta_of(tool).get("scopes")
        if not isinstance(published, list):
            return possible
        return tuple(scope for scope in possible if scope in published)

    def audience_of(self, tool: str) -> str:
        """`model` or `programs`: whether a language model is offered the tool."""
        return str(self._meta_of(tool).get("audience", "model"))

    def only_reads(self, tool: str) -> bool:
        """Whether a call may be repeated without doing something twice; not, if the server does not say."""
        listed = self._by_name.get(tool)
        return bool(listed and listed.annotations and listed.annotations.read_only_hint)

    def _meta_of(self, tool: str) -> dict[str, Any]:
        listed = self._by_name.get(tool)
        return cast("dict[str, Any]", listed.meta or {}) if listed else {}
