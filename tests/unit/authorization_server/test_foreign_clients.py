"""Other people's programs: registered by themselves (RFC 7591) or by the operator; asked about every time (A12)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from identity.authorization_server.client_store import MOST_UNUSED, UNUSED_LIFETIME_S, ClientStore
from identity.authorization_server.database import open_database
from tests.support.authorization_server import (
    ACTIVITIES_URL,
    BASE_URL,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    client,
    running_authorization_server,
)
from tests.unit.authorization_server.test_pages import consent_page, decide

REGISTER = f"{POOL_URL}/oauth2/register"
ADMIN = f"{POOL_URL}/admin"
SECRET = "what-only-the-operator-knows"
OPERATOR = {"authorization": f"Bearer {SECRET}"}
CALLBACK = "https://app.example/callback"
METADATA: dict[str, Any] = {
    "client_name": "Inspector",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
    "scope": "openid activities/read",
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path, operator_secret=SECRET) as running:
        yield running


async def register(server: RunningAuthorizationServer, **changes: Any) -> httpx.Response:
    return await server.http.post(REGISTER, json={**METADATA, **changes})


async def add(server: RunningAuthorizationServer, **body: Any) -> httpx.Response:
    return await server.http.post(f"{ADMIN}/clients", json=body, headers=OPERATOR)


async def sign_in(server: RunningAuthorizationServer, client_id: str, **changes: str | None) -> dict[str, Any]:
    """Code and PKCE in a browser, with consent; the token response."""
    request = server.authorization_request(
        client_id,
        **{
            "redirect_uri": CALLBACK,
            "scope": "openid activities/read",
            "audience": None,
            "resource": ACTIVITIES_URL,
            **changes,
        },
    )
    async with server.browser() as browser:
        answer = await decide(browser, await consent_page(browser, request))
    tokens = await server.redeem(request, answer_of(answer)["code"])
    assert tokens.status_code == 200, tokens.text
    body: dict[str, Any] = tokens.json()
    return body


async def test_a_program_registers_itself_and_signs_an_athlete_in_for_one_server(
    server: RunningAuthorizationServer,
) -> None:
    registered = await register(server)
    assert registered.status_code == 201
    body = registered.json()
    assert registered.headers["cache-control"] == "no-store"
    assert "client_secret" not in body
    assert body["redirect_uris"] == [CALLBACK]
    tokens = await sign_in(server, body["client_id"])
    claims = claims_of(tokens["access_token"])
    assert (claims["aud"], claims["client_id"], claims["sub"]) == (ACTIVITIES_URL, body["client_id"], MAYA_SUB)
    refreshed = await server.refresh(tokens["refresh_token"], body["client_id"])
    assert claims_of(refreshed.json()["access_token"])["aud"] == ACTIVITIES_URL


async def test_the_server_that_it_calls_exchanges_its_token_for_the_api(server: RunningAuthorizationServer) -> None:
    client_id = (await register(server)).json()["client_id"]
    tokens = await sign_in(server, client_id)
    exchanged = await server.exchange("mcp-activities-exchange", tokens["access_token"], audience="api-activities")
    assert exchanged.status_code == 200, exchanged.text
    assert claims_of(exchanged.json()["access_token"])["sub"] == MAYA_SUB


async def test_a_confidential_program_gets_its_secret_once(server: RunningAuthorizationServer) -> None:
    body = (await register(server, token_endpoint_auth_method="client_secret_post")).json()
    request = server.authorization_request(
        body["client_id"], redirect_uri=CALLBACK, scope="activities/read", audience=None, resource=ACTIVITIES_URL
    )
    async with server.browser() as browser:
        answer = await decide(browser, await consent_page(browser, request))
    code = answer_of(answer)["code"]
    without = await server.redeem(request, code)
    assert (without.status_code, without.json()["error"]) == (401, "invalid_client")
    assert (await server.redeem(request, code, client_secret=body["client_secret"])).status_code == 200
    read = await server.http.get(
        body["registration_client_uri"], headers={"authorization": f"Bearer {body['registration_access_token']}"}
    )
    assert read.status_code == 200
    assert "client_secret" not in read.json()
    assert body["client_secret"].encode() not in server.settings.database.read_bytes()
    assert body["registration_access_token"].encode() not in server.settings.database.read_bytes()


@pytest.mark.parametrize("whose", ["another stranger's", "ours"])
async def test_a_foreign_program_learns_nothing_of_tokens_that_are_not_its_own(
    server: RunningAuthorizationServer, whose: str
) -> None:
    """Whoever registered a moment ago stands for none of the servers whose URLs it may name."""
    asker = (await register(server, token_endpoint_auth_method="client_secret_post")).json()
    other = (await register(server)).json()["client_id"]
    tokens = await (
        server.sign_in(audience=None, resource=ACTIVITIES_URL) if whose == "ours" else sign_in(server, other)
    )
    assert claims_of(tokens["access_token"])["aud"] == ACTIVITIES_URL
    form = {name: asker[name] for name in ("client_id", "client_secret")}
    about = await server.http.post(f"{POOL_URL}/oauth2/introspect", data={**form, "token": tokens["access_token"]})
    assert about.json() == {"active": False}


@pytest.mark.case("A12")
async def test_consent_is_asked_every_time_though_it_was_given_a_moment_ago(
    server: RunningAuthorizationServer,
) -> None:
    client_id = (await register(server)).json()["client_id"]
    request = server.authorization_request(
        client_id, redirect_uri=CALLBACK, scope="activities/read", audience=None, resource=ACTIVITIES_URL
    )
    async with server.browser() as browser:
        assert "code" in answer_of(await decide(browser, await consent_page(browser, request)))
        again = await browser.get(request.url)
        silent = await browser.get(f"{request.url}&prompt=none")
        # The control: a first-party client is not asked again.
        own = server.authorization_request()
        await decide(browser, await browser.get(own.url))
        remembered = await browser.get(server.authorization_request().url)
    assert again.status_code == 200
    assert "decision" in again.text
    assert answer_of(silent)["error"] == "consent_required"
    assert "code" in answer_of(remembered)


@pytest.mark.case("A12")
@pytest.mark.case("A13")
async def test_the_page_says_that_a_program_is_not_known_and_whom_its_name_passes_for(
    server: RunningAuthorizationServer,
) -> None:
    name = "C0ach in your terrninal</h1><script>"
    client_id = (await register(server, client_name=name)).json()["client_id"]
    request = server.authorization_request(
        client_id, redirect_uri=CALLBACK, scope="activities/read", audience=None, resource=ACTIVITIES_URL
    )
    async with server.browser() as browser:
        foreign = await consent_page(browser, request)
        own = await browser.get(server.authorization_request().url)
    assert "This application is not known to us" in foreign.text
    assert "It is not “Coach in your terminal”" in foreign.text
    assert "<code>app.example</code>" in foreign.text
    assert "<script" not in foreign.text
    assert "Coach in your terminal" in own.text
    assert "not known to us" not in own.text


@pytest.mark.case("A12")
@pytest.mark.parametrize("target", ["coach", "mcp-activities", "api-activities"])
async def test_a_foreign_program_reaches_no_logical_audience(server: RunningAuthorizationServer, target: str) -> None:
    client_id = (await register(server)).json()["client_id"]
    request = server.authorization_request(client_id, redirect_uri=CALLBACK, scope="activities/read", audience=target)
    assert answer_of(await server.http.get(request.url))["error"] == "invalid_target"


async def test_a_key_file_signs_nobody_in_for_a_foreign_program(server: RunningAuthorizationServer) -> None:
    client_id = (await register(server)).json()["client_id"]
    answer = await server.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data={"client_id": client_id})
    assert answer.status_code == 403


@pytest.mark.case("A16")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "\x00https://a.example/callback",
        "https://a.example/\x7f",
        "JavaScript://app.example/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "cursor://callback",
        "http://app.example/callback",
        "https://app.example/callback#part",
        "https://user@app.example/callback",
        "https://*.app.example/callback",
        "https://app.example\\@evil.example/",
        "//app.example/callback",
        "",
    ],
)
async def test_a_redirect_that_is_no_exact_web_address_is_refused(server: RunningAuthorizationServer, uri: str) -> None:
    answer = await register(server, redirect_uris=[CALLBACK, uri])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")
    added = await add(server, name="x", grants=["authorization_code"], redirect_uris=[uri])
    assert added.status_code == 400


async def test_loopback_redirects_of_native_programs_are_registered(server: RunningAuthorizationServer) -> None:
    answer = await register(server, redirect_uris=["http://127.0.0.1:33418/", "http://localhost/cb"])
    assert answer.status_code == 201


@pytest.mark.case("A13")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Ins\u202epector", id="right-to-left-override"),
        pytest.param("Ins\u200bpector", id="zero-width"),
        pytest.param("Coach in your terminal", id="our-own-name"),
        pytest.param("C0ACH  in y0ur termina1", id="lookalike-of-our-name"),
        pytest.param("\uff23oach in your terminal", id="full-width"),
        pytest.param("C\u043each", id="cyrillic-o-among-latin"),
        pytest.param("x" * 65, id="too-long"),
        pytest.param(" ", id="empty"),
        pytest.param("line\x00", id="control"),
    ],
)
async def test_a_name_that_deceives_is_refused(server: RunningAuthorizationServer, name: str) -> None:
    answer = await register(server, client_name=name)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    added = await add(server, name=name, grants=["client_credentials"])
    assert added.status_code == 400


@pytest.mark.parametrize("name", ["Inspector", "Überwachung 2", "Трекер", "\u8dd1\u6b65"])
async def test_ordinary_names_of_any_language_are_kept(server: RunningAuthorizationServer, name: str) -> None:
    assert (await register(server, client_name=name)).json()["client_name"] == name


@pytest.mark.case("A13")
async def test_markup_in_a_name_is_shown_as_text_beside_the_host(server: RunningAuthorizationServer) -> None:
    client_id = (await register(server, client_name="<b>Bank</b>", logo_uri="https://evil.example/x.png")).json()
    request = server.authorization_request(
        client_id["client_id"], redirect_uri=CALLBACK, scope="activities/read", audience=None, resource=ACTIVITIES_URL
    )
    async with server.browser() as browser:
        page = await consent_page(browser, request)
    assert "<b>Bank" not in page.text
    assert "&lt;b&gt;Bank" in page.text
    assert "app.example" in page.text
    assert "evil.example" not in page.text


@pytest.mark.case("K17")
@pytest.mark.parametrize("chosen", [MAYA_SUB, "terminal", "coach-exchange"])
async def test_the_id_of_a_registered_program_is_ours_to_make(server: RunningAuthorizationServer, chosen: str) -> None:
    body = (await register(server, client_id=chosen, sub=chosen)).json()
    assert body["client_id"].startswith("foreign-")
    assert body["client_id"] != (await register(server, client_id=chosen)).json()["client_id"]


@pytest.mark.case("K17")
async def test_nobody_is_provisioned_with_the_id_of_a_registered_program(tmp_path: Path) -> None:
    from identity.authorization_server.errors import ConfigurationRefused  # noqa: PLC0415 - next to its one use
    from identity.authorization_server.pools import UserConfig  # noqa: PLC0415 - as above
    from tests.support.authorization_server import pool_config  # noqa: PLC0415 - as above

    async with running_authorization_server(tmp_path) as running:
        client_id = (await register(running)).json()["client_id"]
    pool = pool_config(users=(UserConfig(username="eve", sub=client_id, name="Eve"),))
    with pytest.raises(ConfigurationRefused):
        async with running_authorization_server(tmp_path, pools=(pool,)):
            pass


@pytest.mark.case("K16")
@pytest.mark.parametrize("grants", [["client_credentials"], ["password"], ["implicit"], []])
async def test_no_program_registers_itself_for_a_grant_without_a_person(
    server: RunningAuthorizationServer, grants: list[str]
) -> None:
    answer = await register(server, grant_types=grants, token_endpoint_auth_method="client_secret_basic")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.case("K16")
async def test_client_credentials_are_left_out_of_a_registration_and_refused(
    server: RunningAuthorizationServer,
) -> None:
    grants = ["authorization_code", "client_credentials"]
    body = (await register(server, grant_types=grants, token_endpoint_auth_method="client_secret_post")).json()
    assert body["grant_types"] == ["authorization_code"]
    answer = await server.token(
        grant_type="client_credentials",
        client_id=body["client_id"],
        client_secret=body["client_secret"],
        resource=ACTIVITIES_URL,
        scope="activities/read",
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": "https://app.example"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"response_types": ["token"]},
        {"grant_types": "authorization_code"},
        {"scope": "admin everything"},
        {"scope": 7},
        {"client_name": ["x"]},
    ],
)
async def test_metadata_that_do_not_fit_are_a_clear_400(
    server: RunningAuthorizationServer, changes: dict[str, Any]
) -> None:
    answer = await register(server, **changes)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


async def test_a_body_that_is_not_unambiguous_json_is_a_400(server: RunningAuthorizationServer) -> None:
    json_type = {"content-type": "application/json"}
    twice = '{"redirect_uris": ["https://a.example/"], "redirect_uris": ["https://b.example/"]}'
    for body in (b"not json", twice.encode(), b"[]"):
        assert (await server.http.post(REGISTER, content=body, headers=json_type)).status_code == 400
    assert (await server.http.post(REGISTER, data={"redirect_uris": CALLBACK})).status_code == 400
    assert (await server.http.post(REGISTER, content=b" " * 20_000, headers=json_type)).status_code == 413


async def test_registrations_of_one_peer_are_bounded_and_it_is_told_when_to_come_back(
    server: RunningAuthorizationServer,
) -> None:
    answers = [await register(server) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    wait_s = int(answers[-1].headers["retry-after"])
    assert 0 < wait_s <= 60
    server.clock.advance(wait_s)
    assert (await register(server)).status_code == 201


async def test_registrations_in_all_are_bounded(server: RunningAuthorizationServer) -> None:
    connection = open_database(server.settings.database)
    store = ClientStore(connection, "coach", server.clock)
    for number in range(MOST_UNUSED):
        store.add(client(f"flood-{number}", grants=(), foreign=True), "itself")
    connection.close()
    full = await register(server)
    assert (full.status_code, "retry-after" in full.headers) == (429, True)
    # The operator is not in the flood's way, and the flood is gone the next day.
    assert (await add(server, name="x", grants=["client_credentials"])).status_code == 201
    server.clock.advance(UNUSED_LIFETIME_S + 1)
    assert (await register(server)).status_code == 201


async def test_a_registration_that_nobody_uses_expires_and_one_that_is_used_stays(
    server: RunningAuthorizationServer,
) -> None:
    used, unused = [(await register(server)).json()["client_id"] for _ in range(2)]
    await sign_in(server, used)
    server.clock.advance(UNUSED_LIFETIME_S + 1)
    listed = (await server.http.get(f"{ADMIN}/clients", headers=OPERATOR)).json()["clients"]
    ids = {client["client_id"] for client in listed}
    assert used in ids
    assert unused not in ids
    page = await server.http.get(server.authorization_request(unused, redirect_uri=CALLBACK).url)
    assert page.status_code == 400


async def test_a_registration_is_read_and_deleted_by_whoever_made_it_alone(server: RunningAuthorizationServer) -> None:
    mine, other = [(await register(server)).json() for _ in range(2)]
    uri = mine["registration_client_uri"]
    for headers in ({}, {"authorization": f"Bearer {other['registration_access_token']}"}):
        for method in ("GET", "DELETE"):
            refused = await server.http.request(method, uri, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
    tokens = await sign_in(server, mine["client_id"])
    own = {"authorization": f"Bearer {mine['registration_access_token']}"}
    assert (await server.http.get(uri, headers=own)).json()["client_name"] == "Inspector"
    assert (await server.http.delete(uri, headers=own)).status_code == 204
    assert (await server.http.get(uri, headers=own)).status_code == 401
    assert (await server.refresh(tokens["refresh_token"], mine["client_id"])).status_code == 401
    subject = tokens["access_token"]
    exchanged = await server.exchange("mcp-activities-exchange", subject, audience="api-activities")
    assert exchanged.json()["error"] == "invalid_request"


async def test_the_operator_adds_a_workload_of_another_team_and_removes_it(server: RunningAuthorizationServer) -> None:
    added = await add(
        server, name="Team planner", grants=["client_credentials"], scopes=["routes/read"], resources=["mcp-routes"]
    )
    assert added.status_code == 201, added.text
    body = added.json()
    form = {"grant_type": "client_credentials", "client_id": body["client_id"], "client_secret": body["client_secret"]}
    routes = f"{BASE_URL.removesuffix(':8700')}:8701/runtimes/mcp_routes/invocations"
    answer = await server.token(**form, resource=routes, scope="routes/read")
    assert claims_of(answer.json()["access_token"])["aud"] == routes
    elsewhere = await server.token(**form, resource=ACTIVITIES_URL, scope="routes/read")
    assert elsewhere.json()["error"] == "invalid_target"
    assert (await server.http.delete(f"{ADMIN}/clients/{body['client_id']}", headers=OPERATOR)).status_code == 204
    assert (await server.token(**form, resource=routes)).status_code == 401
    assert (await server.http.delete(f"{ADMIN}/clients/{body['client_id']}", headers=OPERATOR)).status_code == 404


async def test_an_added_agent_exchanges_what_was_allowed_to_itself_for_what_the_athlete_was_shown(
    server: RunningAuthorizationServer,
) -> None:
    routes = ACTIVITIES_URL.replace("activities", "routes")
    scopes = "activities/read routes/read"
    body = (
        await add(
            server,
            name="Agent",
            grants=["authorization_code", "token_exchange"],
            scopes=scopes.split(),
            redirect_uris=[CALLBACK],
        )
    ).json()
    exchange = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "client_id": body["client_id"],
        "client_secret": body["client_secret"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }

    async def allowed(*resources: str) -> str:
        request = server.authorization_request(
            body["client_id"], redirect_uri=CALLBACK, scope=scopes, audience=None, resource=resources[0]
        )
        url = request.url + "".join(f"&resource={one}" for one in resources[1:])
        async with server.browser() as browser:
            page = await consent_page(browser, _At(url))  # type: ignore[arg-type]  # only its URL is used
            code = answer_of(await decide(browser, page))["code"]
        tokens = await server.redeem(request, code, client_secret=body["client_secret"], resource=resources[0])
        token: str = tokens.json()["access_token"]
        return token

    shown = await server.token(**exchange, subject_token=await allowed(ACTIVITIES_URL, routes), resource=routes)
    assert claims_of(shown.json()["access_token"])["aud"] == routes
    not_shown = await server.token(**exchange, subject_token=await allowed(ACTIVITIES_URL), resource=routes)
    assert not_shown.json()["error"] == "invalid_target"
    others = (await sign_in(server, (await register(server)).json()["client_id"]))["access_token"]
    stolen = await server.token(**exchange, subject_token=others, resource=ACTIVITIES_URL)
    assert stolen.json()["error"] == "invalid_request"
    bearer = {**exchange, "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    own = await allowed(ACTIVITIES_URL, routes)
    assert (await server.token(**exchange, subject_token=own, resource=routes)).status_code == 200
    by_another_door = await server.token(**bearer, assertion=own, resource=routes)
    assert by_another_door.json()["error"] == "unauthorized_client"


class _At:
    def __init__(self, url: str) -> None:
        self.url = url


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x", "grants": []},
        {"name": "x", "grants": ["password"]},
        {"name": "x", "grants": ["authorization_code"]},
        {"name": "x", "grants": ["refresh_token"]},
        {"name": "x", "grants": ["client_credentials"], "public": True},
        {"name": "x", "grants": ["client_credentials"], "scopes": ["admin"]},
        {"name": "x", "grants": ["client_credentials"], "resources": ["api-activities"]},
        {"name": "x", "grants": ["client_credentials"], "redirect_uris": [CALLBACK]},
        {"name": "x", "grants": ["client_credentials"], "client_id": "terminal"},
    ],
)
async def test_what_cannot_be_added_is_a_400_that_says_why(
    server: RunningAuthorizationServer, body: dict[str, Any]
) -> None:
    answer = await add(server, **body)
    assert (answer.status_code, answer.json()["error"]) in {(400, "invalid_request"), (400, "invalid_client_metadata")}
    assert len(answer.json()["error_description"]) > 5


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {SECRET}"},
        {**OPERATOR, "origin": BASE_URL},
        {**OPERATOR, "x-forwarded-for": "10.0.0.1"},
        {**OPERATOR, "sec-fetch-site": "same-origin"},
        {**OPERATOR, "host": "localhost:8700"},
    ],
)
async def test_only_the_operator_at_this_computer_administers(
    server: RunningAuthorizationServer, headers: dict[str, str]
) -> None:
    for method, path in (
        ("GET", "clients"),
        ("POST", "clients"),
        ("DELETE", "clients/terminal"),
        ("POST", "keys/rotate"),
        ("DELETE", "users/maya"),
    ):
        answer = await server.http.request(method, f"{ADMIN}/{path}", headers=headers)
        assert answer.status_code in {401, 421}, (method, path)
    assert (await server.http.get(f"{ADMIN}/clients", headers=OPERATOR)).status_code == 200


async def test_without_an_operators_secret_there_is_nothing_to_administer(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path) as running:
        assert (await running.http.get(f"{ADMIN}/clients", headers=OPERATOR)).status_code == 404


async def test_what_the_operator_is_refused_is_said_in_words_of_ours(server: RunningAuthorizationServer) -> None:
    web = await add(server, name="x", grants=["authorization_code"], redirect_uris=["http://app.example/"])
    assert "neither https nor http on loopback" in web.text
    assert "Value error" not in web.text
    kept = await server.http.delete(f"{ADMIN}/clients/coach-exchange", headers=OPERATOR)
    assert "gateway_config/hops.yaml" in kept.text


async def test_a_client_of_the_hop_table_is_not_removed(server: RunningAuthorizationServer) -> None:
    answer = await server.http.delete(f"{ADMIN}/clients/coach-exchange", headers=OPERATOR)
    assert answer.status_code == 409
    assert (await server.client_token("coach-exchange")).status_code == 200


async def test_a_deleted_person_is_gone_at_once_and_does_not_come_back(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, operator_secret=SECRET) as running:
        tokens = await running.sign_in()
        assert (await running.http.delete(f"{ADMIN}/users/maya", headers=OPERATOR)).status_code == 204
        assert (await running.http.delete(f"{ADMIN}/users/maya", headers=OPERATOR)).status_code == 404
        assert (await running.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        origin = claims_of(tokens["access_token"])["origin_jti"]
        assert origin in (await running.http.get(f"{POOL_URL}/revoked.json")).json()["revoked"]
    async with running_authorization_server(tmp_path) as again:  # provisions the same configuration
        answer = await again.post_assertion(again.authorization_request())
        assert answer.status_code == 403
