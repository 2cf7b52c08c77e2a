"""The control plane of the stack: the token vault, and what the configuration declares of gateway and policies."""

import time

from starlette.types import ASGIApp

from gateway_config.model import GATEWAY, read_gateway_requests
from gateway_config.tool_policy import read_tool_policies
from identity.vault.app import create_app as create_vault
from identity.vault.settings import VaultSettings
from local_agentcore.blueprint import ACCOUNT, GATEWAY_ARN, MEMORY_ID, POLICY_ENGINE_ARN, REGION, Blueprint
from local_agentcore.control_plane.app import ControlPlane
from local_agentcore.control_plane.declared import Declared
from local_agentcore.control_plane.operations import ControlOperations
from local_agentcore.control_plane.requests import gateway_operations
from local_agentcore.identity_parts import vault_settings
from local_agentcore.loopback_guard import LoopbackGuard
from local_agentcore.memory.operations import MemoryOperations
from local_agentcore.memory.requests import memory_operations
from local_agentcore.memory.store import EventStore
from local_agentcore.rest_json import RestOperations
from local_agentcore.signed_operations import Operations, SignedOperations

# As the Memory of deploy/stacks/agentcore/memory.py.
EXPIRY_DAYS = 90
WORKLOAD_ARN = (
    f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:workload-identity-directory/default/workload-identity/{GATEWAY}"
)


def control_plane(blueprint: Blueprint) -> ASGIApp:
    """Vault, gateway, policy and memory operations on one port."""
    settings = vault_settings(blueprint)
    gateways = _signed(settings, ControlOperations(_declared(blueprint)), gateway_operations())
    events = EventStore(blueprint.database("memory"))
    memory = _signed(settings, MemoryOperations(MEMORY_ID, events, expiry_days=EXPIRY_DAYS), memory_operations())
    # The vault trusts signatures; a web page has none, and is told nothing either.
    return LoopbackGuard(ControlPlane(create_vault(settings), gateways, memory), settings.hosts)


def _signed(settings: VaultSettings, operations: Operations, models: RestOperations) -> SignedOperations:
    return SignedOperations(
        operations,
        models,
        settings.keys,
        region=settings.region,
        hosts=settings.hosts,
        clock_skew_s=settings.clock_skew_s,
    )


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
