"""The tools of all teams, as one athlete may use them."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import httpx2
from mcp.types import Tool
from strands.tools.mcp import MCPAgentTool
from strands.types._events import ToolResultEvent
from strands.types.tools import AgentTool, ToolGenerator, ToolUse

from agent.tools.arguments import model_arguments
from agent.tools.bearer import Caller, acting_for
from agent.tools.mcp_clients import CallRefused, CustomState, TeamClient
from agent.tools.target import Target, own_name
from identity.token_source import TokenSource

logger = logging.getLogger(__name__)


class AthleteTool(MCPAgentTool):
    """One tool of one team, bound to one athlete: whoever runs it, the call is made for that athlete.

    It goes by its own name, whether its team's server was asked for it or the gateway.

    Args:
        tool: As the server lists it.
        client: Shared by all athletes.
        caller: The athlete.
    """

    def __init__(self, tool: Tool, client: TeamClient, caller: Caller) -> None:
        super().__init__(tool, client, name_override=own_name(tool.name))
        self.client = client
        self.team = client.target.team_of(tool.name)
        self._caller = caller

    async def stream(self, tool_use: ToolUse, invocation_state: dict[str, Any], **_: Any) -> ToolGenerator:
        """Call the tool; the only event is its result."""
        agent = invocation_state.get("agent")
        arguments = model_arguments(tool_use["input"])
        with acting_for(self._caller):
            result = await self.client.call_tool_async(
                tool_use["toolUseId"],
                self.mcp_tool.name,
                arguments,
                cancel_signal=getattr(agent, "_cancel_signal", None),
            )
        yield ToolResultEvent(result)


class TeamTools:
    """One client per server, made once and shared; tools per athlete.

    Args:
        targets: The teams' servers, or the gateway alone.
        teams: Whose tools are offered; other agents find more at the gateway.
        token_source: Where the tokens come from.
        custom_state: Ties a consent to the athlete who needs it; the consent-return page checks it.
        call_timeout: For one tool call.
        start_timeout_s: For opening a session with a server, whole seconds.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        token_source: TokenSource,
        *,
        teams: Collection[str] | None = None,
        custom_state: CustomState | None = None,
        call_timeout: timedelta = timedelta(seconds=20),
        start_timeout_s: int = 5,
    ) -> None:
        self._teams = teams
        tls = httpx2.create_ssl_context()
        self._clients = [
            TeamClient(
                target,
                token_source,
                tls=tls,
                custom_state=custom_state,
                call_timeout=call_timeout,
                start_timeout_s=start_timeout_s,
            )
            for target in targets
        ]

    async def tools_for(self, caller: Caller) -> list[AgentTool]:
        """The tools that this athlete may use and a model may be offered.

        Servers are contacted on first use; one that is down contributes nothing and is named by `unreachable`
        until a later call finds it again.
        """
        per_team = await asyncio.gather(*(self._tools_of(client, caller) for client in self._clients))
        return [tool for tools in per_team for tool in tools]

    def unreachable(self) -> list[str]:
        """The teams whose server did not answer when it was last needed."""
        return [client.target.team for client in self._clients if not client.reachable]

    def close(self) -> None:
        """End all sessions. Blocks until their threads are done."""
        for client in self._clients:
            client.close()

    async def _tools_of(self, client: TeamClient, caller: Caller) -> list[AgentTool]:
        try:
            listing = await client.listed(caller)
        except CallRefused as refusal:
            client.reachable = False
            logger.warning("team=<%s>, kind=<%s> | no tools", client.target.team, refusal.failure.kind)
            return []
        return [
            AthleteTool(tool.mcp_tool, client, caller)
            for tool in listing.tools
            if listing.audience_of(tool.tool_name) == "model"
            and client.may_be_offered(tool.tool_name, caller)
            and (self._teams is None or client.target.team_of(tool.tool_name) in self._teams)
        ]
