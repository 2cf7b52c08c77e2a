"""What every REST API of API Gateway here has: paths, a deployment, one stage, and exact rights to invoke."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from deploy.names import STAGE
from deploy.stacks.base import FitnessStack

# What an access log line holds: no token, no query, no body, no person.
ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "authorizerStatus": "$context.authorizer.status",
    "wafResponseCode": "$context.wafResponseCode",
}
#: API Gateway writes its own errors to groups that begin like this.
EXECUTION_LOG_GROUP: Final = "API-Gateway-Execution-Logs_"
_CACHE_SECONDS: Final = 300
_BURST: Final = 200
_REQUESTS_A_SECOND: Final = 100


def resource_policy(endpoint_id: str | None = None) -> iam.PolicyDocument:
    """Who may knock at all. Who comes in, the authorizer or the page's own sign-in says.

    Args:
        endpoint_id: VPC endpoint through which alone a private API is reached.
    """
    statements = [
        _statement("Knock", iam.Effect.ALLOW),
        _statement("NeverUnencrypted", iam.Effect.DENY, {"Bool": {"aws:SecureTransport": "false"}}),
    ]
    if endpoint_id is not None:
        elsewhere = {"StringNotEquals": {"aws:SourceVpce": endpoint_id}}
        statements.append(_statement("OnlyThroughTheEndpoint", iam.Effect.DENY, elsewhere))
    return iam.PolicyDocument(statements=statements)


def resource_ids(stack: FitnessStack, name: str, api: apigateway.CfnRestApi, paths: Iterable[str]) -> Mapping[str, str]:
    """Path to the id of its resource, with all above it; the root is the empty path."""
    found = {"": api.attr_root_resource_id}
    for each in paths:
        above = ""
        for part in filter(None, each.split("/")):
            path = f"{above}/{part}"
            if path not in found:
                found[path] = apigateway.CfnResource(
                    stack, f"{name}{construct_id(path)}", rest_api_id=api.ref, parent_id=found[above], path_part=part
                ).ref
            above = path
    return found


def construct_id(path: str) -> str:
    """`/activities/{activity_id}` to `-activities-activity_id`."""
    return path.replace("/", "-").replace("{", "").replace("}", "")


def deployment(
    stack: FitnessStack,
    name: str,
    api: apigateway.CfnRestApi,
    *,
    shows: Sequence[cdk.CfnResource],
    told: Any,
) -> apigateway.CfnDeployment:
    """A deployment is a picture: its name changes with what it shows, so that CloudFormation takes a new one.

    Args:
        stack: Where it is made.
        name: Of the API.
        api: What it is of.
        shows: All that must exist before; what comes later is not in the picture.
        told: Whatever these are made of, as JSON.
    """
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    made = apigateway.CfnDeployment(stack, f"{name}-deployment-{digest}", rest_api_id=api.ref)
    for resource in shows:
        made.add_resource_dependency(resource)
    return made


def stage(
    stack: FitnessStack,
    name: str,
    api: apigateway.CfnRestApi,
    shown: apigateway.CfnDeployment,
    *,
    log_group: str,
    log_key_arn: str,
    cached: bool = False,
) -> apigateway.CfnStage:
    """The only stage. Its log says that something was asked and how it ended; requests are never logged.

    Args:
        stack: Where it is made.
        name: Of the API.
        api: What it is of.
        shown: What it shows.
        log_group: Of the access log.
        log_key_arn: Key of the log of API Gateway's own errors, whose group is called after the API's generated id.
        cached: Whether answers may be kept.
    """
    errors = logs.CfnLogGroup(
        stack,
        f"{name}-errors",
        log_group_name=f"{EXECUTION_LOG_GROUP}{api.ref}/{STAGE}",
        retention_in_days=stack.environment_.log_retention_days,
        kms_key_id=log_key_arn,
    )
    errors.apply_removal_policy(stack.removal_policy)
    made = apigateway.CfnStage(
        stack,
        f"{name}-stage",
        rest_api_id=api.ref,
        deployment_id=shown.ref,
        stage_name=STAGE,
        tracing_enabled=True,
        cache_cluster_enabled=cached,
        cache_cluster_size="0.5" if cached else None,
        access_log_setting=apigateway.CfnStage.AccessLogSettingProperty(
            destination_arn=stack.arns.of("logs", f"log-group:{log_group}"), format=json.dumps(ACCESS_LOG)
        ),
        method_settings=[
            apigateway.CfnStage.MethodSettingProperty(
                http_method="*",
                resource_path="/*",
                metrics_enabled=True,
                # Full requests would hold tokens and health values.
                data_trace_enabled=False,
                logging_level="ERROR",
                throttling_burst_limit=_BURST,
                throttling_rate_limit=_REQUESTS_A_SECOND,
                caching_enabled=cached,
                cache_data_encrypted=True,
                cache_ttl_in_seconds=_CACHE_SECONDS if cached else 0,
            )
        ],
    )
    made.add_resource_dependency(errors)
    return made


def stage_arn(stack: FitnessStack, api: apigateway.CfnRestApi) -> str:
    """For the web ACL."""
    return f"arn:aws:apigateway:{stack.environment_.region}::/restapis/{api.ref}/stages/{STAGE}"


def may_invoke(
    stack: FitnessStack, name: str, api: apigateway.CfnRestApi, function: lambda_.CfnFunction, *, what: str
) -> None:
    """The API may invoke the function for one operation, or as its authorizer; the console's test may not.

    Args:
        stack: Where it is made.
        name: Of the permission.
        api: Which API.
        function: What it invokes.
        what: `v1/GET/activities/*`, `authorizers/abc`.
    """
    lambda_.CfnPermission(
        stack,
        name,
        action="lambda:InvokeFunction",
        function_name=function.attr_arn,
        principal="apigateway.amazonaws.com",
        source_arn=f"{stack.arns.of('execute-api', api.ref)}/{what}",
        source_account=stack.environment_.account,
    )


def operation_source(method: str, path: str) -> str:
    """`v1/GET/activities/*`: what API Gateway names as the source when it invokes for this operation."""
    parts = ("*" if part.startswith("{") else part for part in path.split("/"))
    return f"{STAGE}/{method}{'/'.join(parts)}"


def invocation_uri(stack: FitnessStack, function: lambda_.CfnFunction) -> str:
    """Where API Gateway invokes a function."""
    prefix = f"arn:aws:apigateway:{stack.environment_.region}:lambda:path/2015-03-31/functions/"
    return cdk.Fn.join("", [prefix, function.attr_arn, "/invocations"])


def _statement(sid: str, effect: iam.Effect, conditions: Mapping[str, Any] | None = None) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=effect,
        principals=[iam.AnyPrincipal()],
        actions=["execute-api:Invoke"],
        resources=["execute-api:/*"],
        conditions=dict(conditions or {}),
    )
