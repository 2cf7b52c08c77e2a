"""One REST API of API Gateway: every operation of the team's OpenAPI document is a method, and nothing else is.

Validators look at required query parameters and members alone. They are no stricter than the function, which names the
field and why; what they add is that nonsense costs no invocation.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from deploy.names import STAGE, api_log_group, physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.apis.openapi import Operation
from deploy.stacks.apis.refusals import refusals
from deploy.stacks.base import FitnessStack

# What an access log line holds: no token, no query, no body, no person.
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "authorizerStatus": "$context.authorizer.status",
    "wafResponseCode": "$context.wafResponseCode",
}
_BINARY = "application/octet-stream"
_CACHE_SECONDS = 300
_OWN_AUTHORIZER = (
    "The authorizer of the laptop decides here too: issuer, audience, upstream client, scope, and the Cedar policies."
)
_PUBLIC = "Help articles are public; an API key counts who asks."


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """One API.

    Attributes:
        team: Whose.
        handler: Function that answers.
        authorizer: Function that decides.
        endpoint_id: VPC endpoint, where the API is private; None for a regional one.
        cached: Whether answers of GET are kept, by query and token; for catalogues that are the same for everybody.
    """

    team: str
    operations: list[Operation]
    handler: lambda_.CfnFunction
    authorizer: lambda_.CfnFunction
    endpoint_id: str | None
    cached: bool = False


@dataclass
class TeamRestApi:
    """Makes the API.

    Attributes:
        api: The resource.
        stage: The only stage.
    """

    stack: FitnessStack
    plan: ApiPlan
    api: apigateway.CfnRestApi = field(init=False)
    stage: apigateway.CfnStage = field(init=False)

    def __post_init__(self) -> None:
        self._name = f"api-{self.plan.team}"
        self.api = self._rest_api()
        self._authorizer = self._request_authorizer()
        self._validator = apigateway.CfnRequestValidator(
            self.stack,
            f"{self._name}-validator",
            rest_api_id=self.api.ref,
            name="required",
            validate_request_body=True,
            validate_request_parameters=True,
        )
        resources = self._resources()
        methods = [self._method(operation, resources[operation.path]) for operation in self.plan.operations]
        refusals(self.stack, self._name, self.api)
        self.stage = self._stage(self._deployment(methods))
        self._permissions()

    @property
    def url(self) -> str:
        """Where the team's server reaches it."""
        return f"https://{self.api.ref}.execute-api.{self.stack.region}.amazonaws.com/{STAGE}"

    @property
    def stage_arn(self) -> str:
        """For the web ACL."""
        return f"arn:aws:apigateway:{self.stack.region}::/restapis/{self.api.ref}/stages/{STAGE}"

    def _rest_api(self) -> apigateway.CfnRestApi:
        private = self.plan.endpoint_id is not None
        return apigateway.CfnRestApi(
            self.stack,
            self._name,
            name=physical(self._name),
            description=f"API of the team {self.plan.team}.",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(
                types=["PRIVATE" if private else "REGIONAL"],
                vpc_endpoint_ids=[self.plan.endpoint_id] if private else None,
            ),
            policy=self._resource_policy(),
            binary_media_types=[_BINARY] if any(each.binary for each in self.plan.operations) else None,
            api_key_source_type="HEADER",
        )

    def _resource_policy(self) -> iam.PolicyDocument:
        """Who may knock at all. Who comes in, the authorizer says."""
        everything = "execute-api:/*"
        statements = [
            iam.PolicyStatement(
                sid="Knock", principals=[iam.AnyPrincipal()], actions=["execute-api:Invoke"], resources=[everything]
            ),
            iam.PolicyStatement(
                sid="NeverUnencrypted",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["execute-api:Invoke"],
                resources=[everything],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
        ]
        if self.plan.endpoint_id is not None:
            statements.append(
                iam.PolicyStatement(
                    sid="OnlyThroughTheEndpoint",
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["execute-api:Invoke"],
                    resources=[everything],
                    conditions={"StringNotEquals": {"aws:SourceVpce": self.plan.endpoint_id}},
                )
            )
        return iam.PolicyDocument(statements=statements)

    def _request_authorizer(self) -> apigateway.CfnAuthorizer:
        return apigateway.CfnAuthorizer(
            self.stack,
            f"{self._name}-authorizer",
            rest_api_id=self.api.ref,
            name=physical(f"authorizer-{self.plan.team}"),
            type="REQUEST",
            authorizer_uri=self._invocation_uri(self.plan.authorizer),
            identity_source="method.request.header.Authorization",
            # A kept policy would be applied to other methods of the same token (I07).
            authorizer_result_ttl_in_seconds=0,
        )

    def _resources(self) -> dict[str, str]:
        """Path to the id of its resource, with all above it."""
        found = {"": self.api.attr_root_resource_id}
        for operation in self.plan.operations:
            above = ""
            for part in operation.path.strip("/").split("/"):
                path = f"{above}/{part}"
                if path not in found:
                    found[path] = apigateway.CfnResource(
                        self.stack,
                        f"{self._name}{path.replace('/', '-').replace('{', '').replace('}', '')}",
                        rest_api_id=self.api.ref,
                        parent_id=found[above],
                        path_part=part,
                    ).ref
                above = path
        return found

    def _method(self, operation: Operation, resource_id: str) -> apigateway.CfnMethod:
        name = f"{self._name}-{operation.method}{operation.path.replace('/', '-').replace('{', '').replace('}', '')}"
        keys = [f"method.request.querystring.{each}" for each in operation.query]
        kept = self.plan.cached and operation.method == "GET"
        method = apigateway.CfnMethod(
            self.stack,
            name,
            rest_api_id=self.api.ref,
            resource_id=resource_id,
            http_method=operation.method,
            authorization_type="NONE" if operation.public else "CUSTOM",
            authorizer_id=None if operation.public else self._authorizer.ref,
            api_key_required=operation.keyed,
            request_validator_id=self._validator.ref,
            request_parameters={
                **{f"method.request.querystring.{each}": wanted for each, wanted in operation.query.items()},
                **_path_parameters(operation.path),
                **({"method.request.header.Authorization": False} if kept else {}),
            },
            request_models={"application/json": self._model(name, operation.body)} if operation.body else None,
            integration=apigateway.CfnMethod.IntegrationProperty(
                type="AWS_PROXY",
                integration_http_method="POST",
                uri=self._invocation_uri(self.plan.handler),
                # A token is part of the key: what one caller was told, no other is.
                cache_key_parameters=[*keys, *_path_parameters(operation.path), "method.request.header.Authorization"]
                if kept
                else None,
            ),
        )
        acknowledge(
            method,
            {"AwsSolutions-APIG4": _PUBLIC, "AwsSolutions-COG4": _PUBLIC}
            if operation.public
            else {"AwsSolutions-COG4": _OWN_AUTHORIZER},
        )
        return method

    def _model(self, name: str, required: tuple[str, ...]) -> str:
        return str(
            apigateway.CfnModel(
                self.stack,
                f"{name}-model",
                rest_api_id=self.api.ref,
                content_type="application/json",
                schema={
                    "$schema": "http://json-schema.org/draft-04/schema#",
                    "type": "object",
                    "required": list(required),
                },
            ).ref
        )

    def _deployment(self, methods: list[apigateway.CfnMethod]) -> apigateway.CfnDeployment:
        """A deployment is a picture: its name changes with what it shows, so that CloudFormation takes a new one."""
        shown = json.dumps(
            [[*map(str, (o.method, o.path, o.public, o.keyed, o.query, o.body))] for o in self.plan.operations]
        )
        digest = hashlib.sha256(f"{shown}{self.plan.cached}{self.plan.endpoint_id is not None}".encode()).hexdigest()[
            :12
        ]
        deployment = apigateway.CfnDeployment(self.stack, f"{self._name}-deployment-{digest}", rest_api_id=self.api.ref)
        for method in methods:
            deployment.add_resource_dependency(method)
        return deployment

    def _stage(self, deployment: apigateway.CfnDeployment) -> apigateway.CfnStage:
        return apigateway.CfnStage(
            self.stack,
            f"{self._name}-stage",
            rest_api_id=self.api.ref,
            deployment_id=deployment.ref,
            stage_name=STAGE,
            tracing_enabled=True,
            cache_cluster_enabled=self.plan.cached,
            cache_cluster_size="0.5" if self.plan.cached else None,
            access_log_setting=apigateway.CfnStage.AccessLogSettingProperty(
                destination_arn=self.stack.arns.of("logs", f"log-group:{api_log_group(self.plan.team)}"),
                format=json.dumps(ACCESS_LOG),
            ),
            method_settings=[
                apigateway.CfnStage.MethodSettingProperty(
                    http_method="*",
                    resource_path="/*",
                    metrics_enabled=True,
                    # Full requests would hold tokens and health values.
                    data_trace_enabled=False,
                    logging_level="ERROR",
                    throttling_burst_limit=200,
                    throttling_rate_limit=100,
                    caching_enabled=self.plan.cached,
                    cache_data_encrypted=True,
                    cache_ttl_in_seconds=_CACHE_SECONDS if self.plan.cached else 0,
                )
            ],
        )

    def _permissions(self) -> None:
        """The API may invoke the function for its own operations, and the authorizer as itself; no console may."""
        arn = self.stack.arns.of("execute-api", self.api.ref)
        for operation in self.plan.operations:
            name = f"{operation.method}{operation.path}".replace("/", "-").replace("{", "").replace("}", "")
            path = "/".join("*" if part.startswith("{") else part for part in operation.path.split("/"))
            self._permission(
                f"{self._name}-invoke-{name}", self.plan.handler, f"{arn}/{STAGE}/{operation.method}{path}"
            )
        self._permission(f"{self._name}-ask", self.plan.authorizer, f"{arn}/authorizers/{self._authorizer.ref}")

    def _permission(self, name: str, function: lambda_.CfnFunction, source_arn: str) -> None:
        lambda_.CfnPermission(
            self.stack,
            name,
            action="lambda:InvokeFunction",
            function_name=function.attr_arn,
            principal="apigateway.amazonaws.com",
            source_arn=source_arn,
            source_account=self.stack.environment_.account,
        )

    def _invocation_uri(self, function: lambda_.CfnFunction) -> Any:
        return cdk.Fn.join(
            "",
            [
                f"arn:aws:apigateway:{self.stack.environment_.region}:lambda:path/2015-03-31/functions/",
                function.attr_arn,
                "/invocations",
            ],
        )


def _path_parameters(path: str) -> dict[str, bool]:
    return {f"method.request.path.{part[1:-1]}": True for part in path.split("/") if part.startswith("{")}
