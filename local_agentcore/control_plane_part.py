"""The control plane of the stack: the token vault, and what the configuration declares of gateway and policies."""

import time

from starlette.types import ASGIApp

from gateway_config.model import GATEWAY, read_gateway_requests
from gateway_config.tool_policy import read_tool_policies
from identity.vault.app import create_app as create_vault
from local_agentcore.blueprint import ACCOUNT, GATEWAY_ARN, POLICY_ENGINE_ARN, REGION, Blueprint
from local_agentcore.control_plane.app import ControlPlane, GatewayControl
from local_agentcore.control_plane.declared import Declared
from local_agentcore.control_plane.operations import ControlOperations
from local_agentcore.identity_parts import vault_settings
from local_agentcore.loopback_guard import LoopbackGuard

WORKLOAD_ARN = (
    f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:workload-identity-directory/default/workload-identity/{GATEWAY}"
)


def control_plane(blueprint: Blueprint) -> ASGIApp:
    """Vault, gateway and policy operations on one port."""
    settings = vault_settings(blueprint)
    gateways = GatewayControl(
        ControlOperations(_declared(blueprint)),
        settings.keys,
        region=settings.region,
        hosts=settings.hosts,
        clock_skew_s=settings.clock_skew_s,
    )
    # The vault trusts signatures; a web page has none, and is told nothing either.
    return LoopbackGuard(ControlPlane(create_vault(settings), gateways), settings.hosts)


def _declared(blueprint: Blueprint) -> Declared:
    values = blueprint.public_placeholders()
    return Declared(
        read_gateway_requests(values),
        lambda: read_tool_policies(values),
        gateway_arn=GATEWAY_ARN,
        gateway_url=blueprint.ports.gateway_url(),
        engine_arn=POLICY_ENGINE_ARN,
        workload_arn=WORKLOAD_ARN,
        since_s=time.time(),
    )
