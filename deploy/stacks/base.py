"""What every stack shares: its environment, names made before deployment, tags, and how a role is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from deploy.environments import Environment
from deploy.errors import StarWithoutReason
from deploy.names import Arns, physical, role_name
from deploy.stacks.acknowledgements import acknowledge


class FitnessStack(cdk.Stack):
    """A stack of one environment. `self.environment_` is not named `environment`: CDK has one of its own."""

    def __init__(self, scope: Construct, name: str, environment: Environment, *, description: str) -> None:
        super().__init__(
            scope,
            f"{environment.name}-{name}",
            stack_name=physical(name),
            description=description,
            env=cdk.Environment(account=environment.account, region=environment.region),
            termination_protection=environment.retain_data,
            # No asset is published for a role to read: code comes from the packages' bucket, templates are small.
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        self.environment_ = environment
        self.arns = Arns(environment)
        cdk.Tags.of(self).add("system", "fitness-coach")
        cdk.Tags.of(self).add("stack", name)

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What happens to data when its stack goes."""
        return cdk.RemovalPolicy.RETAIN if self.environment_.retain_data else cdk.RemovalPolicy.DESTROY


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a role: why it is there, what it allows on what, under which conditions.

    Attributes:
        sid: Letters and digits; says why.
        actions: Exact names, no star.
        resources: ARNs.
        conditions: Operator to key to value.
        effect: Allow, or Deny for what no later policy may give.
        star: Why a resource has a `*`. Without it there may be none; `?` stands for characters that a service appends.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] | None = None
    effect: iam.Effect = iam.Effect.ALLOW
    star: str | None = None

    @property
    def stars(self) -> dict[str, str]:
        """Resource to why it has a star.

        Raises:
            StarWithoutReason: There is one and no reason.
        """
        found = [resource for resource in self.resources if "*" in resource]
        if not found or self.effect == iam.Effect.DENY:
            return {}
        if self.star is None:
            raise StarWithoutReason(self.sid, found[0])
        return dict.fromkeys(found, self.star)

    def cdk(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=self.sid,
            actions=list(self.actions),
            resources=list(self.resources),
            conditions=dict(self.conditions or {}),
            effect=self.effect,
        )


def service_role(
    stack: FitnessStack,
    name: str,
    *,
    service: str,
    source_arn: str | None,
    boundary: str,
    statements: Sequence[Statement],
    description: str,
) -> iam.IRole:
    """A role that one AWS service may assume for one resource of this account, under a permissions boundary.

    Grants of the CDK do not change it: what stands here is all it may do.

    Args:
        stack: Where it is made.
        name: Of what runs under it.
        service: For example `lambda.amazonaws.com`.
        source_arn: On whose behalf the service assumes it (confused deputy); None where the service sends none.
        boundary: Name of a boundary of the guardrails stack.
        statements: Its one inline policy.
        description: For the reader of the account.
    """
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": stack.environment_.account}}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    role = iam.Role(
        stack,
        f"{name}-role",
        role_name=role_name(name),
        description=description,
        assumed_by=iam.ServicePrincipal(service, conditions=conditions),
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(
            stack, f"{name}-boundary", stack.arns.boundary(boundary)
        ),
        inline_policies={"own": iam.PolicyDocument(statements=[each.cdk() for each in statements])},
    )
    for statement in statements:
        for resource, why in statement.stars.items():
            acknowledge(role, {f"AwsSolutions-IAM5[Resource::{resource}]": why})
    return role.without_policy_updates()
