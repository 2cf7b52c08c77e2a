"""The pages of the consent return: connected accounts, and how a consent ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.responses import HTMLResponse

from identity.web_pages.page import fragment, joined, message_page, page
from identity.web_pages.pieces import Form, ticks
from identity.web_pages.shown_text import Markup, readable_name

SITE = "Connected accounts"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class ConnectedAccount:
    """A connection as a person reads about it.

    Attributes:
        service: Who was connected, in words.
        used_by: Who uses the connection, in words.
        meanings: What was allowed, one sentence for each scope.
        connected_at: When, aware.
        disconnect: Path and query of the page that asks before it disconnects.
    """

    service: str
    used_by: str
    meanings: tuple[str, ...]
    connected_at: datetime
    disconnect: str


def accounts_page(
    accounts: Iterable[ConnectedAccount], *, person: str, sign_out: Form, disconnected: str | None = None
) -> HTMLResponse:
    """Lists what is connected.

    Args:
        accounts: The connections.
        person: Who is signed in.
        sign_out: The form that signs out.
        disconnected: The service that was disconnected just now, to say so.
    """
    items = joined(_account(one) for one in accounts)
    done = fragment(_TEMPLATES / "disconnected.html", {"service": readable_name(disconnected)}) if disconnected else ""
    values = {
        **sign_out.values(),
        "person": person,
        "done": Markup(done),
        "accounts": fragment(_TEMPLATES / "list.html", {"items": items})
        if items
        else fragment(_TEMPLATES / "nothing.html", {}),
    }
    return page(_TEMPLATES / "accounts.html", "Your connected accounts", values, site=SITE)


def disconnect_page(form: Form, account: ConnectedAccount, *, back: str) -> HTMLResponse:
    """Asks before it disconnects.

    Args:
        form: The form, good for this connection only; it says `decision=disconnect`.
        account: What would be disconnected.
        back: Path of the list.
    """
    values = {**form.values(), **_words(account), "back": back}
    return page(_TEMPLATES / "disconnect.html", "Disconnect", values, site=SITE)


def connected_page(service: str, meanings: Iterable[str], *, accounts: str) -> HTMLResponse:
    """The consent is complete.

    Args:
        service: Who was connected.
        meanings: What was allowed, one sentence for each scope; empty if that is not known here.
        accounts: Path of the list of connected accounts.
    """
    items = ticks(meanings)
    granted = fragment(_TEMPLATES / "granted.html", {"meanings": items}) if items else Markup("")
    values = {"service": readable_name(service), "granted": granted, "accounts": accounts}
    return page(_TEMPLATES / "connected.html", "Connected", values, site=SITE)


def declined_page(service: str) -> HTMLResponse:
    """The person refused at the other service."""
    text = f"{readable_name(service)} says that you refused, so nothing was connected."
    hint = "Go back to the coach. It works on without this account, and you can connect it another time."
    return message_page("Not connected", text, site=SITE, status=200, hint=hint)


def expired_page() -> HTMLResponse:
    """The consent took too long, was used before, or never was."""
    text = "This link was used already, or it is too old."
    hint = "Nothing was connected. Go back to the coach and ask again: it gives you a new link."
    return message_page("This link has ended", text, site=SITE, status=400, hint=hint)


def another_user_page(person: str, *, sign_out: Form) -> HTMLResponse:
    """Somebody else began this consent: it ends here, whoever is right (V01).

    Args:
        person: Who is signed in here.
        sign_out: The form that signs out.
    """
    values = {**sign_out.values(), "person": person}
    return page(_TEMPLATES / "another_user.html", "Not yours to connect", values, site=SITE, status=403)


def unavailable_page() -> HTMLResponse:
    """A part that is needed does not answer."""
    text = "The part of the system that keeps connections does not answer right now."
    return message_page("Please try again", text, site=SITE, status=503, hint="Nothing was changed.")


def unlisted_page() -> HTMLResponse:
    """AgentCore Identity has no operation that lists or ends connections."""
    text = "Which accounts are connected cannot be shown here."
    hint = "To end a connection, take the permission back at the other service."
    return message_page("No list of accounts", text, site=SITE, status=501, hint=hint)


def signed_out_page(sign_in: str) -> HTMLResponse:
    """Nobody is signed in here.

    Args:
        sign_in: Path that begins a sign-in.
    """
    return page(_TEMPLATES / "signed_out.html", "Signed out", {"sign_in": sign_in}, site=SITE)


def error_page(message: str, *, status: int = 400) -> HTMLResponse:
    """Says what is wrong with a request."""
    return message_page("This does not work", message, site=SITE, status=status, hint="You can close this page.")


def _account(account: ConnectedAccount) -> Markup:
    return fragment(_TEMPLATES / "account.html", {**_words(account), "disconnect": account.disconnect})


def _words(account: ConnectedAccount) -> dict[str, str]:
    return {
        "service": readable_name(account.service),
        "used_by": readable_name(account.used_by),
        "meanings": ticks(account.meanings),
        "date": f"{account.connected_at.day} {account.connected_at:%B %Y}",
        "datetime": account.connected_at.date().isoformat(),
    }
