"""The pages of the authorization server. What they share (shell, style, headers, escaping) is `identity.web_pages`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import HTMLResponse

from identity.web_pages.lookalikes import mixes_alphabets, resembled
from identity.web_pages.page import joined, message_page, page
from identity.web_pages.pieces import Form, caution, problem, ticks, wrong_field
from identity.web_pages.shown_text import Markup, readable_name

_TEMPLATES = Path(__file__).parent / "templates"
_NOTHING = Markup("")
_WRONG_SIGN_IN = "Name or password is wrong."


@dataclass(frozen=True)
class Asking:
    """A client that wants something.

    Attributes:
        name: What it calls itself.
        known: Whether it is one of ours; others registered themselves and may carry any name.
        known_names: Names of our clients, which others must not pass for.
    """

    name: str
    known: bool
    known_names: tuple[str, ...] = ()


def site(pool: str) -> str:
    """What the pages of a pool call themselves; without a pool, the server."""
    return f"{pool.capitalize()} account" if pool else "Sign-in"


def login_page(
    form: Form, *, client_name: str, pool: str, failed_for: str | None = None, form_targets: Iterable[str] = ()
) -> HTMLResponse:
    """Asks for name and password.

    Args:
        form: The form.
        client_name: Who wants the person to sign in.
        pool: Name of the pool.
        failed_for: The name of the last try, if it was wrong.
        form_targets: Origins that a redirect after the form may lead to.
    """
    failed = failed_for is not None
    values = {
        **form.values(),
        "client": readable_name(client_name),
        "username": failed_for or "",
        "username_state": Markup("" if failed else " autofocus"),
        "password_state": _invalid("password", " autofocus") if failed else _NOTHING,
        "problem": problem(_WRONG_SIGN_IN, field_id="password") if failed else _NOTHING,
        "wrong": wrong_field(_WRONG_SIGN_IN, field_id="password") if failed else _NOTHING,
    }
    title = "Error: Sign in" if failed else "Sign in"
    return _page("login", title, values, pool=pool, form_targets=form_targets, status=401 if failed else 200)


def consent_page(
    form: Form,
    asking: Asking,
    *,
    person: str,
    host: str,
    meanings: Iterable[str],
    pool: str,
    form_targets: Iterable[str],
) -> HTMLResponse:
    """Asks whether a client may have what it wants.

    Args:
        form: The form, good for this request only.
        asking: Who wants it.
        person: Who is signed in.
        host: Where the answer will go.
        meanings: What is wanted, one sentence for each scope.
        pool: Name of the pool.
        form_targets: Origins that a redirect after the form may lead to.
    """
    values = {**form.values(), **_request(asking, person, meanings), "host": host}
    return _page("consent", "Allow access", values, pool=pool, form_targets=form_targets)


def device_code_page(form: Form, *, person: str, user_code: str, pool: str, wrong: str | None = None) -> HTMLResponse:
    """Asks for the code that a device shows (RFC 8628 §3.3).

    Args:
        form: The form.
        person: Who is signed in.
        user_code: What is in the field already: of the link, or of the last try.
        pool: Name of the pool.
        wrong: What was wrong with the last try, one sentence.
    """
    values = {
        **form.values(),
        "person": person,
        "user_code": user_code,
        "state": _invalid("user_code", described_by="user_code_hint")
        if wrong
        else Markup(' aria-describedby="user_code_hint"'),
        "problem": problem(wrong, field_id="user_code") if wrong else _NOTHING,
        "wrong": wrong_field(wrong, field_id="user_code") if wrong else _NOTHING,
    }
    title = "Error: Connect a device" if wrong else "Connect a device"
    return _page("device_code", title, values, pool=pool, status=400 if wrong else 200)


def device_decision_page(
    form: Form, asking: Asking, *, user_code: str, person: str, meanings: Iterable[str], pool: str
) -> HTMLResponse:
    """Shows who is asking and the code once more, against codes that somebody else sent (RFC 8628 §5.4).

    Args:
        form: The form, good for this code only.
        asking: Who wants it.
        user_code: The code, as the device shows it.
        person: Who is signed in.
        meanings: What is wanted, one sentence for each scope.
        pool: Name of the pool.
    """
    values = {**form.values(), **_request(asking, person, meanings), "user_code": user_code}
    return _page("device_decision", "Allow access", values, pool=pool)


def device_done_page(*, allowed: bool, pool: str) -> HTMLResponse:
    """The end: the device learns the rest by itself."""
    if allowed:
        return message_page(
            "Your device is connected",
            "Go back to it: it goes on by itself within a few seconds.",
            site=site(pool),
            status=200,
            hint="You can close this page.",
        )
    return message_page("You refused", "The device learns that you said no.", site=site(pool), status=200)


def logout_page(form: Form, *, person: str, pool: str, form_targets: Iterable[str] = ()) -> HTMLResponse:
    """Asks whether to sign out; its form says `decision=sign_out` or `stay`.

    Args:
        form: The form.
        person: Who is signed in.
        pool: Name of the pool.
        form_targets: Origins that a redirect after the form may lead to.
    """
    return _page("logout", "Sign out", {**form.values(), "person": person}, pool=pool, form_targets=form_targets)


def signed_out_page(*, pool: str, signed_out: bool = True) -> HTMLResponse:
    """Says that nobody is signed in here any more, or that somebody stays."""
    if signed_out:
        text = "This browser is no longer signed in, and applications have to ask again."
        return message_page("You are signed out", text, site=site(pool), status=200, hint="You can close this page.")
    hint = "You can close this page."
    return message_page("You stay signed in", "Nothing has changed.", site=site(pool), status=200, hint=hint)


def error_page(message: str, *, pool: str, status: int = 400) -> HTMLResponse:
    """Says what is wrong with a request whose sender cannot be trusted with a redirect."""
    return message_page("This does not work", message, site=site(pool), status=status)


def _page(
    template: str,
    title: str,
    values: Mapping[str, str],
    *,
    pool: str,
    form_targets: Iterable[str] = (),
    status: int = 200,
) -> HTMLResponse:
    path = _TEMPLATES / f"{template}.html"
    return page(path, title, values, site=site(pool), form_targets=form_targets, status=status)


def _request(asking: Asking, person: str, meanings: Iterable[str]) -> dict[str, str]:
    name = readable_name(asking.name)
    return {"client": name, "person": person, "scopes": ticks(meanings), "cautions": _cautions(asking)}


def _cautions(asking: Asking) -> Markup:
    if asking.known:
        return _NOTHING
    boxes = [
        caution(
            "This application is not known to us",
            "Nobody has checked its name. Allow it only if you started this yourself, just now.",
        )
    ]
    other = resembled(asking.name, asking.known_names)
    if other is not None:
        boxes.append(caution("Its name passes for another", f"It is not “{other}”, which is an application of ours."))
    if mixes_alphabets(asking.name):
        boxes.append(caution("Its name is not what it seems", "It mixes letters of different alphabets."))
    return joined(boxes)


def _invalid(field_id: str, more: str = "", *, described_by: str = "") -> Markup:
    ids = f"{described_by} {field_id}_wrong".strip()
    return Markup(f' aria-invalid="true" aria-describedby="{ids}"{more}')
