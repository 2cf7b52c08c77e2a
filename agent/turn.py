"""One turn of the agent as a stream of events. However the reader leaves, the agent is cancelled and drained."""

import asyncio
import logging
import time
import traceback
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from strands import Agent
from strands.agent import AgentResult
from strands.models import Model
from strands.types._snapshot import Snapshot
from strands.types.content import Message
from strands.types.interrupt import InterruptResponseContent
from strands.types.tools import AgentTool

from agent import approvals, events
from agent.approvals import Approval
from agent.coach import build_coach
from agent.errors import CoachError, TurnFailed
from agent.events import Event
from agent.tool_watch import ToolWatch

logger = logging.getLogger(__name__)

DRAIN_S = 5.0  # a cancelled agent ends within milliseconds; a stalled one is left behind after this
_FINISHED = frozenset({"end_turn", "stop_sequence", "max_tokens", "content_filtered"})


@dataclass(frozen=True)
class TurnEnd:
    """How a turn ended.

    Attributes:
        messages: The conversation, if the turn is part of it now; None keeps the one before.
        snapshot: The interrupted agent, if it waits for approvals.
        approvals: What it waits for.
        consent_needed: Whether a tool asked for the athlete's consent.
    """

    messages: list[Message] | None = None
    snapshot: Snapshot | None = None
    approvals: tuple[Approval, ...] = ()
    consent_needed: bool = False


class Turn:
    """Runs the agent once.

    Args:
        model: The chosen one.
        tools: Those the athlete may use.
        messages: The conversation so far.
        limit: Model calls at most.
    """

    def __init__(self, model: Model, tools: Sequence[AgentTool], messages: Sequence[Message], *, limit: int) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._watch = ToolWatch(self._queue.put_nowait)
        self._agent: Agent = build_coach(model, tools, messages, [self._watch])
        self._limit = limit
        self._started = time.monotonic()
        self.end = TurnEnd()

    def continue_from(self, snapshot: Snapshot) -> None:
        """Take up an interrupted turn."""
        self._agent.load_snapshot(snapshot)

    async def events(self, prompt: str | list[InterruptResponseContent]) -> AsyncGenerator[Event]:
        """The events of the turn; `end` is valid afterwards.

        Args:
            prompt: The athlete's words, or the decision that an interrupted turn waited for.
        """
        running = asyncio.create_task(self._run(prompt))
        try:
            while (event := await self._queue.get()) is not None:
                yield event
        finally:
            if not running.done():
                self._agent.cancel()
                await asyncio.wait({running}, timeout=DRAIN_S)
                running.cancel()

    async def _run(self, prompt: str | list[InterruptResponseContent]) -> None:
        try:
            result = await self._stream(prompt)
            self._conclude(result)
        except CoachError as problem:
            self._queue.put_nowait(events.error(problem))
        except Exception as error:  # noqa: BLE001 - process boundary: the athlete gets a sentence, whatever fails (R08)
            incident = uuid.uuid4().hex[:12]
            # Where and which type, not the text: that may quote the athlete's words or values.
            logger.error("incident=<%s>, error=<%s> | turn failed", incident, _origin(error))  # noqa: TRY400
            self._queue.put_nowait(events.error(TurnFailed(incident)))
        finally:
            self._queue.put_nowait(None)

    async def _stream(self, prompt: str | list[InterruptResponseContent]) -> AgentResult:
        stream = self._agent.stream_async(prompt, limits={"turns": self._limit})
        result: AgentResult | None = None
        async with aclosing(stream) as parts:  # type: ignore[type-var]  # an async generator, annotated as an iterator
            async for part in parts:
                if "data" in part:
                    self._queue.put_nowait(events.text(part["data"]))
                result = part.get("result", result)
        if result is None:
            raise TurnFailed("no result")
        return result

    def _conclude(self, result: AgentResult) -> None:
        answer = "".join(block.get("text", "") for block in result.message["content"])
        if result.stop_reason == "interrupt":
            self._wait_for_approvals(result)
        elif result.stop_reason in _FINISHED:
            self.end = TurnEnd(messages=list(self._agent.messages), consent_needed=self._watch.consent_needed)
        elif str(result.stop_reason).startswith("limit_"):
            answer = f"I stopped after {self._limit} steps without an answer. Please ask for less at once."
            self._queue.put_nowait(events.text(answer))
        self._queue.put_nowait(
            events.done(answer, stop_reason=str(result.stop_reason), ms=self._elapsed_ms(), usage=_usage(result))
        )

    def _wait_for_approvals(self, result: AgentResult) -> None:
        waiting = approvals.waiting(result.interrupts or [])
        self.end = TurnEnd(snapshot=self._agent.take_snapshot(preset="session"), approvals=waiting)
        for approval in waiting:
            self._queue.put_nowait(
                events.approval_required(approval.id, tool=approval.tool, arguments=approval.arguments)
            )

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def _origin(error: BaseException) -> str:
    """Type of an exception, and file and line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _usage(result: AgentResult) -> dict[str, int]:
    usage = result.metrics.accumulated_usage
    return {
        "input_tokens": usage["inputTokens"],
        "output_tokens": usage["outputTokens"],
        "total_tokens": usage["totalTokens"],
    }
