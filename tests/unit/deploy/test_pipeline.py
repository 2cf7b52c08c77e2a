"""Who deploys: from where, as whom, and what CloudFormation may do then."""

import re
from typing import Any

import pytest

from deploy.environments import EnvironmentName, read_environments
from tests.support.templates import ENVIRONMENTS, everywhere, many, resources, stacks, statements

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)


def workflow(environment: EnvironmentName) -> dict[str, Any]:
    [role] = resources(environment, "pipeline", "AWS::IAM::Role").values()
    return role


def execution(environment: EnvironmentName) -> list[dict[str, Any]]:
    [policy] = resources(environment, "pipeline", "AWS::IAM::ManagedPolicy").values()
    assert policy["ManagedPolicyName"] == "fitness-deployment"
    return list(policy["PolicyDocument"]["Statement"])


def of_sid(environment: EnvironmentName, sid: str) -> dict[str, Any]:
    [statement] = [one for one in execution(environment) if one["Sid"] == sid]
    return statement


def test_one_environment_of_one_repository_comes_in_and_with_no_key(environment: EnvironmentName) -> None:
    [trust] = workflow(environment)["AssumeRolePolicyDocument"]["Statement"]
    repository = read_environments().named(environment).repository
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{repository}:environment:{environment}",
        }
    }
    assert list(everywhere(environment, "AWS::IAM::AccessKey")) == []
    assert list(everywhere(environment, "AWS::IAM::User")) == []


def test_the_workflow_becomes_bootstrap_roles_and_puts_packages_and_nothing_else(environment: EnvironmentName) -> None:
    allowed = {action for one in statements(workflow(environment)) for action in many(one["Action"])}
    assert allowed == {
        "cloudformation:DescribeStacks",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:GetObject",
        "s3:PutObject",
        "sts:AssumeRole",
    }
    [become] = [one for one in statements(workflow(environment)) if one["Action"] == "sts:AssumeRole"]
    for role in many(become["Resource"]):
        assert re.search(r":role/cdk-\*-(deploy|file-publishing|lookup)-role-", role)


def test_cloudformation_makes_resources_of_every_service_of_the_stacks(environment: EnvironmentName) -> None:
    """By the namespaces of IAM, where they are called otherwise than in CloudFormation."""
    called = {
        "accessanalyzer": "access-analyzer",
        "bedrockagentcore": "bedrock-agentcore",
        "certificatemanager": "acm",
        "cognito": "cognito-idp",
    }
    allowed = {action.partition(":")[0] for action in many(of_sid(environment, "MakeResources")["Action"])}
    kinds = {
        one["Type"].split("::")[1].lower()
        for stack in stacks(environment).values()
        for one in stack["Resources"].values()
    }
    assert {called.get(kind, kind) for kind in kinds} - {"iam"} <= allowed


def test_roles_are_handed_to_the_services_that_they_trust_and_to_no_others(environment: EnvironmentName) -> None:
    trusted = {
        statement["Principal"]["Service"]
        for _, role in everywhere(environment, "AWS::IAM::Role")
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if "Service" in statement["Principal"]
    }
    passing = [one for one in execution(environment) if "iam:PassRole" in many(one["Action"])]
    assert len(passing) == 1
    assert trusted <= set(many(passing[0]["Condition"]["StringEquals"]["iam:PassedToService"]))
    account = read_environments().named(environment).account
    assert passing[0]["Resource"] == f"arn:aws:iam::{account}:role/fitness-*"


def test_roles_are_made_under_a_boundary_alone(environment: EnvironmentName) -> None:
    making = [
        one for one in execution(environment) if one["Effect"] == "Allow" and "iam:CreateRole" in many(one["Action"])
    ]
    [statement] = making
    assert statement["Condition"]["StringLike"]["iam:PermissionsBoundary"].endswith(":policy/fitness-*-boundary")


def test_a_deployment_widens_neither_its_rights_nor_its_door(environment: EnvironmentName) -> None:
    changed = {
        resource.rpartition("/")[2]
        for one in execution(environment)
        if one["Effect"] == "Allow" and "iam:CreatePolicyVersion" in many(one["Action"])
        for resource in many(one["Resource"])
    }
    assert changed.isdisjoint({"fitness-deployment", "fitness-deployment-boundary", "fitness-developer-boundary"})
    assert not any("*" in name for name in changed)
    door = of_sid(environment, "NotItsOwnDoor")
    assert door["Effect"] == "Deny"
    assert door["Resource"].endswith(":role/fitness-workflow")
    assert {"iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(door["Action"])


def test_a_deployment_reads_nothing_of_an_athlete(environment: EnvironmentName) -> None:
    never = of_sid(environment, "DeploysAndReadsNothing")
    assert (never["Effect"], never["Resource"]) == ("Deny", "*")
    assert {
        "bedrock-agentcore:InvokeAgentRuntime",
        "bedrock-agentcore:ListEvents",
        "cognito-idp:AdminSetUserPassword",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "logs:GetLogEvents",
    } <= set(never["Action"])
