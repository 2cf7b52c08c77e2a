"""The page where a person connects a device (RFC 8628 §3.3, §5.4)."""

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.authorization_server import (
    BASE_URL,
    DEVICE_AUTHORIZATION_URL,
    DEVICE_CODE,
    MAYA,
    MAYA_PASSWORD,
    MAYA_SUB,
    RunningAuthorizationServer,
    claims_of,
    running_authorization_server,
)
from tests.unit.authorization_server.test_pages import form_of

DEVICE = f"{BASE_URL}/pools/coach/device"


@dataclass(frozen=True)
class Device:
    """A program that waits for somebody to enter its code."""

    server: RunningAuthorizationServer
    user_code: str
    device_code: str

    async def poll(self) -> dict[str, Any]:
        self.server.clock.advance(20)
        answer = await self.server.token(grant_type=DEVICE_CODE, device_code=self.device_code, client_id="terminal")
        answered: dict[str, Any] = answer.json()
        return answered

    async def is_waiting(self) -> bool:
        return (await self.poll()).get("error") == "authorization_pending"


async def begin(server: RunningAuthorizationServer, scope: str = "openid activities/read") -> Device:
    form = {"client_id": "terminal", "scope": scope, "audience": "mcp-activities"}
    begun = (await server.http.post(DEVICE_AUTHORIZATION_URL, data=form)).json()
    return Device(server, begun["user_code"], begun["device_code"])


@pytest.fixture
async def waiting(server: RunningAuthorizationServer) -> Device:
    return await begin(server)


@pytest.fixture
async def maya(server: RunningAuthorizationServer) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which Maya has signed in on the device page."""
    async with server.browser() as browser:
        assert (await sign_in(browser)).status_code == 303
        yield browser


async def sign_in(browser: httpx.AsyncClient, url: str = DEVICE) -> httpx.Response:
    action, token = form_of(await browser.get(url))
    return await browser.post(action, data={"form_token": token, "username": MAYA, "password": MAYA_PASSWORD})


async def enter(browser: httpx.AsyncClient, user_code: str) -> httpx.Response:
    action, token = form_of(await browser.get(DEVICE))
    return await browser.post(action, data={"form_token": token, "user_code": user_code})


async def decide(browser: httpx.AsyncClient, page: httpx.Response, decision: str, **changes: str) -> httpx.Response:
    action, token = form_of(page)
    user_code = re.search(r'name="user_code" value="([^"]+)"', page.text)
    assert user_code is not None
    form = {"form_token": token, "user_code": user_code[1], "decision": decision}
    return await browser.post(action, data={**form, **changes})


async def test_allowing_gives_the_device_a_token_of_who_allowed(maya: httpx.AsyncClient, waiting: Device) -> None:
    page = await enter(maya, waiting.user_code.lower().replace("-", " "))
    assert "Coach in your terminal" in page.text
    assert "See your activities" in page.text
    assert waiting.user_code in page.text
    done = await decide(maya, page, "allow")
    assert done.status_code == 200
    assert "Your device is connected" in done.text
    claims = claims_of((await waiting.poll())["access_token"])
    assert (claims["sub"], claims["amr"], claims["scope"]) == (MAYA_SUB, ["pwd"], "openid activities/read")


async def test_refusing_denies_the_device(maya: httpx.AsyncClient, waiting: Device) -> None:
    done = await decide(maya, await enter(maya, waiting.user_code), "deny")
    assert "You refused" in done.text
    assert (await waiting.poll())["error"] == "access_denied"


async def test_anything_but_allow_is_a_refusal(maya: httpx.AsyncClient, waiting: Device) -> None:
    await decide(maya, await enter(maya, waiting.user_code), "perhaps")
    assert (await waiting.poll())["error"] == "access_denied"


async def test_a_code_in_the_link_is_asked_about_and_not_taken_for_an_answer(
    server: RunningAuthorizationServer, waiting: Device
) -> None:
    async with server.browser() as browser:
        onwards = await sign_in(browser, f"{DEVICE}?user_code={waiting.user_code}")
        page = await browser.get(onwards.headers["location"])
    assert f'value="{waiting.user_code}"' in page.text
    assert "Continue" in page.text
    assert await waiting.is_waiting()


async def test_who_is_not_signed_in_learns_nothing_about_a_code(
    server: RunningAuthorizationServer, waiting: Device
) -> None:
    async with server.browser() as browser:
        page = await browser.get(f"{DEVICE}?user_code={waiting.user_code}")
    assert "Password" in page.text
    assert "terminal" not in page.text


@pytest.mark.case("A11")
@pytest.mark.parametrize("form_token", ["", "0" * 64])
async def test_a_decision_without_the_form_token_is_refused(
    maya: httpx.AsyncClient, waiting: Device, form_token: str
) -> None:
    answer = await decide(maya, await enter(maya, waiting.user_code), "allow", form_token=form_token)
    assert answer.status_code == 403
    assert await waiting.is_waiting()


@pytest.mark.case("A11")
async def test_the_form_of_one_code_does_not_decide_about_another(maya: httpx.AsyncClient, waiting: Device) -> None:
    other = await begin(waiting.server, "openid activities/write")
    answer = await decide(maya, await enter(maya, waiting.user_code), "allow", user_code=other.user_code)
    assert answer.status_code == 403
    assert await other.is_waiting()


@pytest.mark.case("A11")
async def test_a_code_is_looked_up_for_forms_of_the_own_session_only(
    maya: httpx.AsyncClient, server: RunningAuthorizationServer, waiting: Device
) -> None:
    async with server.browser() as stranger:
        await sign_in(stranger)
        action, token = form_of(await stranger.get(DEVICE))
    answer = await maya.post(action, data={"form_token": token, "user_code": waiting.user_code})
    without = await maya.post(action, data={"user_code": waiting.user_code})
    assert (answer.status_code, without.status_code) == (403, 403)


@pytest.mark.case("A11")
async def test_nobody_decides_without_having_signed_in(server: RunningAuthorizationServer, waiting: Device) -> None:
    async with server.browser() as browser:
        _, token = form_of(await browser.get(DEVICE))
        form = {"form_token": token, "user_code": waiting.user_code, "decision": "allow"}
        answers = [await browser.post(f"{DEVICE}{path}", data=form) for path in ("", "/decision")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert await waiting.is_waiting()


async def test_opening_the_page_again_without_signing_in_asks_again(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        pages = [await browser.get(DEVICE) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert "Password" in pages[1].text


async def test_a_person_who_is_gone_decides_nothing(
    maya: httpx.AsyncClient, server: RunningAuthorizationServer, waiting: Device
) -> None:
    page = await enter(maya, waiting.user_code)
    with sqlite3.connect(server.settings.database) as database:
        database.execute("DELETE FROM users WHERE sub = ?", (MAYA_SUB,))
    assert (await decide(maya, page, "allow")).status_code == 403
    assert await waiting.is_waiting()


async def test_a_wrong_code_is_said_beside_the_field_and_guessing_ends(maya: httpx.AsyncClient) -> None:
    guesses = [await enter(maya, f"BBBB-BBB{letter}") for letter in "BCDFGH"]
    assert [guess.status_code for guess in guesses] == [400] * 5 + [429]
    assert 'aria-invalid="true"' in guesses[0].text
    assert "Nothing waits under this code." in guesses[0].text
    assert 'value="BBBB-BBBB"' in guesses[0].text


async def test_a_decision_is_made_once(maya: httpx.AsyncClient, waiting: Device) -> None:
    page = await enter(maya, waiting.user_code)
    first, second = await decide(maya, page, "allow"), await decide(maya, page, "deny")
    assert (first.status_code, second.status_code) == (200, 400)


async def test_strict_cognito_has_no_device_page(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as strict, strict.browser() as browser:
        assert (await browser.get(DEVICE)).status_code == 404
