import json
import logging
from pathlib import Path
from typing import Any

import cedarpy
import pytest

from apis.serving.api_policies import ApiPolicies
from apis.serving.authorization import PolicyDecision
from apis.serving.errors import PolicyFilesInvalid
from apis.serving.policy_files import PolicyFiles, with_pool
from tests.support.policy_questions import FILES, SCHEMA, files_of, question

PERMIT = '@id("p1") permit (principal, action, resource);'


def claims(*scopes: str, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "iss": "http://127.0.0.1:8700/coach",
        "sub": "athlete",
        "client_id": "mcp-x-exchange",
        "aud": "api-x",
        "scope": " ".join(scopes),
        "username": "maya",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def decided(policies: ApiPolicies, given: dict[str, Any], *, action: str, api: str) -> PolicyDecision:
    return policies.decide(given, question(action, api))


@pytest.fixture(scope="module")
def policies() -> ApiPolicies:
    return ApiPolicies(FILES)


READS = [
    ("activities", "get /activities"),
    ("activities", "get /activities/{activity_id}"),
    ("activities", "get /summary"),
    ("activities", "get /heart-rate-trend"),
    ("activities", "get /athlete"),
    ("routes", "get /routes"),
    ("routes", "get /routes/{route_id}"),
    ("socials", "get /clubs"),
    ("socials", "get /feed"),
    ("socials", "get /activities/{activity_id}/social"),
    ("support", "get /tickets"),
    ("support", "get /tickets/{ticket_id}"),
]
WRITES = [
    ("activities", "post /uploads"),
    ("activities", "patch /athlete"),
    ("socials", "post /activities/{activity_id}/kudos"),
    ("socials", "post /activities/{activity_id}/comments"),
    ("support", "post /tickets"),
]


@pytest.mark.parametrize(("api", "action"), READS)
def test_a_read_needs_the_teams_read_scope(policies: ApiPolicies, api: str, action: str) -> None:
    allowed = decided(policies, claims(f"{api}/read"), action=action, api=api)
    assert (allowed.allowed, allowed.policies) == (True, (f"{api}-read",))
    for scopes in ((), (f"{api}/write",), (f"{api}/readwrite",), ("other/read",)):
        assert not decided(policies, claims(*scopes), action=action, api=api).allowed


@pytest.mark.parametrize(("api", "action"), WRITES)
def test_a_write_needs_the_teams_write_scope(policies: ApiPolicies, api: str, action: str) -> None:
    allowed = decided(policies, claims(f"{api}/write"), action=action, api=api)
    assert (allowed.allowed, allowed.policies) == (True, (f"{api}-write",))
    assert not decided(policies, claims(f"{api}/read"), action=action, api=api).allowed


@pytest.mark.case("P05")
@pytest.mark.parametrize(("api", "action"), [case for case in (*READS, *WRITES) if case[0] != "routes"])
def test_a_client_without_a_user_is_forbidden_although_a_permit_matches(
    policies: ApiPolicies, api: str, action: str
) -> None:
    client = claims(f"{api}/read", f"{api}/write", sub="mcp-x-exchange", username=None)
    decision = decided(policies, client, action=action, api=api)
    assert not decision.allowed
    assert len(decision.policies) == 1
    assert decision.policies[0].endswith("need-an-athlete")


def test_one_teams_scope_opens_no_other_teams_api(policies: ApiPolicies) -> None:
    assert not decided(policies, claims("routes/read"), action="get /routes", api="support").allowed


@pytest.mark.parametrize(
    "groups", ["viewers", {"viewers": True}, ["viewers", 1], [None], [["viewers"]], [""]], ids=json.dumps
)
def test_groups_that_cannot_be_read_deny_because_a_forbid_may_depend_on_them(
    policies: ApiPolicies, groups: Any, caplog: pytest.LogCaptureFixture
) -> None:
    given = claims("routes/read", **{"cognito:groups": groups})
    assert decided(policies, given, action="get /routes", api="routes") == PolicyDecision(allowed=False, policies=())
    assert caplog.messages == ["api=<routes>, action=<get /routes>, error=<TokenMalformed> | not decidable, denied"]


@pytest.mark.case("P06")
def test_a_failing_policy_is_logged_without_what_it_failed_on(caplog: pytest.LogCaptureFixture) -> None:
    overflow = """@id("p2") forbid (principal, action, resource)
        when { 9223372036854775807 + (if context.token.scope.contains("a") then 1 else 0) < 0 };"""
    found = ApiPolicies(files_of(f"{PERMIT}\n{overflow}"))
    with caplog.at_level(logging.DEBUG):
        assert not decided(found, claims("a"), action="get /routes", api="routes").allowed
    assert caplog.messages == ["api=<routes>, action=<get /routes> | policy evaluation failed, denied"]


@pytest.mark.case("P04")
def test_an_answer_that_is_neither_allow_nor_deny_is_a_denial(
    policies: ApiPolicies, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = cedarpy.AuthzResult({"decision": "NoDecision", "diagnostics": {"reason": [], "errors": []}})
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_, **__: answer)
    assert answer.decision not in {cedarpy.Decision.Allow, cedarpy.Decision.Deny}
    assert not decided(policies, claims("routes/read"), action="get /routes", api="routes").allowed


@pytest.mark.case("P07")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("permit (principal, action", id="does not parse"),
        pytest.param('@id("p") permit (principal, action, resource) when { context.nothing };', id="attribute"),
        pytest.param('@id("p") permit (principal, action == Coach::Action::"x", resource);', id="unknown action"),
        pytest.param(
            '@id("p") forbid (principal, action, resource) when { context.token.username == "x" };',
            id="optional attribute without has",
        ),
        pytest.param("permit (principal, action, resource);", id="no id"),
        pytest.param(f"{PERMIT}\n{PERMIT}", id="two of one id"),
    ],
)
def test_policies_that_do_not_fit_refuse_to_load(text: str) -> None:
    with pytest.raises(PolicyFilesInvalid):
        ApiPolicies(files_of(text))


@pytest.mark.case("P07")
def test_a_folder_without_a_usable_schema_refuses_to_load(tmp_path: Path) -> None:
    (tmp_path / "p.cedar").write_text(PERMIT, encoding="utf-8")
    for schema in (None, "{", "[]", "{}", '{"Coach": {}}', '{"Coach": {"commonTypes": 1}}'):
        if schema is not None:
            (tmp_path / "schema.json").write_text(schema, encoding="utf-8")
        with pytest.raises(PolicyFilesInvalid):
            PolicyFiles.read(tmp_path, "coach")


@pytest.mark.case("P07")
def test_a_schema_that_cedar_does_not_take_refuses_to_load() -> None:
    schema = '{"Coach": {"commonTypes": {"AccessToken": {"attributes": {}}}, "actions": {"a": {"memberOf": 1}}}}'
    with pytest.raises(PolicyFilesInvalid, match="do not parse"):
        ApiPolicies(PolicyFiles.from_texts(PERMIT, schema, "coach"))


def test_the_pools_id_takes_the_place_of_its_placeholder() -> None:
    assert with_pool('x"${POOL}|a" y"${POOL}|b"', "eu-central-1_aB3") == 'x"eu-central-1_aB3|a" y"eu-central-1_aB3|b"'
    assert "${" not in FILES.policies
    assert 'UserGroup::"coach|viewers"' in FILES.policies


@pytest.mark.case("P12")
@pytest.mark.parametrize("pool", ["", 'x"', "a|b", "a b", "issuer.test", "${POOL}", "a" * 56, "coach\n"])
def test_what_is_no_pools_id_becomes_no_part_of_a_policy(pool: str) -> None:
    with pytest.raises(PolicyFilesInvalid):
        with_pool("${POOL}", pool)


@pytest.mark.parametrize("text", ["${POOLS}", "${pool}", "${}", "${POOL", "${GATEWAY_ARN} ${POOL}"])
def test_a_placeholder_that_nobody_fills_refuses_to_load(text: str) -> None:
    with pytest.raises(PolicyFilesInvalid, match="nothing is known for"):
        with_pool(text, "coach")


def test_an_operation_without_an_action_is_named() -> None:
    with pytest.raises(PolicyFilesInvalid, match=r"\['delete /routes/\{route_id\}'\]"):
        FILES.require_actions([("GET", "/routes"), ("DELETE", "/routes/{route_id}")])


def test_the_committed_schema_is_formatted_json() -> None:
    assert json.dumps(json.loads(SCHEMA), indent=2) + "\n" == SCHEMA
