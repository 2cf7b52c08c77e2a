"""What the pages of the consent return say, and what they make of text from elsewhere (A13)."""

from datetime import UTC, datetime

import pytest
from starlette.responses import HTMLResponse

from identity.consent_return import pages
from identity.consent_return.pages import ConnectedAccount
from identity.web_pages.pieces import Form

FORM = Form("/somewhere?a=1&b=2", "the-token")
SOCIALS = ConnectedAccount(
    service="<i>Socials\u202e",
    used_by="The coach",
    meanings=("See your feed", "Post & comment"),
    connected_at=datetime(2026, 11, 2, 8, tzinfo=UTC),
    disconnect="/disconnect?provider=x&workload=coach",
)


def text_of(page: HTMLResponse) -> str:
    return bytes(page.body).decode()


@pytest.mark.case("A13")
def test_the_list_names_each_connection_and_escapes_it() -> None:
    text = text_of(pages.accounts_page([SOCIALS], person="Maya <3", sign_out=FORM))
    assert "&lt;i&gt;Socials" in text
    assert "\u202e" not in text
    assert "Post &amp; comment" in text
    assert "Maya &lt;3" in text
    assert '<time datetime="2026-11-02">2 November 2026</time>' in text
    assert 'href="/disconnect?provider=x&amp;workload=coach"' in text
    assert 'name="form_token" value="the-token"' in text
    assert "Nothing is connected." not in text


def test_an_empty_list_says_so_and_offers_nothing_to_disconnect() -> None:
    text = text_of(pages.accounts_page([], person="Maya", sign_out=FORM))
    assert "Nothing is connected." in text
    assert ">Disconnect" not in text


def test_what_was_disconnected_is_announced_once() -> None:
    text = text_of(pages.accounts_page([], person="Maya", sign_out=FORM, disconnected="Socials"))
    assert text.count("is disconnected.") == 1
    assert 'role="status"' in text


def test_disconnecting_is_confirmed_in_a_form_with_a_token_and_can_be_left() -> None:
    form = Form("/somewhere?a=1&b=2", "the-token", {"provider": 'soci"als'})
    text = text_of(pages.disconnect_page(form, SOCIALS, back="/"))
    assert '<input type="hidden" name="provider" value="soci&quot;als">' in text
    assert '<form method="post" action="/somewhere?a=1&amp;b=2">' in text
    assert 'name="decision" value="disconnect"' in text
    assert 'href="/">Keep it' in text


def test_what_was_granted_is_listed_where_it_is_known() -> None:
    assert "See your feed" in text_of(pages.connected_page("Socials", ["See your feed"], accounts="/"))
    assert "may now" not in text_of(pages.connected_page("Socials", [], accounts="/"))


@pytest.mark.parametrize(
    ("page", "status", "words"),
    [
        pytest.param(pages.connected_page("Socials", ["See your feed"], accounts="/"), 200, "is connected", id="yes"),
        pytest.param(pages.declined_page("Socials"), 200, "nothing was connected", id="refused"),
        pytest.param(pages.expired_page(), 400, "too old", id="expired"),
        pytest.param(pages.another_user_page("Maya", sign_out=FORM), 403, "somebody else asked", id="another user"),
        pytest.param(pages.unavailable_page(), 503, "does not answer", id="unavailable"),
        pytest.param(pages.signed_out_page("/sign-in"), 200, "signed out", id="signed out"),
        pytest.param(pages.error_page("Not so."), 400, "Not so.", id="error"),
    ],
)
def test_each_end_has_its_page_and_every_page_its_headers(page: HTMLResponse, status: int, words: str) -> None:
    assert page.status_code == status
    assert words in text_of(page)
    assert "· Connected accounts</title>" in text_of(page)
    assert page.headers["content-security-policy"].endswith("form-action 'self'")
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
