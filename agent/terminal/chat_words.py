"""Words that mean something to a chat instead of being asked."""

import sys

LEAVING = frozenset({"exit", "quit", "/exit", "/quit"})
HELP = "/help"
HOW_TO_LEAVE = "Ctrl-D or exit leaves, /help helps."
HELP_TEXT = """\
Ask in your own words, for example: How far did I run this month?
  /help         these lines
  exit, quit    end the chat, as Ctrl-D does; with a slash too
  Ctrl-C        cancel an answer
"""


def leaves(line: str) -> bool:
    """Whether a line ends the chat."""
    return line.strip().lower() in LEAVING


def helped(line: str) -> bool:
    """Shows the help, beside the answers, if the line asks for it."""
    if line.strip().lower() != HELP:
        return False
    sys.stderr.write(HELP_TEXT)
    sys.stderr.flush()
    return True
