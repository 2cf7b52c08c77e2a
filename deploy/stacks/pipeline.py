"""Who deploys: a workflow of the repository, with a token of GitHub's and no key.

It may become the roles that `cdk bootstrap` made, and put packages into their bucket. What CloudFormation may then do
is `fitness-deployment`, which `cdk bootstrap --cloudformation-execution-policies` names, under the boundary that
`--custom-permissions-boundary` names. So an administrator makes `guardrails` and `pipeline` first, and changes them
later: a deployment can widen neither its own rights nor its own door, and it reads nobody's data.
"""

from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from deploy.environments import Environment
from deploy.names import PREFIX, physical, role_name
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack, Statement
from deploy.stacks.boundaries import WORKLOAD_BOUNDARIES

GITHUB: Final = "token.actions.githubusercontent.com"
_BOOTSTRAP: Final = ("deploy-role", "file-publishing-role", "lookup-role")
#: Services that roles of ours are handed to.
PASSED_TO: Final = (
    "apigateway.amazonaws.com",
    "bedrock-agentcore.amazonaws.com",
    "config.amazonaws.com",
    "lambda.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
#: Services whose resources the stacks have. CloudFormation makes, changes and removes these and no others.
SERVICES: Final = (
    "access-analyzer",
    "acm",
    "apigateway",
    "application-signals",
    "bedrock-agentcore",
    "cloudtrail",
    "cloudwatch",
    "cognito-idp",
    "config",
    "dynamodb",
    "ec2",
    "events",
    "guardduty",
    "kms",
    "lambda",
    "logs",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "verifiedpermissions",
    "vpc-lattice",
    "wafv2",
    "xray",
)
#: Services that make a role of their own with the first resource in an account.
LINKED_ROLES: Final = (
    "access-analyzer.amazonaws.com",
    "application-signals.cloudwatch.amazonaws.com",
    "guardduty.amazonaws.com",
    "network.bedrock-agentcore.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "runtime-identity.bedrock-agentcore.amazonaws.com",
    "wafv2.amazonaws.com",
)
#: What a service has beside its resources: data of athletes, and acting as one. CloudFormation needs none of it.
#: Secrets are not here: it must read those that a credential provider names.
NEVER: Final = (
    "bedrock-agentcore:InvokeAgentRuntime",
    "bedrock-agentcore:InvokeAgentRuntimeForUser",
    "bedrock-agentcore:InvokeGateway",
    "bedrock-agentcore:ListEvents",
    "bedrock-agentcore:RetrieveMemoryRecords",
    "cognito-idp:AdminGetUser",
    "cognito-idp:AdminInitiateAuth",
    "cognito-idp:AdminSetUserPassword",
    "cognito-idp:ListUsers",
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ec2:RunInstances",
    "lambda:InvokeFunction",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:StartQuery",
)
_BUILD: Final = "CloudFormation makes the stacks: each service of theirs, under the boundary and the SCPs."


class PipelineStack(FitnessStack):
    """Provider, role and execution policy."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "pipeline", environment, description="Who deploys.")
        provider = iam.CfnOIDCProvider(self, "github", url=f"https://{GITHUB}", client_id_list=["sts.amazonaws.com"])
        self._workflow_role(provider)
        self._execution_policy()

    def _workflow_role(self, provider: iam.CfnOIDCProvider) -> None:
        environment = self.environment_
        # One environment of one repository: GitHub asks its reviewers before a job of it gets a token.
        trusted = {
            "StringEquals": {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": f"repo:{environment.repository}:environment:{environment.name}",
            }
        }
        bucket = f"arn:aws:s3:::{self.arns.packages_bucket}"
        statements = [
            Statement(
                "BecomeBootstrapRoles",
                ["sts:AssumeRole"],
                [
                    self.arns.of("iam", f"role/cdk-*-{role}-{environment.account}-{environment.region}", region="")
                    for role in _BOOTSTRAP
                ],
                star="`cdk bootstrap` puts its qualifier into the names.",
            ),
            Statement(
                "PutPackages",
                ["s3:GetObject", "s3:PutObject"],
                [f"{bucket}/*"],
                star="Packages are named by the digest of what is in them.",
            ),
            Statement(
                "EncryptPackages",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                [self.arns.of("kms", "key/*")],
                {"StringEquals": {"kms:ViaService": f"s3.{environment.region}.amazonaws.com"}},
                star="The bucket's key, through S3 alone.",
            ),
            Statement(
                "KnowWhatIsDeployed",
                ["cloudformation:DescribeStacks"],
                [self.arns.of("cloudformation", f"stack/{PREFIX}-*/*")],
                star="The stacks of this system; CloudFormation numbers them.",
            ),
        ]
        role = iam.Role(
            self,
            "workflow-role",
            role_name=role_name("workflow"),
            description=f"The workflow of {environment.repository} in its environment {environment.name}.",
            assumed_by=iam.WebIdentityPrincipal(provider.attr_arn, trusted),
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(
                self, "workflow-boundary", self.arns.boundary("deployment")
            ),
            inline_policies={"own": iam.PolicyDocument(statements=[each.cdk() for each in statements])},
        )
        for statement in statements:
            for resource, why in statement.stars.items():
                acknowledge(role, {f"AwsSolutions-IAM5[Resource::{resource}]": why})

    def _execution_policy(self) -> None:
        statements = [
            Statement("MakeResources", [f"{service}:*" for service in SERVICES], ["*"], star=_BUILD),
            *self._roles(),
            *self._handed_on(),
            Statement("DeploysAndReadsNothing", NEVER, ["*"], effect=iam.Effect.DENY),
        ]
        policy = iam.CfnManagedPolicy(
            self,
            "execution-policy",
            managed_policy_name=physical("deployment"),
            description="What CloudFormation may do when it deploys this system.",
            policy_document=iam.PolicyDocument(statements=[each.cdk() for each in statements]),
        )
        reasons = {f"AwsSolutions-IAM5[Action::{service}:*]": _BUILD for service in SERVICES}
        for statement in statements:
            reasons |= {f"AwsSolutions-IAM5[Resource::{each}]": why for each, why in statement.stars.items()}
        acknowledge(policy, reasons)

    def _roles(self) -> list[Statement]:
        """Own roles under a boundary, and the boundaries of workloads; not the door by which it came."""
        own_roles = self.arns.of("iam", f"role/{PREFIX}-*", region="")
        return [
            Statement(
                "MakeOwnRolesUnderABoundary",
                ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:AttachRolePolicy"],
                [own_roles],
                {"StringLike": {"iam:PermissionsBoundary": self.arns.boundary("*")}},
                star=_BUILD,
            ),
            Statement(
                "ChangeOwnRoles",
                [
                    "iam:DeleteRole",
                    "iam:DeleteRolePolicy",
                    "iam:DetachRolePolicy",
                    "iam:GetRole",
                    "iam:GetRolePolicy",
                    "iam:ListAttachedRolePolicies",
                    "iam:ListRolePolicies",
                    "iam:TagRole",
                    "iam:UntagRole",
                    "iam:UpdateAssumeRolePolicy",
                    "iam:UpdateRole",
                    "iam:UpdateRoleDescription",
                ],
                [own_roles],
                star=_BUILD,
            ),
            Statement(
                "ChangeCeilingsOfWorkloads",
                [
                    "iam:CreatePolicy",
                    "iam:CreatePolicyVersion",
                    "iam:DeletePolicy",
                    "iam:DeletePolicyVersion",
                    "iam:GetPolicy",
                    "iam:GetPolicyVersion",
                    "iam:ListPolicyVersions",
                ],
                [self.arns.boundary(kind) for kind in WORKLOAD_BOUNDARIES],
            ),
            Statement(
                "NotItsOwnDoor",
                [
                    "iam:AttachRolePolicy",
                    "iam:DeleteRole",
                    "iam:DeleteRolePolicy",
                    "iam:PutRolePermissionsBoundary",
                    "iam:PutRolePolicy",
                    "iam:UpdateAssumeRolePolicy",
                    "iam:UpdateRole",
                ],
                [self.arns.role("workflow")],
                effect=iam.Effect.DENY,
            ),
        ]

    def _handed_on(self) -> list[Statement]:
        """Roles to their services, and the service-linked ones to theirs."""
        own_roles = self.arns.of("iam", f"role/{PREFIX}-*", region="")
        return [
            Statement(
                "HandRolesToTheirServices",
                ["iam:PassRole"],
                [own_roles],
                {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
                star="Roles of this system, each to its own service.",
            ),
            Statement(
                "FirstResourceOfAnAccount",
                ["iam:CreateServiceLinkedRole"],
                [self.arns.of("iam", f"role/aws-service-role/{service}/*", region="") for service in LINKED_ROLES],
                {"StringEquals": {"iam:AWSServiceName": list(LINKED_ROLES)}},
                star="The service names the role.",
            ),
        ]
