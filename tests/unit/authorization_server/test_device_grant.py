"""The device authorization grant over HTTP (RFC 8628); the page of the person is `test_device_page`."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from identity.authorization_server.database import digest, open_database
from tests.support.authorization_server import (
    ACTIVITIES_URL,
    ALL_SCOPES,
    DEVICE_AUTHORIZATION_URL,
    DEVICE_CODE,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    claims_of,
    pool_config,
    running_authorization_server,
)


async def begin(server: RunningAuthorizationServer, **changes: str | None) -> httpx.Response:
    form: dict[str, str | None] = {"client_id": "terminal", "scope": ALL_SCOPES, "audience": "coach"}
    data = {name: value for name, value in {**form, **changes}.items() if value is not None}
    return await server.http.post(DEVICE_AUTHORIZATION_URL, data=data)


async def poll(server: RunningAuthorizationServer, device_code: str | None, **changes: str | None) -> httpx.Response:
    form: dict[str, str | None] = {"grant_type": DEVICE_CODE, "client_id": "terminal", "device_code": device_code}
    return await server.token(**{**form, **changes})


def decide(server: RunningAuthorizationServer, device_code: str, state: str = "approved") -> None:
    """What the page does when maya has decided."""
    connection = open_database(server.settings.database)
    row = (state, MAYA_SUB, int(server.clock()), '["pwd"]', digest(device_code))
    connection.execute(
        "UPDATE device_codes SET state = ?, sub = ?, auth_time = ?, amr = ? WHERE device_code_hash = ?", row
    )
    connection.close()


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


async def test_a_program_learns_where_the_person_goes_and_what_they_type(server: RunningAuthorizationServer) -> None:
    answer = await begin(server)
    begun = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert begun["verification_uri"] == f"{POOL_URL}/device"
    assert begun["verification_uri_complete"] == f"{POOL_URL}/device?user_code={begun['user_code']}"
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    assert len(begun["user_code"]) == 9
    assert len(begun["device_code"]) >= 43


async def test_what_a_person_allowed_on_another_device_brings_tokens(server: RunningAuthorizationServer) -> None:
    begun = (await begin(server)).json()
    decide(server, begun["device_code"])
    tokens = (await poll(server, begun["device_code"])).json()
    claims = claims_of(tokens["access_token"])
    assert (claims["sub"], claims["aud"], claims["client_id"], claims["amr"]) == (
        MAYA_SUB,
        "coach",
        "terminal",
        ["pwd"],
    )
    assert tokens["scope"] == ALL_SCOPES
    assert claims_of(tokens["id_token"])["aud"] == "terminal"
    refreshed = await server.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert claims_of(refreshed.json()["access_token"])["origin_jti"] == claims["origin_jti"]


async def test_a_token_of_a_device_can_be_exchanged_onwards(server: RunningAuthorizationServer) -> None:
    begun = (await begin(server)).json()
    decide(server, begun["device_code"])
    token = (await poll(server, begun["device_code"])).json()["access_token"]
    exchanged = await server.exchange("coach-exchange", token, audience="mcp-activities")
    assert claims_of(exchanged.json()["access_token"])["sub"] == MAYA_SUB


async def test_a_resource_url_works_as_well_as_a_name(server: RunningAuthorizationServer) -> None:
    begun = (await begin(server, audience=None, resource=ACTIVITIES_URL)).json()
    decide(server, begun["device_code"])
    tokens = (await poll(server, begun["device_code"])).json()
    assert claims_of(tokens["access_token"])["aud"] == ACTIVITIES_URL


async def test_a_device_code_brings_tokens_once(server: RunningAuthorizationServer) -> None:
    begun = (await begin(server)).json()
    decide(server, begun["device_code"])
    assert (await poll(server, begun["device_code"])).status_code == 200
    assert refused(await poll(server, begun["device_code"])) == (400, "invalid_grant")


async def test_the_four_answers_while_there_are_no_tokens(server: RunningAuthorizationServer) -> None:
    code = (await begin(server)).json()["device_code"]
    server.clock.advance(5.1)
    assert refused(await poll(server, code)) == (400, "authorization_pending")
    assert refused(await poll(server, code)) == (400, "slow_down")
    server.clock.advance(600)
    assert refused(await poll(server, code)) == (400, "expired_token")
    other = (await begin(server)).json()["device_code"]
    decide(server, other, "denied")
    assert refused(await poll(server, other)) == (400, "access_denied")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"audience": "mcp-routes"}, "invalid_target", id="no edge to this audience"),
        pytest.param({"audience": "nowhere"}, "invalid_target", id="unknown audience"),
        pytest.param({"resource": "relative"}, "invalid_target", id="relative resource"),
        pytest.param({"scope": "openid socials/write"}, "invalid_scope", id="scope of another client"),
        pytest.param({"client_id": "developer"}, "unauthorized_client", id="client without the grant"),
    ],
)
async def test_a_device_authorization_asks_only_for_what_the_client_may_have(
    server: RunningAuthorizationServer, changes: dict[str, str], error: str
) -> None:
    assert refused(await begin(server, **changes)) == (400, error)


async def test_an_unknown_client_cannot_begin(server: RunningAuthorizationServer) -> None:
    assert refused(await begin(server, client_id="nobody")) == (401, "invalid_client")
    assert refused(await begin(server, client_id=None)) == (401, "invalid_client")
    assert refused(await begin(server, client_id="coach-exchange")) == (401, "invalid_client")


@pytest.mark.parametrize("name", ["client_id", "scope"])
async def test_no_parameter_of_a_device_authorization_may_repeat(server: RunningAuthorizationServer, name: str) -> None:
    form: dict[str, Any] = {"client_id": "terminal", "scope": "openid", "audience": "coach"}
    form[name] = [form[name], form[name]]
    answer = await server.http.post(DEVICE_AUTHORIZATION_URL, data=form)
    assert refused(answer) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"device_code": None}, (400, "invalid_request"), id="no device code"),
        pytest.param({"device_code": "guessed"}, (400, "invalid_grant"), id="unknown device code"),
        pytest.param({"client_id": "developer"}, (400, "unauthorized_client"), id="client without the grant"),
        pytest.param({"client_id": "nobody"}, (401, "invalid_client"), id="unknown client"),
    ],
)
async def test_a_poll_that_is_not_right_is_refused_and_spoils_nothing(
    server: RunningAuthorizationServer, changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    begun = (await begin(server)).json()
    decide(server, begun["device_code"])
    assert refused(await poll(server, **{"device_code": begun["device_code"], **changes})) == expected
    assert (await poll(server, begun["device_code"])).status_code == 200


async def test_strict_cognito_knows_no_device_code(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as server:
        assert (await begin(server)).status_code == 404
        assert refused(await poll(server, "anything")) == (400, "unsupported_grant_type")


async def test_a_person_who_is_gone_brings_no_tokens(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, pools=(pool_config(),)) as server:
        begun = (await begin(server)).json()
        decide(server, begun["device_code"])
        connection = open_database(server.settings.database)
        connection.execute("DELETE FROM users WHERE sub = ?", (MAYA_SUB,))
        connection.close()
        assert refused(await poll(server, begun["device_code"])) == (400, "invalid_grant")
