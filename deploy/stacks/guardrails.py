"""Permissions boundaries as managed policies, one for each kind of role; `boundaries` says what they hold."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from deploy.environments import Environment
from deploy.names import BOUNDARIES, physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack
from deploy.stacks.boundaries import CEILING, boundary_statements, own_secrets


class GuardrailsStack(FitnessStack):
    """One managed policy for each kind of role."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "guardrails", environment, description="Permissions boundaries.")
        statements = boundary_statements(self.arns)
        for kind in BOUNDARIES:
            policy = iam.CfnManagedPolicy(
                self,
                f"{kind}-boundary",
                managed_policy_name=f"{physical(kind)}-boundary",
                description=f"The most that a {kind} role can be given.",
                policy_document=iam.PolicyDocument(statements=[each.cdk() for each in statements[kind]]),
            )
            acknowledge(
                policy,
                {
                    "AwsSolutions-IAM5[Action::*]": CEILING,
                    **{
                        f"AwsSolutions-IAM5[Action::{action}]": CEILING
                        for statement in statements[kind]
                        for action in statement.actions
                        if action.endswith("*")
                    },
                    "AwsSolutions-IAM5[Resource::*]": CEILING,
                    f"AwsSolutions-IAM5[Resource::{own_secrets(self.arns)}]": CEILING,
                },
            )
