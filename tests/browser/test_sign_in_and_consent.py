"""Signing in and deciding, in a real browser."""

from pathlib import Path

import httpx
import pytest

from tests.browser.conftest import SignInPages, answer_in
from tests.support.authorization_server import ACTIVITIES_URL, MAYA, MAYA_PASSWORD
from tests.support.chromium import CONTROLS, Browser, chromium, description, name

TAB, ENTER = "\ue004", "\ue007"


def sign_in(browser: Browser, password: str = MAYA_PASSWORD) -> None:
    browser.fill("User name", MAYA)
    browser.fill("Password", password)
    browser.press("Sign in")


def test_signing_in_and_allowing_leads_back_with_a_code(browser: Browser, pages: SignInPages) -> None:
    browser.open(pages.authorize())
    assert browser.title == "Sign in · Coach account"
    browser.shoot("sign-in")
    sign_in(browser)
    assert browser.heading == "Allow Race planner to use your account?"
    assert "See your activities" in browser.text
    assert pages.application.removeprefix("http://") in browser.text
    browser.shoot("consent")
    browser.press("Allow")
    assert browser.heading == "Back in the application"
    assert answer_in(browser.url)["code"]


def test_refusing_leads_back_with_access_denied(browser: Browser, pages: SignInPages) -> None:
    browser.open(pages.authorize())
    sign_in(browser)
    browser.press("Refuse")
    assert answer_in(browser.url)["error"] == "access_denied"
    assert "code" not in answer_in(browser.url)


def test_a_wrong_password_is_said_above_the_form_beside_the_field_and_in_the_title(
    browser: Browser, pages: SignInPages
) -> None:
    browser.open(pages.authorize())
    sign_in(browser, "wrong")
    browser.shoot("sign-in-wrong")
    assert browser.title.startswith("Error: ")
    alert = browser.by_role("alert")
    assert len(alert) == 1
    password = next(node for node in browser.by_role("textbox") if name(node) == "Password")
    assert "wrong" in description(password)
    assert any(one["name"] == "invalid" and one["value"]["value"] == "true" for one in password["properties"])
    assert browser.focused() == "Password"
    assert browser.field("User name").get_attribute("value") == MAYA
    browser.fill("Password", MAYA_PASSWORD)
    browser.press("Sign in")
    assert browser.heading.startswith("Allow")


def test_the_whole_way_is_open_to_the_keyboard_alone(browser: Browser, pages: SignInPages) -> None:
    browser.open(pages.authorize())
    assert browser.focused() == "User name"
    browser.type_keys(MAYA, TAB, MAYA_PASSWORD)
    browser.type_keys_and_wait(ENTER)
    browser.tab_to("Refuse")
    browser.tab_to("Allow")
    browser.type_keys_and_wait(ENTER)
    assert answer_in(browser.url)["code"]


def test_it_all_works_without_javascript(tmp_path: Path, screenshots: Path, pages: SignInPages) -> None:
    with chromium(tmp_path / "no-script", screenshots, javascript=False) as careful:
        careful.open("data:text/html,<h1>off</h1><script>document.querySelector('h1').textContent='on'</script>")
        assert careful.heading == "off"
        careful.open(pages.authorize())
        sign_in(careful)
        careful.press("Allow")
        assert answer_in(careful.url)["code"]


def test_every_control_has_a_name_and_every_page_its_landmarks(browser: Browser, pages: SignInPages) -> None:
    def check() -> None:
        nodes = browser.accessibility_tree()
        controls = [node for node in nodes if node["role"]["value"] in CONTROLS]
        assert controls
        assert [node["role"]["value"] for node in controls if not name(node).strip()] == []
        roles = [node["role"]["value"] for node in nodes]
        assert roles.count("main") == 1
        assert roles.count("banner") == 1
        assert browser.driver.find_element("tag name", "html").get_attribute("lang") == "en"

    browser.open(pages.authorize())
    check()
    sign_in(browser, "wrong")
    check()
    sign_in(browser)
    check()
    scopes = next(node for node in browser.by_role("list") if name(node) == "It would be able to")
    assert scopes


@pytest.mark.parametrize(
    "how",
    [pytest.param({"width_px": 320}, id="320 px"), pytest.param({"width_px": 1000, "zoom": 2.0}, id="200 %")],
)
def test_nothing_is_cut_off_on_a_narrow_screen_or_at_double_size(
    browser: Browser, pages: SignInPages, how: dict[str, float]
) -> None:
    browser.look(**how)  # type: ignore[arg-type]  # a row of the table above
    browser.open(pages.authorize())
    assert browser.overflow_px() <= 0
    sign_in(browser)
    assert browser.overflow_px() <= 0


@pytest.mark.case("A19")
def test_signing_in_gives_the_browser_another_session(browser: Browser, pages: SignInPages) -> None:
    browser.open(pages.authorize())
    before = browser.driver.get_cookie("coach_session")
    sign_in(browser)
    after = browser.driver.get_cookie("coach_session")
    assert before["value"] != after["value"]
    assert after["httpOnly"]
    assert after["sameSite"] == "Lax"


@pytest.mark.case("A10")
def test_a_browser_refuses_to_frame_the_consent_page(browser: Browser, pages: SignInPages, tmp_path: Path) -> None:
    browser.open(pages.authorize())
    sign_in(browser)
    framed = {}
    for name_, url in {"consent": pages.authorize(), "harmless": f"{pages.application}/callback"}.items():
        evil = tmp_path / f"{name_}.html"
        evil.write_text(f'<iframe src="{url.replace("&", "&amp;")}"></iframe>', encoding="utf-8")
        browser.open(evil.as_uri())
        browser.driver.switch_to.frame(0)
        framed[name_] = browser.text
        browser.driver.switch_to.default_content()
    assert "Back in the application" in framed["harmless"]
    assert "Race planner" not in framed["consent"]
    browser.wait_for_violation("frame-ancestors")


@pytest.mark.case("A10")
def test_a_form_leads_to_the_origins_of_its_client_and_nowhere_else(browser: Browser, pages: SignInPages) -> None:
    onwards = f"{pages.application}/onwards"
    browser.open(pages.authorize("relay", redirect_uri=onwards))
    sign_in(browser)
    browser.press("Allow")
    assert browser.url == f"{pages.elsewhere}/callback"
    browser.open(pages.authorize("planner", redirect_uri=onwards))
    browser.control("Allow").click()
    browser.wait_for_violation("form-action")
    assert not browser.url.startswith(pages.elsewhere)


def test_signing_out_is_confirmed_and_may_be_left(browser: Browser, pages: SignInPages) -> None:
    browser.open(pages.authorize())
    sign_in(browser)
    browser.open(f"{pages.pool}/logout")
    assert browser.heading == "Sign out?"
    browser.shoot("logout")
    browser.press("Stay signed in")
    browser.open(pages.authorize())
    assert browser.heading.startswith("Allow")
    browser.open(f"{pages.pool}/logout")
    browser.press("Sign out")
    assert browser.heading == "You are signed out"
    browser.open(pages.authorize())
    assert browser.heading == "Sign in"


@pytest.mark.case("A12")
@pytest.mark.case("A13")
def test_a_program_that_registered_itself_is_called_unknown_and_its_name_is_text(
    browser: Browser, pages: SignInPages
) -> None:
    metadata = {
        "client_name": "C0ach in your terrninal <b>now</b>",
        "redirect_uris": [f"{pages.application}/callback"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "none",
        "scope": "activities/read",
    }
    registered = httpx.post(f"{pages.pool}/oauth2/register", json=metadata, trust_env=False).json()
    changes = {"audience": "", "scope": "activities/read", "resource": ACTIVITIES_URL}
    browser.open(pages.authorize(registered["client_id"], **changes))
    sign_in(browser)
    browser.shoot("consent-unknown")
    assert "This application is not known to us" in browser.text
    assert "Its name passes for another" in browser.text
    assert "<b>now</b>" in browser.heading
    browser.press("Allow")
    assert answer_in(browser.url)["code"]


def test_an_unknown_page_says_so_in_the_same_style(browser: Browser, pages: SignInPages) -> None:
    browser.open(f"{pages.url}/nothing")
    assert browser.heading == "This does not work"
    browser.shoot("error")
