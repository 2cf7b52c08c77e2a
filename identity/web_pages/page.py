"""A template in the shell, as a response.

    page(_TEMPLATES / "consent.html", "Allow access", {"client": name, "scopes": fragments}, site="coach",
         form_targets=["https://app.example"])

Templates are `string.Template`: `$name` is escaped unless its value is `Markup`, and a missing name is an error.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

from identity.web_pages.headers import page_headers
from identity.web_pages.shown_text import Markup, shown

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"


def page(
    template: Path,
    title: str,
    values: Mapping[str, str],
    *,
    site: str,
    form_targets: Iterable[str] = (),
    status: int = 200,
) -> HTMLResponse:
    """A whole page with all its headers.

    Args:
        template: What stands in the page's main part.
        title: Title of the page, without the site.
        values: What the template names; escaped unless `Markup`.
        site: Who is speaking, for the banner and the title.
        form_targets: Origins that a redirect after a form of this page may lead to.
        status: HTTP status.

    Raises:
        FormTargetMalformed: A form target is no origin.
    """
    around = {
        "title": title,
        "site": site,
        "style": Markup(_read(_HERE / "style.css")),
        "mark": Markup(_read(TEMPLATES / "mark.svg")),
        "content": fragment(template, values),
    }
    return HTMLResponse(fragment(TEMPLATES / "shell.html", around), status, headers=headers(form_targets))


def fragment(template: Path, values: Mapping[str, str]) -> Markup:
    """A template filled in: a piece of a page."""
    escaped = {name: value if isinstance(value, Markup) else shown(value) for name, value in values.items()}
    return Markup(Template(_read(template)).substitute(escaped))


def joined(fragments: Iterable[Markup]) -> Markup:
    return Markup("".join(fragments))


def headers(form_targets: Iterable[str] = ()) -> dict[str, str]:
    """Headers of a page whose forms may lead there."""
    return page_headers(_style_hash(), form_targets)


def message_page(title: str, text: str, *, site: str, status: int, hint: str = "") -> HTMLResponse:
    """A page that says one thing: an error, a refusal, an end.

    Args:
        title: Heading.
        text: What is the matter.
        site: Who is speaking.
        status: HTTP status.
        hint: What the person can do now.
    """
    values = {"heading": title, "text": text, "hint": hint or "Nothing was shared. You can close this page."}
    return page(TEMPLATES / "message.html", title, values, site=site, status=status)


@cache
def _style_hash() -> str:
    # CSP3 §2.3.1: the hash of exactly what stands between the tags.
    digest = hashlib.sha256(_read(_HERE / "style.css").encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
