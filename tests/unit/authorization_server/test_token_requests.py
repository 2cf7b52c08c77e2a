"""Who may speak to the token endpoint, and how (security cases K)."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.authorization_server import (
    ISSUER,
    ROUTES_URL,
    TOKEN_URL,
    RunningAuthorizationServer,
    claims_of,
    client,
    pool_config,
    running_authorization_server,
    secret_of,
)

CREDENTIALS = {"grant_type": "client_credentials"}
SECRET = secret_of("coach-exchange")


def assert_invalid_client(response: httpx.Response) -> None:
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert response.headers["www-authenticate"].startswith("Basic ")


async def test_client_credentials_are_about_the_client_itself(server: RunningAuthorizationServer) -> None:
    answer = await server.client_token("coach-exchange", audience="mcp-routes", scope="routes/read")
    claims = claims_of(answer.json()["access_token"])
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert claims["sub"] == claims["client_id"] == "coach-exchange"
    assert claims["aud"] == "mcp-routes"
    assert claims["scope"] == "routes/read"
    assert "username" not in claims
    assert "amr" not in claims
    assert "act" not in claims


async def test_client_credentials_for_a_url_are_addressed_to_it(server: RunningAuthorizationServer) -> None:
    answer = await server.client_token("coach-exchange", resource=ROUTES_URL, scope="routes/read")
    assert claims_of(answer.json()["access_token"])["aud"] == ROUTES_URL


async def test_client_credentials_for_nobody_are_good_as_an_actor_token_only(
    server: RunningAuthorizationServer,
) -> None:
    answer = await server.client_token("coach-exchange")
    claims = claims_of(answer.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (ISSUER, "")
    assert "scope" not in answer.json()


@pytest.mark.case("X15")
@pytest.mark.parametrize("audience", ["api-routes", "api-activities", "coach", "nobody"])
async def test_client_credentials_reach_only_the_targets_of_the_hop_table(
    server: RunningAuthorizationServer, audience: str
) -> None:
    answer = await server.client_token("coach-exchange", audience=audience, scope="routes/read")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


@pytest.mark.case("K08")
async def test_a_secret_may_come_in_the_header_or_the_body(server: RunningAuthorizationServer) -> None:
    in_header = await server.token(auth="coach-exchange", **CREDENTIALS)
    in_body = await server.token(client_id="coach-exchange", client_secret=SECRET, **CREDENTIALS)
    assert (in_header.status_code, in_body.status_code) == (200, 200)


@pytest.mark.case("K08")
@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"client_id": "coach-exchange", "client_secret": "wrong"}, id="wrong in body"),
        pytest.param({"client_id": "coach-exchange"}, id="absent"),
        pytest.param({"client_id": "coach-exchange", "client_secret": ""}, id="empty"),
        pytest.param({"client_secret": SECRET}, id="secret without client"),
        pytest.param({}, id="nothing"),
        pytest.param({"client_id": "terminal", "client_secret": "x"}, id="public client with a secret"),
    ],
)
async def test_a_client_that_does_not_prove_itself_is_refused(
    server: RunningAuthorizationServer, form: dict[str, str]
) -> None:
    assert_invalid_client(await server.token(**CREDENTIALS, **form))


@pytest.mark.case("K08")
@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("Basic Y29hY2gtZXhjaGFuZ2U6d3Jvbmc=", id="wrong"),
        pytest.param("Basic Y29hY2gtZXhjaGFuZ2U=", id="no secret"),
        pytest.param("Basic !!!", id="not base64"),
        pytest.param("Basic /w==", id="not text"),
        pytest.param("Bearer Y29hY2gtZXhjaGFuZ2U6d3Jvbmc=", id="another scheme"),
    ],
)
async def test_a_header_that_proves_nothing_is_refused(server: RunningAuthorizationServer, authorization: str) -> None:
    headers = {"authorization": authorization}
    assert_invalid_client(await server.http.post(TOKEN_URL, data=CREDENTIALS, headers=headers))


@pytest.mark.case("K08")
@pytest.mark.parametrize(
    "form", [{"client_id": "coach-exchange", "client_secret": SECRET}, {"client_id": "mcp-activities-exchange"}]
)
async def test_two_identities_in_one_request_are_refused(
    server: RunningAuthorizationServer, form: dict[str, str]
) -> None:
    assert_invalid_client(await server.token(auth="coach-exchange", **CREDENTIALS, **form))


@pytest.mark.case("K08")
async def test_another_method_than_the_registered_one_is_refused(server: RunningAuthorizationServer) -> None:
    routes = {"audience": "api-routes", "scope": "routes/read", **CREDENTIALS}
    secret = secret_of("mcp-routes-exchange")
    assert (await server.token(auth="mcp-routes-exchange", **routes)).status_code == 200
    assert_invalid_client(await server.token(client_id="mcp-routes-exchange", client_secret=secret, **routes))


@pytest.mark.case("K21")
async def test_an_unknown_client_and_a_wrong_secret_get_the_same_answer(server: RunningAuthorizationServer) -> None:
    answers = [
        await server.token(client_id=client_id, client_secret="wrong", **CREDENTIALS)
        for client_id in ("coach-exchange", "nobody", "terminal")
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


@pytest.mark.case("K15")
@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer", None])
async def test_other_grants_are_not_supported(server: RunningAuthorizationServer, grant_type: str | None) -> None:
    answer = await server.token(auth="coach-exchange", grant_type=grant_type, username="maya", password="x")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.case("K16")
async def test_a_public_client_gets_no_client_credentials(server: RunningAuthorizationServer) -> None:
    answer = await server.token(client_id="terminal", **CREDENTIALS)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.case("K16")
@pytest.mark.parametrize("scope", ["openid", "openid routes/read", "coach/invoke", "admin"])
async def test_client_credentials_never_carry_scopes_of_a_person(
    server: RunningAuthorizationServer, scope: str
) -> None:
    answer = await server.client_token("coach-exchange", audience="mcp-routes", scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.case("K16")
async def test_a_client_that_serves_people_too_gets_none_of_their_scopes_for_itself(tmp_path: Path) -> None:
    both = client("both", secret=secret_of("both"), grants=("client_credentials",), scopes=("openid", "routes/read"))
    async with running_authorization_server(tmp_path, pools=(pool_config(clients=(both,)),)) as running:
        refused = await running.client_token("both", scope="openid")
        granted = await running.client_token("both", scope="routes/read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert granted.json()["scope"] == "routes/read"


@pytest.mark.case("K18")
async def test_the_token_endpoint_takes_posts_only(server: RunningAuthorizationServer) -> None:
    assert (await server.http.get(TOKEN_URL, params=CREDENTIALS)).status_code == 405


@pytest.mark.case("K18")
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(b'{"grant_type": "client_credentials"}', "application/json", id="JSON"),
        pytest.param(b"grant_type=client_credentials", "text/plain", id="text"),
        pytest.param(b"\xff\xfe", "application/x-www-form-urlencoded", id="not text"),
        pytest.param(b"a=%ff", "application/x-www-form-urlencoded", id="not UTF-8"),
        pytest.param(b"a=1&" * 65, "application/x-www-form-urlencoded", id="too many parameters"),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    server: RunningAuthorizationServer, body: bytes, media_type: str
) -> None:
    auth = ("coach-exchange", SECRET)
    answer = await server.http.post(TOKEN_URL, content=body, headers={"content-type": media_type}, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.case("K18")
async def test_a_megabyte_is_refused(server: RunningAuthorizationServer) -> None:
    answer = await server.token(auth="coach-exchange", padding="x" * 1_000_000, **CREDENTIALS)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id"])
async def test_a_repeated_parameter_of_a_token_request_is_refused(
    server: RunningAuthorizationServer, name: str
) -> None:
    form: dict[str, Any] = {
        **CREDENTIALS,
        "client_id": "coach-exchange",
        "client_secret": SECRET,
        "scope": "routes/read",
    }
    answer = await server.http.post(TOKEN_URL, data={**form, name: [form[name], form[name]]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
