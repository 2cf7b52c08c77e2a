"""A Strands model that plays back what a test wrote down."""

import json
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from strands.models import Model
from strands.types.streaming import StreamEvent


@dataclass(frozen=True)
class Use:
    """One tool call of a scripted step."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


class ScriptedModel(Model):
    """Each model call plays the next step: a text, or a batch of tool calls. The last step repeats.

    Knobs:
        fails: Every call raises this.
        seen: The messages of each call, for assertions.
    """

    def __init__(self, *steps: str | Sequence[Use], fails: Exception | None = None) -> None:
        self.steps = list(steps)
        self.fails = fails
        self.seen: list[list[Any]] = []

    def update_config(self, **model_config: Any) -> None: ...

    def get_config(self) -> dict[str, Any]:
        return {"model_id": "scripted", "context_window_limit": 200_000}

    def structured_output(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError

    async def stream(self, messages: Any, *_: Any, **__: Any) -> AsyncIterable[StreamEvent]:
        self.seen.append(list(messages))
        if self.fails:
            raise self.fails
        step = self.steps[min(len(self.seen), len(self.steps)) - 1]
        yield {"messageStart": {"role": "assistant"}}
        if isinstance(step, str):
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": step}}}
            yield {"contentBlockStop": {}}
        else:
            for index, use in enumerate(step):
                use_id = f"use-{len(self.seen)}-{index}"
                yield {"contentBlockStart": {"start": {"toolUse": {"name": use.tool, "toolUseId": use_id}}}}
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(use.arguments)}}}}
                yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn" if isinstance(step, str) else "tool_use"}}
        usage = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 0}}}  # type: ignore[typeddict-item]  # one dict for both
