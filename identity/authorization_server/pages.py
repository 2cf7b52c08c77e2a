"""The pages of the authorization server. What they share (shell, style, headers, escaping) is `identity.web_pages`."""

from collections.abc import Iterable
from pathlib import Path

from starlette.responses import HTMLResponse

from identity.web_pages.page import fragment, joined, message_page, page
from identity.web_pages.shown_text import Markup, readable_name

_TEMPLATES = Path(__file__).parent / "templates"


def site(pool: str) -> str:
    """What the pages of a pool call themselves; without a pool, the server."""
    return f"{pool.capitalize()} account" if pool else "Sign-in"


def login_page(
    *, action: str, form_token: str, client_name: str, pool: str, failed: bool, form_targets: Iterable[str]
) -> HTMLResponse:
    """Asks for name and password.

    Args:
        action: Where the form goes.
        form_token: Ties the form to the session.
        client_name: Who wants the person to sign in.
        pool: Name of the pool.
        failed: Whether the last try was wrong.
        form_targets: Origins that a redirect after the form may lead to.
    """
    notice = Markup('<p class="notice" role="alert">Name or password is wrong.</p>' if failed else "")
    values = {"action": action, "form_token": form_token, "client": readable_name(client_name), "notice": notice}
    status = 401 if failed else 200
    return page(_TEMPLATES / "login.html", "Sign in", values, site=site(pool), form_targets=form_targets, status=status)


def consent_page(
    *,
    action: str,
    form_token: str,
    client_name: str,
    person: str,
    host: str,
    meanings: Iterable[str],
    pool: str,
    form_targets: Iterable[str],
) -> HTMLResponse:
    """Asks whether a client may have what it wants.

    Args:
        action: Where the form goes.
        form_token: Ties the form to the session and to this request.
        client_name: Who wants it.
        person: Who is signed in.
        host: Where the answer will go.
        meanings: What is wanted, one sentence for each scope.
        pool: Name of the pool.
        form_targets: Origins that a redirect after the form may lead to.
    """
    values = {
        "action": action,
        "form_token": form_token,
        "client": readable_name(client_name),
        "person": person,
        "host": host,
        "scopes": joined(fragment(_TEMPLATES / "scope.html", {"meaning": meaning}) for meaning in meanings),
    }
    return page(_TEMPLATES / "consent.html", "Allow access", values, site=site(pool), form_targets=form_targets)


def error_page(message: str, *, pool: str, status: int = 400) -> HTMLResponse:
    """Says what is wrong with a request whose sender cannot be trusted with a redirect."""
    return message_page("This does not work", message, site=site(pool), status=status)
