"""`coach keys`: new keys for the pools' signatures and for the vault, without a pause."""

import argparse
import sys

from agent.terminal.administration import Administration
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import stack_access
from agent.terminal.vault_hop import ask_vault


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:  # noqa: ARG001 -- rotate is all there is
    """Rotates: the old keys go on verifying and opening until nothing needs them."""
    with stack_access(settings) as stack:
        issuers = [stack.endpoints.issuer, stack.endpoints.socials_issuer]
        for issuer in filter(None, issuers):
            Administration(stack.http, stack.home, issuer).rotate_keys()
            sys.stdout.write(f"new signing keys: {issuer}\n")
        version = ask_vault(stack.http, stack.home, stack.endpoints, "/local/keys/rotate", {})["activeVersion"]
    sys.stdout.write(
        f"new key encryption key of the vault: version {int(version)}; its rows follow in the background\n"
    )
    return 0
