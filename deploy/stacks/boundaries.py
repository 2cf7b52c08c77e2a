"""Permissions boundaries: what a role of a kind could be given at most, whoever writes its policy.

A boundary grants nothing. It is a ceiling, so actions are named and resources are mostly `*`; the role's own policy
names them. An action that is not here is denied even if a later policy allows it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import aws_iam as iam

from deploy.names import PREFIX, Arns, physical
from deploy.stacks.base import Statement

_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
#: Of services that write logs for an account, API Gateway first.
LOG_WRITING: Final = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
)
_TRACES: Final = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
_SAMPLING: Final = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
_KEYS: Final = ("kms:Decrypt", "kms:GenerateDataKey")
_ITEMS: Final = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem")
_VAULT: Final = ("bedrock-agentcore:GetResourceApiKey", "bedrock-agentcore:GetResourceOauth2Token")
# What a person of the team may not undo: who watches, who is a ceiling, who pays, who comes in.
_NOT_FOR_DEVELOPERS: Final = (
    "account:*",
    "aws-portal:*",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigRule",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "guardduty:CreateFilter",
    "guardduty:DeleteDetector",
    "guardduty:UpdateDetector",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreateSAMLProvider",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutUserPolicy",
    # Who may become a role is changed by a deployment: a role with more could be opened like this.
    "iam:UpdateAssumeRolePolicy",
    "inspector2:Disable",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "organizations:*",
)
# Making one of this name would be making a ceiling of one's own.
_CHANGING_POLICIES: Final = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
_GIVING_RIGHTS: Final = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
)
#: Under these a developer may make roles. The others are ceilings of those who deploy and of the developers themselves.
WORKLOAD_BOUNDARIES: Final = ("function", "gateway", "logging", "memory", "recorder", "runtime")

CEILING: Final = "A boundary grants nothing: it is a ceiling, and the role's own policy names resources."

_Statements = Sequence[Statement]


def own_secrets(arns: Arns) -> str:
    """All secrets of this system."""
    return arns.of("secretsmanager", f"secret:{PREFIX}/*")


def boundary_statements(arns: Arns) -> Mapping[str, _Statements]:
    """The boundaries by kind."""
    return {
        "function": _function(arns),
        "logging": [Statement("WriteLogs", LOG_WRITING, ["*"])],
        "runtime": _runtime(arns),
        "gateway": _gateway(arns),
        "memory": [Statement("ReadEventsWithAModel", ["bedrock:InvokeModel"], ["*"])],
        "recorder": _recorder(),
        "deployment": _deployment(arns),
        "developer": _developer(arns),
    }


def _function(arns: Arns) -> _Statements:
    return [
        Statement(
            "WhatFunctionsDo",
            [*_ITEMS, *_LOGS, *_TRACES, *_KEYS, "verifiedpermissions:IsAuthorizedWithToken"],
            ["*"],
        ),
        Statement("OwnSecrets", ["secretsmanager:GetSecretValue"], [own_secrets(arns)]),
        Statement("EndAConsent", ["bedrock-agentcore:CompleteResourceTokenAuth"], ["*"]),
        Statement(
            "InterfacesInTheVpc",
            ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"],
            ["*"],
        ),
    ]


def _runtime(arns: Arns) -> _Statements:
    return [
        Statement(
            "WhatRuntimesDo",
            [*_VAULT, *_LOGS, *_TRACES, *_SAMPLING, "kms:Decrypt", "cloudwatch:PutMetricData", "s3:GetObject"],
            ["*"],
        ),
        Statement("OwnSecrets", ["secretsmanager:GetSecretValue"], [own_secrets(arns)]),
        Statement(
            "ModelsAndMemory",
            [
                "bedrock:ApplyGuardrail",
                "bedrock:InvokeModel",
                "bedrock:InvokeModelWithResponseStream",
                "bedrock-agentcore:CreateEvent",
                "bedrock-agentcore:ListEvents",
            ],
            ["*"],
        ),
        _never_for_a_user_id(),
    ]


def _gateway(arns: Arns) -> _Statements:
    return [
        Statement(
            "WhatGatewaysDo",
            [
                *_VAULT,
                *_KEYS,
                "bedrock-agentcore:AuthorizeAction",
                "bedrock-agentcore:GetPolicyEngine",
                "bedrock-agentcore:GetWorkloadAccessToken",
                "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
                "bedrock-agentcore:PartiallyAuthorizeActions",
                "s3:GetObject",
            ],
            ["*"],
        ),
        Statement("OwnSecrets", ["secretsmanager:GetSecretValue"], [own_secrets(arns)]),
        _never_for_a_user_id(),
    ]


def _recorder() -> _Statements:
    """Of AWS Config: looks at everything and changes nothing but its own records."""
    return [
        Statement(
            "LookAndRecord",
            [
                "apigateway:GET",
                # Not Get* and List*, which read tokens and what is remembered of athletes.
                "bedrock-agentcore:GetAgentRuntime",
                "bedrock-agentcore:GetGateway",
                "bedrock-agentcore:ListAgentRuntimes",
                "bedrock-agentcore:ListGateways",
                "cloudtrail:Describe*",
                "cloudtrail:Get*",
                "config:Put*",
                "dynamodb:Describe*",
                "dynamodb:List*",
                "guardduty:Get*",
                "guardduty:List*",
                "iam:Generate*",
                "iam:Get*",
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                *_KEYS,
                "lambda:GetPolicy",
                "lambda:List*",
                "s3:GetBucket*",
                "s3:ListAllMyBuckets",
                "s3:PutObject",
                "secretsmanager:DescribeSecret",
                "secretsmanager:ListSecrets",
            ],
            ["*"],
        ),
    ]


def _never_for_a_user_id() -> Statement:
    """It takes any text for a user and verifies nothing."""
    return Statement(
        "NeverForAUserId", ["bedrock-agentcore:GetWorkloadAccessTokenForUserId"], ["*"], effect=iam.Effect.DENY
    )


def _deployment(arns: Arns) -> _Statements:
    """CloudFormation's own role is under it: see `pipeline`."""
    return [
        Statement("MakeTheStacks", ["*"], ["*"]),
        _roles_under(arns, "*"),
        Statement("NoBoundaryIsTakenOff", ["iam:DeleteRolePermissionsBoundary"], ["*"], effect=iam.Effect.DENY),
        Statement(
            "NotItsOwnCeiling",
            _CHANGING_POLICIES,
            [arns.boundary("deployment"), arns.boundary("developer"), execution_policy(arns)],
            effect=iam.Effect.DENY,
        ),
        Statement("NoPeople", ["iam:CreateAccessKey", "iam:CreateUser"], ["*"], effect=iam.Effect.DENY),
    ]


def _developer(arns: Arns) -> _Statements:
    others = [
        arns.of("iam", f"role/{name}", region="")
        for name in ("cdk-*", "OrganizationAccountAccessRole", physical("workflow"))
    ]
    return [
        Statement("Build", ["*"], ["*"]),
        Statement("NotThese", _NOT_FOR_DEVELOPERS, ["*"], effect=iam.Effect.DENY),
        _roles_under(arns, *WORKLOAD_BOUNDARIES),
        Statement(
            "NoBoundaryIsChanged",
            _CHANGING_POLICIES,
            [arns.boundary("*"), execution_policy(arns)],
            effect=iam.Effect.DENY,
        ),
        Statement("NobodyElsesRole", ["iam:PassRole", "sts:AssumeRole"], others, effect=iam.Effect.DENY),
        _never_for_a_user_id(),
        Statement("NobodyElsesName", ["bedrock-agentcore:InvokeAgentRuntimeForUser"], ["*"], effect=iam.Effect.DENY),
    ]


def _roles_under(arns: Arns, *boundaries: str) -> Statement:
    """A role is made, and given rights, under one of these alone; the key is sent by all four actions."""
    return Statement(
        "RolesOnlyUnderABoundary",
        _GIVING_RIGHTS,
        ["*"],
        {"StringNotLike": {"iam:PermissionsBoundary": [arns.boundary(boundary) for boundary in boundaries]}},
        iam.Effect.DENY,
    )


def execution_policy(arns: Arns) -> str:
    """What CloudFormation may do: made by the pipeline's stack, named at `cdk bootstrap`."""
    return arns.of("iam", f"policy/{physical('deployment')}", region="")
