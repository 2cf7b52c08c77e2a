"""What AgentCore writes about the gateway: which request, when, in which trace. Never what was in it.

A record has a `body` with the request of a tool, which is health data, so the fields are named here and it is not among
them. Runtimes write their own log; what AgentCore would deliver about them is payloads, and is not asked for.
"""

from typing import Final

from aws_cdk import aws_logs as logs

from deploy.names import GATEWAY_LOG_GROUP, physical
from deploy.stacks.base import FitnessStack

FIELDS: Final = ("resource_arn", "event_timestamp", "account_id", "request_id", "trace_id", "span_id")


def deliver_log(stack: FitnessStack, gateway_arn: str) -> None:
    """Into the group of the observability stack, which has key and retention."""
    source = logs.CfnDeliverySource(
        stack,
        "gateway-log-source",
        name=physical("gateway-log"),
        log_type="APPLICATION_LOGS",
        resource_arn=gateway_arn,
    )
    destination = logs.CfnDeliveryDestination(
        stack,
        "gateway-log-destination",
        name=physical("gateway-log"),
        destination_resource_arn=stack.arns.of("logs", f"log-group:{GATEWAY_LOG_GROUP}"),
    )
    delivery = logs.CfnDelivery(
        stack,
        "gateway-log-delivery",
        delivery_source_name=physical("gateway-log"),
        delivery_destination_arn=destination.attr_arn,
        record_fields=list(FIELDS),
    )
    delivery.add_resource_dependency(source)
