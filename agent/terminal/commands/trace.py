"""`coach trace`."""

import argparse
import json
import re
import sys

from agent.terminal.errors import TerminalError, UsageWrong
from agent.terminal.home import Home, open_home, read_private
from agent.terminal.hop_records import read_spans
from agent.terminal.hop_tree import hop_tree, tree_lines
from agent.terminal.settings import TerminalSettings

_TURN_ID = re.compile(r"[0-9a-f]{32}")


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Shows one turn as a tree."""
    home = open_home(settings.home)
    turn_id = _turn_id(home, arguments.turn)
    hops = hop_tree(read_spans(home.hops), turn_id)
    if not hops:
        raise TerminalError(f"nothing is on record of turn {turn_id}")
    if arguments.json:
        document = {"turn": turn_id, "hops": [hop.document() for hop in hops]}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        sys.stdout.write("\n".join([f"turn {turn_id}", *tree_lines(hops)]) + "\n")
    return 0


def _turn_id(home: Home, asked: str | None) -> str:
    if asked is not None:
        if not _TURN_ID.fullmatch(asked):
            raise UsageWrong("a turn's id is 32 hexadecimal digits, as coach trace prints it")
        return asked
    try:
        return read_private(home.session / "last_turn").decode()
    except FileNotFoundError as error:
        raise TerminalError("nothing has been asked yet") from error
