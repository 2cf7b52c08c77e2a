"""The pages that people see: login, consent, and errors that must not be redirected.

Plain HTML and one style sheet, no script. Everything that comes from a request or a registration is escaped, and
loses the characters that make text look like other text (A13).
"""

import html
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse, Response

_TEMPLATES = Path(__file__).parent / "templates"


def login_page(
    *, action: str, form_token: str, client_name: str, style: str, failed: bool, form_targets: Iterable[str]
) -> HTMLResponse:
    """Asks for name and password.

    Args:
        action: Where the form goes.
        form_token: Ties the form to the session.
        client_name: Who wants the person to sign in.
        style: Path of the style sheet.
        failed: Whether the last try was wrong.
        form_targets: Origins that a redirect after the form may lead to.
    """
    notice = '<p class="notice" role="alert">Name or password is wrong.</p>' if failed else ""
    fields = {"action": action, "form_token": form_token, "client": client_name, "style": style}
    return _page("login", fields, {"notice": notice}, form_targets=form_targets, status=401 if failed else 200)


def consent_page(
    *,
    action: str,
    form_token: str,
    client_name: str,
    person: str,
    host: str,
    meanings: Iterable[str],
    style: str,
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
        style: Path of the style sheet.
        form_targets: Origins that a redirect after the form may lead to.
    """
    scopes = "".join(f"<li>{shown(meaning)}</li>" for meaning in meanings)
    fields = {
        "action": action,
        "form_token": form_token,
        "client": client_name,
        "person": person,
        "host": host,
        "style": style,
    }
    return _page("consent", fields, {"scopes": scopes}, form_targets=form_targets, status=200)


def error_page(message: str, *, style: str, status: int = 400) -> HTMLResponse:
    """Says what is wrong with a request whose sender cannot be trusted with a redirect."""
    return _page("error", {"message": message, "style": style}, {}, form_targets=(), status=status)


def style_sheet() -> Response:
    return Response(_template("style.css"), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def shown(text: str) -> str:
    """Text as HTML, without control and direction characters (Unicode categories Cc and Cf)."""
    visible = "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf"})
    return html.escape(visible, quote=True)


def _page(
    name: str, fields: dict[str, str], markup: dict[str, str], *, form_targets: Iterable[str], status: int
) -> HTMLResponse:
    escaped = {field: shown(value) for field, value in fields.items()}
    body = Template(_template(f"{name}.html")).substitute(escaped | markup)
    return HTMLResponse(body, status, headers=page_headers(form_targets))


def page_headers(form_targets: Iterable[str]) -> dict[str, str]:
    """Headers of every page (RFC 9700 §4.2, §4.16).

    Browsers apply `form-action` to the redirect that answers a form too, so the client's origin is in it.
    """
    targets = " ".join(["'self'", *form_targets])
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
    }


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
