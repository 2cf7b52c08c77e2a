"""The key-file sign-in and everything it refuses."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from identity.authorization_server.pools import UserConfig
from identity.tokens import fingerprint
from tests.support.authorization_server import (
    AUTHORIZE_URL,
    MAYA,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    answer_of,
    athlete_key,
    claims_of,
    header_of,
    pool_config,
    running_authorization_server,
)

REFUSED = {"error": "access_denied", "error_description": "The key-file sign-in was refused."}


async def test_the_key_of_an_athlete_signs_in(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    claims = claims_of(tokens["access_token"])
    assert claims["username"] == "maya"
    assert claims["amr"] == ["swk"]
    assert claims["auth_time"] == claims["iat"]
    assert tokens["token_type"] == "Bearer"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": POOL_URL}, id="made for another endpoint"),
        pytest.param({"aud": [AUTHORIZE_URL]}, id="audience in a list"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iss": "jonas"}, id="another issuer"),
        pytest.param({"sub": "jonas"}, id="another subject"),
        pytest.param({"nonce": "invented"}, id="nonce not ours"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"jti": None}, id="no jti"),
        pytest.param({"jti": ""}, id="empty jti"),
        pytest.param({"request_hash": None}, id="no request hash"),
        pytest.param({"request_hash": "A" * 43}, id="hash of another request"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"exp": None}, id="no exp"),
        pytest.param({"exp": "soon"}, id="exp is no number"),
        pytest.param({"iat": 1, "exp": 61}, id="expired"),
        pytest.param({"header": {"typ": "JWT"}}, id="another type of token"),
        pytest.param({"header": {"alg": "none"}}, id="alg none"),
        pytest.param({"header": {"alg": "HS256"}}, id="alg HS256"),
        pytest.param({"header": {"kid": "jonas"}}, id="key of nobody"),
        pytest.param({"header": {"kid": "\ud800"}}, id="key of half a character"),
        pytest.param({"jti": "\ud800"}, id="jti is half a character"),
        pytest.param({"header": {"jwk": {"kty": "EC"}}}, id="brings its own key"),
        pytest.param({"header": {"crit": ["x"], "x": 1}}, id="critical extension"),
        pytest.param({"key": athlete_key("stranger")}, id="signed with another key"),
    ],
)
async def test_an_assertion_that_is_not_perfect_is_refused(
    server: RunningAuthorizationServer, changes: dict[str, Any]
) -> None:
    answer = await server.post_assertion(server.authorization_request(), **changes)
    assert answer.status_code == 403
    assert answer.json() == REFUSED


async def test_an_assertion_that_lives_longer_than_a_minute_is_refused(server: RunningAuthorizationServer) -> None:
    now = int(server.clock())
    answer = await server.post_assertion(server.authorization_request(), iat=now, exp=now + 61)
    assert answer.status_code == 403


async def test_an_assertion_from_the_future_is_refused(server: RunningAuthorizationServer) -> None:
    now = int(server.clock())
    answer = await server.post_assertion(server.authorization_request(), iat=now + 30, exp=now + 80)
    assert answer.status_code == 403


async def test_a_nonce_works_once(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    nonce = await server.sign_in_nonce("terminal")
    answers = [await _post(server, request, server.assertion(request, nonce)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 403]


async def test_a_nonce_works_for_a_minute(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    nonce = await server.sign_in_nonce("terminal")
    server.clock.advance(61)
    assert (await _post(server, request, server.assertion(request, nonce))).status_code == 403


async def test_a_nonce_works_for_the_client_that_asked_for_it(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    nonce = await server.sign_in_nonce("developer")
    assert (await _post(server, request, server.assertion(request, nonce))).status_code == 403


async def test_a_jti_works_once(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    answers = [await server.post_assertion(request, jti="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 403]


@pytest.mark.parametrize(
    ("name", "value"), [("scope", "openid"), ("audience", "mcp-activities"), ("code_challenge", "A" * 43)]
)
async def test_an_assertion_cannot_be_moved_to_another_request(
    server: RunningAuthorizationServer, name: str, value: str
) -> None:
    request = server.authorization_request()
    proof = server.assertion(request, await server.sign_in_nonce("terminal"))
    form = {**request.parameters, name: value, "local_assertion": proof}
    assert (await server.http.post(AUTHORIZE_URL, data=form)).status_code == 403


async def test_parameters_in_another_order_are_the_same_request(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    proof = server.assertion(request, await server.sign_in_nonce("terminal"))
    form = {"local_assertion": proof, **dict(reversed(request.parameters.items()))}
    assert (await server.http.post(AUTHORIZE_URL, data=form)).status_code == 303


@pytest.mark.parametrize(
    "assertion",
    ["", "a.b.c", "....", "e30.e30.e30", "ä", f"{'A' * 9000}.A.A"],
)
async def test_what_is_no_jwt_is_refused(server: RunningAuthorizationServer, assertion: str) -> None:
    form = {**server.authorization_request().parameters, "local_assertion": assertion or " "}
    assert (await server.http.post(AUTHORIZE_URL, data=form)).status_code == 403


async def test_an_assertion_with_a_member_twice_is_refused(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    proof = server.assertion(request, await server.sign_in_nonce("terminal"))
    header = json.dumps(header_of(proof)).replace("{", '{"alg": "ES256", ', 1).encode()
    twice = base64.urlsafe_b64encode(header).rstrip(b"=").decode() + "." + proof.split(".", 1)[1]
    assert (await _post(server, request, twice)).status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", "http://127.0.0.1:8700"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "127.0.0.1:8700"),
        ("Forwarded", "for=127.0.0.1"),
        ("Sec-Fetch-Site", "same-origin"),
    ],
)
async def test_a_browser_or_a_proxy_cannot_use_it(server: RunningAuthorizationServer, name: str, value: str) -> None:
    request = server.authorization_request()
    proof = server.assertion(request, await server.sign_in_nonce("terminal"))
    form = {**request.parameters, "local_assertion": proof}
    answer = await server.http.post(AUTHORIZE_URL, data=form, headers={name: value})
    assert answer.status_code == 403
    nonce = await server.http.post(
        f"{POOL_URL}/oauth2/sign-in-nonce", data={"client_id": "terminal"}, headers={name: value}
    )
    assert nonce.status_code == 403


async def test_another_computer_cannot_use_it(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    form = {
        **request.parameters,
        "local_assertion": server.assertion(request, await server.sign_in_nonce("terminal")),
    }
    transport = httpx.ASGITransport(server.app, client=("192.0.2.7", 50_000))
    async with httpx.AsyncClient(transport=transport) as elsewhere:
        assert (await elsewhere.post(AUTHORIZE_URL, data=form)).status_code == 403
    assert (await server.http.post(AUTHORIZE_URL, data=form)).status_code == 303


async def test_another_name_of_this_host_cannot_be_used(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, allowed_hosts=("localhost:8700",)) as running:
        request = running.authorization_request()
        proof = running.assertion(request, await running.sign_in_nonce("terminal"))
        form = {**request.parameters, "local_assertion": proof}
        answer = await running.http.post(AUTHORIZE_URL.replace("127.0.0.1", "localhost"), data=form)
    assert answer.status_code == 403


async def test_a_client_that_is_not_marked_cannot_use_it(server: RunningAuthorizationServer) -> None:
    nonce = await server.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data={"client_id": "foreign"})
    assert nonce.status_code == 403
    request = server.authorization_request("foreign")
    proof = server.assertion(request, await server.sign_in_nonce("terminal"))
    assert (await _post(server, request, proof)).status_code == 403


@pytest.mark.parametrize(
    "switched_off",
    [pytest.param({"strict_cognito": True}, id="strict"), pytest.param({"local_sign_in": False}, id="off")],
)
async def test_switched_off_it_is_neither_offered_nor_accepted(tmp_path: Path, switched_off: dict[str, bool]) -> None:
    async with running_authorization_server(tmp_path, **switched_off) as running:
        discovery = await running.http.get(f"{running.issuer}/.well-known/openid-configuration")
        assert "local_sign_in_nonce_endpoint" not in discovery.json()
        assert (await running.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data={})).status_code == 404
        request = running.authorization_request()
        assert (await _post(running, request, running.assertion(request, "any"))).status_code == 403


async def test_an_athlete_without_a_key_cannot_use_it(tmp_path: Path) -> None:
    keyless = UserConfig(username=MAYA, sub="athlete-maya", name="Maya")
    async with running_authorization_server(tmp_path, pools=(pool_config(users=(keyless,)),)) as running:
        assert (await running.post_assertion(running.authorization_request())).status_code == 403


async def test_a_wrong_request_is_answered_to_the_client_before_any_proof_is_looked_at(
    server: RunningAuthorizationServer,
) -> None:
    answer = await server.post_assertion(server.authorization_request(scope="admin"))
    assert answer_of(answer)["error"] == "invalid_scope"


async def test_neither_assertion_nor_nonce_is_logged(
    server: RunningAuthorizationServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    request = server.authorization_request()
    nonce = await server.sign_in_nonce("terminal")
    proof = server.assertion(request, nonce)
    code = answer_of(await _post(server, request, proof))["code"]
    tokens = (await server.redeem(request, code)).json()
    await _post(server, request, proof)
    for secret in (nonce, proof, code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert secret not in caplog.text
    assert f"client=<terminal>, subject=<{fingerprint(MAYA_SUB)}> | key-file sign-in" in caplog.text


async def _post(running: RunningAuthorizationServer, request: Any, assertion: str) -> httpx.Response:
    return await running.http.post(AUTHORIZE_URL, data={**request.parameters, "local_assertion": assertion})


async def test_a_person_who_typed_their_consent_is_present_in_the_token(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    answer = await server.post_assertion(request, user_presence="typed")
    tokens = (await server.redeem(request, answer_of(answer)["code"])).json()
    assert claims_of(tokens["access_token"])["amr"] == ["swk", "user"]
    assert claims_of(tokens["id_token"])["amr"] == ["swk", "user"]


@pytest.mark.case("V29")
@pytest.mark.parametrize(
    ("presence", "status"), [("typed", 303), (None, 403), ("assumed", 403), (True, 403), (["typed"], 403)]
)
async def test_a_client_of_local_consent_takes_no_key_file_without_a_typed_consent(
    tmp_path: Path, presence: object, status: int
) -> None:
    plain = pool_config()
    consenting = [
        one.model_copy(update={"local_sign_in": False, "local_consent": True}) if one.client_id == "foreign" else one
        for one in plain.clients
    ]
    pool = plain.model_copy(update={"clients": tuple(consenting)})
    async with running_authorization_server(tmp_path, pools=(pool,)) as server:
        answer = await server.post_assertion(server.authorization_request("foreign"), user_presence=presence)
    assert answer.status_code == status


@pytest.mark.parametrize("presence", ["assumed", True, ["typed"], ""])
async def test_a_presence_that_was_not_typed_is_refused_for_every_client(
    server: RunningAuthorizationServer, presence: object
) -> None:
    answer = await server.post_assertion(server.authorization_request(), user_presence=presence)
    assert (answer.status_code, answer.json()) == (403, REFUSED)
