"""Runs a callable as Lambda runs a function: JSON in, JSON out, in a thread of its own, for a bounded time."""

import asyncio
import contextvars
import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local_agentcore.gateway.errors import FunctionFailed, FunctionSilent

MOST_AT_ONCE = 8  # a function that never ends holds a thread for good; these are all that it can have

Handler = Callable[[Any, "FunctionContext"], Any]
"""`handler(event, context)`: takes what JSON can say, and returns it."""


@dataclass(frozen=True)
class ClientContext:
    """What the caller says beside the event.

    Attributes:
        custom: The gateway's own members.
    """

    custom: Mapping[str, str]
    client: None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FunctionContext:
    """Lambda's context object, as far as it means something here.

    Attributes:
        deadline: Monotonic seconds.
    """

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    client_context: ClientContext
    deadline: float
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Until nobody waits for the answer any more."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class LocalFunction:
    """One function.

    Args:
        arn: Its name is the last part.
        handler: What it does.
        timeout_s: From the question to the answer.
        most_bytes: Of the answer.
    """

    def __init__(self, arn: str, handler: Handler, *, timeout_s: float, most_bytes: int) -> None:
        self.name = function_name(arn)
        self._arn = arn
        self._handler = handler
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix=f"function-{self.name}")

    def close(self) -> None:
        """Take no more calls; those that run are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def invoke(self, event: Any, custom: Mapping[str, str]) -> bytes:
        """The answer, as JSON.

        Args:
            event: What JSON can say; the function gets a copy of its own.
            custom: For the client context.

        Raises:
            FunctionFailed: It raised, or answered with something that JSON cannot say, or with too much.
            FunctionSilent: It took too long. Its thread goes on: a callable cannot be stopped from outside.
        """
        context = FunctionContext(
            function_name=self.name,
            invoked_function_arn=self._arn,
            aws_request_id=str(uuid.uuid4()),
            client_context=ClientContext(dict(custom)),
            deadline=time.monotonic() + self._timeout_s,
        )
        surroundings = contextvars.copy_context()  # carries the trace into the thread
        own_event = json.loads(octets_of(event))
        run = asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: surroundings.run(self._handler, own_event, context)
        )
        try:
            await asyncio.wait({run}, timeout=self._timeout_s)
        finally:
            run.cancel()  # nothing, if it is done; else whatever comes of it is dropped
        if run.cancelled():
            raise FunctionSilent(self.name)
        return self._written(run)

    def _written(self, run: "asyncio.Future[Any]") -> bytes:
        failure = run.exception()
        if failure is not None:
            # No stack and no text in the log: both may quote the event.
            raise FunctionFailed(self.name, type(failure).__name__) from failure
        try:
            written = octets_of(run.result())
        except (TypeError, ValueError, RecursionError) as error:
            raise FunctionFailed(self.name, "an answer that is no JSON") from error
        if len(written) > self._most_bytes:
            raise FunctionFailed(self.name, "an answer that is too long")
        return written


def octets_of(value: Any) -> bytes:
    """A value as JSON; NaN is none."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def function_name(arn: str) -> str:
    """The name at the end of a function's ARN, without version or alias."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else parts[-1]  # noqa: PLR2004 - arn:aws:lambda:REGION:ACCOUNT:function:NAME
