"""Connecting a device, in a real browser."""

from typing import Any

import httpx
import pytest

from tests.browser.conftest import SignInPages
from tests.support.authorization_server import DEVICE_CODE, MAYA, MAYA_PASSWORD
from tests.support.chromium import CONTROLS, Browser, description, name

ENTER = "\ue007"


@pytest.fixture
def device(pages: SignInPages) -> dict[str, Any]:
    """A program that waits: its answer from the device authorization endpoint."""
    form = {"client_id": "terminal", "scope": "openid activities/read", "audience": "mcp-activities"}
    begun = httpx.post(f"{pages.pool}/oauth2/device_authorization", data=form, trust_env=False)
    answered: dict[str, Any] = begun.json()
    return answered


def poll(pages: SignInPages, device: dict[str, Any]) -> dict[str, Any]:
    pages.clock.advance(10)
    form = {"grant_type": DEVICE_CODE, "device_code": device["device_code"], "client_id": "terminal"}
    answered: dict[str, Any] = httpx.post(f"{pages.pool}/oauth2/token", data=form, trust_env=False).json()
    return answered


def sign_in(browser: Browser) -> None:
    browser.fill("User name", MAYA)
    browser.fill("Password", MAYA_PASSWORD)
    browser.press("Sign in")


def test_entering_the_code_and_allowing_signs_the_device_in(
    browser: Browser, pages: SignInPages, device: dict[str, Any]
) -> None:
    browser.open(device["verification_uri"])
    sign_in(browser)
    assert browser.heading == "Connect a device"
    browser.shoot("device-code")
    browser.fill("Code", device["user_code"].lower().replace("-", ""))
    browser.press("Continue")
    assert "Coach in your terminal" in browser.heading
    assert device["user_code"] in browser.text
    assert "See your activities" in browser.text
    browser.shoot("device-decision")
    browser.press("Allow")
    assert browser.heading == "Your device is connected"
    browser.shoot("device-done")
    assert "access_token" in poll(pages, device)


def test_refusing_leaves_the_device_outside(browser: Browser, pages: SignInPages, device: dict[str, Any]) -> None:
    browser.open(device["verification_uri"])
    sign_in(browser)
    browser.fill("Code", device["user_code"])
    browser.press("Continue")
    browser.press("Refuse")
    assert browser.heading == "You refused"
    assert poll(pages, device)["error"] == "access_denied"


def test_a_link_with_the_code_still_asks_by_keyboard_alone(
    browser: Browser, pages: SignInPages, device: dict[str, Any]
) -> None:
    browser.open(device["verification_uri_complete"])
    browser.type_keys(MAYA, "\ue004", MAYA_PASSWORD)
    browser.type_keys_and_wait(ENTER)
    assert browser.field("Code").get_attribute("value") == device["user_code"]
    assert poll(pages, device)["error"] == "authorization_pending"
    assert browser.focused() == "Code"
    browser.type_keys_and_wait(ENTER)
    browser.tab_to("Allow")
    browser.type_keys_and_wait(ENTER)
    assert "access_token" in poll(pages, device)


def test_a_wrong_code_is_said_where_it_is_read(browser: Browser, pages: SignInPages) -> None:
    browser.open(f"{pages.pool}/device")
    sign_in(browser)
    browser.fill("Code", "BBBB-BBBB")
    browser.press("Continue")
    browser.shoot("device-wrong")
    assert browser.title.startswith("Error: ")
    code = next(node for node in browser.by_role("textbox") if name(node) == "Code")
    assert "Eight letters" in description(code)
    assert "Nothing waits under this code" in description(code)
    assert browser.focused() == "Code"
    unnamed = [node for node in browser.accessibility_tree() if node["role"]["value"] in CONTROLS and not name(node)]
    assert unnamed == []
