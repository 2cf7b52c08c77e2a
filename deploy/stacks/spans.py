"""Traces: spans are searched in a log group of X-Ray's. Prompts and answers are in none (`agent.settings`)."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_xray as xray

from deploy.names import physical
from deploy.stacks.base import FitnessStack

_GROUPS: Final = ("aws/spans", "/aws/application-signals/data")
# All spans are kept; summaries are made of these.
_INDEXED_PERCENT: Final = 5


def search_spans(stack: FitnessStack) -> None:
    """Turns transaction search on, once in an account, and groups what failed."""
    statement = iam.PolicyStatement(
        sid="SpansOfThisAccount",
        principals=[iam.ServicePrincipal("xray.amazonaws.com")],
        actions=["logs:PutLogEvents"],
        resources=[stack.arns.of("logs", f"log-group:{group}:*") for group in _GROUPS],
        conditions={
            "ArnLike": {"aws:SourceArn": stack.arns.of("xray", "*")},
            "StringEquals": {"aws:SourceAccount": stack.environment_.account},
        },
    )
    may_write = logs.CfnResourcePolicy(
        stack,
        "spans",
        policy_name=physical("spans"),
        policy_document=stack.to_json_string(iam.PolicyDocument(statements=[statement])),
    )
    search = xray.CfnTransactionSearchConfig(stack, "search", indexing_percentage=_INDEXED_PERCENT)
    search.add_resource_dependency(may_write)
    xray.CfnGroup(
        stack,
        "failures",
        group_name=physical("failures"),
        filter_expression="fault = true OR error = true",
        insights_configuration=xray.CfnGroup.InsightsConfigurationProperty(
            insights_enabled=True, notifications_enabled=False
        ),
    )
