"""`coach logout`: ends every session of this computer."""

import argparse
import sys

from agent.terminal.access import Access
from agent.terminal.athletes import forget_sign_in
from agent.terminal.discovery import http_client
from agent.terminal.home import Home, open_home
from agent.terminal.session_file import SessionFile, stored_athletes
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_out import mark_signed_out
from agent.terminal.stack_process import running_stack


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:  # noqa: ARG001 -- it takes no flags
    """Revokes the refresh tokens if the stack runs, deletes them in any case, and says which it was."""
    home = open_home(settings.home)
    mark_signed_out(home)
    endpoints = running_stack(home)
    if endpoints is not None:
        _revoke(home, endpoints.issuer)
    for athlete in stored_athletes(home):
        SessionFile(home, athlete).delete()
    forget_sign_in(home)
    how = "sessions revoked" if endpoints else "sessions deleted here; the stack is not running, so none was revoked"
    sys.stdout.write(f"signed out: {how}\n")
    return 0


def _revoke(home: Home, issuer: str) -> None:
    with http_client() as http:
        for athlete in stored_athletes(home):
            Access(home, http, issuer, athlete).revoke_all()
