"""`coach tools`: the tools behind the gateway and how they stand; `coach tools accept` takes some as they are now.

What a tool says goes to a language model, so a tool that is new or says something else is not offered before somebody
has read it. What was accepted stands in `gateway_config/tool_pins.json`, which belongs into version control.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.terminal.athletes import chosen_athlete
from agent.terminal.errors import UsageWrong
from agent.terminal.gateway_questions import ask_gateway
from agent.terminal.home import open_home
from agent.terminal.plain_text import one_line
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.signed_out import require_session
from gateway_config.documents import FOLDER
from gateway_config.tool_pins import read_tool_pins, write_tool_pins

PATH = "/local/tools"
LONGEST_WORDS = 300
Row = Mapping[str, Any]


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Lists the tools, or accepts those that are named."""
    if arguments.action == "accept" and not arguments.tools:
        raise UsageWrong("name the tools to accept; coach tools lists those that wait")
    home = open_home(settings.home)
    require_session(home)
    with stack_access(settings) as stack:
        rows: list[Row] = ask_gateway(stack, chosen_athlete(home, arguments.athlete), PATH)["tools"]
    told = accepted(rows, arguments.tools) if arguments.action == "accept" else rows
    if arguments.json:
        sys.stdout.write(json.dumps({"tools": told}, separators=(",", ":")) + "\n")
        return 0
    for row in told:
        sys.stdout.write(_line(row) + "\n")
    if arguments.action == "accept":
        sys.stdout.write("Accepted. The gateway offers them within some seconds.\n")
    return 0


def accepted(rows: Sequence[Row], names: Sequence[str], folder: Path = FOLDER) -> list[Row]:
    """Writes down that these tools are accepted as they are; the others stay as they were.

    Args:
        rows: What the gateway says of its tools.
        names: Those to accept.
        folder: Of the configuration.

    Raises:
        UsageWrong: One of them is not there, or cannot be accepted.
    """
    listed = {row["tool"]: row for row in rows}
    for name in names:
        if name not in listed:
            raise UsageWrong(f"there is no tool {name!r}; coach tools lists them")
        if listed[name]["standing"] == "refused":
            raise UsageWrong(f"{name} cannot be accepted: {listed[name]['reason']}")
    chosen = [listed[name] for name in names]
    write_tool_pins({**read_tool_pins(folder), **{row["tool"]: row["fingerprint"] for row in chosen}}, folder)
    return chosen


def _line(row: Row) -> str:
    reason = f" ({row['reason']})" if row["reason"] else ""
    words = f": {one_line(row['description'], LONGEST_WORDS)}" if row["standing"] in {"new", "changed"} else ""
    return f"{row['standing']:<8} {one_line(row['tool'])}{reason}{words}"
