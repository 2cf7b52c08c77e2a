"""The body of `coach chat` and `coach ask`, loaded after the stack has been started beside it."""

import sys
import uuid
import webbrowser
from collections.abc import Iterable
from typing import TextIO

from agent.terminal.chat_words import HOW_TO_LEAVE, helped, leaves
from agent.terminal.consent_desk import ConsentDesk
from agent.terminal.conversation import Conversation
from agent.terminal.discovery import http_client
from agent.terminal.errors import TerminalError
from agent.terminal.home import Home
from agent.terminal.late import late
from agent.terminal.person import AlwaysApproves, AtTerminal, Nobody
from agent.terminal.rendering import JsonView, PipeView
from agent.terminal.settings import TerminalSettings
from agent.terminal.stack_process import StackProcess
from agent.terminal.standard_streams import input_is_terminal, input_lines
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
    with http_client() as http:
        conversation = Conversation(home, stack, http, athlete, session_id or str(uuid.uuid4()))
        someone = _person(conversation, may_ask=may_ask and not as_json)
        person: Person = AlwaysApproves(sys.stderr) if approve else someone
        return run_turn(conversation.events, question, view, person)


def chat(home: Home, stack: StackProcess, settings: TerminalSettings, *, athlete: str) -> int:
    """Talks until the end of the input and returns the exit code."""
    with http_client() as http:
        conversation = Conversation(home, stack, http, athlete, str(uuid.uuid4()))
        if input_is_terminal():
            view = _text_view(settings)
            _greet(sys.stdout if sys.stdout.isatty() else sys.stderr, banner(athlete, settings.model, at_terminal=True))
            talk = late("prompt", "talk")
            return int(talk(home, conversation.events, view, _person(conversation, may_ask=True)))
        _greet(sys.stderr, banner(athlete, settings.model, at_terminal=False))
        return answer_lines(input_lines(), conversation, PipeView(sys.stdout, sys.stderr))


def answer_lines(lines: Iterable[str], conversation: Conversation, view: View) -> int:
    """One question a line; the exit code is that of the first one that was not answered."""
    worst = ANSWERED
    for line in lines:
        if leaves(line):
            break
        if not line.strip() or helped(line):
            continue
        try:
            code = run_turn(conversation.events, line.strip(), view, Nobody(sys.stderr))
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


def _person(conversation: Conversation, *, may_ask: bool) -> Person:
    """Whoever can be asked: a person only at a real terminal."""
    if not (may_ask and input_is_terminal() and sys.stderr.isatty()):
        return Nobody(sys.stderr)
    desk = ConsentDesk(conversation.consent_walk, webbrowser.open, sys.stdin, sys.stderr)
    return AtTerminal(desk, sys.stdin, sys.stderr)


def banner(athlete: str, model: str, *, at_terminal: bool) -> str:
    """The first line of a chat: as whom, with which model, and for a person how to leave."""
    return f"coach: athlete {athlete}, model {model}. {NOT_MEDICAL}" + f" {HOW_TO_LEAVE}" * at_terminal


def _greet(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
