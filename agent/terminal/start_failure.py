"""Why a stack did not start: the last words of its output, and the cause in its log if they point there."""

import re
from pathlib import Path

from agent.terminal.plain_text import one_line

LOG_POINTER = "the reason is in the log"
LONGEST_LINE = 400
# The last line of a traceback: the dotted name of the exception, its text.
_RAISED = re.compile(r"[A-Za-z_][\w.]*: (.+)")


def last_words(output: Path, log: Path) -> str | None:
    """The last line that a start wrote.

    Args:
        output: What the start wrote to standard error.
        log: Log of the stack's parts; its last line is added if it is that of a traceback.

    Returns:
        None if the start wrote nothing.
    """
    said = _last_line(output).removeprefix("coach: ")
    raised = _RAISED.fullmatch(_last_line(log)) if LOG_POINTER in said else None
    return one_line(f"{said} ({raised[1]})" if raised else said, LONGEST_LINE) or None


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1] if lines else ""
