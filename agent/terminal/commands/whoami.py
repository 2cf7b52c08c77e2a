"""`coach whoami`."""

import argparse
import json
import sys

from agent.terminal.access import COACH_SCOPES
from agent.terminal.athletes import chosen_athlete
from agent.terminal.claims import unverified_claims
from agent.terminal.conversation import COACH_AUDIENCE
from agent.terminal.home import open_home
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.signed_out import require_session


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Says as whom the next question would be asked."""
    require_session(open_home(settings.home))
    with stack_access(settings) as stack:
        athlete = chosen_athlete(stack.home, None)
        claims = unverified_claims(stack.access(athlete).token(COACH_AUDIENCE, COACH_SCOPES))
    known = {
        "athlete": athlete,
        "issuer": claims.get("iss"),
        "subject": claims.get("sub"),
        "client_id": claims.get("client_id"),
        "audience": claims.get("aud"),
        "scopes": str(claims.get("scope", "")).split(),
        "amr": claims.get("amr", []),
        "expires_at": claims.get("exp"),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(known) + "\n")
    else:
        sys.stdout.write(f"{athlete} (subject {known['subject']} of {known['issuer']})\n")
    return 0
