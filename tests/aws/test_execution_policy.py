"""What CloudFormation's own handlers say that they need, against what it may do."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from deploy.environments import EnvironmentName
from tests.support.templates import ENVIRONMENTS, many, resources, stacks

#: Made by an administrator, before there is a role for CloudFormation.
BY_HAND = {"guardrails", "pipeline"}
#: A handler names what some use of its resource needs; ours has no such use.
OF_NO_USE_HERE = {
    "acm-pca:*": "certificates are of ACM itself",
    "amplify:*": "no such door is behind a web ACL",
    "apprunner:*": "as amplify",
    "appsync:*": "as amplify",
    "elasticloadbalancing:*": "as amplify",
    "*:AllowVendedLogDeliveryForResource": "of other services",
    "autoscaling:*": "flow logs are of a VPC",
    "bedrock-agentcore:GetWorkloadAccessTokenForUserId": "no target is listed with a user's consent",
    "bedrock-mantle:*": "no target is a model",
    "cloudfront:*": "user pools have Cognito's own domain",
    "dynamodb:GetItem": "no table has a replica to be filled",
    "dynamodb:Query": "as dynamodb:GetItem",
    "dynamodb:Scan": "as dynamodb:GetItem",
    "elasticfilesystem:*": "functions have no file system",
    "firehose:*": "logs go to CloudWatch",
    "iam:DeleteRolePermissionsBoundary": "none is taken off",
    "iam:DescribeOrganization": "no such action",
    "kinesis:*": "tables have no stream",
    "lambda:InvokeFunction": "no table has a trigger",
    "organizations:*": "trail and analyzer are of the account",
    "payments:*": "no rule group is bought",
    "s3files:*": "as elasticfilesystem",
    "s3tables:*": "buckets have no metadata tables",
    "vpce:*": "endpoints are of this region",
}


def needed(environment: EnvironmentName) -> set[tuple[str, str]]:
    kinds = {
        one["Type"]
        for stack, template in stacks(environment).items()
        if stack not in BY_HAND
        for one in template["Resources"].values()
    }
    found = set()
    for kind in kinds:
        handlers: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["handlers"]
        for name, handler in handlers.items():
            if name != "list":
                found |= {(kind, permission) for permission in handler.get("permissions", [])}
    return found


def says(environment: EnvironmentName, effect: str) -> list[str]:
    """Actions that are allowed somewhere, or denied everywhere."""
    [policy] = resources(environment, "pipeline", "AWS::IAM::ManagedPolicy").values()
    return [
        action
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == effect and (effect == "Allow" or statement["Resource"] == "*")
        for action in many(statement["Action"])
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cloudformation_may_do_what_its_handlers_need(environment: EnvironmentName) -> None:
    allowed, denied = says(environment, "Allow"), says(environment, "Deny")
    refused = {
        (kind, permission)
        for kind, permission in needed(environment)
        if not any(fnmatchcase(permission, exempt) for exempt in OF_NO_USE_HERE)
        and (
            not any(fnmatchcase(permission.lower(), action.lower()) for action in allowed)
            or any(fnmatchcase(permission.lower(), action.lower()) for action in denied)
        )
    }
    assert refused == set()
