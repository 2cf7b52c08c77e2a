"""The offline planner as a Strands model."""

import json
import uuid
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, NoReturn, TypedDict

from strands.models import Model
from strands.types.content import Message, Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agent.errors import StructuredOutputUnavailable
from agent.models.offline.calls import ToolCall, ToolOutcome
from agent.models.offline.composer import compose
from agent.models.offline.planner import plan

CONTEXT_WINDOW_LIMIT = 200_000  # nothing is sent anywhere; only the sliding window of messages bounds the history


class OfflineConfig(TypedDict, total=False):
    """Configuration that Strands reads."""

    model_id: str
    context_window_limit: int


class OfflineCoach(Model):
    """Plans tool calls and composes answers by rules.

    Args:
        today: The date that names of months and days are resolved against.
    """

    def __init__(self, *, today: Callable[[], date]) -> None:
        self._today = today
        self._config = OfflineConfig(model_id="offline", context_window_limit=CONTEXT_WINDOW_LIMIT)

    def update_config(self, **model_config: Any) -> None:
        self._config.update(model_config)  # type: ignore[typeddict-item]  # Strands passes plain keywords

    def get_config(self) -> OfflineConfig:
        return self._config

    def structured_output(self, *_: Any, **__: Any) -> NoReturn:
        """Not possible by rules.

        Raises:
            StructuredOutputUnavailable: Always.
        """
        raise StructuredOutputUnavailable

    async def stream(
        self,
        messages: Messages,
        tool_specs: list[ToolSpec] | None = None,
        system_prompt: str | None = None,  # noqa: ARG002 — part of the interface; rules have no prompt
        **_: Any,
    ) -> AsyncIterable[StreamEvent]:
        """Either one batch of tool calls, or the answer.

        The last message decides: a question is planned; tool results are planned further or composed.
        """
        question, history = questions(messages)
        outcomes = outcomes_of_turn(messages)
        specs = tool_specs or []
        today = self._today()
        calls = plan(question, specs, history, today, outcomes)
        yield {"messageStart": {"role": "assistant"}}
        if calls:
            for event in _tool_use_events(calls):
                yield event
        else:
            text = compose(question, outcomes, tool_specs=specs, history=history, today=today)
            for event in _text_events(text):
                yield event
        yield {"messageStop": {"stopReason": "tool_use" if calls else "end_turn"}}
        yield _NO_USAGE


_NO_USAGE: StreamEvent = {
    "metadata": {
        "usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0},
        "metrics": {"latencyMs": 0},
    }
}


def _tool_use_events(calls: Sequence[ToolCall]) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    for call in calls:
        start: StreamEvent = {
            "contentBlockStart": {"start": {"toolUse": {"name": call.name, "toolUseId": f"call_{uuid.uuid4().hex}"}}}
        }
        delta: StreamEvent = {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(dict(call.arguments))}}}}
        events += [start, delta, {"contentBlockStop": {}}]
    return events


def _text_events(text: str) -> list[StreamEvent]:
    """One block of text; a paragraph is a delta, so that a terminal shows whole paragraphs."""
    paragraphs = text.split("\n\n")
    pieces = [f"{paragraph}\n\n" for paragraph in paragraphs[:-1]] + paragraphs[-1:]
    deltas: list[StreamEvent] = [{"contentBlockDelta": {"delta": {"text": piece}}} for piece in pieces]
    return [{"contentBlockStart": {"start": {}}}, *deltas, {"contentBlockStop": {}}]


def _question_in(message: Message) -> str | None:
    """The athlete's words in a message; None for messages of the model and for tool results."""
    if message["role"] != "user" or any("toolResult" in block for block in message["content"]):
        return None
    text = " ".join(block["text"] for block in message["content"] if "text" in block)
    return text or None


def questions(messages: Messages) -> tuple[str, list[str]]:
    """The athlete's last question, and those before it, oldest first."""
    asked = [text for message in messages if (text := _question_in(message)) is not None]
    return (asked[-1], asked[:-1]) if asked else ("", [])


def outcomes_of_turn(messages: Messages) -> list[ToolOutcome]:
    """The results of the calls made since the last question, in the order of the calls."""
    last = max((index for index, message in enumerate(messages) if _question_in(message) is not None), default=-1)
    blocks = [block for message in messages[last + 1 :] for block in message["content"]]
    results = {block["toolResult"]["toolUseId"]: block["toolResult"] for block in blocks if "toolResult" in block}
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    return [
        _outcome(use["name"], use["input"], results[use["toolUseId"]]) for use in uses if use["toolUseId"] in results
    ]


def _outcome(name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> ToolOutcome:
    structured = result.get("structuredContent")
    if result.get("status") == "success" and isinstance(structured, Mapping):
        return ToolOutcome(name, arguments, structured)
    error = _error(result)
    return ToolOutcome(name, arguments, None, str(error.get("kind", "failed")), str(error.get("message", "")))


def _error(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The structured error of a failed call: the servers send it as JSON text, the coach itself as structure."""
    structured = result.get("structuredContent")
    candidates = [structured] if isinstance(structured, Mapping) else []
    for block in result.get("content", []):
        try:
            candidates.append(json.loads(block.get("text", "")))
        except ValueError:
            continue
    found = [
        each["error"] for each in candidates if isinstance(each, Mapping) and isinstance(each.get("error"), Mapping)
    ]
    return found[0] if found else {}
