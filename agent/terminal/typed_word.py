"""A word that a person types, waited for so long and no longer."""

import select
import sys
from typing import TextIO

from agent.terminal.errors import PersonNeeded
from agent.terminal.standard_streams import input_is_terminal

WAIT_LIMIT_S = 600.0  # a consent lives as long


def typed_word(question: str, source: TextIO, screen: TextIO, limit_s: float = WAIT_LIMIT_S) -> str | None:
    """What was typed, in small letters and without white space around it; None if nothing was in time."""
    screen.write(question)
    screen.flush()
    if not _has_line(source, limit_s):
        screen.write("\n")
        return None
    return source.readline().strip().lower()


def require_typed(word: str, what: str) -> None:
    """Goes on only if a person at a terminal types a word.

    Args:
        word: To be typed.
        what: What it would do, a sentence without its end.

    Raises:
        PersonNeeded: There is no terminal, or something else was typed.
    """
    if not (input_is_terminal() and sys.stderr.isatty()):
        raise PersonNeeded(f"nothing was done: run this at a terminal and type {word} there. {what}.")
    if typed_word(f"{what}.\nType {word} to go on: ", sys.stdin, sys.stderr) != word:
        raise PersonNeeded("nothing was done")


def _has_line(source: TextIO, limit_s: float) -> bool:
    try:
        descriptor = source.fileno()
    except (OSError, ValueError):  # no file: what there is to read is there
        return True
    return bool(select.select([descriptor], [], [], limit_s)[0])
