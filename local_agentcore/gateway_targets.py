"""The targets of `gateway_config/targets/` as the gateway calls them."""

from collections.abc import Mapping

from gateway_config.errors import ConfigInvalid
from gateway_config.gateway_target import (
    TARGETS,
    ApiKeyCredential,
    GatewayRole,
    GatewayTarget,
    LambdaFunction,
    McpServer,
    OauthCredential,
    OpenApi,
    OutboundGrant,
)
from identity.token_source import Flow
from local_agentcore.gateway.openapi.operations import ApiOperation, names_of, read_operations, server_url
from local_agentcore.gateway.settings import (
    ApiKeySettings,
    ApiTargetSettings,
    CredentialSettings,
    FunctionTargetSettings,
    TargetSettings,
)
from local_agentcore.gateway_ids import gateway_id, target_id

FLOWS: dict[OutboundGrant, Flow] = {
    "CLIENT_CREDENTIALS": "M2M",
    "TOKEN_EXCHANGE": "ON_BEHALF_OF_TOKEN_EXCHANGE",
    "AUTHORIZATION_CODE": "USER_FEDERATION",
}


def target_settings(target: GatewayTarget, gateway_arn: str) -> TargetSettings:
    """One target as the gateway calls it.

    Args:
        target: As the configuration has it.
        gateway_arn: Of the gateway.

    Raises:
        ConfigInvalid: Its kind and its credential do not go together here.
        OpenApiUnusable: Its document cannot be called safely.
    """
    if isinstance(target.kind, McpServer):
        return _mcp_server(target, target.kind)
    if isinstance(target.kind, OpenApi):
        return _api(target, target.kind)
    return _function(target, target.kind, gateway_arn)


def _mcp_server(target: GatewayTarget, server: McpServer) -> TargetSettings:
    if isinstance(target.credential, ApiKeyCredential | GatewayRole):
        raise ConfigInvalid(f"target {target.name}: no local MCP server takes a key or a role", file=TARGETS)
    return TargetSettings(
        name=target.name,
        endpoint=server.endpoint,
        credential=_credential(target.credential),
        static_tools=server.static_tools,
        dynamic=server.listing == "DYNAMIC",
        resource_priority=server.resource_priority,
    )


def _api(target: GatewayTarget, api: OpenApi) -> TargetSettings:
    if isinstance(target.credential, GatewayRole):
        raise ConfigInvalid(f"target {target.name}: no local API takes a role", file=TARGETS)
    key = _api_key(target.credential) if isinstance(target.credential, ApiKeyCredential) else None
    operations = read_operations(api.document)
    if key is not None:
        _require_free(target, key, operations)
    return ApiTargetSettings(
        name=target.name,
        endpoint=server_url(api.document),
        credential=_credential(target.credential) if isinstance(target.credential, OauthCredential) else None,
        static_tools=tuple(operation.tool for operation in operations.values()),
        operations=operations,
        api_key=key,
    )


def _function(target: GatewayTarget, function: LambdaFunction, gateway_arn: str) -> TargetSettings:
    if not isinstance(target.credential, GatewayRole):
        raise ConfigInvalid(f"target {target.name}: a function is called with the gateway's role alone", file=TARGETS)
    return FunctionTargetSettings(
        name=target.name,
        endpoint=function.function_arn,
        credential=None,
        static_tools=function.tools,
        gateway_id=gateway_id(gateway_arn),
        target_id=target_id(target.name),
    )


def _require_free(target: GatewayTarget, key: ApiKeySettings, operations: Mapping[str, ApiOperation]) -> None:
    """No argument of a caller goes where the key goes."""
    if key.parameter.lower() in names_of(operations, "header" if key.location == "HEADER" else "query"):
        raise ConfigInvalid(f"target {target.name}: {key.parameter} carries its key and is an argument", file=TARGETS)


def _api_key(credential: ApiKeyCredential) -> ApiKeySettings:
    return ApiKeySettings(credential.provider, credential.location, credential.parameter, credential.prefix)


def _credential(credential: OauthCredential | None) -> CredentialSettings | None:
    if credential is None:
        return None
    return CredentialSettings(
        provider=credential.provider,
        flow=FLOWS[credential.grant],
        scopes=credential.scopes,
        audiences=(credential.audience,) if credential.audience else (),
        return_url=credential.default_return_url,
    )
