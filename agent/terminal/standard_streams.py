"""Standard input, output and error of a process that was started without some of them, or with odd ones."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress

from agent.terminal.errors import StreamUnusable, UsageWrong


def require_output() -> None:
    """Makes the streams that a command may write to or ask about usable; closed ones are None in Python.

    The devices are opened in the order of the descriptors, so that no later file or socket becomes number 0 or 2.

    Raises:
        StreamUnusable: There is no standard output, without which no command makes sense.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)  # sys.stdin stays None: whoever reads it has to be told
    closed_output = sys.stdout is None
    if closed_output:
        os.open(os.devnull, os.O_WRONLY)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- lives as long as the process
    if closed_output:
        raise StreamUnusable("standard output is closed")


def discard_output() -> None:
    """After output failed: the interpreter must not fail again when it flushes at its end."""
    # Neither exists if standard output is closed, or is no file.
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def input_is_terminal() -> bool:
    """Whether a person types; a closed input is none."""
    return sys.stdin is not None and sys.stdin.isatty()


def input_lines() -> Iterator[str]:
    """The lines of standard input.

    Raises:
        StreamUnusable: It is closed.
        UsageWrong: A line is not UTF-8.
    """
    if sys.stdin is None:
        raise StreamUnusable("standard input is closed")
    try:
        for line in sys.stdin:
            yield utf8_text(line)
    except UnicodeDecodeError as error:
        raise _NOT_TEXT from error


def utf8_text(text: str) -> str:
    """The text, if it can be sent: bytes of an argument, or of input in the C locale, that are none come as surrogates.

    Raises:
        UsageWrong: It is not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _NOT_TEXT from error
    return text


_NOT_TEXT = UsageWrong("the question is not UTF-8 text")
