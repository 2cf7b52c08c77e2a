"""The marker of `coach logout`: with it no command signs in by itself."""

from agent.terminal.errors import NotSignedIn
from agent.terminal.home import Home, write_private

MARKER = "signed_out"


def require_session(home: Home) -> None:
    """Raises NotSignedIn after `coach logout`, until `coach login`."""
    if (home.session / MARKER).exists():
        raise NotSignedIn("you are signed out; sign in with: coach login")


def mark_signed_out(home: Home) -> None:
    write_private(home.session / MARKER, b"")


def unmark_signed_out(home: Home) -> None:
    (home.session / MARKER).unlink(missing_ok=True)
