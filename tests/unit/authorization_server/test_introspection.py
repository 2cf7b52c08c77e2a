"""Introspection (RFC 7662) and revocation of single tokens (RFC 7009)."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.authorization_server import (
    ALL_SCOPES,
    ISSUER,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    claims_of,
    running_authorization_server,
    secret_of,
)

INTROSPECT_URL = f"{POOL_URL}/oauth2/introspect"
REVOKE_URL = f"{POOL_URL}/oauth2/revoke"
REVOKED_URL = f"{POOL_URL}/revoked.json"
INACTIVE = {"active": False}


async def introspect(server: RunningAuthorizationServer, token: str, client: str = "coach-exchange") -> dict[str, Any]:
    answer = await server.http.post(INTROSPECT_URL, data={"token": token}, auth=(client, secret_of(client)))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    facts: dict[str, Any] = answer.json()
    return facts


async def revoke(server: RunningAuthorizationServer, token: str, client: str) -> httpx.Response:
    return await server.http.post(REVOKE_URL, data={"token": token}, auth=(client, secret_of(client)))


@pytest.mark.case("K20")
async def test_whoever_a_token_is_addressed_to_may_ask_about_it(server: RunningAuthorizationServer) -> None:
    token = (await server.sign_in())["access_token"]
    facts = await introspect(server, token)
    claims = claims_of(token)
    assert facts == {
        "active": True,
        "token_type": "Bearer",
        "iss": ISSUER,
        "sub": MAYA_SUB,
        "aud": "coach",
        "client_id": "terminal",
        "scope": ALL_SCOPES,
        "username": "maya",
        "amr": ["swk"],
        **{name: claims[name] for name in ("exp", "iat", "jti", "auth_time")},
    }


@pytest.mark.case("K20")
async def test_a_client_may_ask_about_its_own_token(server: RunningAuthorizationServer) -> None:
    own = (await server.client_token("coach-exchange", audience="mcp-routes", scope="routes/read")).json()
    facts = await introspect(server, own["access_token"])
    assert (facts["active"], facts["sub"], facts["aud"]) == (True, "coach-exchange", "mcp-routes")


@pytest.mark.case("K20")
async def test_a_token_of_others_is_inactive_without_another_word(server: RunningAuthorizationServer) -> None:
    token = (await server.sign_in())["access_token"]
    assert await introspect(server, token, "mcp-activities-exchange") == INACTIVE
    assert await introspect(server, token, "mcp-routes-exchange") == INACTIVE


@pytest.mark.case("K20")
async def test_a_refresh_token_of_another_client_is_inactive(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    assert await introspect(server, tokens["refresh_token"]) == INACTIVE
    assert (await server.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.case("K20")
@pytest.mark.parametrize(
    "client",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"client_id": "terminal"}, id="a public client"),
        pytest.param({"client_id": "coach-exchange"}, id="without its secret"),
        pytest.param({"client_id": "coach-exchange", "client_secret": "wrong"}, id="with a wrong secret"),
    ],
)
async def test_introspection_demands_a_client_that_proves_its_identity(
    server: RunningAuthorizationServer, client: dict[str, str]
) -> None:
    token = (await server.sign_in())["access_token"]
    answer = await server.http.post(INTROSPECT_URL, data={"token": token, **client})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "active" not in answer.json()


@pytest.mark.case("K20")
async def test_what_is_over_is_inactive(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    exchanged = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    derived = exchanged.json()["access_token"]
    assert (await introspect(server, derived))["active"] is True
    await server.http.post(REVOKE_URL, data={"client_id": "terminal", "token": tokens["refresh_token"]})
    assert await introspect(server, tokens["access_token"]) == INACTIVE
    assert await introspect(server, derived) == INACTIVE


@pytest.mark.case("K20")
async def test_an_expired_token_is_inactive(server: RunningAuthorizationServer) -> None:
    token = (await server.sign_in())["access_token"]
    server.clock.advance(901)
    assert await introspect(server, token) == INACTIVE


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "." * 2, "x" * 40])
async def test_nonsense_is_inactive(server: RunningAuthorizationServer, token: str) -> None:
    assert await introspect(server, token) == INACTIVE


async def test_an_id_token_is_no_access_token(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    assert await introspect(server, tokens["id_token"]) == INACTIVE


@pytest.mark.parametrize("url", [INTROSPECT_URL, REVOKE_URL])
@pytest.mark.parametrize("token", [[], ["one", "two"]])
async def test_exactly_one_token_is_asked_about_or_revoked(
    server: RunningAuthorizationServer, url: str, token: list[str]
) -> None:
    auth = ("coach-exchange", secret_of("coach-exchange"))
    answer = await server.http.post(url, data={"token": token, "x": "y"}, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.case("K20")
async def test_a_workload_may_end_the_token_that_was_exchanged_for_it_and_that_alone(
    server: RunningAuthorizationServer,
) -> None:
    subject = (await server.sign_in())["access_token"]
    one, other = [
        (await server.exchange("coach-exchange", subject, audience="mcp-activities")).json()["access_token"]
        for _ in range(2)
    ]
    assert (await revoke(server, one, "coach-exchange")).status_code == 200
    assert await introspect(server, one) == INACTIVE
    assert (await introspect(server, other))["active"] is True
    refused = await server.exchange("mcp-activities-exchange", one, audience="api-activities")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    onwards = await server.exchange("mcp-activities-exchange", other, audience="api-activities")
    assert onwards.status_code == 200
    assert (await server.http.get(REVOKED_URL)).json() == {"revoked": [claims_of(one)["jti"]]}


@pytest.mark.case("K20")
async def test_a_client_may_end_its_own_token(server: RunningAuthorizationServer) -> None:
    own = (await server.client_token("coach-exchange", audience="mcp-routes")).json()["access_token"]
    assert (await introspect(server, own))["active"] is True
    assert (await revoke(server, own, "coach-exchange")).status_code == 200
    assert await introspect(server, own) == INACTIVE
    assert (await server.http.get(REVOKED_URL)).json() == {"revoked": [claims_of(own)["jti"]]}
    server.clock.advance(1_000)
    assert (await server.http.get(REVOKED_URL)).json() == {"revoked": []}


@pytest.mark.case("K20")
async def test_nobody_ends_the_token_of_another_workload(server: RunningAuthorizationServer) -> None:
    own = (await server.client_token("coach-exchange", audience="mcp-activities")).json()["access_token"]
    assert (await revoke(server, own, "mcp-activities-exchange")).status_code == 200
    assert (await introspect(server, own))["active"] is True


@pytest.mark.case("K20")
async def test_a_revoked_actor_token_acts_for_nobody(server: RunningAuthorizationServer) -> None:
    subject = (await server.sign_in())["access_token"]
    actor = (await server.client_token("coach-exchange")).json()["access_token"]
    form = {"actor_token": actor, "actor_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    before = await server.exchange("coach-exchange", subject, audience="mcp-activities", **form)
    assert before.status_code == 200
    await revoke(server, actor, "coach-exchange")
    after = await server.exchange("coach-exchange", subject, audience="mcp-activities", **form)
    assert (after.status_code, after.json()["error"]) == (400, "invalid_request")


async def test_strict_cognito_has_no_introspection(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as server:
        answer = await server.http.post(INTROSPECT_URL, data={"token": "x"})
        assert answer.status_code == 404
