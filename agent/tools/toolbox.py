"""What the coach needs of its tools."""

from typing import Protocol

from strands.types.tools import AgentTool

from agent.tools.bearer import Caller


class Toolbox(Protocol):
    """The tools of all teams, per athlete; `TeamTools` in production."""

    async def tools_for(self, caller: Caller) -> list[AgentTool]: ...

    def close(self) -> None: ...
