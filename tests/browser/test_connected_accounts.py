"""A consent comes back, is listed and is taken back, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.consent_pages import JONAS, JONAS_SUB, ConsentPages, consent_pages
from tests.support.authorization_server import MAYA, MAYA_PASSWORD, MAYA_SUB
from tests.support.chromium import CONTROLS, Browser, name


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[ConsentPages]:
    with consent_pages(tmp_path) as running:
        yield running


def sign_in(browser: Browser, person: str = MAYA) -> None:
    browser.fill("User name", person)
    browser.fill("Password", MAYA_PASSWORD)
    browser.press("Sign in")
    if browser.heading.startswith("Allow"):
        browser.press("Allow")


def test_a_consent_is_connected_listed_and_taken_back(browser: Browser, accounts: ConsentPages) -> None:
    browser.open(accounts.landing())
    sign_in(browser)
    assert browser.heading == "Socials is connected"
    browser.shoot("connected")
    browser.press("your connected accounts")
    assert "Post and comment as you" in browser.text
    browser.shoot("accounts")
    browser.press("Disconnect Socials")
    assert browser.heading == "Disconnect Socials?"
    browser.shoot("disconnect")
    browser.press("Keep it")
    assert accounts.vault.connected[MAYA_SUB]
    browser.press("Disconnect Socials")
    browser.press("Disconnect")
    assert "Socials is disconnected." in browser.text
    assert "Nothing is connected." in browser.text
    assert accounts.vault.connected[MAYA_SUB] == []
    browser.shoot("accounts-none")


@pytest.mark.case("V01")
def test_another_persons_session_is_refused_and_nothing_is_connected(browser: Browser, accounts: ConsentPages) -> None:
    browser.open(accounts.landing(begun_by=MAYA_SUB))
    sign_in(browser, JONAS)
    assert browser.heading == "This is not yours to connect"
    assert "Jonas" in browser.text
    browser.shoot("another-user")
    assert accounts.vault.connected == {}
    browser.press("Sign out")
    assert browser.heading == "You are signed out"
    browser.shoot("signed-out")
    browser.open(accounts.landing(begun_by=JONAS_SUB))
    assert browser.heading == "Socials is connected"
    assert list(accounts.vault.connected) == [JONAS_SUB]


def test_a_link_that_was_used_says_so(browser: Browser, accounts: ConsentPages) -> None:
    landing = accounts.landing()
    browser.open(landing)
    sign_in(browser)
    browser.open(landing)
    assert browser.heading == "This link has ended"
    browser.shoot("expired")
    assert len(accounts.vault.connected[MAYA_SUB]) == 1


def test_a_refusal_at_the_other_service_is_an_end_of_its_own(browser: Browser, accounts: ConsentPages) -> None:
    browser.open(f"{accounts.landing()}&error=access_denied")
    assert browser.heading == "Not connected"
    browser.shoot("declined")
    assert accounts.vault.connected == {}


def test_every_control_of_these_pages_has_a_name_and_says_what_it_disconnects(
    browser: Browser, accounts: ConsentPages
) -> None:
    browser.open(accounts.landing())
    sign_in(browser)
    browser.look(width_px=320)
    for path in ("/", "/disconnect?workload=coach&provider=federation"):
        browser.open(f"{accounts.url}{path}")
        controls = [node for node in browser.accessibility_tree() if node["role"]["value"] in CONTROLS]
        assert controls
        assert [node for node in controls if not name(node).strip()] == []
        assert browser.overflow_px() <= 0
    browser.open(accounts.url)
    assert "Disconnect Socials" in {name(node) for node in browser.by_role("link")}
