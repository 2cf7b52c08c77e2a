"""What the authorization endpoint refuses, and whom it tells (security cases A)."""

from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.authorization_server import (
    ACTIVITIES_URL,
    AUTHORIZE_URL,
    ISSUER,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    client,
    pool_config,
    running_authorization_server,
)

REGISTERED = "https://app.example/callback"


def assert_page_without_redirect(response: httpx.Response) -> None:
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    assert "location" not in response.headers


@pytest.mark.case("A01")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("https://evil.example/callback", id="unregistered"),
        pytest.param("https://app.example/call", id="prefix"),
        pytest.param(f"{REGISTERED}/more", id="extra path"),
        pytest.param(f"{REGISTERED}/../evil", id="path traversal"),
        pytest.param(f"{REGISTERED}?next=1", id="query added"),
        pytest.param(f"{REGISTERED}#x", id="fragment"),
        pytest.param("https://app.example@evil.example/callback", id="userinfo"),
        pytest.param("https://APP.example/callback", id="case"),
        pytest.param("https://app.example:444/callback", id="port"),
        pytest.param("https://app.example.evil.example/callback", id="suffix"),
        pytest.param('https://app.example/"\\ä', id="characters that errors must not repeat"),
    ],
)
async def test_only_the_exact_registered_redirect_uri_is_used(
    server: RunningAuthorizationServer, redirect_uri: str
) -> None:
    request = server.authorization_request("foreign", redirect_uri=redirect_uri)
    assert_page_without_redirect(await server.http.get(request.url))


@pytest.mark.case("A01")
async def test_the_registered_redirect_uri_gets_a_login_page(server: RunningAuthorizationServer) -> None:
    response = await server.http.get(server.authorization_request("foreign").url)
    assert response.status_code == 200
    assert "Sign in" in response.text


@pytest.mark.case("A01")
@pytest.mark.parametrize("port", ["8767", "1", "65535"])
async def test_a_native_application_may_take_any_loopback_port(server: RunningAuthorizationServer, port: str) -> None:
    request = server.authorization_request(redirect_uri=f"http://localhost:{port}/callback")
    answer = await server.post_assertion(request)
    assert answer.headers["location"].startswith(f"http://localhost:{port}/callback?code=")


@pytest.mark.case("A01")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("http://127.0.0.1:8765/callback", id="another name of loopback"),
        pytest.param("http://localhost:8765/callback/", id="path"),
        pytest.param("http://localhost:8765/callback?x=1", id="query"),
        pytest.param("https://localhost:8765/callback", id="scheme"),
        pytest.param("http://localhost:8765@evil.example/callback", id="userinfo"),
        pytest.param("http://localhost.evil.example:8765/callback", id="suffix"),
        pytest.param("http://localhost:/callback", id="empty port"),
        pytest.param("http://localhost:999999/callback", id="no port number"),
        pytest.param("http://LOCALHOST:8765/callback", id="case"),
    ],
)
async def test_on_loopback_only_the_port_may_differ(server: RunningAuthorizationServer, redirect_uri: str) -> None:
    request = server.authorization_request(redirect_uri=redirect_uri)
    assert_page_without_redirect(await server.http.get(request.url))


@pytest.mark.case("A02")
async def test_a_missing_redirect_uri_is_refused_where_several_are_registered(
    server: RunningAuthorizationServer,
) -> None:
    assert_page_without_redirect(await server.http.get(server.authorization_request(redirect_uri=None).url))


@pytest.mark.case("A02")
async def test_a_missing_redirect_uri_means_the_only_registered_one(server: RunningAuthorizationServer) -> None:
    response = await server.http.get(server.authorization_request("foreign", redirect_uri=None).url)
    assert response.status_code == 200


@pytest.mark.parametrize("client_id", [None, "nobody"])
async def test_an_unknown_client_gets_a_page(server: RunningAuthorizationServer, client_id: str | None) -> None:
    assert_page_without_redirect(await server.http.get(server.authorization_request(client_id=client_id).url))


@pytest.mark.case("A03")
@pytest.mark.parametrize("response_type", ["token", "id_token token", "code token", 'c"o\\de', None])
async def test_only_codes_are_issued(server: RunningAuthorizationServer, response_type: str | None) -> None:
    response = await server.http.get(server.authorization_request(response_type=response_type).url)
    assert answer_of(response)["error"] == "unsupported_response_type"


@pytest.mark.case("A04")
async def test_a_request_without_a_code_challenge_is_refused(server: RunningAuthorizationServer) -> None:
    response = await server.http.get(server.authorization_request(code_challenge=None).url)
    assert answer_of(response)["error"] == "invalid_request"
    assert "code" not in answer_of(response)


@pytest.mark.case("A04")
@pytest.mark.parametrize("challenge", ["short", "x" * 44, "ä" * 43, "+" * 43])
async def test_a_malformed_code_challenge_is_refused(server: RunningAuthorizationServer, challenge: str) -> None:
    response = await server.http.get(server.authorization_request(code_challenge=challenge).url)
    assert answer_of(response)["error"] == "invalid_request"


@pytest.mark.case("A05")
@pytest.mark.parametrize("method", ["plain", "s256", "S512", None])
async def test_only_s256_is_accepted(server: RunningAuthorizationServer, method: str | None) -> None:
    response = await server.http.get(server.authorization_request(code_challenge_method=method).url)
    assert answer_of(response)["error"] == "invalid_request"


@pytest.mark.case("A06")
@pytest.mark.parametrize("name", ["scope", "state", "response_type", "code_challenge", "nonce", "prompt"])
async def test_a_repeated_parameter_is_refused(server: RunningAuthorizationServer, name: str) -> None:
    request = server.authorization_request(prompt="login")
    pairs = [*request.parameters.items(), (name, request.parameters[name])]
    response = await server.http.get(f"{AUTHORIZE_URL}?{urlencode(pairs)}")
    assert answer_of(response)["error"] == "invalid_request"


@pytest.mark.case("A06")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_repeated_parameter_that_decides_on_the_redirect_gets_a_page(
    server: RunningAuthorizationServer, name: str
) -> None:
    request = server.authorization_request()
    pairs = [*request.parameters.items(), (name, request.parameters[name])]
    assert_page_without_redirect(await server.http.get(f"{AUTHORIZE_URL}?{urlencode(pairs)}"))


@pytest.mark.case("A06")
async def test_resource_may_repeat(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request(audience=None)
    pairs = [*request.parameters.items(), ("resource", ACTIVITIES_URL), ("resource", ACTIVITIES_URL)]
    response = await server.http.get(f"{AUTHORIZE_URL}?{urlencode(pairs)}")
    assert response.status_code == 200


@pytest.mark.case("A07")
@pytest.mark.parametrize("scope", ["openid admin", "socials/read", "activities/readwrite", "Activities/read"])
async def test_a_scope_that_is_not_the_clients_is_refused(server: RunningAuthorizationServer, scope: str) -> None:
    response = await server.http.get(server.authorization_request(scope=scope).url)
    assert answer_of(response)["error"] == "invalid_scope"


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("https://unknown.example/mcp", id="unknown"),
        pytest.param("/runtimes/mcp_activities/invocations", id="relative"),
        pytest.param(f"{ACTIVITIES_URL}#part", id="fragment"),
        pytest.param("mcp-activities", id="a name, not a URI"),
        pytest.param("https://[", id="no URI at all"),
    ],
)
async def test_a_resource_must_be_a_known_absolute_uri(server: RunningAuthorizationServer, resource: str) -> None:
    response = await server.http.get(server.authorization_request(audience=None, resource=resource).url)
    assert answer_of(response)["error"] == "invalid_target"


@pytest.mark.case("A08")
async def test_a_token_for_a_resource_is_addressed_to_its_url(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in(audience=None, resource=ACTIVITIES_URL)
    assert claims_of(tokens["access_token"])["aud"] == ACTIVITIES_URL


@pytest.mark.case("X15")
@pytest.mark.parametrize("audience", ["mcp-routes", "api-activities", "nobody"])
async def test_a_client_gets_no_code_for_a_target_that_is_not_its_own(
    server: RunningAuthorizationServer, audience: str
) -> None:
    response = await server.http.get(server.authorization_request(audience=audience).url)
    assert answer_of(response)["error"] == "invalid_target"


@pytest.mark.case("A09")
async def test_a_success_names_the_issuer_and_returns_the_state(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    answer = answer_of(await server.post_assertion(request))
    assert answer["iss"] == ISSUER
    assert answer["state"] == request.parameters["state"]


@pytest.mark.case("A09")
@pytest.mark.parametrize(
    "wrong", [{"scope": "admin"}, {"response_type": "token"}, {"code_challenge": None}, {"prompt": "none"}]
)
async def test_an_error_names_the_issuer_and_returns_the_state(
    server: RunningAuthorizationServer, wrong: dict[str, str | None]
) -> None:
    request = server.authorization_request(**wrong)
    answer = answer_of(await server.http.get(request.url))
    assert answer["error"]
    assert answer["iss"] == ISSUER
    assert answer["state"] == request.parameters["state"]


@pytest.mark.case("A14")
async def test_prompt_none_without_a_session_is_login_required(server: RunningAuthorizationServer) -> None:
    response = await server.http.get(server.authorization_request(prompt="none").url)
    assert response.status_code == 303
    assert answer_of(response)["error"] == "login_required"


@pytest.mark.case("A15")
async def test_the_redirect_after_a_post_is_a_303(server: RunningAuthorizationServer) -> None:
    answer = await server.post_assertion(server.authorization_request())
    assert answer.status_code == 303


async def test_a_post_without_an_assertion_is_sent_to_the_pages(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request()
    answer = await server.http.post(AUTHORIZE_URL, data=request.parameters)
    assert answer.status_code == 303
    assert answer.headers["location"] == request.url


@pytest.mark.case("A16")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://app.example/callback",
        "https://*.example/callback",
        "https://app.example/callback#x",
        "https://user@app.example/callback",
    ],
)
def test_a_redirect_uri_that_is_no_web_page_cannot_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="redirect URI"):
        client("x", grants=("authorization_code",), redirect_uris=(uri,))


async def test_a_public_client_without_the_code_grant_gets_no_code(tmp_path: Path) -> None:
    idle = client("idle", grants=(), redirect_uris=(REGISTERED,), scopes=("openid",))
    async with running_authorization_server(tmp_path, pools=(pool_config(clients=(idle,)),)) as running:
        request = running.authorization_request("idle", redirect_uri=REGISTERED, audience=None, scope="openid")
        assert answer_of(await running.http.get(request.url))["error"] == "unauthorized_client"
