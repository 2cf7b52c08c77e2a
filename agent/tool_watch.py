"""Watches every tool call of a turn: stops writes for approval, tells what happens, asks for consent."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent, HookProvider, HookRegistry
from strands.types.tools import AgentTool

from agent import approvals, events
from agent.consent import taken_apart
from agent.events import Event


class ToolWatch(HookProvider):
    """Hooks around each tool call.

    Args:
        tell: Takes the events, in the order of what happens.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self.consent_needed = False

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        """Strands calls this once for the agent of the turn."""
        registry.add_callback(BeforeToolCallEvent, self._before)
        registry.add_callback(AfterToolCallEvent, self._after)

    def _before(self, event: BeforeToolCallEvent) -> None:
        name, arguments = event.tool_use["name"], event.tool_use["input"]
        if approvals.needs_approval(event.selected_tool):
            decision = event.interrupt(approvals.INTERRUPT_NAME, reason=approvals.shown(name, arguments))
            if refusal := approvals.refusal(decision, name, arguments):
                event.cancel_tool = refusal
                return
        server = team_of(event.selected_tool)
        self._tell(events.tool_start(event.tool_use["toolUseId"], server=server, tool=name, arguments=arguments))

    def _after(self, event: AfterToolCallEvent) -> None:
        if event.cancel_message is not None:
            return
        found = structured(event.result)
        told, asked = taken_apart(event.result, found.get("error") if isinstance(found, Mapping) else None)
        if told is not event.result:
            event.result = told  # from here on nothing has the URL but the event
        if asked is not None:
            self.consent_needed = True
            self._tell(events.consent_required(provider=asked.provider, url=asked.url, scopes=asked.scopes))
        self._tell(
            events.tool_end(
                event.tool_use["toolUseId"],
                tool=event.tool_use["name"],
                status=event.result["status"],
                ms=round((event.duration or 0.0) * 1000),
                result=structured(event.result),
            )
        )


def team_of(tool: AgentTool | None) -> str:
    """The team whose server offers a tool; empty for a tool that no team offers."""
    return str(getattr(tool, "team", ""))


def structured(result: Mapping[str, Any]) -> Any:
    """The structured content of a tool result; servers send errors as JSON text."""
    if result.get("structuredContent") is not None:
        return result["structuredContent"]
    for block in result.get("content", []):
        try:
            return json.loads(block.get("text", ""))
        except ValueError:
            continue
    return None
