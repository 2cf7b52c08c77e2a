"""Who can be asked to approve a tool call or to consent: a person at a terminal, a `--yes`, or nobody."""

import sys
from typing import TextIO

from agent.terminal.consent_desk import ConsentDesk
from agent.terminal.events import ApprovalRequired, ConsentRequired
from agent.terminal.turn import Decision
from agent.terminal.typed_word import typed_word


class Nobody:
    """A pipe or `--no-input`: says how a person can consent, for the page ends with a stack of this command's own."""

    def __init__(self, screen: TextIO = sys.stderr) -> None:
        self._screen = screen

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- the answer is always the same
        return None

    def consents(self, request: ConsentRequired) -> Decision | None:  # noqa: ARG002 -- as above
        self._screen.write(
            "coach: only a person can consent: ask again at a terminal,"
            " or keep coach up running, open the page in a browser and ask again\n"
        )
        self._screen.flush()
        return None


class AlwaysApproves(Nobody):
    """`--yes`: tool calls only, and says so. Consent gives another party access and is never automatic."""

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- as above
        self._screen.write("coach: approved by --yes\n")
        self._screen.flush()
        return True


class AtTerminal:
    """Asks for a typed word; anything else is a no.

    Args:
        desk: Where consents are decided; without one nobody can.
        source: What the person types.
        screen: Where the questions go.
    """

    def __init__(
        self, desk: ConsentDesk | None = None, source: TextIO = sys.stdin, screen: TextIO = sys.stderr
    ) -> None:
        self._desk = desk
        self._source = source
        self._screen = screen

    def approves(self, request: ApprovalRequired) -> bool | None:  # noqa: ARG002 -- the view has shown it
        return typed_word("Type yes to allow this call: ", self._source, self._screen) == "yes"

    def consents(self, request: ConsentRequired) -> Decision | None:
        return self._desk.decide(request) if self._desk is not None else None
