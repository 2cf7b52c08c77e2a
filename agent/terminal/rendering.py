"""Views of a turn: JSON lines for scripts, plain text for pipes; `screen` has the one for a terminal."""

import json
import re
from typing import TextIO

from agent.terminal.events import (
    ApprovalRequired,
    ConsentRequired,
    Done,
    Event,
    Failed,
    Text,
    ToolEnded,
    ToolStarted,
    event_line,
)
from agent.terminal.plain_text import one_line, with_plain_links, without_controls

LONGEST_VALUE = 2_000  # an approval of what is cut off would be one of something else
_FOR_MACHINES = ("idempotency_key",)
_FENCE = re.compile(r"(?m)^ {0,3}(?:```|~~~)")


class JsonView:
    """`--json`: exactly the events, one a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        self._out.write(event_line(event) + "\n")
        self._out.flush()

    def end(self) -> None:
        """Nothing is held back."""


class TextView:
    """People: the answer on one stream, one line for each tool and every problem on another."""

    def __init__(self) -> None:
        self._servers: dict[str, str] = {}
        self._held = ""
        self._spoke = False

    def show(self, event: Event) -> None:
        match event:
            case ToolStarted():
                self._servers[event.id] = event.server or ""
            case ToolEnded():
                self._flush(whole=True)
                self.status(self._tool_line(event))
            case Text():
                self._spoke = True
                self._held += event.text
                self._flush(whole=False)
            case Done():
                if not self._spoke:
                    self._held += event.answer
                self._flush(whole=True)
            case ApprovalRequired():
                for line in approval_lines(event):
                    self.problem(line)
            case ConsentRequired():
                self.problem(f"consent needed for {one_line(event.provider)}: {one_line(event.url, 2000)}")
            case Failed():
                self._flush(whole=True)
                self.problem(one_line(event.message))
            case _:
                pass

    def end(self) -> None:
        self._flush(whole=True)
        self._spoke = False
        self._servers.clear()

    def status(self, line: str) -> None:
        raise NotImplementedError

    def problem(self, line: str) -> None:
        raise NotImplementedError

    def answer(self, text: str) -> None:
        raise NotImplementedError

    def _flush(self, *, whole: bool) -> None:
        end = len(self._held) if whole else finished_length(self._held)
        text, self._held = self._held[:end], self._held[end:]
        clean = with_plain_links(without_controls(text)).strip("\n")
        if clean.strip():
            self.answer(clean)

    def _tool_line(self, event: ToolEnded) -> str:
        server = self._servers.get(event.id) or ""
        name = f"{server}: {event.tool}" if server else event.tool
        failed = "" if event.status == "success" else " failed"
        return f"  {one_line(name)}{failed} ({event.ms:.0f} ms)"


class PipeView(TextView):
    """Plain text on `out`; tools and problems on `err`."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        super().__init__()
        self._out = out
        self._err = err

    def status(self, line: str) -> None:
        self._err.write(line + "\n")
        self._err.flush()

    def problem(self, line: str) -> None:
        self.status(f"coach: {line}")

    def answer(self, text: str) -> None:
        self._out.write(text + "\n\n")
        self._out.flush()


def approval_lines(request: ApprovalRequired) -> list[str]:
    """What would be done, in words, and below it all that would be sent and means something to a person."""
    sent = {name: value for name, value in request.input.items() if value is not None and name not in _FOR_MACHINES}
    return [
        f"approval needed: {one_line(_words(request.tool))}",
        *(f"  {one_line(_words(name))}: {one_line(_plain(value), LONGEST_VALUE)}" for name, value in sent.items()),
    ]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return json.dumps(value, ensure_ascii=False)


def finished_length(markdown: str) -> int:
    """How much of a growing text will not change its meaning: up to the last blank line outside a code fence."""
    end = markdown.rfind("\n\n")
    while end != -1 and len(_FENCE.findall(markdown, 0, end + 1)) % 2:
        end = markdown.rfind("\n\n", 0, end)
    return 0 if end == -1 else end + 2
