"""`coach accounts`: the services that are connected for an athlete, through the pages of the consent return."""

import argparse
import json
import sys
from typing import Any

from agent.terminal.athletes import chosen_athlete
from agent.terminal.browser_walk import BrowserWalk
from agent.terminal.errors import AdministrationRefused, TerminalError, UsageWrong
from agent.terminal.home import open_home
from agent.terminal.plain_text import one_line
from agent.terminal.scope_words import in_words
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.signed_out import require_session
from agent.terminal.typed_word import require_typed


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Lists what is connected, or disconnects one service; both take a person at a terminal."""
    home = open_home(settings.home)
    require_session(home)
    athlete = chosen_athlete(home, arguments.athlete)
    provider = arguments.provider
    if arguments.action == "disconnect":
        if provider is None:
            raise UsageWrong("which provider? coach accounts lists them")
        require_typed("disconnect", f"This takes from the coach what {athlete} allowed it at {one_line(provider)}")
    else:
        require_typed("show", f"This signs {athlete} in to the page of connected accounts")
    with stack_access(settings) as stack:
        walk = BrowserWalk(stack.home, stack.endpoints, athlete)
        try:
            return _disconnect(walk, provider) if provider is not None else _list(walk, as_json=arguments.json)
        finally:
            walk.close()


def _connections(walk: BrowserWalk) -> list[dict[str, Any]]:
    answer = walk.page("/")
    try:
        connections: list[dict[str, Any]] = answer.json()["connections"]
    except (ValueError, KeyError, TypeError) as error:
        raise AdministrationRefused(f"the connected accounts cannot be read (status {answer.status_code})") from error
    return connections


def _list(walk: BrowserWalk, *, as_json: bool) -> int:
    connections = [
        {name: each.get(name) for name in ("workload", "provider", "scopes", "connectedAt", "issuer")}
        for each in _connections(walk)
    ]
    if as_json:
        sys.stdout.write(json.dumps({"connections": connections}) + "\n")
        return 0
    for each in connections:
        used = f"{each['provider']}, used by {each['workload']}, since {each['connectedAt']}"
        sys.stdout.write(one_line(used) + "\n" + "".join(f"  - {line}\n" for line in in_words(each["scopes"] or [])))
    if not connections:
        sys.stdout.write("nothing is connected\n")
    return 0


def _disconnect(walk: BrowserWalk, provider: str) -> int:
    found = [each for each in _connections(walk) if each.get("provider") == provider]
    if not found:
        raise TerminalError(f"{one_line(provider)} is not connected")
    for each in found:
        form = {name: str(each[name]) for name in ("workload", "provider", "form_token")}
        answer = walk.post("/disconnect", {**form, "decision": "disconnect"})
        if not (answer.is_success or answer.is_redirect):
            raise AdministrationRefused(f"it was not disconnected (status {answer.status_code})")
    sys.stdout.write(
        f"disconnected {one_line(provider)}: its tokens are revoked there and destroyed here;"
        " the last one may still be taken for up to 20 seconds\n"
    )
    return 0
