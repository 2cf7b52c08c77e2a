"""`coach token`: an access token for curl or an inspector."""

import argparse
import sys

from agent.terminal.access import COACH_SCOPES, GATEWAY, GATEWAY_SCOPES, SOCIALS_SCOPES
from agent.terminal.athletes import chosen_athlete
from agent.terminal.home import open_home
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.signed_out import require_session


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Prints the token alone, so that it can be used in a command substitution."""
    home = open_home(settings.home)
    require_session(home)
    audience, scopes = audience_and_scopes(arguments.audience)
    with stack_access(settings) as stack:
        athlete = chosen_athlete(stack.home, arguments.athlete)
        access = stack.socials_access(athlete) if arguments.audience == "socials" else stack.access(athlete)
        token = access.developer_token(audience, scopes)
    sys.stdout.write(token + "\n")
    return 0


def audience_and_scopes(wanted: str) -> tuple[str, tuple[str, ...]]:
    """Audience and scopes of `agent`, of the gateway, or of a team's MCP server."""
    if wanted == "agent":
        return "coach", COACH_SCOPES
    if wanted == "gateway":
        return GATEWAY, GATEWAY_SCOPES
    if wanted == "socials":
        return "mcp-socials", SOCIALS_SCOPES
    return f"mcp-{wanted}", tuple(scope for scope in COACH_SCOPES if scope.startswith(f"{wanted}/"))
