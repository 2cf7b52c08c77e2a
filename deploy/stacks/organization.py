"""The management account: service control policies over both accounts, and Inspector in them.

A policy that an environment says it cannot live under (`private_apis`, `iam_runtime`) is not attached to its account.
Inspector is turned on from here, because CloudFormation has no resource for that in the accounts themselves.
"""

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from deploy.environments import Environment, Environments
from deploy.names import physical
from deploy.stacks.control_policies import Policy, service_control_policies


def accounts_under(name: str, environments: Environments) -> list[str] | None:
    """The accounts that can live under a policy; None for all, by their unit."""
    both: tuple[Environment, ...] = (environments.sandbox, environments.production)
    match name:
        case "private-apis":
            return [environment.account for environment in both if environment.private_apis]
        case "jwt-runtimes":
            return [environment.account for environment in both if not environment.iam_runtime]
        case _:
            return None


class OrganizationStack(cdk.Stack):
    """One policy each, attached to the unit of both accounts or to those that can live under it."""

    def __init__(self, scope: Construct, environments: Environments) -> None:
        organization = environments.organization
        super().__init__(
            scope,
            "organization-guardrails",
            stack_name=physical("organization"),
            description="Service control policies of sandbox and production.",
            env=cdk.Environment(account=organization.account, region=organization.region),
            termination_protection=True,
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        regions = sorted({environments.sandbox.region, environments.production.region})
        for name, (description, document) in service_control_policies(regions).items():
            accounts = accounts_under(name, environments)
            self._policy(
                name,
                "SERVICE_CONTROL_POLICY",
                description,
                document,
                [organization.target_id] if accounts is None else accounts,
            )
        scanned = {"enable_in_regions": {"@@assign": regions}}
        lambdas = {**scanned, "lambda_code_scanning": scanned}
        self._policy(
            "inspector",
            "INSPECTOR_POLICY",
            "Inspector looks at functions and their code.",
            {"inspector": {"enablement": {"lambda_standard_scanning": lambdas}}},
            [organization.target_id],
        )

    def _policy(self, name: str, kind: str, description: str, document: Policy, targets: list[str]) -> None:
        organizations.CfnPolicy(
            self, name, name=physical(name), description=description, type=kind, content=document, target_ids=targets
        )
