"""Usage plans: API keys count the calls of a program and authorize nothing."""

from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from deploy.names import physical
from deploy.stacks.apis.rest_api import TeamRestApi
from deploy.stacks.base import FitnessStack

_REQUESTS_A_DAY = 100_000
_REQUESTS_A_SECOND = 50


def usage_plans(stack: FitnessStack, api: TeamRestApi, keys: Mapping[str, str]) -> None:
    """One plan and one key for each program, so that each is counted and can be ended alone.

    Args:
        stack: Where they are made.
        api: What they count for.
        keys: Name of the API-key provider to the key's value, which CloudFormation resolves.
    """
    for name, value in keys.items():
        plan = apigateway.CfnUsagePlan(
            stack,
            f"plan-{name}",
            usage_plan_name=physical(name),
            api_stages=[apigateway.CfnUsagePlan.ApiStageProperty(api_id=api.api.ref, stage=api.stage.ref)],
            quota=apigateway.CfnUsagePlan.QuotaSettingsProperty(limit=_REQUESTS_A_DAY, period="DAY"),
            throttle=apigateway.CfnUsagePlan.ThrottleSettingsProperty(
                rate_limit=_REQUESTS_A_SECOND, burst_limit=2 * _REQUESTS_A_SECOND
            ),
        )
        key = apigateway.CfnApiKey(stack, f"key-{name}", name=physical(name), enabled=True, value=value)
        apigateway.CfnUsagePlanKey(
            stack, f"plan-key-{name}", key_id=key.ref, key_type="API_KEY", usage_plan_id=plan.ref
        )
