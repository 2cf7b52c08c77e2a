"""The gateway, configured from `gateway_config/` and the hop table."""

from collections.abc import Callable

from pydantic import SecretStr
from starlette.types import ASGIApp

from gateway_config.documents import FOLDER
from gateway_config.errors import ConfigInvalid
from gateway_config.gateway import GATEWAY_FILE, Gateway, PolicyMode, read_gateway
from gateway_config.gateway_target import read_gateway_targets
from gateway_config.model import GATEWAY
from gateway_config.tool_pins import read_tool_pins
from gateway_config.tool_policy import read_tool_policies
from identity.tokens import Trust
from local_agentcore.blueprint import REGION, Blueprint
from local_agentcore.gateway.admission.admission import JudgedTools
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.app import create_app
from local_agentcore.gateway.inspection import Inspection
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.reloading import pin_reload, policy_reload
from local_agentcore.gateway.rpc import Versions
from local_agentcore.gateway.settings import GatewaySettings, InboundSettings
from local_agentcore.gateway_functions import FUNCTIONS
from local_agentcore.gateway_targets import target_settings
from local_agentcore.ports import HOST

DEFAULT_SESSION_TIMEOUT_S = 3600  # AWS's
PAGE_SIZE = 100


def gateway(
    blueprint: Blueprint, *, adjusted: Callable[[GatewaySettings], GatewaySettings] = lambda settings: settings
) -> ASGIApp:
    """The one door to the tools of all targets.

    Args:
        blueprint: Of the stack.
        adjusted: Changes what the configuration does not say: times, sizes, rates.
    """
    values = blueprint.public_placeholders()
    config = read_gateway(values)
    gatekeeper = Gatekeeper(read_tool_pins())
    policies = ToolPolicies(read_tool_policies(values), values["GATEWAY_ARN"], _mode(config))
    reloads = (
        policy_reload(policies, FOLDER, lambda: read_tool_policies(values)),
        pin_reload(gatekeeper, FOLDER, read_tool_pins),
    )
    return create_app(
        adjusted(_settings(blueprint, config)),
        authorizer=policies,
        admission=JudgedTools(gatekeeper, policies),
        functions=FUNCTIONS,
        background=[reload.watch for reload in reloads],
        inspecting=lambda catalog: Inspection(catalog, gatekeeper, policies),
    )


def _settings(blueprint: Blueprint, config: Gateway) -> GatewaySettings:
    values, key = blueprint.public_placeholders(), blueprint.keys.access_keys[GATEWAY]
    port = blueprint.ports.port("gateway")
    return GatewaySettings(
        name=config.name,
        url=blueprint.ports.gateway_url(),
        hosts=frozenset({f"{HOST}:{port}", f"localhost:{port}"}),
        inbound=_inbound(blueprint, config),
        targets=tuple(target_settings(target, values["GATEWAY_ARN"]) for target in read_gateway_targets(values)),
        # The front, behind which the teams' servers are, and the API that is reached directly.
        private_targets=frozenset({f"{HOST}:{blueprint.ports.port(part)}" for part in ("data_plane", "api-support")}),
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
        interceptors=config.interceptors,
        consent_state_key=SecretStr(blueprint.keys.consent_state_key),
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
