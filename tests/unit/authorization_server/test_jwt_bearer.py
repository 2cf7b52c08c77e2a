"""The JWT bearer grant (RFC 7523 §2.1): the rules of token exchange by another name."""

from pathlib import Path

import httpx
import pytest

from tests.support.authorization_server import (
    MAYA_SUB,
    RunningAuthorizationServer,
    claims_of,
    running_authorization_server,
)

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


async def bear(
    server: RunningAuthorizationServer,
    assertion: str | None,
    auth: str | None = "coach-exchange",
    **changes: str | None,
) -> httpx.Response:
    form: dict[str, str | None] = {"grant_type": JWT_BEARER, "assertion": assertion, "audience": "mcp-activities"}
    return await server.token(auth=auth, **{**form, **changes})


async def test_a_token_made_for_the_client_brings_one_for_the_next_hop(server: RunningAuthorizationServer) -> None:
    subject = (await server.sign_in())["access_token"]
    server.clock.advance(100)
    answer = await bear(server, subject, scope="activities/read routes/read socials/write")
    assert answer.status_code == 200
    claims = claims_of(answer.json()["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (MAYA_SUB, "coach-exchange", "mcp-activities")
    assert claims["scope"] == "activities/read routes/read"
    assert claims["exp"] == claims_of(subject)["exp"]
    assert claims["origin_jti"] == claims_of(subject)["origin_jti"]
    assert "act" not in claims
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"assertion": None}, (400, "invalid_request"), id="no assertion"),
        pytest.param({"assertion": "a.b.c"}, (400, "invalid_grant"), id="nonsense"),
        pytest.param({"audience": "mcp-routes"}, (400, "invalid_target"), id="an edge of another grant"),
        pytest.param({"audience": "api-activities"}, (400, "invalid_target"), id="past the next hop"),
        pytest.param({"audience": None}, (400, "invalid_target"), id="for nobody"),
        pytest.param({"scope": "coach/invoke"}, (400, "invalid_scope"), id="no scope left"),
        pytest.param(
            {"auth": "mcp-activities-exchange", "audience": "api-activities"}, (400, "invalid_grant"), id="X03"
        ),
        pytest.param({"auth": "mcp-routes-exchange"}, (400, "unauthorized_client"), id="a client without exchange"),
        pytest.param({"auth": None, "client_id": "terminal"}, (400, "unauthorized_client"), id="a public client"),
        pytest.param({"auth": None, "client_id": "coach-exchange"}, (401, "invalid_client"), id="no proof"),
    ],
)
async def test_whatever_exchange_refuses_is_refused_here(
    server: RunningAuthorizationServer, changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    subject = (await server.sign_in())["access_token"]
    answer = await bear(server, **{"assertion": subject, **changes})
    assert (answer.status_code, answer.json()["error"]) == expected
    assert (await bear(server, subject)).status_code == 200


async def test_an_id_token_a_clients_own_token_and_an_ended_one_are_no_assertions(
    server: RunningAuthorizationServer,
) -> None:
    tokens = await server.sign_in()
    own = (await server.client_token("coach-exchange")).json()["access_token"]
    assert (await bear(server, tokens["access_token"])).status_code == 200
    server.clock.advance(901)
    for assertion in (tokens["id_token"], own, tokens["refresh_token"], tokens["access_token"]):
        answer = await bear(server, assertion)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_strict_cognito_has_no_such_grant(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as server:
        answer = await bear(server, "x")
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
