"""Pushed authorization requests (RFC 9126, A18)."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from identity.authorization_server.database import open_database
from identity.authorization_server.errors import Throttled
from identity.authorization_server.pushed_requests import LIFETIME_S, MOST_PENDING, PushedRequests
from tests.support.authorization_server import (
    AUTHORIZE_URL,
    BASE_URL,
    ISSUER,
    MAYA,
    MAYA_PASSWORD,
    POOL_URL,
    AuthorizationRequest,
    FakeClock,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    pool_config,
    running_authorization_server,
    secret_of,
)

PAR_URL = f"{POOL_URL}/oauth2/par"


async def push(server: RunningAuthorizationServer, request: AuthorizationRequest, **changes: Any) -> httpx.Response:
    data = {name: value for name, value in {**request.parameters, **changes}.items() if value is not None}
    return await server.http.post(PAR_URL, data=data)


async def pushed(server: RunningAuthorizationServer, request: AuthorizationRequest) -> str:
    answer = await push(server, request)
    assert answer.status_code == 201, answer.text
    request_uri: str = answer.json()["request_uri"]
    return request_uri


def visit(request_uri: str, client_id: str = "foreign", **more: str) -> str:
    return f"{AUTHORIZE_URL}?{urlencode({'client_id': client_id, 'request_uri': request_uri, **more})}"


async def submit(browser: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert action is not None, page.text
    assert token is not None, page.text
    return await browser.post(BASE_URL + action[1].replace("&amp;", "&"), data={"form_token": token[1], **fields})


async def sign_in(browser: httpx.AsyncClient, url: str) -> httpx.Response:
    """Visit, sign in, and return the page after that."""
    page = await browser.get(url, follow_redirects=True)
    answer = await submit(browser, page, username=MAYA, password=MAYA_PASSWORD)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"], follow_redirects=True)


def assert_refused(response: httpx.Response) -> None:
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_pushed_request_leads_to_tokens(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    answer = await push(server, request)
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 60
    assert answer.headers["cache-control"] == "no-store"
    async with server.browser() as browser:
        page = await sign_in(browser, visit(answer.json()["request_uri"]))
        redirect = await submit(browser, page, decision="allow")
    result = answer_of(redirect)
    assert (result["state"], result["iss"]) == (request.parameters["state"], ISSUER)
    tokens = (await server.redeem(request, result["code"])).json()
    assert claims_of(tokens["access_token"])["aud"] == "mcp-activities"
    assert claims_of(tokens["id_token"])["nonce"] == request.parameters["nonce"]


async def test_a_key_file_signs_in_to_a_pushed_request(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    reference = AuthorizationRequest(
        {"client_id": "terminal", "request_uri": await pushed(server, request)}, request.verifier
    )
    answer = await server.post_assertion(reference)
    assert (await server.redeem(request, answer_of(answer)["code"])).status_code == 200
    assert_refused(await server.post_assertion(reference))


@pytest.mark.case("A18")
async def test_a_pushed_handle_works_once(server: RunningAuthorizationServer) -> None:
    request_uri = await pushed(server, server.authorization_request("foreign"))
    first = await server.http.get(visit(request_uri))
    assert first.status_code == 303
    replayed = await server.http.get(visit(request_uri))
    assert_refused(replayed)
    assert replayed.json()["error"] == "invalid_request_uri"
    assert request_uri not in first.headers["location"]


@pytest.mark.case("A18")
async def test_a_visit_ends_with_its_code(server: RunningAuthorizationServer) -> None:
    request_uri = await pushed(server, server.authorization_request("foreign"))
    async with server.browser() as browser:
        page = await sign_in(browser, visit(request_uri))
        first = await submit(browser, page, decision="allow")
        again = await submit(browser, page, decision="allow")
        reloaded = await browser.get(page.url)
    assert "code" in answer_of(first)
    assert_refused(again)
    assert_refused(reloaded)


@pytest.mark.case("A18")
async def test_a_handle_belongs_to_the_client_that_pushed_it(server: RunningAuthorizationServer) -> None:
    request_uri = await pushed(server, server.authorization_request("foreign"))
    stolen = await server.http.get(visit(request_uri, "terminal"))
    assert_refused(stolen)
    assert stolen.json()["error"] == "invalid_request_uri"
    started = await server.http.get(visit(request_uri))
    assert started.status_code == 303
    begun = answer_of(started)["request_uri"]
    assert_refused(await server.http.get(visit(begun, "terminal")))
    assert (await server.http.get(visit(begun))).status_code == 200


@pytest.mark.case("A18")
async def test_a_handle_lives_for_a_minute(server: RunningAuthorizationServer) -> None:
    early, late = [await pushed(server, server.authorization_request("foreign")) for _ in range(2)]
    server.clock.advance(58)
    assert (await server.http.get(visit(early))).status_code == 303
    server.clock.advance(3)
    assert_refused(await server.http.get(visit(late)))


@pytest.mark.case("A18")
@pytest.mark.parametrize(
    "request_uri", ["urn:ietf:params:oauth:request_uri:guessed", "https://attacker.example/request", "x"]
)
async def test_an_unknown_handle_is_refused(server: RunningAuthorizationServer, request_uri: str) -> None:
    answer = await server.http.get(visit(request_uri))
    assert_refused(answer)
    assert answer.json()["error"] == "invalid_request_uri"
    complete = server.authorization_request("foreign").parameters
    assert_refused(await server.http.get(f"{AUTHORIZE_URL}?{urlencode({**complete, 'request_uri': request_uri})}"))


async def test_what_the_browser_adds_counts_for_nothing(server: RunningAuthorizationServer) -> None:
    request_uri = await pushed(server, server.authorization_request("foreign", scope="openid"))
    async with server.browser() as browser:
        page = await sign_in(browser, visit(request_uri, scope="openid activities/read", state="other"))
        result = answer_of(await submit(browser, page, decision="allow"))
    assert "See your activities" not in page.text
    assert result["state"] != "other"


async def test_a_wish_for_a_new_sign_in_is_fulfilled_once(server: RunningAuthorizationServer) -> None:
    request_uri = await pushed(server, server.authorization_request("foreign", prompt="login"))
    async with server.browser() as browser:
        page = await browser.get(visit(request_uri), follow_redirects=True)
        wrong = await submit(browser, page, username=MAYA, password="wrong")
        assert wrong.status_code == 401
        answer = await submit(browser, wrong, username=MAYA, password=MAYA_PASSWORD)
        consent = await browser.get(answer.headers["location"])
        assert "Allow" in consent.text
        second = await pushed(server, server.authorization_request("foreign", prompt="login"))
        asked = await browser.get(visit(second), follow_redirects=True)
        assert "Password" in asked.text
        await submit(browser, asked, username=MAYA, password="wrong")
        assert "Password" in (await browser.get(asked.url)).text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"redirect_uri": "https://attacker.example/"}, "invalid_request", id="redirect URI"),
        pytest.param({"code_challenge": None}, "invalid_request", id="no PKCE"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
        pytest.param({"scope": "openid socials/write"}, "invalid_scope", id="scope"),
        pytest.param({"audience": "mcp-routes"}, "invalid_target", id="no edge"),
        pytest.param({"request_uri": "urn:x"}, "invalid_request", id="a request_uri"),
        pytest.param({"local_assertion": "x"}, "invalid_request", id="a sign-in"),
        pytest.param({"state": ["a", "b"]}, "invalid_request", id="two states"),
    ],
)
async def test_a_wrong_request_is_refused_when_it_is_pushed(
    server: RunningAuthorizationServer, changes: dict[str, Any], error: str
) -> None:
    answer = await push(server, server.authorization_request("foreign"), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert "location" not in answer.headers


async def test_a_client_proves_itself_when_it_pushes(tmp_path: Path) -> None:
    config = pool_config()
    clients = [
        one.model_copy(update={"grants": (*one.grants, "authorization_code"), "redirect_uris": ("https://a.example/",)})
        if one.client_id == "coach-exchange"
        else one
        for one in config.clients
    ]
    async with running_authorization_server(tmp_path, pools=(pool_config(clients=tuple(clients)),)) as server:
        request = server.authorization_request(
            "coach-exchange", redirect_uri="https://a.example/", scope="activities/read", audience=None
        )
        for changes in ({}, {"client_secret": "wrong"}, {"client_id": None}, {"client_id": "nobody"}):
            answer = await push(server, request, **changes)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        good = await push(server, request, client_secret=secret_of("coach-exchange"))
        assert good.status_code == 201
        stored = b"".join(path.read_bytes() for path in server.settings.database.parent.glob("*.sqlite*"))
    assert request.parameters["state"].encode() in stored
    assert secret_of("coach-exchange").encode() not in stored
    assert good.json()["request_uri"].encode() not in stored


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    config = pool_config()
    clients = [
        one.model_copy(update={"require_pushed_authorization_requests": True}) if one.client_id == "foreign" else one
        for one in config.clients
    ]
    async with running_authorization_server(tmp_path, pools=(pool_config(clients=tuple(clients)),)) as running:
        yield running


async def test_a_client_that_must_push_can_do_nothing_else(strict: RunningAuthorizationServer) -> None:
    direct = await strict.http.get(strict.authorization_request("foreign").url)
    assert direct.status_code == 303
    assert answer_of(direct)["error"] == "invalid_request"
    assert (await strict.http.get(strict.authorization_request().url)).status_code == 200
    request_uri = await pushed(strict, strict.authorization_request("foreign"))
    async with strict.browser() as browser:
        page = await sign_in(browser, visit(request_uri))
        assert "code" in answer_of(await submit(browser, page, decision="allow"))


async def test_strict_cognito_takes_no_pushed_request(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as server:
        assert (await push(server, server.authorization_request())).status_code == 404
        # What Cognito does not know it does not look at.
        request = server.authorization_request(request_uri="urn:ietf:params:oauth:request_uri:x")
        assert (await server.http.get(request.url)).status_code == 200


def test_so_many_may_wait_and_no_more_until_they_expire(tmp_path: Path) -> None:
    clock = FakeClock()
    with contextlib.closing(open_database(tmp_path / "authorization_server.sqlite")) as connection:
        requests = PushedRequests(connection, "coach", clock)
        first, *_ = (requests.push("foreign", []) for _ in range(MOST_PENDING))
        with pytest.raises(Throttled) as caught:
            requests.push("foreign", [])
        PushedRequests(connection, "socials", clock).push("foreign", [])
        requests.begin(first, "foreign")  # a visit that has begun waits no longer
        requests.push("foreign", [])
        with pytest.raises(Throttled):
            requests.push("foreign", [])
        clock.advance(LIFETIME_S + 1)
        requests.push("foreign", [])
    assert caught.value.retry_after_s == LIFETIME_S
