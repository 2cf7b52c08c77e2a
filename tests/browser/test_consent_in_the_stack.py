"""The whole way of a consent through the real stack: question, link, two sign-ins, consent, answer, disconnect."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import Browser
from tests.support.running_stack import RunningStack, running_stack

QUESTION = "Who gave me kudos on my last run?"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home: Path = tmp_path_factory.mktemp("coach-home")
    home.chmod(0o700)
    with running_stack(home) as running:
        yield running


def consent_url(stack: RunningStack, athlete: str) -> str | None:
    """The link that an answer comes with, if it needs a consent."""
    events: list[dict[str, Any]] = stack.ask(athlete, QUESTION)
    return next((event["url"] for event in events if event["type"] == "consent_required"), None)


def sign_in(browser: Browser, stack: RunningStack, athlete: str) -> None:
    browser.fill("User name", athlete)
    browser.fill("Password", stack.blueprint.keys.athlete_password)
    browser.press("Sign in")


def agree(browser: Browser, stack: RunningStack, athlete: str) -> None:
    """Everything between the link and the end: at the other service, then at the coach."""
    sign_in(browser, stack, athlete)
    browser.press("Allow")
    sign_in(browser, stack, athlete)
    if browser.heading.startswith("Allow"):
        browser.press("Allow")


def test_an_athlete_connects_an_account_and_the_coach_uses_it(browser: Browser, stack: RunningStack) -> None:
    url = consent_url(stack, "maya")
    assert url is not None
    browser.open(url)
    assert browser.title == "Sign in · Socials account"
    sign_in(browser, stack, "maya")
    assert "See your clubs, kudos and comments" in browser.text
    browser.shoot("stack-consent")
    browser.press("Allow")
    assert browser.title == "Sign in · Coach account"
    sign_in(browser, stack, "maya")
    if browser.heading.startswith("Allow"):
        browser.shoot("stack-consent-coach")
        browser.press("Allow")
    assert browser.heading.endswith("is connected")
    browser.shoot("stack-connected")
    assert consent_url(stack, "maya") is None


def test_an_account_that_is_disconnected_has_to_be_asked_for_again(browser: Browser, stack: RunningStack) -> None:
    url = consent_url(stack, "aiko")
    assert url is not None
    browser.open(url)
    agree(browser, stack, "aiko")
    assert consent_url(stack, "aiko") is None
    browser.open(stack.endpoints["consent_return"])
    browser.shoot("stack-accounts")
    name = browser.driver.find_element("css selector", ".accounts h2").text
    browser.press(f"Disconnect {name}")
    browser.press("Disconnect")
    assert "Nothing is connected." in browser.text
    assert consent_url(stack, "aiko") is not None


def test_refusing_at_the_other_service_connects_nothing(browser: Browser, stack: RunningStack) -> None:
    url = consent_url(stack, "jonas")
    assert url is not None
    browser.open(url)
    sign_in(browser, stack, "jonas")
    browser.press("Refuse")
    assert browser.heading == "Not connected"
    assert consent_url(stack, "jonas") is not None


@pytest.mark.case("V01")
def test_a_link_that_was_sent_to_somebody_else_connects_nobody(browser: Browser, stack: RunningStack) -> None:
    url = consent_url(stack, "jonas")
    assert url is not None
    browser.open(url)
    agree(browser, stack, "me")
    assert browser.heading == "This is not yours to connect"
    assert consent_url(stack, "jonas") is not None
