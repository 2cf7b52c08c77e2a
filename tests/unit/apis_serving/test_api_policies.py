import json
from pathlib import Path
from typing import Any

import pytest

from apis.serving.api_policies import ApiPolicies
from apis.serving.errors import PolicyFilesInvalid
from identity.tokens import Principal
from tests.support.api_client import POLICIES

SCHEMA = (POLICIES / "schema.json").read_text(encoding="utf-8")
PERMIT = '@id("p1") permit (principal, action, resource);'


def principal(*scopes: str, **changes: Any) -> Principal:
    values: dict[str, Any] = {
        "issuer": "http://127.0.0.1:8700/coach",
        "subject": "athlete",
        "client_id": "mcp-x-exchange",
        "audiences": ("api-x",),
        "scopes": frozenset(scopes),
        "expires_at": 0,
        "jti": "j",
        "username": "maya",
    }
    return Principal(**(values | changes))


@pytest.fixture(scope="module")
def policies() -> ApiPolicies:
    return ApiPolicies.from_folder(POLICIES)


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
    allowed = policies.decide(principal(f"{api}/read"), action=action, api=api)
    assert (allowed.allowed, allowed.policies) == (True, (f"{api}-read",))
    for scopes in ((), (f"{api}/write",), (f"{api}/readwrite",), ("other/read",)):
        assert not policies.decide(principal(*scopes), action=action, api=api).allowed


@pytest.mark.parametrize(("api", "action"), WRITES)
def test_a_write_needs_the_teams_write_scope(policies: ApiPolicies, api: str, action: str) -> None:
    allowed = policies.decide(principal(f"{api}/write"), action=action, api=api)
    assert (allowed.allowed, allowed.policies) == (True, (f"{api}-write",))
    assert not policies.decide(principal(f"{api}/read"), action=action, api=api).allowed


@pytest.mark.case("P05")
@pytest.mark.parametrize(("api", "action"), [case for case in (*READS, *WRITES) if case[0] != "routes"])
def test_a_client_without_a_user_is_forbidden_although_a_permit_matches(
    policies: ApiPolicies, api: str, action: str
) -> None:
    client = principal(f"{api}/read", f"{api}/write", subject="mcp-x-exchange", username=None)
    decision = policies.decide(client, action=action, api=api)
    assert not decision.allowed
    assert len(decision.policies) == 1
    assert decision.policies[0].endswith("need-an-athlete")


def test_a_client_without_a_user_reads_routes_and_help(policies: ApiPolicies) -> None:
    client = principal("routes/read", subject="mcp-x-exchange", username=None)
    assert policies.decide(client, action="get /routes", api="routes").allowed
    assert policies.decide(client, action="get /help", api="support").policies == ("support-help",)


@pytest.mark.case("P04")
def test_an_action_outside_the_schema_is_denied(policies: ApiPolicies) -> None:
    # Cedar answers NoDecision here, not Deny.
    decision = policies.decide(principal("routes/read"), action="get /nothing", api="routes")
    assert (decision.allowed, decision.policies) == (False, ())


def test_one_teams_scope_opens_no_other_teams_api(policies: ApiPolicies) -> None:
    assert not policies.decide(principal("routes/read"), action="get /routes", api="support").allowed


@pytest.mark.case("P06")
def test_a_policy_that_errors_at_run_time_denies_although_another_permits(caplog: pytest.LogCaptureFixture) -> None:
    overflow = """@id("p2") forbid (principal, action, resource)
        when { 9223372036854775807 + (if context.token.scope.contains("a") then 1 else 0) < 0 };"""
    found = ApiPolicies(f"{PERMIT}\n{overflow}", SCHEMA)
    assert found.decide(principal("b"), action="get /routes", api="routes").allowed
    assert not found.decide(principal("a"), action="get /routes", api="routes").allowed
    assert caplog.messages == ["api=<routes>, action=<get /routes> | policy evaluation failed, denied"]


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
        ApiPolicies(text, SCHEMA)


@pytest.mark.case("P07")
def test_a_folder_without_a_schema_refuses_to_load(tmp_path: Path) -> None:
    (tmp_path / "p.cedar").write_text(PERMIT, encoding="utf-8")
    with pytest.raises(PolicyFilesInvalid, match=r"schema\.json"):
        ApiPolicies.from_folder(tmp_path)
    (tmp_path / "schema.json").write_text("{", encoding="utf-8")
    with pytest.raises(PolicyFilesInvalid):
        ApiPolicies.from_folder(tmp_path)


def test_an_operation_without_an_action_is_named(policies: ApiPolicies) -> None:
    with pytest.raises(PolicyFilesInvalid, match=r"\['delete /routes/\{route_id\}'\]"):
        policies.require_actions([("GET", "/routes"), ("DELETE", "/routes/{route_id}")])


def test_the_committed_schema_is_formatted_json() -> None:
    assert json.dumps(json.loads(SCHEMA), indent=2) + "\n" == SCHEMA
