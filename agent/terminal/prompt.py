"""The prompt of `coach chat` on a terminal: line editing, history, Ctrl-C and Ctrl-D."""

import os
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory

from agent.terminal.chat_words import helped, leaves
from agent.terminal.errors import TerminalError
from agent.terminal.home import Home, check_private
from agent.terminal.turn import NOT_SIGNED_IN, Person, Send, View, run_turn

INTERRUPTED = 130
HISTORY = "chat_history"


def talk(home: Home, send: Send, view: View, person: Person) -> int:
    """Reads questions until Ctrl-D or a word to leave (0), or Ctrl-C twice in a row (130)."""
    session: PromptSession[str] = PromptSession(history=FileHistory(_private_history(home)))
    interrupted = False
    while True:
        try:
            question = session.prompt("> ").strip()
            interrupted = False
            if leaves(question):
                return 0
            if question and not helped(question):
                _one_turn(question, send, view, person)
        except EOFError:
            return 0
        except KeyboardInterrupt:
            if interrupted:
                return INTERRUPTED
            interrupted = True
            sys.stdout.write("cancelled; Ctrl-C again or Ctrl-D ends\n")


def _one_turn(question: str, send: Send, view: View, person: Person) -> None:
    try:
        run_turn(send, question, view, person)
    except TerminalError as error:
        if error.exit_code == NOT_SIGNED_IN:
            raise
        sys.stderr.write(f"coach: {error}\n")


def _private_history(home: Home) -> str:
    """Questions tell about health: the file is made 0600 before the library opens it."""
    path = home.session / HISTORY
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        check_private(path, os.fstat(descriptor), directory=False)
    finally:
        os.close(descriptor)
    return str(path)
