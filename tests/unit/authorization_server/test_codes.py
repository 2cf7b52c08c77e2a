"""Redeeming codes (security cases K)."""

import asyncio

import httpx
import pytest

from identity.authorization_server.database import digest, open_database
from tests.support.authorization_server import (
    ALL_SCOPES,
    ISSUER,
    RunningAuthorizationServer,
    claims_of,
)


def assert_invalid_grant(response: httpx.Response) -> None:
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_grant"


async def test_a_code_brings_access_refresh_and_id_token(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    response = await server.redeem(request, await server.code(request))
    tokens = response.json()
    assert response.status_code == 200
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 900, ALL_SCOPES)
    id_claims = claims_of(tokens["id_token"])
    assert id_claims["aud"] == "terminal"
    assert id_claims["nonce"] == request.parameters["nonce"]
    assert id_claims["token_use"] == "id"


async def test_a_client_without_the_refresh_grant_gets_no_refresh_token(server: RunningAuthorizationServer) -> None:
    assert "refresh_token" not in await server.sign_in(client_id="developer")


async def test_without_openid_there_is_no_id_token(server: RunningAuthorizationServer) -> None:
    assert "id_token" not in await server.sign_in(scope="coach/invoke")


async def test_without_a_target_the_token_is_addressed_to_the_issuer(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in(audience=None)
    assert claims_of(tokens["access_token"])["aud"] == ISSUER


@pytest.mark.case("K01")
async def test_a_replayed_code_is_refused_and_ends_what_was_issued_for_it(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    first = (await server.redeem(request, code)).json()
    before = await server.exchange("coach-exchange", first["access_token"], audience="mcp-activities")
    assert before.status_code == 200

    assert_invalid_grant(await server.redeem(request, code))

    assert_invalid_grant(await server.refresh(first["refresh_token"]))
    after = await server.exchange("coach-exchange", first["access_token"], audience="mcp-activities")
    assert (after.status_code, after.json()["error"]) == (400, "invalid_request")
    derived = before.json()["access_token"]
    onwards = await server.exchange("mcp-activities-exchange", derived, audience="api-activities")
    assert (onwards.status_code, onwards.json()["error"]) == (400, "invalid_request")


@pytest.mark.case("K01")
async def test_a_replay_long_after_the_code_expired_still_ends_what_was_issued(
    server: RunningAuthorizationServer,
) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    first = (await server.redeem(request, code)).json()
    server.clock.advance(3600)
    assert_invalid_grant(await server.redeem(request, code))
    assert_invalid_grant(await server.refresh(first["refresh_token"]))


@pytest.mark.case("K01")
async def test_a_replay_by_another_client_ends_nothing(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    first = (await server.redeem(request, code)).json()
    assert_invalid_grant(await server.redeem(request, code, client_id="developer"))
    assert (await server.refresh(first["refresh_token"])).status_code == 200


@pytest.mark.case("K02")
async def test_of_two_concurrent_redemptions_one_succeeds(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    answers = await asyncio.gather(*(server.redeem(request, code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


@pytest.mark.case("K03")
async def test_a_code_lives_for_a_minute(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    early, late = await server.code(request), await server.code(request)
    server.clock.advance(58)
    assert (await server.redeem(request, early)).status_code == 200
    server.clock.advance(3)
    assert_invalid_grant(await server.redeem(request, late))


@pytest.mark.case("K04")
async def test_another_client_cannot_redeem_a_code_nor_spoil_it(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    assert_invalid_grant(await server.redeem(request, code, client_id="developer"))
    assert (await server.redeem(request, code)).status_code == 200


@pytest.mark.case("K05")
@pytest.mark.parametrize("redirect_uri", ["http://localhost:8766/callback", None])
async def test_the_redirect_uri_must_be_the_one_of_the_request(
    server: RunningAuthorizationServer, redirect_uri: str | None
) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    assert_invalid_grant(await server.redeem(request, code, redirect_uri=redirect_uri))


@pytest.mark.case("K06")
@pytest.mark.parametrize(
    "verifier",
    [
        pytest.param("w" * 64, id="wrong"),
        pytest.param(None, id="missing"),
        pytest.param("w" * 42, id="too short"),
        pytest.param("w" * 129, id="too long"),
        pytest.param("ä" * 43, id="other characters"),
    ],
)
async def test_the_verifier_must_fit_the_challenge(server: RunningAuthorizationServer, verifier: str | None) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    assert_invalid_grant(await server.redeem(request, code, code_verifier=verifier))


@pytest.mark.case("K06")
async def test_a_code_is_spent_by_a_wrong_verifier(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    assert_invalid_grant(await server.redeem(request, code, code_verifier="w" * 64))
    assert_invalid_grant(await server.redeem(request, code))


@pytest.mark.case("K07")
@pytest.mark.parametrize("sends_verifier", [True, False])
async def test_a_code_without_a_challenge_is_worth_nothing(
    server: RunningAuthorizationServer, *, sends_verifier: bool
) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    connection = open_database(server.settings.database)
    connection.execute("UPDATE codes SET code_challenge = '' WHERE code_hash = ?", (digest(code),))
    connection.close()
    changes = {} if sends_verifier else {"code_verifier": None}
    assert_invalid_grant(await server.redeem(request, code, **changes))


async def test_the_scope_of_a_code_cannot_be_changed_when_it_is_redeemed(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request(scope="coach/invoke")
    response = await server.redeem(request, await server.code(request), scope=ALL_SCOPES)
    assert response.json()["scope"] == "coach/invoke"


async def test_the_audience_of_a_code_cannot_be_changed_when_it_is_redeemed(
    server: RunningAuthorizationServer,
) -> None:
    request = server.authorization_request()
    response = await server.redeem(request, await server.code(request), audience="mcp-activities")
    assert response.json()["error"] == "invalid_target"


@pytest.mark.case("K19")
async def test_token_responses_are_never_cached(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    good = await server.redeem(request, await server.code(request))
    bad = await server.redeem(request, "nothing")
    assert good.headers["cache-control"] == "no-store"
    assert bad.headers["cache-control"] == "no-store"


async def test_codes_and_refresh_tokens_are_stored_as_hashes_only(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    code = await server.code(request)
    tokens = (await server.redeem(request, code)).json()
    stored = b"".join(path.read_bytes() for path in server.settings.database.parent.glob("*.sqlite*"))
    assert digest(code).encode() in stored
    assert code.encode() not in stored
    assert tokens["refresh_token"].encode() not in stored
