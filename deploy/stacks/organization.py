"""Service control policies: what no account below may do, whoever is asked. Attached from the management account.

They deny, and grant nothing. Conditions are written so that a request which does not carry the key is denied too where
the key is always sent (`StringNotEquals` is true of a missing key), and not where it is sent by some calls alone.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from deploy.environments import Organization
from deploy.names import physical

_Policy = Mapping[str, Any]


def _deny(sid: str, actions: list[str], conditions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*"}
    return {**statement, "Condition": conditions} if conditions else statement


def service_control_policies(region: str) -> Mapping[str, tuple[str, _Policy]]:
    """Name to what it is for and what it says."""
    return {
        "private-apis": (
            "REST APIs have a private endpoint or do not exist. For production.",
            _document(
                _deny(
                    "OnlyPrivateApis",
                    ["apigateway:PATCH", "apigateway:POST", "apigateway:PUT"],
                    # Requests about methods and stages carry no endpoint type, and these must pass.
                    {"ForAnyValue:StringNotEquals": {"apigateway:Request/EndpointType": ["PRIVATE"]}},
                )
            ),
        ),
        "jwt-runtimes": (
            "Runtimes are entered with a person's token. For production; a sandbox may try callers with a role.",
            _document(
                _deny(
                    "OnlyTokensComeIn",
                    ["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:UpdateAgentRuntime"],
                    {"StringNotEquals": {"bedrock-agentcore:RuntimeAuthorizerType": "CUSTOM_JWT"}},
                )
            ),
        ),
        "nobody-elses-name": (
            "Nobody acts for a user whose name is only written down. Everywhere.",
            _document(
                _deny(
                    "NoUserIds",
                    [
                        "bedrock-agentcore:GetWorkloadAccessTokenForUserId",
                        "bedrock-agentcore:InvokeAgentRuntimeForUser",
                    ],
                )
            ),
        ),
        "gateways-decide": (
            "Gateways take tokens, ask a policy engine and enforce what it says. Everywhere.",
            _document(
                _deny(
                    "OnlyTokensComeIn",
                    ["bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway"],
                    {"StringNotEquals": {"bedrock-agentcore:GatewayAuthorizerType": "CUSTOM_JWT"}},
                ),
                _deny(
                    "APolicyEngineIsAsked",
                    ["bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway"],
                    {"Null": {"bedrock-agentcore:PolicyEngineArn": "true"}},
                ),
                _deny(
                    "AndObeyed",
                    ["bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway"],
                    {"StringNotEquals": {"bedrock-agentcore:PolicyEngineMode": "ENFORCE"}},
                ),
            ),
        ),
        "watched": (
            "Nobody leaves the organization or looks away; regions that nobody watches stay empty. Everywhere.",
            _document(
                _deny("NobodyLeaves", ["organizations:LeaveOrganization"]),
                _deny(
                    "NobodyLooksAway",
                    [
                        "cloudtrail:DeleteTrail",
                        "cloudtrail:StopLogging",
                        "config:DeleteConfigurationRecorder",
                        "config:StopConfigurationRecorder",
                        "guardduty:DeleteDetector",
                        "guardduty:DisassociateFromAdministratorAccount",
                        "inspector2:Disable",
                    ],
                ),
                {
                    "Sid": "OneRegion",
                    "Effect": "Deny",
                    # Global services answer from us-east-1 and are told apart by their names; a model is asked in
                    # the region that its inference profile picks.
                    "NotAction": [
                        "bedrock:InvokeModel",
                        "bedrock:InvokeModelWithResponseStream",
                        "budgets:*",
                        "ce:*",
                        "cloudfront:*",
                        "iam:*",
                        "organizations:*",
                        "route53:*",
                        "sts:*",
                        "support:*",
                        "wafv2:*",
                    ],
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:RequestedRegion": [region, "us-east-1"]}},
                },
            ),
        ),
    }


#: Those that a sandbox is not under: it has public endpoints for tests, and a runtime for callers with a role.
PRODUCTION_ONLY: Final = frozenset({"private-apis", "jwt-runtimes"})


class OrganizationStack(cdk.Stack):
    """One policy each, attached to the unit of both accounts or to production's alone."""

    def __init__(self, scope: Construct, organization: Organization, production_account: str) -> None:
        super().__init__(
            scope,
            "organization-guardrails",
            stack_name=physical("organization"),
            description="Service control policies of sandbox and production.",
            env=cdk.Environment(account=organization.account, region=organization.region),
            termination_protection=True,
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        for name, (description, document) in service_control_policies(organization.region).items():
            organizations.CfnPolicy(
                self,
                name,
                name=physical(name),
                description=description,
                type="SERVICE_CONTROL_POLICY",
                content=document,
                target_ids=[production_account if name in PRODUCTION_ONLY else organization.target_id],
            )


def _document(*statements: dict[str, Any]) -> _Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def size_of(document: _Policy) -> int:
    """Characters, as the quota of 5,120 counts them."""
    return len(json.dumps(document, separators=(",", ":")))
