"""The gateway, configured from `gateway_config/` and the hop table."""

from collections.abc import Mapping

from pydantic import SecretStr
from starlette.types import ASGIApp

from gateway_config.documents import FOLDER
from gateway_config.errors import ConfigInvalid
from gateway_config.gateway import GATEWAY_FILE, Gateway, PolicyMode, read_gateway
from gateway_config.gateway_target import (
    TARGETS,
    ApiKeyCredential,
    GatewayRole,
    GatewayTarget,
    McpServer,
    OauthCredential,
    OpenApi,
    OutboundGrant,
    read_gateway_targets,
)
from gateway_config.model import GATEWAY
from gateway_config.tool_pins import read_tool_pins
from gateway_config.tool_policy import POLICIES, read_tool_policies
from identity.token_source import Flow
from identity.tokens import Trust
from local_agentcore.blueprint import REGION, Blueprint
from local_agentcore.gateway.admission.admission import JudgedTools
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.app import create_app
from local_agentcore.gateway.openapi.operations import ApiOperation, names_of, read_operations, server_url
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.policy.reloading import PolicyReload
from local_agentcore.gateway.rpc import Versions
from local_agentcore.gateway.settings import (
    ApiKeySettings,
    ApiTargetSettings,
    CredentialSettings,
    GatewaySettings,
    InboundSettings,
    TargetSettings,
)
from local_agentcore.ports import HOST

DEFAULT_SESSION_TIMEOUT_S = 3600  # AWS's
PAGE_SIZE = 100
FLOWS: dict[OutboundGrant, Flow] = {
    "CLIENT_CREDENTIALS": "M2M",
    "TOKEN_EXCHANGE": "ON_BEHALF_OF_TOKEN_EXCHANGE",
    "AUTHORIZATION_CODE": "USER_FEDERATION",
}


def gateway(blueprint: Blueprint) -> ASGIApp:
    """The one door to the tools of all targets."""
    values = blueprint.public_placeholders()
    config, key = read_gateway(values), blueprint.keys.access_keys[GATEWAY]
    port = blueprint.ports.port("gateway")
    policies = ToolPolicies(read_tool_policies(values), values["GATEWAY_ARN"], _mode(config))
    reload = PolicyReload(policies, FOLDER / POLICIES, lambda: read_tool_policies(values))
    return create_app(
        GatewaySettings(
            name=config.name,
            url=blueprint.ports.gateway_url(),
            hosts=frozenset({f"{HOST}:{port}", f"localhost:{port}"}),
            inbound=_inbound(blueprint, config),
            targets=tuple(target_settings(target) for target in read_gateway_targets(values)),
            # The front, behind which the teams' servers are, and the API that is reached directly.
            private_targets=frozenset(
                {f"{HOST}:{blueprint.ports.port(part)}" for part in ("data_plane", "api-support")}
            ),
            workload=GATEWAY,
            vault_url=blueprint.ports.url("control_plane"),
            region=REGION,
            access_key_id=key.access_key_id,
            secret_access_key=SecretStr(key.secret_access_key),
            instructions=config.instructions,
            versions=Versions(config.supported_versions),
            search=config.semantic_search,
            session_timeout_s=config.session_timeout_s or DEFAULT_SESSION_TIMEOUT_S,
            page_size=PAGE_SIZE if config.pages_tools else None,
            streaming=config.streams_responses,
            debug=config.debug_errors,
        ),
        authorizer=policies,
        admission=JudgedTools(Gatekeeper(read_tool_pins()), policies),
        background=(reload.watch,),
    )


def _mode(config: Gateway) -> PolicyMode:
    """A gateway without an engine lets nobody in: it would be open to whoever has any token for it.

    Raises:
        ConfigInvalid: There is none.
    """
    if config.policy_engine is None:
        raise ConfigInvalid("has no policyEngineConfiguration", file=GATEWAY_FILE)
    return config.policy_engine.mode


def _inbound(blueprint: Blueprint, config: Gateway) -> InboundSettings:
    row, authorizer = blueprint.hops.resource_server(GATEWAY), config.authorizer
    return InboundSettings(
        trust=Trust(
            issuer=blueprint.issuer_of(row.pool),
            audiences=frozenset(authorizer.audiences),
            clients=frozenset(authorizer.clients) | row.clients(local=True),
            foreign_audiences=blueprint.foreign_audiences(GATEWAY),
            table_clients=blueprint.hops.client_ids,
        ),
        allowed_scopes=frozenset(authorizer.scopes),
        custom_claims=authorizer.claims,
        advertised_scopes=tuple(authorizer.advertised_scopes.get(scope, scope) for scope in authorizer.scopes),
    )


def target_settings(target: GatewayTarget) -> TargetSettings:
    """One target as the gateway calls it.

    Raises:
        ConfigInvalid: Its kind and its credential do not go together here.
        OpenApiUnusable: Its document cannot be called safely.
    """
    if isinstance(target.kind, McpServer):
        return _mcp_server(target, target.kind)
    if isinstance(target.kind, OpenApi):
        return _api(target, target.kind)
    raise ConfigInvalid(f"target {target.name} is a function", file=TARGETS)


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
    )
