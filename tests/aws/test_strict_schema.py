"""What cfn-lint lets through, planted in the committed templates."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from deploy.checks.strict_schema import strict_schema
from deploy.templates import read_templates

AGENTCORE = "AWS::BedrockAgentCore::"
Change = Callable[[dict[str, Any]], None]


def changed(kind: str, change: Change) -> dict[str, Any]:
    templates = copy.deepcopy(read_templates("sandbox"))
    [*found] = [
        resource["Properties"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    ]
    change(found[0])
    return templates


@pytest.mark.parametrize("environment", ["sandbox", "production", "organization"])
def test_the_committed_templates_fit_the_schemas(environment: str) -> None:
    assert list(strict_schema(read_templates(environment))) == []


def with_two_members(target: dict[str, Any]) -> None:
    mcp = target["TargetConfiguration"]["Mcp"]
    mcp.update({"McpServer": {"Endpoint": "https://a.example/mcp"}, "Lambda": {"LambdaArn": "a", "ToolSchema": {}}})


PLANTED: list[Any] = [
    pytest.param(
        f"{AGENTCORE}Runtime", lambda one: one.update(AgentRuntimeName="fitness-coach"), id="hyphen in a runtime"
    ),
    pytest.param(f"{AGENTCORE}Gateway", lambda one: one.update(Name="fitness_coach"), id="underscore in a gateway"),
    pytest.param(f"{AGENTCORE}GatewayTarget", with_two_members, id="target with two members of a union"),
    pytest.param(f"{AGENTCORE}Gateway", lambda one: one.update(AuthorizerType="JWT"), id="authorizer of no kind"),
    pytest.param(f"{AGENTCORE}Gateway", lambda one: one.update(GatewayUrl="https://a.example"), id="what AWS answers"),
    pytest.param(f"{AGENTCORE}Gateway", lambda one: one.pop("RoleArn"), id="gateway without a role"),
    pytest.param("AWS::DynamoDB::Table", lambda one: one.update(TablName="a"), id="member that is none"),
    pytest.param("AWS::Lambda::Function", lambda one: one.update(MemorySize="much"), id="text for a number"),
    pytest.param(
        "AWS::Cognito::UserPoolClient", lambda one: one.update(ExplicitAuthFlows=["ALLOW"]), id="flow of no kind"
    ),
]


@pytest.mark.parametrize(("kind", "change"), PLANTED)
def test_a_planted_mistake_is_found(kind: str, change: Change) -> None:
    assert len({each.place for each in strict_schema(changed(kind, change))}) == 1


def test_a_type_that_does_not_exist_is_found() -> None:
    [found] = strict_schema({"one": {"Resources": {"A": {"Type": "AWS::BedrockAgentCore::Gatewy"}}}})
    assert "is no type" in found.text


def test_what_cloudformation_fills_in_is_taken_for_anything() -> None:
    name = {"Fn::Sub": "${AWS::StackName}"}
    templates = changed(f"{AGENTCORE}Runtime", lambda one: one.update(AgentRuntimeName=name))
    assert json.dumps(name) in json.dumps(templates)
    assert list(strict_schema(templates)) == []
