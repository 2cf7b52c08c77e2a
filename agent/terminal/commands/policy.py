"""`coach policy explain`: which policy decides about a tool call, and why. The call is not made."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from agent.terminal.athletes import chosen_athlete
from agent.terminal.errors import UsageWrong
from agent.terminal.gateway_questions import ask_gateway
from agent.terminal.home import open_home
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.signed_out import require_session

PATH = "/local/policy-explanations"


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Shows the decision; exit code 0 whatever it is, because the question was answered."""
    question = _question(arguments)  # before a stack is started for nothing
    home = open_home(settings.home)
    require_session(home)
    with stack_access(settings) as stack:
        told = ask_gateway(stack, chosen_athlete(home, arguments.athlete), PATH, question)
    if arguments.json:
        sys.stdout.write(json.dumps(told, separators=(",", ":")) + "\n")
        return 0
    for line in _lines(told):
        sys.stdout.write(line + "\n")
    return 0


def _question(arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        given = json.loads(arguments.arguments)
    except ValueError as error:
        raise UsageWrong(f"--arguments is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise UsageWrong('--arguments takes a JSON object, such as {"limit": 5}')
    assumed = {"client_id": arguments.client, "scopes": arguments.scope, "groups": arguments.group}
    said = {member: value for member, value in assumed.items() if value is not None}
    return {"tool": arguments.tool, "arguments": given, **said}


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['decision']} {told['tool']}"
    yield str(told["why"])
    if told["mode"] == "LOG_ONLY":
        yield "The gateway is in LOG_ONLY mode: it lets every call through and only writes this down."
    for policy in told["policies"]:
        trial = ", a trial" if policy["mode"] == "LOG_ONLY" else ""
        mark = "*" if policy["outcome"] == "decided" else " "
        yield f"{mark} {policy['effect']} {policy['name']} ({policy['file']}{trial}): {policy['outcome']}"
