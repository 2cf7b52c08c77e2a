"""Service control policies: what no account below may do, whoever is asked. `organization` attaches them.

They deny, and grant nothing. Conditions are written so that a request which does not carry the key is denied too where
the key is always sent (`StringNotEquals` is true of a missing key), and not where it is sent by some calls alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from deploy.names import CONSENT_STACK, PREFIX, physical

Policy = Mapping[str, Any]
#: By whom the management account enters an account: makes what watches it, and takes it away.
ADMINISTRATOR: Final = "arn:aws:iam::*:role/OrganizationAccountAccessRole"
#: CloudFormation, for the workflow.
DEPLOYMENT: Final = "arn:aws:iam::*:role/cdk-*-cfn-exec-role-*"
_BOUNDARY: Final = f"arn:aws:iam::*:policy/{physical('*')}-boundary"
_MAKING_GATEWAYS: Final = ["bedrock-agentcore:CreateGateway", "bedrock-agentcore:UpdateGateway"]
_MAKING_RUNTIMES: Final = ["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:UpdateAgentRuntime"]
# Global services answer from us-east-1 and are told apart by their names; a model is asked in the region that its
# inference profile picks.
_EVERYWHERE: Final = [
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
]


def _deny(
    sid: str,
    actions: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    resources: str | Sequence[str] = "*",
) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": resources}
    return {**statement, "Condition": conditions} if conditions else statement


def _but(*principals: str) -> dict[str, Any]:
    """Everybody but these; a request of nobody is everybody's."""
    return {"ArnNotLike": {"aws:PrincipalArn": list(principals)}}


def _private() -> Policy:
    """One page must be public, the one where consents land: a browser comes there.

    Its API says so by its tag, and CloudFormation alone may make it. Requests about methods and stages carry no
    endpoint type, and these must pass; so does an API that names none, which a rule of AWS Config finds afterwards.
    """
    making, changing = ["apigateway:POST"], ["apigateway:PATCH", "apigateway:PUT"]
    public = {"ForAnyValue:StringNotEquals": {"apigateway:Request/EndpointType": ["PRIVATE"]}}

    def unless(key: str) -> dict[str, Any]:
        return {**public, "StringNotEquals": {key: CONSENT_STACK}}

    return _document(
        _deny("OnlyPrivateApis", making, unless("aws:RequestTag/stack")),
        _deny("OnlyPrivateApisStay", changing, unless("aws:ResourceTag/stack")),
        _deny("AndThePageOfConsents", [*making, *changing], {**public, **_but(DEPLOYMENT)}),
        _deny("NoApisOfAnotherKind", making, resources="arn:aws:apigateway:*::/apis"),
        _deny("NoFunctionUrls", ["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"]),
        _deny("RuntimesInTheNetwork", _MAKING_RUNTIMES, {"Null": {"bedrock-agentcore:subnets": "true"}}),
    )


def _watched(regions: Sequence[str]) -> Policy:
    return _document(
        _deny("NobodyLeaves", ["organizations:LeaveOrganization"]),
        _deny("NobodyIsRoot", ["*"], {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}),
        _deny(
            "NobodyLooksAway",
            [
                "access-analyzer:DeleteAnalyzer",
                "cloudtrail:DeleteTrail",
                "cloudtrail:StopLogging",
                "config:DeleteConfigurationRecorder",
                "config:DeleteDeliveryChannel",
                "config:StopConfigurationRecorder",
                "guardduty:DeleteDetector",
                "guardduty:DisassociateFromAdministratorAccount",
                "inspector2:Disable",
            ],
            _but(ADMINISTRATOR),
        ),
        _deny(
            "OnlyDeploymentsChangeTheLook",
            [
                "cloudtrail:PutEventSelectors",
                "cloudtrail:UpdateTrail",
                "config:DeleteConfigRule",
                "guardduty:CreateFilter",
                "guardduty:UpdateDetector",
            ],
            _but(ADMINISTRATOR, DEPLOYMENT),
        ),
        {
            "Sid": "OurRegions",
            "Effect": "Deny",
            "NotAction": _EVERYWHERE,
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": sorted({*regions, "us-east-1"})}},
        },
    )


def _own_keys_and_ceilings() -> Policy:
    own_roles = f"arn:aws:iam::*:role/{PREFIX}-*"
    return _document(
        _deny(
            "OwnKeys",
            [*_MAKING_GATEWAYS, "bedrock-agentcore:CreateMemory"],
            {"Null": {"bedrock-agentcore:KmsKeyArn": "true"}},
        ),
        _deny("OwnKeysOfSecrets", ["secretsmanager:CreateSecret"], {"Null": {"secretsmanager:KmsKeyId": "true"}}),
        _deny(
            "RolesUnderACeiling",
            ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            {"StringNotLike": {"iam:PermissionsBoundary": _BOUNDARY}},
            own_roles,
        ),
        _deny("NoCeilingIsTakenOff", ["iam:DeleteRolePermissionsBoundary"], resources=own_roles),
        _deny(
            "CeilingsStay",
            [
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            _but(ADMINISTRATOR, DEPLOYMENT),
            _BOUNDARY,
        ),
    )


def service_control_policies(regions: Sequence[str]) -> Mapping[str, tuple[str, Policy]]:
    """Name to what it is for and what it says."""
    return {
        "private-apis": ("REST APIs have a private endpoint, runtimes stand in the network.", _private()),
        "jwt-runtimes": (
            "Runtimes are entered with a person's token.",
            _document(
                _deny(
                    "OnlyTokensComeIn",
                    _MAKING_RUNTIMES,
                    {"StringNotEquals": {"bedrock-agentcore:RuntimeAuthorizerType": "CUSTOM_JWT"}},
                )
            ),
        ),
        "nobody-elses-name": (
            "Nobody acts for a user whose name is only written down.",
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
            "Gateways take tokens of Cognito, ask a policy engine and enforce what it says.",
            _document(
                _deny(
                    "OnlyTokensComeIn",
                    _MAKING_GATEWAYS,
                    {"StringNotEquals": {"bedrock-agentcore:GatewayAuthorizerType": "CUSTOM_JWT"}},
                ),
                _deny(
                    "OfIssuersOfOurs",
                    _MAKING_GATEWAYS,
                    {"StringNotLike": {"bedrock-agentcore:DiscoveryUrl": "https://cognito-idp.*.amazonaws.com/*"}},
                ),
                _deny(
                    "APolicyEngineIsAsked", _MAKING_GATEWAYS, {"Null": {"bedrock-agentcore:PolicyEngineArn": "true"}}
                ),
                _deny(
                    "AndObeyed",
                    _MAKING_GATEWAYS,
                    {"StringNotEquals": {"bedrock-agentcore:PolicyEngineMode": "ENFORCE"}},
                ),
            ),
        ),
        "watched": ("Nobody leaves, looks away or builds where nobody looks.", _watched(regions)),
        "own-keys-and-ceilings": (
            "What is kept is under keys of ours, and roles are under ceilings.",
            _own_keys_and_ceilings(),
        ),
    }


def _document(*statements: dict[str, Any]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}
