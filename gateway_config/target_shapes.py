"""CreateGatewayTarget as it is written, in AWS's spelling: the kinds and credentials that the local gateway has."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway_config.gateway_shapes import Shape, Text


class SchemaShape(Shape):
    """A schema as text; AWS also takes one from S3, which a laptop has not."""

    inline_payload: Text


class McpServerShape(Shape):
    endpoint: Text
    mcp_tool_schema: SchemaShape | None = None
    listing_mode: Literal["DEFAULT", "DYNAMIC"] = "DEFAULT"
    resource_priority: int = 1000


class ToolShape(Shape):
    name: Text
    description: Text
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None


class ToolSchemaShape(Shape):
    tools: Annotated[tuple[ToolShape, ...], Field(min_length=1)] = Field(alias="inlinePayload")


class LambdaShape(Shape):
    lambda_arn: Text
    tool_schema: ToolSchemaShape


class McpTargetShape(Shape):
    mcp_server: McpServerShape | None = None
    open_api_schema: SchemaShape | None = None
    function: LambdaShape | None = Field(default=None, alias="lambda")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(one is not None for one in (self.mcp_server, self.open_api_schema, self.function)) != 1:
            raise ValueError("needs one of mcpServer, openApiSchema and lambda")
        return self


class TargetConfigurationShape(Shape):
    mcp: McpTargetShape


class OauthShape(Shape):
    provider_arn: Text
    scopes: tuple[Text, ...]
    custom_parameters: dict[str, str] = Field(default_factory=dict)
    grant_type: Literal["TOKEN_EXCHANGE", "CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"] = "CLIENT_CREDENTIALS"
    default_return_url: Text | None = None

    @model_validator(mode="after")
    def _a_consent_comes_back(self) -> Self:
        if (self.grant_type == "AUTHORIZATION_CODE") != (self.default_return_url is not None):
            raise ValueError("defaultReturnUrl goes with AUTHORIZATION_CODE, and with nothing else")
        return self


class ApiKeyShape(Shape):
    provider_arn: Text
    credential_parameter_name: Text
    credential_prefix: str = ""
    credential_location: Literal["HEADER", "QUERY_PARAMETER"] = "HEADER"


class CredentialShape(Shape):
    oauth: OauthShape | None = Field(default=None, alias="oauthCredentialProvider")
    api_key: ApiKeyShape | None = Field(default=None, alias="apiKeyCredentialProvider")


class CredentialConfigurationShape(Shape):
    kind: Literal["OAUTH", "API_KEY", "GATEWAY_IAM_ROLE"] = Field(alias="credentialProviderType")
    provider: CredentialShape | None = Field(default=None, alias="credentialProvider")

    @property
    def oauth(self) -> OauthShape | None:
        return self.provider.oauth if self.provider else None

    @property
    def api_key(self) -> ApiKeyShape | None:
        return self.provider.api_key if self.provider else None

    @model_validator(mode="after")
    def _type_and_provider_agree(self) -> Self:
        given = [name for name, one in (("OAUTH", self.oauth), ("API_KEY", self.api_key)) if one]
        if given != ([] if self.kind == "GATEWAY_IAM_ROLE" else [self.kind]):
            raise ValueError(f"credentialProviderType {self.kind} needs the credentialProvider of its kind alone")
        return self


class MetadataShape(Shape):
    allowed_request_headers: tuple[Text, ...] = ()
    allowed_query_parameters: tuple[Text, ...] = ()
    allowed_response_headers: tuple[Text, ...] = ()


class TargetShape(Shape):
    """The request, without gatewayIdentifier."""

    name: Text
    description: Text | None = None
    target_configuration: TargetConfigurationShape
    credentials: Annotated[tuple[CredentialConfigurationShape, ...], Field(max_length=1)] = Field(
        default=(), alias="credentialProviderConfigurations"
    )
    metadata_configuration: MetadataShape = MetadataShape()

    @property
    def credential(self) -> CredentialConfigurationShape | None:
        return self.credentials[0] if self.credentials else None
