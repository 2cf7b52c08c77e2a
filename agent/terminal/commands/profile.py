"""`coach profile`: the athlete's own settings, shown or changed through the activities server."""

import argparse
import json
import sys
from typing import Any

from agent.terminal.athletes import chosen_athlete
from agent.terminal.errors import StackFailed
from agent.terminal.home import open_home
from agent.terminal.late import late
from agent.terminal.profile_settings import changes_of, lines_of
from agent.terminal.protected_resource import check_resource
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import SignedInStack, stack_access
from agent.terminal.signed_out import require_session

AUDIENCE = "mcp-activities"
SCOPES = ("activities/read", "activities/write")


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Shows the settings, after changing those that are named."""
    changes = changes_of(arguments.changes)  # before a stack is started for nothing
    home = open_home(settings.home)
    require_session(home)
    athlete = chosen_athlete(home, arguments.athlete)
    with stack_access(settings) as stack:
        profile = _call(stack, athlete, changes)
    if arguments.json:
        sys.stdout.write(json.dumps(profile) + "\n")
        return 0
    changed = [f"changed: {', '.join(changes)}"] if changes else []
    for line in [*lines_of(profile), *changed]:
        sys.stdout.write(line + "\n")
    return 0


def _call(stack: SignedInStack, athlete: str, changes: dict[str, Any]) -> dict[str, Any]:
    url = stack.endpoints.mcp.get("activities")
    if url is None:
        raise StackFailed("the activities server is not part of the running stack")
    check_resource(stack.http, url, stack.endpoints.issuer)
    access = stack.access(athlete)
    tokens = (
        lambda: access.token(AUDIENCE, SCOPES),
        lambda: access.token(AUDIENCE, SCOPES, renew=True),
        lambda: access.token_anew(AUDIENCE, SCOPES),  # an earlier version's import asked for writing alone
    )
    call_tool = late("activities_tool", "call_tool")
    if changes:
        call_tool(url, tokens, "update_athlete_profile", {"changes": changes})
    # Read anew also after a change: what a watch believed comes back where the athlete's own word was taken back.
    profile: dict[str, Any] = call_tool(url, tokens, "get_athlete_profile", {})
    return profile
