"""The login and consent pages (security cases A)."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from tests.support.authorization_server import (
    BASE_URL,
    MAYA,
    MAYA_PASSWORD,
    AuthorizationRequest,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    pool_config,
    running_authorization_server,
)

COOKIE = "coach_session"


def form_of(page: httpx.Response) -> tuple[str, str]:
    """Action and token of the form of a page."""
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert action is not None, page.text
    assert token is not None, page.text
    return BASE_URL + action[1].replace("&amp;", "&"), token[1]


async def log_in(
    browser: httpx.AsyncClient, request: AuthorizationRequest, password: str = MAYA_PASSWORD
) -> httpx.Response:
    """Log in and return what the browser is sent to."""
    action, token = form_of(await browser.get(request.url))
    form = {"form_token": token, "username": MAYA, "password": password}
    return await browser.post(action, data=form)


async def consent_page(browser: httpx.AsyncClient, request: AuthorizationRequest) -> httpx.Response:
    """Log in and follow to the consent page."""
    answer = await log_in(browser, request)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def decide(browser: httpx.AsyncClient, page: httpx.Response, decision: str = "allow") -> httpx.Response:
    action, token = form_of(page)
    return await browser.post(action, data={"form_token": token, "decision": decision})


async def test_name_password_and_consent_lead_to_tokens(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    async with server.browser() as browser:
        answer = await decide(browser, await consent_page(browser, request))
    assert answer.status_code == 303
    tokens = await server.redeem(request, answer_of(answer)["code"])
    claims = claims_of(tokens.json()["access_token"])
    assert claims["amr"] == ["pwd"]
    assert claims["aud"] == "mcp-activities"
    assert claims["scope"] == "openid activities/read"


async def test_who_refuses_sends_access_denied(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        page = await consent_page(browser, server.authorization_request("foreign"))
        answer = answer_of(await decide(browser, page, "deny"))
    assert answer["error"] == "access_denied"
    assert "code" not in answer


async def test_a_wrong_password_asks_again(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        page = await log_in(browser, server.authorization_request(), "wrong")
    assert page.status_code == 401
    assert "Name or password is wrong." in page.text


@pytest.mark.case("A10")
@pytest.mark.case("A20")
async def test_pages_are_never_framed_cached_or_named_to_others(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    async with server.browser() as browser:
        login = await browser.get(request.url)
        consent = await consent_page(browser, request)
    for page in (login, consent):
        assert page.status_code == 200
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text


@pytest.mark.case("A20")
async def test_the_redirect_with_the_code_is_not_cached_and_sends_no_referrer(
    server: RunningAuthorizationServer,
) -> None:
    answer = await server.post_assertion(server.authorization_request())
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_browser_may_follow_the_redirect_after_the_form_to_the_client(
    server: RunningAuthorizationServer,
) -> None:
    async with server.browser() as browser:
        page = await browser.get(server.authorization_request("foreign").url)
    assert "form-action 'self' https://app.example" in page.headers["content-security-policy"]


async def test_a_browser_may_also_follow_to_where_the_client_sends_it_on(tmp_path: Path) -> None:
    pool = pool_config()
    onwards = tuple(
        one.model_copy(update={"onward_origins": ("http://127.0.0.1:9009",)}) if one.client_id == "foreign" else one
        for one in pool.clients
    )
    pools = (pool.model_copy(update={"clients": onwards}),)
    async with running_authorization_server(tmp_path, pools=pools) as server, server.browser() as browser:
        login = await browser.get(server.authorization_request("foreign").url)
        consent = await consent_page(browser, server.authorization_request("foreign"))
        other = await browser.get(server.authorization_request("terminal", prompt="login").url)
    for page in (login, consent):
        policy = page.headers["content-security-policy"]
        assert policy.endswith("form-action 'self' https://app.example http://127.0.0.1:9009")
    assert "9009" not in other.headers["content-security-policy"]


@pytest.mark.case("A11")
@pytest.mark.parametrize("form_token", [None, "", "0" * 64])
async def test_a_decision_without_the_form_token_is_refused(
    server: RunningAuthorizationServer, form_token: str | None
) -> None:
    async with server.browser() as browser:
        action, _ = form_of(await consent_page(browser, server.authorization_request("foreign")))
        form = {"decision": "allow"} | ({"form_token": form_token} if form_token is not None else {})
        answer = await browser.post(action, data=form)
    assert answer.status_code == 403


@pytest.mark.case("A11")
async def test_a_form_of_another_session_is_refused(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    async with server.browser() as maya, server.browser() as stranger:
        await consent_page(maya, request)
        action, token = form_of(await consent_page(stranger, request))
        answer = await maya.post(action, data={"form_token": token, "decision": "allow"})
    assert answer.status_code == 403


@pytest.mark.case("A11")
async def test_a_form_token_is_good_for_its_own_request_only(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        page = await consent_page(browser, server.authorization_request("foreign", scope="openid"))
        _, token = form_of(page)
        wider = server.authorization_request("foreign")
        action = wider.url.replace("oauth2/authorize", "consent")
        answer = await browser.post(action, data={"form_token": token, "decision": "allow"})
    assert answer.status_code == 403


@pytest.mark.case("A11")
async def test_a_login_form_without_its_session_is_refused(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        action, token = form_of(await browser.get(server.authorization_request().url))
    async with server.browser() as stranger:
        form = {"form_token": token, "username": MAYA, "password": MAYA_PASSWORD}
        answer = await stranger.post(action, data=form)
    assert answer.status_code == 403


@pytest.mark.case("A12")
async def test_a_foreign_client_asks_every_time(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        request = server.authorization_request("foreign")
        await decide(browser, await consent_page(browser, request))
        again = await browser.get(request.url)
    assert again.status_code == 200
    assert "Allow" in again.text


@pytest.mark.case("A12")
async def test_a_first_party_client_asks_once_for_each_scope_and_audience(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        request = server.authorization_request(scope="openid coach/invoke")
        await decide(browser, await consent_page(browser, request))
        same = await browser.get(request.url)
        wider = await browser.get(server.authorization_request().url)
        elsewhere = server.authorization_request(scope="openid coach/invoke", audience="mcp-activities")
        other_audience = await browser.get(elsewhere.url)
    assert "code" in answer_of(same)
    assert wider.status_code == 200
    assert other_audience.status_code == 200


@pytest.mark.case("A13")
async def test_a_client_name_is_text_and_the_host_of_the_redirect_is_shown(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        page = await consent_page(browser, server.authorization_request("foreign"))
    assert "&lt;b&gt;Foreign app&lt;/b&gt;" in page.text
    assert "\u202e" not in page.text
    assert "<code>app.example</code>" in page.text
    assert "See your activities" in page.text


@pytest.mark.case("A14")
async def test_prompt_none_without_consent_is_consent_required(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await consent_page(browser, server.authorization_request("foreign"))
        answer = await browser.get(server.authorization_request("foreign", prompt="none").url)
    assert answer_of(answer)["error"] == "consent_required"


@pytest.mark.case("A14")
async def test_prompt_none_with_session_and_consent_gets_a_code(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await decide(browser, await consent_page(browser, server.authorization_request()))
        answer = await browser.get(server.authorization_request(prompt="none").url)
    assert "code" in answer_of(answer)


async def test_prompt_login_asks_for_the_password_again_and_then_goes_on(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await decide(browser, await consent_page(browser, server.authorization_request()))
        request = server.authorization_request(prompt="login")
        assert "password" in (await browser.get(request.url)).text
        onwards = await log_in(browser, request)
        answer = await browser.get(onwards.headers["location"])
    assert "code" in answer_of(answer)


async def test_a_prompt_for_sign_in_and_consent_asks_each_once(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await decide(browser, await consent_page(browser, server.authorization_request()))
        request = server.authorization_request(prompt="login consent")
        onwards = await log_in(browser, request)
        page = await browser.get(onwards.headers["location"])
        assert "password" not in page.text
        answer = await decide(browser, page)
    assert "code" in answer_of(answer)


async def test_a_sign_in_that_is_older_than_max_age_is_repeated(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        await decide(browser, await consent_page(browser, server.authorization_request()))
        server.clock.advance(120)
        old = await browser.get(server.authorization_request(max_age="60").url)
        young = await browser.get(server.authorization_request(max_age="600").url)
    assert "password" in old.text
    assert "code" in answer_of(young)


@pytest.mark.case("A15")
async def test_every_redirect_after_a_form_is_a_303(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        request = server.authorization_request("foreign")
        after_login = await log_in(browser, request)
        after_consent = await decide(browser, await browser.get(after_login.headers["location"]))
    assert (after_login.status_code, after_consent.status_code) == (303, 303)


@pytest.mark.case("A19")
async def test_signing_in_gives_the_session_a_new_id_and_ends_the_old_one(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    async with server.browser() as browser, server.browser() as attacker:
        action, token = form_of(await browser.get(request.url))
        planted = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        await log_in(browser, request)
        assert browser.cookies[COOKIE] not in planted["cookie"]
        page = await attacker.get(request.url, headers=planted)
        again = {"form_token": token, "username": MAYA, "password": MAYA_PASSWORD}
        with_old_session = await server.http.post(action, data=again, headers=planted)
    assert "password" in page.text
    assert with_old_session.status_code == 403


@pytest.mark.case("A19")
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    server: RunningAuthorizationServer,
) -> None:
    async with server.browser() as browser:
        page = await browser.get(server.authorization_request().url)
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/pools/coach" in cookie


@pytest.mark.case("A19")
async def test_the_session_cookie_is_bound_to_the_host_on_https(tmp_path: Path) -> None:
    https = {"base_url": "https://login.example", "local_sign_in": False}
    async with running_authorization_server(tmp_path, **https) as running, running.browser() as browser:
        url = running.authorization_request().url.replace(BASE_URL, "https://login.example")
        cookie = (await browser.get(url)).headers["set-cookie"]
    assert cookie.startswith("__Host-coach_session=")
    assert "; Path=/;" in cookie
    assert "Secure" in cookie


@pytest.mark.case("A19")
async def test_guessing_is_slowed_down_and_says_so(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    async with server.browser() as browser:
        guesses = [(await log_in(browser, request, f"guess {number}")).status_code for number in range(6)]
        throttled = await log_in(browser, request)
        server.clock.advance(61)
        later = await log_in(browser, request)
    assert guesses == [401, 401, 401, 401, 401, 429]
    assert throttled.status_code == 429
    assert "Too many attempts" in throttled.text
    assert later.status_code == 303


@pytest.mark.case("A19")
async def test_guesses_that_arrive_together_are_counted_too(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        action, token = form_of(await browser.get(server.authorization_request().url))
        forms = [{"form_token": token, "username": MAYA, "password": f"guess {number}"} for number in range(12)]
        answers = await asyncio.gather(*(browser.post(action, data=form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_a_form_of_our_own_page_arrives_with_origin_null(server: RunningAuthorizationServer) -> None:
    headers = {"origin": "null", "sec-fetch-site": "same-origin"}
    async with server.browser() as browser:
        action, token = form_of(await browser.get(server.authorization_request().url))
        form = {"form_token": token, "username": MAYA, "password": MAYA_PASSWORD}
        answer = await browser.post(action, data=form, headers=headers)
        framed = await browser.post(action, data=form, headers={"origin": "null", "sec-fetch-site": "cross-site"})
    assert answer.status_code == 303
    assert framed.status_code == 403


@pytest.mark.case("A13")
async def test_who_writes_an_address_does_not_name_the_page(server: RunningAuthorizationServer) -> None:
    async with server.browser() as browser:
        page = await browser.get("/pools/Your-bank/login")
    assert page.status_code == 404
    assert "There is no such page." in page.text
    assert "bank" not in page.text
