"""The Cedar files of the gateway's tools, read as one CreatePolicy for each statement."""

import json
from pathlib import Path

import cedarpy
import pytest

from gateway_config.errors import ConfigInvalid, PlaceholderUnknown
from gateway_config.tool_policy import ToolPolicy, read_tool_policies
from mcp_servers.serving.tools_lock import TEAMS, lock_path
from tests.support.changed_config import ChangedConfig
from tests.support.gateway_values import VALUES

ROUTES = "tool_policies/routes.cedar"
ARN = VALUES["GATEWAY_ARN"]


@pytest.fixture
def config(tmp_path: Path) -> ChangedConfig:
    return ChangedConfig(tmp_path)


def policies() -> dict[str, ToolPolicy]:
    return {policy.name: policy for policy in read_tool_policies(VALUES)}


def decision(*, tool: str, client_id: str = "coach-exchange", scope: str | None) -> bool:
    """Whether the policies let a caller use a tool; without a schema, as the tags are the same with one."""
    tags = {"client_id": client_id} | ({"scope": scope} if scope is not None else {})
    caller = {
        "uid": {"type": "AgentCore::OAuthUser", "id": "maya"},
        "attrs": {"id": "maya"},
        "parents": [],
        "tags": tags,
    }
    request = {
        "principal": {"type": "AgentCore::OAuthUser", "id": "maya"},
        "action": {"type": "AgentCore::Action", "id": tool},
        "resource": {"type": "AgentCore::Gateway", "id": ARN},
        "context": {},
    }
    text = "\n".join(policy.statement for policy in policies().values())
    answer = cedarpy.is_authorized(request, text, json.dumps([caller]))
    assert not answer.diagnostics.errors
    return bool(answer.decision == cedarpy.Decision.Allow)


def test_a_policy_is_one_statement_named_by_its_id_without_annotations() -> None:
    policy = policies()["routes_read"]
    assert policy.file == ROUTES
    assert policy.statement.startswith("permit(principal is AgentCore::OAuthUser")
    assert policy.statement.count(";") == 1
    assert "@" not in policy.statement
    assert ARN in policy.statement
    assert policy.create_request("coach_tools-0123456789") == {
        "policyEngineId": "coach_tools-0123456789",
        "name": "routes_read",
        "definition": {"cedar": {"statement": policy.statement}},
        "validationMode": "FAIL_ON_ANY_FINDINGS",
        "enforcementMode": "ACTIVE",
    }


def test_the_json_of_a_policy_is_its_statement() -> None:
    policy = policies()["routes_read"]
    read = json.loads(cedarpy.policies_to_json_str(policy.statement))["staticPolicies"]["policy0"]
    assert {key: value for key, value in read.items() if key != "annotations"} == policy.body


def test_a_policy_may_only_be_told_of(config: ChangedConfig) -> None:
    config.replace(ROUTES, '@id("routes_read")', '@id("routes_read")\n@enforcementMode("LOG_ONLY")')
    modes = {policy.name: policy.mode for policy in read_tool_policies(VALUES, config.folder)}
    assert (modes["routes_read"], modes["support_read"]) == ("LOG_ONLY", "ACTIVE")


@pytest.mark.parametrize("team", TEAMS)
def test_every_tool_is_opened_by_the_scope_that_its_server_wants_and_by_no_other(team: str) -> None:
    for tool in json.loads(lock_path(team).read_text(encoding="utf-8")):
        [scope] = tool["_meta"]["scopes"]
        name = f"{team}___{tool['name']}"
        others = " ".join(f"{one}/{kind}" for one in TEAMS for kind in ("read", "write") if f"{one}/{kind}" != scope)
        assert decision(tool=name, client_id="a-program-of-others", scope=scope), name
        assert not decision(tool=name, client_id="a-program-of-others", scope=others), name
        assert not decision(tool=name, client_id="a-program-of-others", scope=None), name


@pytest.mark.case("P02")
@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("routes/read", True),
        ("routes/read activities/read", True),
        ("activities/read routes/read", True),
        ("activities/read routes/read support/read", True),
        ("routes/readonly", False),
        ("xroutes/read", False),
        ("a routes/read-not b", False),
        ("a not-routes/read b", False),
        ("", False),
    ],
)
def test_a_scope_opens_a_tool_as_a_whole_word_alone(scope: str, allowed: bool) -> None:
    assert decision(tool="routes___search_routes", scope=scope) is allowed


def test_the_coach_uses_the_connected_account_and_a_program_of_others_needs_the_athletes_word() -> None:
    scopes = "activities/read routes/read"
    assert decision(tool="socials___add_comment", scope=scopes)
    assert not decision(tool="socials___add_comment", client_id="a-program-of-others", scope=scopes)


def test_whoever_comes_in_may_search_the_help_articles_and_nothing_else_without_a_scope() -> None:
    assert decision(tool="support-help___search_help_articles", client_id="a-program-of-others", scope=None)
    assert not decision(tool="support___search_help", client_id="a-program-of-others", scope=None)


@pytest.mark.parametrize(
    "arn",
    [
        'x" || true //',
        "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/coach",
        'a"); permit(principal, action, resource',
    ],
)
def test_what_is_no_arn_of_a_gateway_is_not_put_into_a_policy(arn: str) -> None:
    with pytest.raises(ConfigInvalid, match="no ARN of a gateway"):
        read_tool_policies({**VALUES, "GATEWAY_ARN": arn})


def test_without_an_arn_the_placeholder_is_named() -> None:
    with pytest.raises(PlaceholderUnknown, match=r"tool_policies/activities\.cedar.*GATEWAY_ARN"):
        read_tool_policies({})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("permit", "allow", r"routes\.cedar: is not Cedar"),
        ('@id("routes_read")', "", "policy 1: has no @id"),
        (
            '@id("routes_read")',
            '@id("activities_read")',
            r"activities_read: tool_policies/activities\.cedar has a policy",
        ),
        ('@id("routes_read")', '@id("routes_read") @enforcementMode("OFF")', "@enforcementMode is 'OFF'"),
        ('@id("routes_read")', '@id("routes_read") @advice("x")', "annotations that nobody reads: advice"),
        ("principal is AgentCore::OAuthUser", "principal == ?principal", "has a template"),
    ],
)
def test_a_policy_file_that_does_not_fit_says_why(config: ChangedConfig, old: str, new: str, message: str) -> None:
    config.replace(ROUTES, old, new)
    with pytest.raises(ConfigInvalid, match=message):
        read_tool_policies(VALUES, config.folder)
