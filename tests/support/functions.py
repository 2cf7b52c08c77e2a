"""A local Lambda function for tests: says what it was called with, and fails in every way that has a name."""

import threading
from dataclasses import dataclass, field
from typing import Any

from local_agentcore.gateway.functions.local_function import FunctionContext

SECRET = "secret-of-the-function"


@dataclass
class FakeFunction:
    """A callable `handler(event, context)`.

    Knobs:
        answer: What it gives; a callable makes it of the event.
        failing: It raises, with a text that nobody may see.
        waits_s: Before it answers, unless `released` is set.
        changes_event: It writes into what it was given.
        events, contexts, threads: Of every call.
    """

    answer: Any = field(default_factory=lambda: {"done": True})
    failing: type[BaseException] | None = None
    waits_s: float = 0.0
    changes_event: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    events: list[Any] = field(default_factory=list)
    contexts: list[FunctionContext] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)

    def __call__(self, event: Any, context: FunctionContext) -> Any:
        self.events.append(event)
        self.contexts.append(context)
        self.threads.append(threading.current_thread().name)
        if self.waits_s:
            self.released.wait(self.waits_s)
        if self.failing is not None:
            raise self.failing(SECRET)
        if self.changes_event:
            event.clear()
        return self.answer(event) if callable(self.answer) else self.answer
