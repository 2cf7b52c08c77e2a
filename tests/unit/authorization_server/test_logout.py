"""Signing out (OpenID Connect RP-Initiated Logout 1.0) and everything else that ends a sign-in (K14)."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt

from identity.authorization_server.passwords import hash_password
from tests.support.authorization_server import (
    BASE_URL,
    MAYA,
    MAYA_PASSWORD,
    POOL_URL,
    AuthorizationRequest,
    RunningAuthorizationServer,
    answer_of,
    athlete_key,
    claims_of,
    client,
    pool_config,
    running_authorization_server,
    targets,
)
from tests.support.issuer import rsa_key

LOGOUT_URL = f"{POOL_URL}/logout"
RETURN_TO = "https://app.example/bye"
SIGNED_OUT = "You are signed out"


def pool(**changes: Any) -> Any:
    app = client(
        "app",
        grants=("authorization_code", "refresh_token"),
        scopes=("openid", "activities/read"),
        redirect_uris=("https://app.example/callback",),
        post_logout_redirect_uris=(RETURN_TO, "http://localhost:8765/bye"),
        targets=targets(("authorization_code",), "mcp-activities"),
    )
    return pool_config(clients=(*pool_config().clients, app), **changes)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path, pools=(pool(),)) as running:
        yield running


def request_of_app(server: RunningAuthorizationServer) -> AuthorizationRequest:
    return server.authorization_request(
        "app",
        redirect_uri="https://app.example/callback",
        scope="openid activities/read",
        audience="mcp-activities",
    )


async def submit(browser: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert action is not None, page.text
    assert token is not None, page.text
    form = {"form_token": token[1], **fields}
    return await browser.post(BASE_URL + action[1].replace("&amp;", "&"), data=form)


async def signed_in(server: RunningAuthorizationServer, browser: httpx.AsyncClient) -> dict[str, Any]:
    """Sign maya in to the app with the browser and return its tokens."""
    request = request_of_app(server)
    answer = await submit(browser, await browser.get(request.url), username=MAYA, password=MAYA_PASSWORD)
    page = await browser.get(answer.headers["location"])
    code = answer_of(await submit(browser, page, decision="allow"))["code"]
    tokens: dict[str, Any] = (await server.redeem(request, code)).json()
    return tokens


async def is_signed_in(server: RunningAuthorizationServer, browser: httpx.AsyncClient) -> bool:
    return "Sign in" not in (await browser.get(request_of_app(server).url)).text


def _signed_by_the_id_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "id-1"}, claims, rsa_key("id-1"), algorithms=["RS256"])


async def refused(server: RunningAuthorizationServer, tokens: dict[str, Any], client_id: str = "app") -> bool:
    """Whether a refresh is refused; the control of each test is that it was not before."""
    answer = await server.refresh(tokens["refresh_token"], client_id)
    if answer.status_code == 200:
        tokens["refresh_token"] = answer.json()["refresh_token"]
        return False
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    return True


@pytest.mark.case("K14")
async def test_an_id_token_of_the_person_signs_them_out_at_once(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        tokens = await signed_in(server, browser)
        assert not await refused(server, tokens)
        assert await is_signed_in(server, browser)
        cookie = browser.cookies["coach_session"]
        wish = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": RETURN_TO, "state": "s & t"}
        answer = await browser.get(f"{LOGOUT_URL}?{urlencode(wish)}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{RETURN_TO}?state=s+%26+t")
        assert not await is_signed_in(server, browser)
        assert f"coach_session={cookie}" not in answer.headers["set-cookie"]
        kept = {"cookie": f"coach_session={cookie}", "accept": "text/html"}
        assert "Sign in" in (await server.http.get(request_of_app(server).url, headers=kept)).text
    assert await refused(server, tokens)
    listed = (await server.http.get(f"{POOL_URL}/revoked.json")).json()["revoked"]
    assert len(listed) == 1


@pytest.mark.case("K14")
async def test_signing_out_of_the_browser_ends_every_sign_in_from_it(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser, server.browser() as other:
        first = await signed_in(server, browser)
        elsewhere = await signed_in(server, other)
        request = request_of_app(server)
        page = await browser.get(request.url)
        second_code = answer_of(await submit(browser, page, decision="allow"))["code"]
        second = (await server.redeem(request, second_code)).json()
        await browser.get(f"{LOGOUT_URL}?{urlencode({'id_token_hint': first['id_token']})}")
        assert await is_signed_in(server, other)
    assert await refused(server, first)
    assert await refused(server, second)
    assert not await refused(server, elsewhere)


@pytest.mark.case("K14")
async def test_a_sign_in_without_a_browser_ends_with_its_id_token(server: RunningAuthorizationServer) -> None:
    one, other = await server.sign_in(), await server.sign_in()
    answer = await server.http.get(f"{LOGOUT_URL}?{urlencode({'id_token_hint': one['id_token']})}")
    assert answer.status_code == 200
    assert SIGNED_OUT in answer.text
    assert await refused(server, one, "terminal")
    assert not await refused(server, other, "terminal")


async def test_an_id_token_that_has_expired_is_still_a_hint(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    server.clock.advance(10_000)
    await server.http.get(f"{LOGOUT_URL}?{urlencode({'id_token_hint': tokens['id_token']})}")
    assert await refused(server, tokens, "terminal")


@pytest.mark.parametrize("decision", ["sign_out", "stay"])
async def test_without_a_hint_the_person_is_asked(server: RunningAuthorizationServer, decision: str) -> None:
    async with server.browser() as browser:
        tokens = await signed_in(server, browser)
        wish = {"client_id": "app", "post_logout_redirect_uri": RETURN_TO}
        page = await browser.get(f"{LOGOUT_URL}?{urlencode(wish)}")
        assert page.status_code == 200
        assert await is_signed_in(server, browser)
        answer = await submit(browser, page, decision=decision)
        assert await is_signed_in(server, browser) is (decision == "stay")
        assert answer.headers.get("location") == (None if decision == "stay" else RETURN_TO)
    assert await refused(server, tokens) is (decision == "sign_out")


async def test_the_id_token_of_somebody_else_is_no_hint(tmp_path: Path) -> None:
    jonas = (
        pool()
        .users[0]
        .model_copy(
            update={
                "username": "jonas",
                "sub": "athlete-jonas",
                "sign_in_key": athlete_key("jonas").as_dict(private=False),
            }
        )
    )
    async with (
        running_authorization_server(tmp_path, pools=(pool(users=(*pool().users, jonas)),)) as server,
        server.browser() as browser,
    ):
        tokens = await signed_in(server, browser)
        foreign = await server.sign_in(athlete="jonas")
        await browser.get(f"{LOGOUT_URL}?{urlencode({'id_token_hint': foreign['id_token']})}")
        assert await is_signed_in(server, browser)
        assert not await refused(server, tokens)


@pytest.mark.case("A11")
async def test_the_form_belongs_to_its_session(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser, server.browser() as other:
        await signed_in(server, browser)
        await signed_in(server, other)
        page = await other.get(LOGOUT_URL)
        answer = await submit(browser, page, decision="sign_out")
        assert answer.status_code == 403
        assert await is_signed_in(server, browser)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"post_logout_redirect_uri": f"{RETURN_TO}/"}, id="another path"),
        pytest.param({"post_logout_redirect_uri": f"{RETURN_TO}?x=1"}, id="with a query"),
        pytest.param({"post_logout_redirect_uri": "https://attacker.example/"}, id="another host"),
        pytest.param({"post_logout_redirect_uri": "http://localhost:9999/bye"}, id="another loopback port"),
        pytest.param({"post_logout_redirect_uri": "https://app.example/callback"}, id="for signing in"),
        pytest.param({"id_token_hint": None}, id="of nobody"),
        pytest.param({"client_id": "terminal"}, id="hint of another client"),
        pytest.param({"id_token_hint": None, "client_id": "terminal"}, id="of another client"),
        pytest.param({"id_token_hint": "nonsense"}, id="hint is nonsense"),
        pytest.param({"id_token_hint": "access"}, id="hint is an access token"),
        pytest.param({"id_token_hint": "forged"}, id="hint is forged"),
        pytest.param({"id_token_hint": "other issuer"}, id="hint of another issuer"),
        pytest.param({"id_token_hint": "other use"}, id="hint is no ID token"),
        pytest.param({"state": ["a", "b"]}, id="two states"),
    ],
)
async def test_a_wish_that_is_not_as_registered_changes_nothing_and_leads_nowhere(
    server: RunningAuthorizationServer, changes: dict[str, Any]
) -> None:
    async with server.browser() as browser:
        tokens = await signed_in(server, browser)
        hint = tokens["id_token"]
        made = {
            "access": tokens["access_token"],
            "forged": f"{hint.rpartition('.')[0]}.{'A' * 342}",
            "other issuer": _signed_by_the_id_key({**claims_of(hint), "iss": "http://127.0.0.1:8700/socials"}),
            "other use": _signed_by_the_id_key({**claims_of(hint), "token_use": "access"}),
        }
        wish = {"id_token_hint": hint, "post_logout_redirect_uri": RETURN_TO, **changes}
        if isinstance(wish["id_token_hint"], str):
            wish["id_token_hint"] = made.get(wish["id_token_hint"], wish["id_token_hint"])
        query = urlencode({name: value for name, value in wish.items() if value is not None}, doseq=True)
        answer = await browser.get(f"{LOGOUT_URL}?{query}")
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert await is_signed_in(server, browser)
    assert not await refused(server, tokens)


async def test_a_form_of_an_application_goes_the_same_way(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    answer = await server.http.post(LOGOUT_URL, data={"id_token_hint": tokens["id_token"]}, follow_redirects=True)
    assert SIGNED_OUT in answer.text
    assert await refused(server, tokens, "terminal")


async def test_strict_cognito_has_no_such_logout(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as server:
        assert (await server.http.get(LOGOUT_URL)).status_code == 404


@pytest.mark.case("K14")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="nothing changed"),
        pytest.param({"password_hash": hash_password("another", cost=16)}, id="another password"),
        pytest.param({"sign_in_key": athlete_key("new").as_dict(private=False)}, id="another key file"),
        pytest.param({"disabled": True}, id="disabled"),
    ],
)
async def test_a_person_whose_credentials_changed_is_signed_out_everywhere(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    async with running_authorization_server(tmp_path, pools=(pool(),)) as server, server.browser() as browser:
        tokens = await signed_in(server, browser)
        assert not await refused(server, tokens)
        cookies = browser.cookies
    changed = pool(users=(pool().users[0].model_copy(update=change),))
    async with running_authorization_server(tmp_path, pools=(changed,)) as server, server.browser() as browser:
        browser.cookies = cookies
        assert await is_signed_in(server, browser) is (not change)
        assert await refused(server, tokens) is bool(change)


@pytest.mark.case("K14")
async def test_a_disabled_person_cannot_sign_in_until_they_are_enabled(tmp_path: Path) -> None:
    disabled = pool(users=(pool().users[0].model_copy(update={"disabled": True}),))
    for config, status in ((pool(), 303), (disabled, 403), (pool(), 303)):
        async with running_authorization_server(tmp_path, pools=(config,)) as server:
            assert (await server.post_assertion(server.authorization_request())).status_code == status
