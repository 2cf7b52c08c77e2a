"""`coach login`: with the key file of this computer, on the login page, or on another device."""

import argparse
import sys
import webbrowser

from agent.terminal.access import COACH_SCOPES, TERMINAL
from agent.terminal.athletes import chosen_athlete, remember_sign_in
from agent.terminal.browser import RedirectListener, browser_sign_in
from agent.terminal.conversation import COACH_AUDIENCE
from agent.terminal.device import DeviceAuthorization, Waiting, device_sign_in
from agent.terminal.home import open_home
from agent.terminal.plain_text import one_line
from agent.terminal.session_file import athlete_name
from agent.terminal.settings import TerminalSettings
from agent.terminal.sign_in import TokenSet, begin, redeem
from agent.terminal.signed_in_stack import SignedInStack, stack_access
from agent.terminal.signed_out import unmark_signed_out


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Signs in; afterwards commands renew the session by themselves."""
    open_home(settings.home)
    with stack_access(settings) as stack:
        if arguments.device:
            athlete = _on_another_device(stack)
        else:
            athlete = _on_login_page(stack) if arguments.browser else _with_key_file(stack)
    sys.stdout.write(f"signed in as {one_line(athlete)}\n")
    return 0


def _with_key_file(stack: SignedInStack) -> str:
    athlete = chosen_athlete(stack.home, None)
    unmark_signed_out(stack.home)
    stack.access(athlete).token(COACH_AUDIENCE, COACH_SCOPES)
    return athlete


def _on_login_page(stack: SignedInStack) -> str:
    listener = RedirectListener()
    try:
        request = begin(TERMINAL, COACH_AUDIENCE, COACH_SCOPES, port=listener.port)
        server = stack.access("unknown").server()
        tokens = redeem(stack.http, server, request, browser_sign_in(server, request, listener, _show_page))
    finally:
        listener.close()
    return _signed_in_as(stack, tokens)


def _on_another_device(stack: SignedInStack) -> str:
    server = stack.access("unknown").server()
    request = {"client_id": TERMINAL, "scope": " ".join(("openid", *COACH_SCOPES)), "audience": COACH_AUDIENCE}
    return _signed_in_as(stack, device_sign_in(stack.http, server, request, _show_code, Waiting()))


def _signed_in_as(stack: SignedInStack, tokens: TokenSet) -> str:
    """Whoever signed in elsewhere is from now on whom commands act as."""
    athlete = athlete_name(tokens.username or "")
    stack.access(athlete).store(COACH_AUDIENCE, tokens)
    remember_sign_in(stack.home, athlete)
    unmark_signed_out(stack.home)
    return athlete


def _show_code(begun: DeviceAuthorization) -> None:
    page, code = one_line(begun.verification_uri), one_line(begun.user_code, 40)
    sys.stderr.write(f"On any device open {page} and enter the code {code}\n")
    sys.stderr.write(f"It is good for {begun.expires_in // 60} minutes. Enter it only if you started this yourself.\n")
    sys.stderr.flush()


def _show_page(url: str) -> None:
    sys.stderr.write(f"Sign in on this page: {url}\n")
    sys.stderr.flush()
    webbrowser.open(url)
