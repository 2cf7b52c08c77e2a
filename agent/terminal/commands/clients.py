"""`coach clients`: other agents' clients at the local authorization server."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from agent.terminal.administration import Administration
from agent.terminal.plain_text import one_line
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.typed_word import require_typed


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Adds, lists or removes; adding and removing take a person at a terminal."""
    if arguments.action == "add":
        require_typed("add", _what_is_added(arguments))
    elif arguments.action == "remove":
        require_typed("remove", f"This ends the client {one_line(arguments.client_id)} and what people allowed it")
    with stack_access(settings) as stack:
        administration = Administration(stack.http, stack.home, stack.endpoints.issuer)
        if arguments.action == "add":
            _show_added(administration.add_client(_wanted(arguments)), as_json=arguments.json)
        elif arguments.action == "remove":
            administration.remove_client(arguments.client_id)
            sys.stdout.write(f"removed {one_line(arguments.client_id)}\n")
        else:
            _show(administration.clients(), as_json=arguments.json)
    return 0


def _what_is_added(arguments: argparse.Namespace) -> str:
    asked = {
        "grants": arguments.grant,
        "scopes": arguments.scope,
        "at": arguments.resource,
        "to": arguments.redirect_uri,
    }
    said = ", ".join(f"{word} {one_line(' '.join(values))}" for word, values in asked.items() if values)
    return f"This lets the client {one_line(arguments.name)!r} ask for tokens: {said}"


def _wanted(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "name": arguments.name,
        "grants": arguments.grant,
        "scopes": arguments.scope,
        "resources": arguments.resource or [],
        "redirect_uris": arguments.redirect_uri or [],
    }


def _show_added(client: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(client) + "\n")
        return
    sys.stdout.write(f"client id: {one_line(str(client['client_id']))}\n")
    if "client_secret" in client:
        sys.stdout.write(f"secret:    {one_line(str(client['client_secret']))}  (shown this once; nobody keeps it)\n")


def _show(clients: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"clients": clients}) + "\n")
        return
    for client in clients:
        facts = (
            client["client_id"],
            client.get("name", ""),
            " ".join(client.get("grants", [])),
            client.get("origin", ""),
        )
        sys.stdout.write("  ".join(one_line(str(fact)) for fact in facts) + "\n")
