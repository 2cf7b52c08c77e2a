"""Token exchange (security cases X)."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from identity.errors import TokenForeign
from identity.signing_keys import JwksCache
from identity.tokens import Trust, Verifier
from tests.support.authorization_server import (
    ACCESS_TOKEN_TYPE,
    ACTIVITIES_URL,
    ISSUER,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    answer_of,
    claims_of,
    header_of,
    keys_of_tests,
    running_authorization_server,
)
from tests.support.issuer import FakeIssuer, rsa_key
from tests.unit.authorization_server.test_pages import consent_page, decide

TO_ACTIVITIES = {"audience": "mcp-activities", "scope": "activities/read"}


def assert_refused(response: httpx.Response, error: str) -> None:
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert "access_token" not in response.json()


def forged(good: str, *, kid: str = "access-1", header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token of this very issuer, with changed claims; only somebody with its keys could make it."""
    signer = FakeIssuer(issuer=ISSUER, access_key=rsa_key(kid))
    changed = {name: value for name, value in {**claims_of(good), **claims}.items() if value is not None}
    return signer.sign({**header_of(good), "kid": kid, **(header or {})}, json.dumps(changed).encode())


@pytest.fixture
async def subject(server: RunningAuthorizationServer) -> str:
    """Token A: maya's, for the coach."""
    token: str = (await server.sign_in())["access_token"]
    return token


async def test_the_coach_gets_a_token_for_a_server_in_the_athletes_name(
    server: RunningAuthorizationServer, subject: str
) -> None:
    answer = await server.exchange("coach-exchange", subject, **TO_ACTIVITIES)
    body, claims = answer.json(), claims_of(answer.json()["access_token"])
    assert answer.status_code == 200
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope", "issued_token_type"}
    assert body["issued_token_type"] == ACCESS_TOKEN_TYPE
    assert claims["sub"] == MAYA_SUB
    assert claims["username"] == "maya"
    assert claims["client_id"] == "coach-exchange"
    assert claims["aud"] == "mcp-activities"
    assert claims["scope"] == "activities/read"
    assert claims["jti"] != claims_of(subject)["jti"]


async def test_a_target_may_be_named_by_its_url(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("coach-exchange", subject, resource=ACTIVITIES_URL, scope="activities/read")
    token = answer.json()["access_token"]
    assert claims_of(token)["aud"] == ACTIVITIES_URL
    onwards = await server.exchange("mcp-activities-exchange", token, audience="api-activities")
    assert onwards.status_code == 200


@pytest.mark.case("X01")
@pytest.mark.parametrize("client_id", ["terminal", "foreign"])
async def test_a_public_client_may_not_exchange(
    server: RunningAuthorizationServer, subject: str, client_id: str
) -> None:
    form = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN_TYPE, **TO_ACTIVITIES}
    grant_type = "urn:ietf:params:oauth:grant-type:token-exchange"
    answer = await server.token(grant_type=grant_type, client_id=client_id, **form)
    assert_refused(answer, "unauthorized_client")


@pytest.mark.case("X01")
async def test_a_workload_without_the_grant_may_not_exchange(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("mcp-routes-exchange", subject, audience="api-routes")
    assert_refused(answer, "unauthorized_client")


@pytest.mark.case("X02")
async def test_an_expired_subject_token_is_refused(server: RunningAuthorizationServer, subject: str) -> None:
    server.clock.advance(901)
    assert_refused(await server.exchange("coach-exchange", subject, **TO_ACTIVITIES), "invalid_request")


@pytest.mark.case("X02")
@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param({"kid": "stranger"}, id="key of somebody else"),
        pytest.param({"kid": "id-1"}, id="signed with the ID-token key"),
        pytest.param({"header": {"alg": "HS256"}}, id="another algorithm"),
        pytest.param({"header": {"typ": "JWT"}}, id="another type"),
        pytest.param({"iss": "http://127.0.0.1:8700/other"}, id="another issuer"),
        pytest.param({"token_use": "id"}, id="another use"),
        pytest.param({"client_id": "nobody"}, id="of an unknown client"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"sub": "nobody"}, id="of an unknown person"),
        pytest.param({"origin_jti": None}, id="without an origin"),
        pytest.param({"origin_jti": "invented"}, id="of an unknown origin"),
    ],
)
async def test_a_forged_subject_token_is_refused(
    server: RunningAuthorizationServer, subject: str, forgery: dict[str, Any]
) -> None:
    answer = await server.exchange("coach-exchange", forged(subject, **forgery), **TO_ACTIVITIES)
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X02")
async def test_a_token_that_only_looks_forged_is_accepted(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("coach-exchange", forged(subject), **TO_ACTIVITIES)
    assert answer.status_code == 200


@pytest.mark.case("X02")
@pytest.mark.parametrize("subject_token", ["", "nonsense", "a.b.c", "e30.e30.e30"])
async def test_a_subject_token_that_is_none_is_refused(server: RunningAuthorizationServer, subject_token: str) -> None:
    answer = await server.exchange("coach-exchange", subject_token, **TO_ACTIVITIES)
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X03")
async def test_a_subject_token_for_another_party_is_refused(server: RunningAuthorizationServer) -> None:
    for_activities = (await server.sign_in(audience="mcp-activities"))["access_token"]
    for_userinfo = (await server.sign_in(audience=None))["access_token"]
    for token in (for_activities, for_userinfo):
        answer = await server.exchange("coach-exchange", token, **TO_ACTIVITIES)
        assert_refused(answer, "invalid_request")


@pytest.mark.case("X03")
async def test_a_server_cannot_exchange_the_token_of_the_hop_before(
    server: RunningAuthorizationServer, subject: str
) -> None:
    answer = await server.exchange("mcp-activities-exchange", subject, audience="api-activities")
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X04")
async def test_a_wider_scope_is_cut_to_what_the_subject_has(server: RunningAuthorizationServer) -> None:
    subject = (await server.sign_in(scope="openid coach/invoke activities/read"))["access_token"]
    answer = await server.exchange(
        "coach-exchange", subject, audience="mcp-activities", scope="activities/read activities/write"
    )
    assert answer.status_code == 200
    assert answer.json()["scope"] == "activities/read"
    assert claims_of(answer.json()["access_token"])["scope"] == "activities/read"


@pytest.mark.case("X04")
async def test_without_a_scope_the_token_gets_what_subject_and_client_share(
    server: RunningAuthorizationServer, subject: str
) -> None:
    answer = await server.exchange("coach-exchange", subject, audience="mcp-activities")
    assert set(answer.json()["scope"].split()) == {"activities/read", "activities/write", "routes/read"}


@pytest.mark.case("X04")
@pytest.mark.parametrize("scope", ["coach/invoke", "openid", "admin", "activities"])
async def test_a_scope_of_which_nothing_remains_is_refused(
    server: RunningAuthorizationServer, subject: str, scope: str
) -> None:
    answer = await server.exchange("coach-exchange", subject, audience="mcp-activities", scope=scope)
    assert_refused(answer, "invalid_scope")


@pytest.mark.case("X05")
@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"audience": "mcp-routes"}, id="an edge for another grant"),
        pytest.param({"audience": "coach"}, id="itself"),
        pytest.param({"audience": "nobody"}, id="unknown"),
        pytest.param({"resource": "https://unknown.example/"}, id="unknown resource"),
        pytest.param({"resource": "mcp-activities"}, id="a name as resource"),
        pytest.param({}, id="none"),
    ],
)
async def test_a_target_that_is_not_the_clients_is_refused(
    server: RunningAuthorizationServer, subject: str, target: dict[str, str]
) -> None:
    answer = await server.exchange("coach-exchange", subject, scope="activities/read", **target)
    assert_refused(answer, "invalid_target")


@pytest.mark.case("X05")
async def test_audience_and_resource_exclude_each_other(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("coach-exchange", subject, resource=ACTIVITIES_URL, **TO_ACTIVITIES)
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X06")
async def test_an_id_token_or_refresh_token_is_no_subject_token(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    for wrong in (tokens["id_token"], tokens["refresh_token"]):
        answer = await server.exchange("coach-exchange", wrong, **TO_ACTIVITIES)
        assert_refused(answer, "invalid_request")


@pytest.mark.case("X06")
@pytest.mark.parametrize(
    "token_type",
    [
        "urn:ietf:params:oauth:token-type:id_token",
        "urn:ietf:params:oauth:token-type:refresh_token",
        "urn:ietf:params:oauth:token-type:jwt",
        None,
    ],
)
async def test_the_type_must_be_that_of_an_access_token(
    server: RunningAuthorizationServer, subject: str, token_type: str | None
) -> None:
    answer = await server.exchange("coach-exchange", subject, subject_token_type=token_type, **TO_ACTIVITIES)
    assert_refused(answer, "invalid_request")


async def test_only_access_tokens_are_issued(server: RunningAuthorizationServer, subject: str) -> None:
    wanted = "urn:ietf:params:oauth:token-type:refresh_token"
    answer = await server.exchange("coach-exchange", subject, requested_token_type=wanted, **TO_ACTIVITIES)
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X07")
async def test_an_actor_token_and_its_type_go_together(server: RunningAuthorizationServer, subject: str) -> None:
    own = (await server.client_token("coach-exchange")).json()["access_token"]
    without_type = await server.exchange("coach-exchange", subject, actor_token=own, **TO_ACTIVITIES)
    without_token = await server.exchange(
        "coach-exchange", subject, actor_token_type=ACCESS_TOKEN_TYPE, **TO_ACTIVITIES
    )
    assert_refused(without_type, "invalid_request")
    assert_refused(without_token, "invalid_request")


@pytest.mark.case("X07")
async def test_the_actor_is_the_exchanging_client_and_nobody_else(
    server: RunningAuthorizationServer, subject: str
) -> None:
    others = (await server.client_token("mcp-activities-exchange")).json()["access_token"]
    addressed = (await server.client_token("coach-exchange", audience="mcp-routes", scope="routes/read")).json()
    for actor_token in (others, subject, addressed["access_token"]):
        answer = await server.exchange(
            "coach-exchange",
            subject,
            actor_token=actor_token,
            actor_token_type=ACCESS_TOKEN_TYPE,
            **TO_ACTIVITIES,
        )
        assert_refused(answer, "invalid_request")


@pytest.mark.case("X07")
async def test_may_act_admits_the_actor_that_it_names(server: RunningAuthorizationServer, subject: str) -> None:
    ours = forged(subject, may_act={"sub": "coach-exchange"})
    others = forged(subject, may_act={"sub": "somebody-else"})
    named = await server.exchange_as_actor("coach-exchange", ours, **TO_ACTIVITIES)
    anonymous = await server.exchange("coach-exchange", ours, **TO_ACTIVITIES)
    foreign = await server.exchange_as_actor("coach-exchange", others, **TO_ACTIVITIES)
    assert named.status_code == 200
    assert_refused(anonymous, "invalid_request")
    assert_refused(foreign, "invalid_request")


@pytest.mark.case("X08")
async def test_an_actor_token_puts_its_client_into_act(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange_as_actor("coach-exchange", subject, **TO_ACTIVITIES)
    claims = claims_of(answer.json()["access_token"])
    assert claims["act"] == {"sub": "coach-exchange"}
    assert claims["sub"] == MAYA_SUB


@pytest.mark.case("X08")
async def test_without_an_actor_token_there_is_no_act(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("coach-exchange", subject, **TO_ACTIVITIES)
    assert "act" not in claims_of(answer.json()["access_token"])


@pytest.mark.case("X09")
async def test_an_exchanged_token_never_outlives_its_subject_token(
    server: RunningAuthorizationServer, subject: str
) -> None:
    server.clock.advance(600)
    answer = await server.exchange("coach-exchange", subject, **TO_ACTIVITIES)
    assert claims_of(answer.json()["access_token"])["exp"] == claims_of(subject)["exp"]
    assert answer.json()["expires_in"] <= 300


@pytest.mark.case("X14")
async def test_the_coach_cannot_exchange_straight_to_an_api(server: RunningAuthorizationServer, subject: str) -> None:
    answer = await server.exchange("coach-exchange", subject, audience="api-activities", scope="activities/read")
    assert_refused(answer, "invalid_target")


@pytest.mark.case("X14")
@pytest.mark.case("X15")
async def test_where_the_issuer_has_no_such_rule_the_api_refuses_by_client(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as running:
        request = running.authorization_request()
        async with running.browser() as browser:
            code = answer_of(await decide(browser, await consent_page(browser, request)))["code"]
        subject = (await running.redeem(request, code)).json()["access_token"]
        answer = await running.exchange("coach-exchange", subject, audience="api-activities", scope="activities/read")
    keys: dict[str, Any] = {"keys": [key.public for key in keys_of_tests(tmp_path, "coach")]}
    discovery: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": "keys"}
    documents = {f"{ISSUER}/.well-known/openid-configuration": discovery, "keys": keys}
    trust = Trust(ISSUER, frozenset({"api-activities"}), frozenset({"mcp-activities-exchange"}), profile="cognito")
    with pytest.raises(TokenForeign, match="not upstream"):
        Verifier(trust, JwksCache(ISSUER, fetch=documents.__getitem__)).verify(answer.json()["access_token"])


async def test_a_token_without_a_person_cannot_be_exchanged(server: RunningAuthorizationServer) -> None:
    own = (await server.client_token("coach-exchange", audience="mcp-activities", scope="activities/read")).json()
    answer = await server.exchange("mcp-activities-exchange", own["access_token"], audience="api-activities")
    assert_refused(answer, "invalid_request")


@pytest.mark.case("X11")
async def test_a_wider_token_that_was_exchanged_before_widens_nothing(server: RunningAuthorizationServer) -> None:
    wide = await server.sign_in()
    narrow = await server.sign_in(scope="openid coach/invoke activities/read")
    before = await server.exchange("coach-exchange", wide["access_token"], audience="mcp-activities")
    after = await server.exchange("coach-exchange", narrow["access_token"], audience="mcp-activities")
    assert "activities/write" in before.json()["scope"].split()
    assert after.json()["scope"] == "activities/read"
    assert claims_of(before.json()["access_token"])["jti"] != claims_of(after.json()["access_token"])["jti"]


@pytest.mark.case("X11")
async def test_a_token_that_was_exchanged_before_does_not_survive_its_subject(
    server: RunningAuthorizationServer,
) -> None:
    tokens = await server.sign_in()
    before = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    assert before.status_code == 200
    form = {"client_id": "terminal", "token": tokens["refresh_token"]}
    await server.http.post(f"{POOL_URL}/oauth2/revoke", data=form)
    after = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
    assert (after.status_code, after.json()["error"]) == (400, "invalid_request")
