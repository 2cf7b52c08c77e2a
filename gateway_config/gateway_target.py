"""The targets behind the gateway as its own process sees them: CreateGatewayTarget, typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from gateway_config.documents import FOLDER, checked, document, names
from gateway_config.errors import ConfigInvalid
from gateway_config.target_shapes import (
    ApiKeyShape,
    CredentialConfigurationShape,
    OauthShape,
    SchemaShape,
    TargetShape,
)

TARGETS = "targets"
OutboundGrant = Literal["TOKEN_EXCHANGE", "CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"]
ToolEntry = Mapping[str, Any]
"""A tool as `tools/list` says it: name, description, inputSchema, perhaps outputSchema and annotations."""


@dataclass(frozen=True)
class McpServer:
    """A server that speaks MCP.

    Attributes:
        static_tools: What it offers, when listing must not ask it; None: it is asked.
        listing: DEFAULT: one list for everybody; DYNAMIC: asked for each caller.
        resource_priority: Whose resource it is when two targets have one URI; the lower number wins.
    """

    endpoint: str
    static_tools: tuple[ToolEntry, ...] | None
    listing: Literal["DEFAULT", "DYNAMIC"]
    resource_priority: int


@dataclass(frozen=True)
class OpenApi:
    """An HTTP API; each operation of the document is a tool named by its operationId."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class LambdaFunction:
    """A function that is called with a tool's arguments.

    Attributes:
        function_arn: Locally the name at its end picks a Python callable.
    """

    function_arn: str
    tools: tuple[ToolEntry, ...]


@dataclass(frozen=True)
class OauthCredential:
    """A token from the vault.

    Attributes:
        provider: Name of the credential provider at the vault.
        audience: Logical audience to ask for.
        parameters: The provider's further parameters, without the audience.
        default_return_url: Where the browser goes after a consent; set with AUTHORIZATION_CODE.
    """

    provider: str
    grant: OutboundGrant
    scopes: tuple[str, ...]
    audience: str | None
    parameters: Mapping[str, str]
    default_return_url: str | None


@dataclass(frozen=True)
class ApiKeyCredential:
    """A key from the vault.

    Attributes:
        provider: Name of the API-key credential provider at the vault.
        parameter: Header or query parameter that carries it.
        prefix: Written before the key, with a blank between them; empty for none.
    """

    provider: str
    location: Literal["HEADER", "QUERY_PARAMETER"]
    parameter: str
    prefix: str


@dataclass(frozen=True)
class GatewayRole:
    """The gateway's own IAM role: how functions are called."""


TargetKind = McpServer | OpenApi | LambdaFunction
Credential = OauthCredential | ApiKeyCredential | GatewayRole | None


@dataclass(frozen=True)
class GatewayTarget:
    """One target. Its tools are called `<name>___<tool>`.

    Attributes:
        credential: None: the target is called without any.
        passed_request_headers: Headers of the caller that reach the target, in lower case.
        passed_response_headers: Headers of the target that reach the caller, in lower case.
        passed_query_parameters: Query parameters of the caller that reach the target.
    """

    name: str
    description: str
    kind: TargetKind
    credential: Credential
    passed_request_headers: frozenset[str] = frozenset()
    passed_response_headers: frozenset[str] = frozenset()
    passed_query_parameters: frozenset[str] = frozenset()


def read_gateway_targets(values: Mapping[str, str], folder: Path = FOLDER) -> tuple[GatewayTarget, ...]:
    """Read the targets alone, in the order of their files; secrets are not needed.

    Args:
        folder: Where the files are.
        values: Placeholder without its marks to value.

    Raises:
        ConfigError: A file is missing, not YAML, or does not fit; a placeholder has no value; two have one name.
    """
    read: dict[str, GatewayTarget] = {}
    for file in names(folder, TARGETS):
        target = gateway_target(document(folder, file, values), file=file)
        if target.name in read:
            raise ConfigInvalid(f"there is a target {target.name} already", file=file, path="name")
        read[target.name] = target
    return tuple(read.values())


def gateway_target(request: Any, *, file: str) -> GatewayTarget:
    """One request of CreateGatewayTarget, typed.

    Raises:
        ConfigInvalid: It does not fit, or is of a kind that the local gateway does not have.
    """
    shape = checked(TypeAdapter(TargetShape), request, file)
    passed = shape.metadata_configuration
    return GatewayTarget(
        name=shape.name,
        description=shape.description or "",
        kind=_kind(shape, file),
        credential=_credential(shape.credential),
        passed_request_headers=frozenset(name.lower() for name in passed.allowed_request_headers),
        passed_response_headers=frozenset(name.lower() for name in passed.allowed_response_headers),
        passed_query_parameters=frozenset(passed.allowed_query_parameters),
    )


def _kind(shape: TargetShape, file: str) -> TargetKind:
    mcp = shape.target_configuration.mcp
    if mcp.mcp_server:
        where = "targetConfiguration.mcp.mcpServer.mcpToolSchema.inlinePayload"
        static = mcp.mcp_server.mcp_tool_schema
        tools = _tools(_json(static, file, where), file, where) if static else None
        server = mcp.mcp_server
        return McpServer(server.endpoint, tools, server.listing_mode, server.resource_priority)
    if mcp.open_api_schema:
        where = "targetConfiguration.mcp.openApiSchema.inlinePayload"
        api = _json(mcp.open_api_schema, file, where)
        if not isinstance(api, dict) or not isinstance(api.get("paths"), dict):
            raise ConfigInvalid("is no OpenAPI document", file=file, path=where)
        return OpenApi(api)
    assert mcp.function is not None  # noqa: S101 - the shape has one of three
    entries = tuple(tool.model_dump(exclude_none=True, by_alias=True) for tool in mcp.function.tool_schema.tools)
    return LambdaFunction(mcp.function.lambda_arn, entries)


def _json(schema: SchemaShape, file: str, where: str) -> Any:
    try:
        return json.loads(schema.inline_payload)
    except ValueError as error:
        raise ConfigInvalid(f"is not JSON: {error}", file=file, path=where) from error


def _tools(content: Any, file: str, where: str) -> tuple[ToolEntry, ...]:
    listed = content.get("tools") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("name") for one in listed):
        raise ConfigInvalid("is not a list of tools with names", file=file, path=where)
    return tuple(listed)


def _credential(shape: CredentialConfigurationShape | None) -> Credential:
    if shape is None:
        return None
    if shape.oauth:
        return _oauth(shape.oauth)
    return _api_key(shape.api_key) if shape.api_key else GatewayRole()


def _oauth(shape: OauthShape) -> OauthCredential:
    parameters = dict(shape.custom_parameters)
    return OauthCredential(
        provider=shape.provider_arn.rpartition("/")[2],
        grant=shape.grant_type,
        scopes=shape.scopes,
        audience=parameters.pop("audience", None),
        parameters=parameters,
        default_return_url=shape.default_return_url,
    )


def _api_key(shape: ApiKeyShape) -> ApiKeyCredential:
    return ApiKeyCredential(
        provider=shape.provider_arn.rpartition("/")[2],
        location=shape.credential_location,
        parameter=shape.credential_parameter_name,
        prefix=shape.credential_prefix,
    )
