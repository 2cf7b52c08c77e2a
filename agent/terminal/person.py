"""Who can be asked to approve a tool call or to consent: a person at a terminal, a `--yes`, or nobody."""

import sys
from typing import TextIO

from agent.terminal.events import ApprovalRequired, ConsentRequired


class Nobody:
    """A pipe or `--no-input`."""

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- the answer is always the same
        return None

    def consents(self, request: ConsentRequired) -> bool | None:  # noqa: ARG002 -- as above
        return None


class AlwaysApproves(Nobody):
    """`--yes`: tool calls only, and says so. Consent gives another party access and is never automatic."""

    def __init__(self, screen: TextIO = sys.stderr) -> None:
        self._screen = screen

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- as above
        self._screen.write("coach: approved by --yes\n")
        self._screen.flush()
        return True


class AtTerminal:
    """Asks for a typed word; anything else is a no."""

    def __init__(self, source: TextIO = sys.stdin, screen: TextIO = sys.stderr) -> None:
        self._source = source
        self._screen = screen

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- the view has shown it
        return self._typed("Type yes to allow this call: ", "yes")

    def consents(self, request: ConsentRequired) -> bool | None:  # noqa: ARG002 -- the view has shown it
        return self._typed("Open the page, decide there, then type done: ", "done") or None

    def _typed(self, question: str, word: str) -> bool:
        self._screen.write(question)
        self._screen.flush()
        return self._source.readline().strip().lower() == word
