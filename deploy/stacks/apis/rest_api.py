"""One REST API of API Gateway: every operation of the team's OpenAPI document is a method, and nothing else is.

Validators look at required query parameters and members alone. They are no stricter than the function, which names the
field and why; what they add is that nonsense costs no invocation.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from deploy.names import STAGE, api_log_group, physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.apis.openapi import Operation
from deploy.stacks.base import FitnessStack
from deploy.stacks.refusals import DETAILS, REFUSALS, refusals
from deploy.stacks.rest import (
    construct_id,
    deployment,
    invocation_uri,
    may_invoke,
    operation_source,
    resource_ids,
    resource_policy,
    stage,
    stage_arn,
)

_BINARY = "application/octet-stream"
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
        log_key_arn: Key of its logs.
        cached: Whether answers of GET are kept, by query and token; for catalogues that are the same for everybody.
    """

    team: str
    operations: list[Operation]
    handler: lambda_.CfnFunction
    authorizer: lambda_.CfnFunction
    endpoint_id: str | None
    log_key_arn: str
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
        resources = resource_ids(self.stack, self._name, self.api, (each.path for each in self.plan.operations))
        methods = [self._method(operation, resources[operation.path]) for operation in self.plan.operations]
        shows = [*methods, self._authorizer, *refusals(self.stack, self._name, self.api)]
        shown = deployment(self.stack, self._name, self.api, shows=shows, told=self._told())
        self.stage = stage(
            self.stack,
            self._name,
            self.api,
            shown,
            log_group=api_log_group(self.plan.team),
            log_key_arn=self.plan.log_key_arn,
            cached=self.plan.cached,
        )
        self._permissions()

    @property
    def url(self) -> str:
        """Where the team's server reaches it."""
        return f"https://{self.api.ref}.execute-api.{self.stack.region}.amazonaws.com/{STAGE}"

    @property
    def stage_arn(self) -> str:
        """For the web ACL."""
        return stage_arn(self.stack, self.api)

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
            policy=resource_policy(self.plan.endpoint_id),
            binary_media_types=[_BINARY] if any(each.binary for each in self.plan.operations) else None,
            api_key_source_type="HEADER",
        )

    def _request_authorizer(self) -> apigateway.CfnAuthorizer:
        return apigateway.CfnAuthorizer(
            self.stack,
            f"{self._name}-authorizer",
            rest_api_id=self.api.ref,
            name=physical(f"authorizer-{self.plan.team}"),
            type="REQUEST",
            authorizer_uri=invocation_uri(self.stack, self.plan.authorizer),
            identity_source="method.request.header.Authorization",
            # A kept policy would be applied to other methods of the same token (I07).
            authorizer_result_ttl_in_seconds=0,
        )

    def _method(self, operation: Operation, resource_id: str) -> apigateway.CfnMethod:
        name = f"{self._name}-{operation.method}{construct_id(operation.path)}"
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
                uri=invocation_uri(self.stack, self.plan.handler),
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

    def _permissions(self) -> None:
        """The API may invoke the function for its own operations, and the authorizer as itself."""
        for each in self.plan.operations:
            source = operation_source(each.method, each.path)
            name = f"{self._name}-invoke-{construct_id(each.method + each.path)}"
            may_invoke(self.stack, name, self.api, self.plan.handler, what=source)
        what = f"authorizers/{self._authorizer.ref}"
        may_invoke(self.stack, f"{self._name}-ask", self.api, self.plan.authorizer, what=what)

    def _told(self) -> dict[str, Any]:
        """What a deployment of this API is a picture of."""
        return {
            "operations": [asdict(each) for each in self.plan.operations],
            "refusals": [REFUSALS, DETAILS],
            "private": self.plan.endpoint_id is not None,
            "cached": self.plan.cached,
        }


def _path_parameters(path: str) -> dict[str, bool]:
    return {f"method.request.path.{part[1:-1]}": True for part in path.split("/") if part.startswith("{")}
