"""The authorizer as Lambda starts it, asked by API Gateway about tokens of a Cognito pool."""

import json
import logging
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from apis.activities.app import create_app
from apis.activities.settings import ActivitiesApiSettings
from apis.serving import verified_permissions
from apis.serving.authorizer import new_authorizer
from apis.serving.errors import InvocationFailed, Unauthorized
from apis.serving.policy_files import PolicyFiles
from identity.token_mapping import pool_of
from tests.support.api_client import POLICIES, ApiClient, team_settings
from tests.support.cognito import POOL, CognitoPool
from tests.support.entry_modules import TEAMS, LambdaContext, started
from tests.support.issuer import FakeIssuer, rsa_key
from tests.support.policy_questions import operations
from tests.support.policy_store import STORE, FakePolicyStore
from tests.support.rest_event import Recorded

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
STAGE = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod"
MAYA = "maya-sub"


def pool_before(team: str) -> CognitoPool:
    """The pool, asked by the client that stands before a team's API."""
    return CognitoPool(
        audience=f"api-{team}", client_id=f"mcp-{team}-exchange", scope=f"{team}/read {team}/write", subject=MAYA
    )


def function_of(team: str, pool: FakeIssuer, monkeypatch: pytest.MonkeyPatch, **more: str) -> Handler:
    """The handler of one API's authorizer; the pool answers for its own documents."""
    monkeypatch.setitem(new_authorizer.__kwdefaults__ or {}, "fetch", pool.fetch)
    values = {
        "API": team,
        "ISSUER": POOL,
        "PROFILE": "cognito",
        "AUDIENCES": json.dumps([f"api-{team}"]),
        "UPSTREAM_CLIENTS": json.dumps([f"mcp-{team}-exchange"]),
        "POLICIES": str(POLICIES),
        **more,
    }
    environment = {f"AUTHORIZER_{name}": value for name, value in values.items()}
    handler: Handler = started("apis.serving.authorizer_function", monkeypatch, **environment).handler
    return handler


def asked(team: str, operation: str, *bearers: str, trailing: str = "", **parameters: str) -> dict[str, Any]:
    """What API Gateway asks a REQUEST authorizer."""
    event = Recorded("", operation, 0, parameters, trailing=trailing, caller=None).event(team)
    if bearers:
        event["headers"]["authorization"] = f"Bearer {bearers[-1]}"
        event["multiValueHeaders"]["authorization"] = [f"Bearer {each}" for each in bearers]
    arn = f"{STAGE}/{event['httpMethod']}{event['path']}"
    return {"type": "REQUEST", "methodArn": arn, **event}


def verdict(handler: Handler, event: dict[str, Any]) -> int:
    """What API Gateway makes of the answer."""
    try:
        answer = handler(event, LambdaContext())
    except Unauthorized as refused:
        return 401 if str(refused) == "Unauthorized" else 500
    except InvocationFailed:
        return 500
    [statement] = json.loads(json.dumps(answer))["policyDocument"]["Statement"]
    about = any(fnmatchcase(event["methodArn"], each) for each in statement["Resource"])
    assert statement["Action"] == "execute-api:Invoke"
    return 200 if about and statement["Effect"] == "Allow" else 403


@pytest.mark.parametrize("team", TEAMS)
def test_every_operation_with_a_token_is_allowed_to_whom_it_is_for(team: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pool_before(team)
    handler = function_of(team, pool, monkeypatch, AUDIENCE_REQUIRED="true")
    token = pool.access_token(resource=f"api-{team}")
    mine = [action.split(" ", 1) for api, action in operations() if api == team]
    for method, template in mine:
        parameters = {"activity_id": "a1", "route_id": "r1", "ticket_id": "T1"}
        used = {name: value for name, value in parameters.items() if f"{{{name}}}" in template}
        for trailing in ("", "/"):
            event = asked(team, f"{method.upper()} {template}", token, trailing=trailing, **used)
            assert verdict(handler, event) == 200, (method, template, trailing)


def test_the_policy_is_about_this_api_stage_and_operation_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pool_before("activities")
    handler = function_of("activities", pool, monkeypatch)
    event = asked(
        "activities", "GET /activities/{activity_id}", pool.access_token(resource="api-activities"), activity_id="ä/1"
    )
    answer = handler(event, LambdaContext())
    [statement] = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{STAGE}/GET/activities/*", f"{STAGE}/GET/activities/*/"]
    assert answer["principalId"] == MAYA
    assert answer["context"] == {
        "iss": POOL,
        "sub": MAYA,
        "client_id": "mcp-activities-exchange",
        "scope": "activities/read activities/write",
        "username": "maya",
    }


WRONG: list[tuple[str, Callable[[CognitoPool], list[str]], int]] = [
    ("nothing", lambda _: [], 401),
    ("garbage", lambda _: ["not.a.token"], 401),
    ("two tokens", lambda pool: [pool.access_token(resource="api-activities")] * 2, 401),
    ("an expired one", lambda pool: [pool.access_token(resource="api-activities", exp=1)], 401),
    ("one without an audience", lambda pool: [pool.access_token(resource=None)], 401),
    ("one for another API", lambda pool: [pool.access_token(resource="api-support")], 401),
    ("one of another client", lambda pool: [pool.access_token(resource="api-activities", client_id="terminal")], 401),
    ("one of another pool", lambda pool: [pool.access_token(resource="api-activities", iss=f"{POOL}2")], 401),
    ("an ID token", lambda pool: [pool.id_token()], 401),
    ("a forged one", lambda pool: [forged(pool)], 401),
    ("one without the scope", lambda pool: [pool.access_token(resource="api-activities", scope="openid")], 403),
    ("a client for itself", lambda pool: [pool.client_token(aud="api-activities")], 403),
    ("a viewer", lambda pool: [pool.access_token(resource="api-activities", **{"cognito:groups": ["viewers"]})], 403),
    ("a good one", lambda pool: [pool.access_token(resource="api-activities")], 200),
]


def forged(pool: CognitoPool) -> str:
    attacker = CognitoPool(**{**vars(pool), "access_key": rsa_key("attacker")})
    return attacker.token(header={"kid": pool.access_key.kid}, aud="api-activities")


@pytest.mark.parametrize(("tokens", "status"), [pytest.param(*one, id=name) for name, *one in WRONG])
async def test_api_gateway_and_the_shim_make_the_same_of_every_token(
    tokens: Callable[[CognitoPool], list[str]], status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    pool = pool_before("activities")
    bearers = tokens(pool)
    handler = function_of("activities", pool, monkeypatch)
    assert verdict(handler, asked("activities", "GET /athlete", *bearers)) == status
    values = team_settings("activities", tmp_path / "a.sqlite") | {"issuer": POOL, "profile": "cognito"}
    api = ApiClient(create_app(ActivitiesApiSettings(**values), fetch=pool.fetch), pool)
    headers = [("Authorization", f"Bearer {each}") for each in bearers]
    assert (await api.raw("GET", "/athlete", headers=headers)).status_code == status


@pytest.mark.parametrize(("required", "status"), [("false", 200), ("true", 401)])
def test_where_clients_speak_for_themselves_cognito_gives_no_audience_and_the_client_is_the_wall(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pool_before("routes")
    handler = function_of("routes", pool, monkeypatch, AUDIENCE_REQUIRED=required)
    assert verdict(handler, asked("routes", "GET /routes", pool.client_token())) == status
    for wrong in ({"client_id": "mcp-activities-exchange"}, {"token_use": "id"}, {"iss": f"{POOL}2"}):
        assert verdict(handler, asked("routes", "GET /routes", pool.client_token(**wrong))) == 401


@pytest.mark.case("R08")
def test_while_the_pool_was_never_reached_it_is_500_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pool = pool_before("activities")
    handler = function_of("activities", pool, monkeypatch)
    pool.down = True
    token = pool.access_token(resource="api-activities")
    with pytest.raises(InvocationFailed) as failed:
        handler(asked("activities", "GET /athlete", token), LambdaContext())
    assert str(failed.value) == "KeysUnavailable"
    assert all(part not in caplog.text for part in token.split("."))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakePolicyStore:
    found = FakePolicyStore(pool_before("activities"), PolicyFiles.read(POLICIES, pool_of(POOL)))
    monkeypatch.setattr(verified_permissions, "policy_store_client", lambda _: found.client())
    return found


@pytest.mark.parametrize(
    ("claims", "status"),
    [({}, 200), ({"scope": "openid"}, 403), ({"cognito:groups": ["viewers"]}, 403), ({"client_id": "terminal"}, 401)],
)
def test_with_a_policy_store_in_its_settings_verified_permissions_decides(
    store: FakePolicyStore, claims: dict[str, Any], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = store.issuer
    assert isinstance(pool, CognitoPool)
    handler = function_of("activities", pool, monkeypatch, POLICY_STORE_ID=STORE)
    token = pool.access_token(resource="api-activities", **claims)
    assert verdict(handler, asked("activities", "PATCH /athlete", token)) == status
    sent = [(given["accessToken"], given["action"]["actionId"]) for _, given in store.requests]
    assert sent == ([] if status == 401 else [(token, "patch /athlete")])


@pytest.mark.parametrize("knobs", [{"throttled": 99}, {"unreachable": True}, {"silent": True}, {"access_denied": True}])
def test_while_verified_permissions_cannot_be_asked_it_is_500_and_nobody_is_let_in(
    store: FakePolicyStore,
    knobs: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between attempts
    pool = store.issuer
    assert isinstance(pool, CognitoPool)
    handler = function_of("activities", pool, monkeypatch, POLICY_STORE_ID=STORE)
    for knob, value in knobs.items():
        setattr(store, knob, value)
    token = pool.access_token(resource="api-activities")
    with caplog.at_level(logging.INFO):
        assert verdict(handler, asked("activities", "GET /athlete", token)) == 500
    assert all(part not in caplog.text for part in token.split("."))
