"""`coach forget`: deletes an athlete's account, what the vault keeps for it and what was said to the coach."""

import argparse
import sys

from agent.terminal.access import COACH_SCOPES
from agent.terminal.administration import Administration
from agent.terminal.athletes import forget_sign_in
from agent.terminal.claims import unverified_claims
from agent.terminal.conversation import COACH_AUDIENCE
from agent.terminal.session_file import SessionFile, athlete_name
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.typed_word import require_typed
from agent.terminal.vault_hop import ask_vault
from identity.actor_id import actor_id

NOT_DELETED = (
    "Not deleted: activities, comments and tickets at the teams, which keep them under rules of their own; an account "
    "at another issuer; logs and the audit trail; copies of this folder made before."
)


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Deletes for good, after the name was typed."""
    athlete = athlete_name(arguments.athlete)
    gone = "destroys every key to the tokens kept for it and deletes what was said to the coach"
    what = f"This deletes {athlete}'s account, {gone}. {NOT_DELETED}"
    require_typed(athlete, what.rstrip("."))
    with stack_access(settings) as stack:
        administration = Administration(stack.http, stack.home, stack.endpoints.issuer)
        claims = unverified_claims(stack.access(athlete).token(COACH_AUDIENCE, COACH_SCOPES))
        owner = {"issuer": stack.endpoints.issuer, "subject": str(claims["sub"])}
        # First the vault: without the account nobody could be asked again whose tokens they are.
        ask_vault(stack.http, stack.home, stack.endpoints, "/local/users/delete", owner)
        remembered = {"actorId": actor_id(**owner)}
        ask_vault(stack.http, stack.home, stack.endpoints, "/local/memories/forget", remembered)
        administration.delete_user(athlete)
        SessionFile(stack.home, athlete).delete()
        forget_sign_in(stack.home)
    sys.stdout.write(f"deleted the account of {athlete} and what was said to the coach\n")
    sys.stdout.write("the tokens that were kept for it can no longer be read\n")
    sys.stdout.write(NOT_DELETED + "\n")
    return 0
