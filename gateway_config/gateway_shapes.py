"""CreateGateway as it is written, in AWS's spelling: the part of it that the local gateway has."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Text = Annotated[str, StringConstraints(min_length=1)]


class Shape(BaseModel):
    """A structure of the wire: camel case, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, strict=False)


class ClaimValueShape(Shape):
    text: Text | None = Field(default=None, alias="matchValueString")
    texts: Annotated[tuple[Text, ...], Field(min_length=1)] | None = Field(default=None, alias="matchValueStringList")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("needs matchValueString or matchValueStringList, one of them")
        return self


class ClaimMatchShape(Shape):
    operator: Literal["EQUALS", "CONTAINS", "CONTAINS_ANY"] = Field(alias="claimMatchOperator")
    value: ClaimValueShape = Field(alias="claimMatchValue")


class ClaimShape(Shape):
    name: Text = Field(alias="inboundTokenClaimName")
    value_type: Literal["STRING", "STRING_ARRAY"] = Field(alias="inboundTokenClaimValueType")
    match: ClaimMatchShape = Field(alias="authorizingClaimMatchValue")


class JwtShape(Shape):
    discovery_url: Text
    allowed_audience: tuple[Text, ...] = ()
    allowed_clients: tuple[Text, ...] = ()
    allowed_scopes: tuple[Text, ...] = ()
    custom_claims: tuple[ClaimShape, ...] = ()
    advertised_scope_mapping: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody_is_meant(self) -> Self:
        # A gateway that takes any token of the issuer takes those made for every other hop.
        if not self.allowed_audience and not self.allowed_clients:
            raise ValueError("needs allowedAudience or allowedClients")
        return self


class AuthorizerShape(Shape):
    custom_jwt: JwtShape = Field(alias="customJWTAuthorizer")


class SessionShape(Shape):
    timeout_s: int | None = Field(default=None, alias="sessionTimeoutInSeconds")


class StreamingShape(Shape):
    enable_response_streaming: bool = False


class McpShape(Shape):
    supported_versions: Annotated[tuple[Text, ...], Field(min_length=1)]
    instructions: Text | None = None
    search_type: Literal["SEMANTIC"] | None = None
    session_configuration: SessionShape | None = None
    streaming_configuration: StreamingShape | None = None
    disable_mcp_list_tools_pagination: bool = False


class ProtocolShape(Shape):
    mcp: McpShape


class FunctionShape(Shape):
    arn: Text


class InterceptorChoiceShape(Shape):
    function: FunctionShape = Field(alias="lambda")


class ExclusionShape(Shape):
    field: Literal["RESPONSE_BODY"]


class PayloadFilterShape(Shape):
    exclude: Annotated[tuple[ExclusionShape, ...], Field(min_length=1)]


class InterceptorInputShape(Shape):
    pass_request_headers: bool
    payload_filter: PayloadFilterShape | None = None


class InterceptorShape(Shape):
    interceptor: InterceptorChoiceShape
    interception_points: Annotated[tuple[Literal["REQUEST", "RESPONSE"], ...], Field(min_length=1)]
    input_configuration: InterceptorInputShape | None = None


class PolicyEngineUseShape(Shape):
    arn: Text
    mode: Literal["LOG_ONLY", "ENFORCE"]


class GatewayShape(Shape):
    """The request. Members that only AWS acts on (keys, tags, domains) are taken and not read."""

    name: Text
    description: Text | None = None
    role_arn: Text
    protocol_type: Literal["MCP"]
    authorizer_type: Literal["CUSTOM_JWT"]
    authorizer_configuration: AuthorizerShape
    protocol_configuration: ProtocolShape
    policy_engine: PolicyEngineUseShape | None = Field(default=None, alias="policyEngineConfiguration")
    exception_level: Literal["DEBUG"] | None = None
    interceptors: tuple[InterceptorShape, ...] = Field(default=(), alias="interceptorConfigurations")
    kms_key_arn: Text | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    domain_override: dict[str, object] | None = None
