"""Strict Cognito mode: what Cognito lacks is absent and not advertised (security cases, section 1)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.authorization_server import (
    ACTIVITIES_URL,
    BASE_URL,
    POOL_URL,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    header_of,
    running_authorization_server,
)
from tests.unit.authorization_server.test_pages import consent_page, decide

SECRET = "what-only-the-operator-knows"
OPERATOR = {"authorization": f"Bearer {SECRET}"}


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path, strict_cognito=True, operator_secret=SECRET) as running:
        yield running


async def sign_in(server: RunningAuthorizationServer, **changes: str | None) -> dict[str, Any]:
    request = server.authorization_request(**changes)
    async with server.browser() as browser:
        code = answer_of(await decide(browser, await consent_page(browser, request)))["code"]
    tokens: dict[str, Any] = (await server.redeem(request, code)).json()
    return tokens


EXTRAS = [
    ("POST", f"{POOL_URL}/oauth2/register"),
    ("GET", f"{POOL_URL}/oauth2/register/foreign-1"),
    ("POST", f"{POOL_URL}/oauth2/device_authorization"),
    ("GET", f"{POOL_URL}/device"),
    ("POST", f"{POOL_URL}/oauth2/introspect"),
    ("POST", f"{POOL_URL}/oauth2/par"),
    ("POST", f"{POOL_URL}/oauth2/sign-in-nonce"),
    ("GET", f"{POOL_URL}/revoked.json"),
    ("GET", f"{POOL_URL}/admin/clients"),
    ("GET", f"{BASE_URL}/.well-known/oauth-authorization-server/coach"),
]


@pytest.mark.case("A17")
@pytest.mark.case("A18")
@pytest.mark.case("K09")
@pytest.mark.parametrize(("method", "url"), EXTRAS)
async def test_no_extra_of_the_laptop_is_there(strict: RunningAuthorizationServer, method: str, url: str) -> None:
    answer = await strict.http.request(method, url, headers=OPERATOR, data={"client_id": "terminal"})
    assert answer.status_code in {404, 405}


async def test_no_extra_of_the_laptop_is_advertised(strict: RunningAuthorizationServer) -> None:
    document = (await strict.http.get(f"{BASE_URL}/coach/.well-known/openid-configuration")).json()
    assert document.keys() == {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "response_types_supported",
        "response_modes_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "scopes_supported",
        "token_endpoint_auth_methods_supported",
    } | ({"end_session_endpoint"} & document.keys())


@pytest.mark.case("A17")
@pytest.mark.parametrize(("strict_cognito", "reads"), [(True, 0), (False, 1)])
async def test_a_client_at_a_url_is_unknown_and_nobody_reads_it(
    tmp_path: Path, strict_cognito: bool, reads: int
) -> None:
    visits: list[bytes] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(await reader.readline())
        writer.close()

    host = await asyncio.start_server(visit, "127.0.0.1", 0)
    place = f"127.0.0.1:{host.sockets[0].getsockname()[1]}"
    settings: dict[str, Any] = {"strict_cognito": strict_cognito, "metadata_hosts": (place,)}
    async with host, running_authorization_server(tmp_path, **settings) as server:
        request = server.authorization_request(f"http://{place}/client.json", redirect_uri="https://client.example/")
        assert (await server.http.get(request.url)).status_code == 400
    assert len(visits) == reads


async def test_a_persons_token_has_an_audience_only_if_one_was_asked_for_and_never_a_type(
    strict: RunningAuthorizationServer,
) -> None:
    plain = await sign_in(strict, audience=None)
    bound = await sign_in(strict, audience=None, resource=ACTIVITIES_URL)
    assert header_of(plain["access_token"]).keys() == {"alg", "kid"}
    assert header_of(plain["id_token"]).keys() == {"alg", "kid"}
    assert "aud" not in claims_of(plain["access_token"])
    assert claims_of(bound["access_token"])["aud"] == ACTIVITIES_URL
    bearer = {"authorization": f"Bearer {plain['access_token']}"}
    assert (await strict.http.get(f"{POOL_URL}/oauth2/userInfo", headers=bearer)).status_code == 200
    bearer = {"authorization": f"Bearer {bound['access_token']}"}
    assert (await strict.http.get(f"{POOL_URL}/oauth2/userInfo", headers=bearer)).status_code == 401


async def test_a_workloads_own_token_has_no_audience(strict: RunningAuthorizationServer) -> None:
    answer = await strict.client_token("coach-exchange", audience="mcp-routes", scope="routes/read")
    claims = claims_of(answer.json()["access_token"])
    assert "aud" not in claims
    assert (claims["sub"], claims["client_id"], claims["token_use"]) == ("coach-exchange", "coach-exchange", "access")


@pytest.mark.case("X08")
async def test_the_last_actor_alone_is_named(strict: RunningAuthorizationServer) -> None:
    subject = (await sign_in(strict))["access_token"]
    first = await strict.exchange_as_actor("coach-exchange", subject, audience="mcp-activities")
    second = await strict.exchange_as_actor(
        "mcp-activities-exchange", first.json()["access_token"], audience="api-activities"
    )
    assert claims_of(second.json()["access_token"])["act"] == {"sub": "mcp-activities-exchange"}
