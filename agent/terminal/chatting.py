"""The body of `coach chat` and `coach ask`, loaded after the stack has been started beside it."""

import sys
import uuid
from collections.abc import Iterable
from typing import TextIO

from agent.terminal.conversation import Conversation
from agent.terminal.discovery import http_client
from agent.terminal.errors import TerminalError
from agent.terminal.events import Failed
from agent.terminal.home import Home
from agent.terminal.late import late
from agent.terminal.person import AlwaysApproves, AtTerminal, Nobody
from agent.terminal.rendering import JsonView, PipeView
from agent.terminal.settings import TerminalSettings
from agent.terminal.stack_process import StackProcess
from agent.terminal.turn import ANSWERED, NOT_SIGNED_IN, Person, View, run_turn

NOT_MEDICAL = "Training information, not medical advice."


def ask(
    home: Home,
    stack: StackProcess,
    settings: TerminalSettings,
    question: str,
    *,
    athlete: str,
    session_id: str | None,
    as_json: bool,
    approve: bool,
    may_ask: bool,
) -> int:
    """Asks one question and returns the exit code."""
    view: View = JsonView(sys.stdout) if as_json else _text_view(settings)
    person: Person = AlwaysApproves() if approve else _person(may_ask=may_ask and not as_json)
    with http_client() as http:
        conversation = Conversation(home, stack, http, athlete, session_id or str(uuid.uuid4()))
        try:
            return run_turn(conversation.events, question, view, person)
        except TerminalError as error:
            if as_json:
                view.show(Failed(code=_error_code(error), message=str(error)))
            raise


def chat(home: Home, stack: StackProcess, settings: TerminalSettings, *, athlete: str) -> int:
    """Talks until the end of the input and returns the exit code."""
    with http_client() as http:
        conversation = Conversation(home, stack, http, athlete, str(uuid.uuid4()))
        if sys.stdin.isatty():
            view = _text_view(settings)
            _banner(sys.stdout if sys.stdout.isatty() else sys.stderr, athlete, settings.model)
            talk = late("prompt", "talk")
            return int(talk(home, conversation.events, view, _person(may_ask=True)))
        _banner(sys.stderr, athlete, settings.model)
        return answer_lines(sys.stdin, conversation, PipeView(sys.stdout, sys.stderr))


def answer_lines(lines: Iterable[str], conversation: Conversation, view: View) -> int:
    """One question a line; the exit code is that of the first one that was not answered."""
    worst = ANSWERED
    for line in lines:
        if not line.strip():
            continue
        try:
            code = run_turn(conversation.events, line.strip(), view, Nobody())
        except TerminalError as error:
            if error.exit_code == NOT_SIGNED_IN:
                raise
            sys.stderr.write(f"coach: {error}\n")
            code = error.exit_code
        worst = worst or code
    return worst


def _text_view(settings: TerminalSettings) -> View:
    if sys.stdout.isatty() and not settings.plain:
        view: View = late("screen", "screen_view")()
        return view
    return PipeView(sys.stdout, sys.stderr)


def _person(*, may_ask: bool) -> Person:
    return AtTerminal() if may_ask and sys.stdin.isatty() and sys.stderr.isatty() else Nobody()


def _banner(stream: TextIO, athlete: str, model: str) -> None:
    stream.write(f"coach: athlete {athlete}, model {model}. {NOT_MEDICAL}\n")
    stream.flush()


def _error_code(error: TerminalError) -> str:
    return "sign_in_needed" if error.exit_code == NOT_SIGNED_IN else "failed"
