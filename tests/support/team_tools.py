"""The teams' tools without servers: answers with the shapes of the four teams, and knobs to fail."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strands.types._events import ToolResultEvent
from strands.types.tools import AgentTool, ToolGenerator, ToolSpec, ToolUse

from agent.models.offline.calls import TEAM_OF_TOOL
from agent.tools.bearer import Caller
from tests.support.tool_answers import ANSWERS

WRITES = frozenset({"give_kudos", "add_comment", "create_ticket"})


@dataclass
class FakeTeamTools:
    """Stands in for `agent.tools.team_tools.TeamTools`.

    Knobs:
        answers: Structured content by tool name.
        down: Teams whose tools are not listed.
        failing: Structured error by tool name.
        listing_fails: What `tools_for` raises.
        slow_s: Seconds each call takes.
        calls: What was called: caller, tool, arguments.
        finished: Tools whose call came to its end.
        closed: Whether the agent closed its connections.
    """

    answers: Mapping[str, Any] = field(default_factory=lambda: ANSWERS)
    down: set[str] = field(default_factory=set)
    failing: dict[str, dict[str, Any]] = field(default_factory=dict)
    listing_fails: Exception | None = None
    slow_s: float = 0.0
    calls: list[tuple[Caller, str, dict[str, Any]]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    closed: bool = False

    async def tools_for(self, caller: Caller) -> list[AgentTool]:
        if self.listing_fails is not None:
            raise self.listing_fails
        return [FakeTool(self, caller, name) for name, team in TEAM_OF_TOOL.items() if team not in self.down]

    def unreachable(self) -> list[str]:
        return sorted(self.down)

    def close(self) -> None:
        self.closed = True

    @property
    def called(self) -> list[tuple[str, dict[str, Any]]]:
        return [(tool, arguments) for _, tool, arguments in self.calls]


class FakeTool(AgentTool):
    """One tool for one athlete."""

    def __init__(self, teams: FakeTeamTools, caller: Caller, name: str) -> None:
        super().__init__()
        self.team = TEAM_OF_TOOL[name]
        self._teams, self._caller, self._name = teams, caller, name

    @property
    def tool_name(self) -> str:
        return self._name

    @property
    def tool_spec(self) -> ToolSpec:
        spec: ToolSpec = {
            "name": self._name,
            "description": self._name,
            "inputSchema": {"json": {"type": "object", "properties": {}}},
        }
        if self._name not in WRITES:
            spec["annotations"] = {"readOnlyHint": True}
        return spec

    @property
    def tool_type(self) -> str:
        return "fake"

    async def stream(self, tool_use: ToolUse, *_: Any, **__: Any) -> ToolGenerator:
        self._teams.calls.append((self._caller, self._name, tool_use["input"]))
        await asyncio.sleep(self._teams.slow_s)
        self._teams.finished.append(self._name)
        yield ToolResultEvent(self._result(tool_use["toolUseId"]))

    def _result(self, use_id: str) -> Any:
        if error := self._teams.failing.get(self._name):
            text = json.dumps({"error": error})
            return {"toolUseId": use_id, "status": "error", "content": [{"text": text}]}
        answer = self._teams.answers[self._name]
        content = [{"text": json.dumps(answer)}]
        return {"toolUseId": use_id, "status": "success", "content": content, "structuredContent": answer}
