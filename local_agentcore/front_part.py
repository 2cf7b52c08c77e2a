"""The data plane, configured from the hop table."""

from starlette.types import ASGIApp

from gateway_config.hops import ResourceServer
from gateway_config.model import AGENT
from identity.vault.policy import VaultPolicy
from local_agentcore.blueprint import ACCOUNT, REGION, Blueprint
from local_agentcore.front.app import create_app
from local_agentcore.front.settings import FrontSettings, RuntimeSettings
from local_agentcore.identity_parts import access_keys
from local_agentcore.ports import runtime_name


def front(blueprint: Blueprint) -> ASGIApp:
    """The public side of the agent and of every MCP server."""
    return create_app(front_settings(blueprint))


def front_settings(blueprint: Blueprint) -> FrontSettings:
    """Runtimes and keys of one stack."""
    key = blueprint.keys.access_keys["front"]
    runtimes = tuple(_runtime(blueprint, row) for row in blueprint.hops.resource_servers if row.kind == "runtime")
    return FrontSettings(
        base_url=blueprint.ports.url("data_plane"),
        vault_url=blueprint.ports.url("control_plane"),
        region=REGION,
        account=ACCOUNT,
        front_secret=blueprint.keys.front_secret,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key,
        roles=VaultPolicy(keys=tuple(access_keys(blueprint))),
        runtimes=(*runtimes, _for_roles(runtimes)),
    )


def _for_roles(runtimes: tuple[RuntimeSettings, ...]) -> RuntimeSettings:
    """The coach's second door, as `iam_runtime` of deploy/environments.yaml makes it: the same container."""
    (coach,) = (runtime for runtime in runtimes if runtime.workload == AGENT)
    return coach.model_copy(update={"name": f"{coach.name}_iam", "lets_in": "roles"})


def _runtime(blueprint: Blueprint, row: ResourceServer) -> RuntimeSettings:
    return RuntimeSettings(
        name=runtime_name(row.name),
        workload=row.name,
        issuer=blueprint.issuer_of(row.pool),
        protocol="MCP" if row.team else "HTTP",
        container_url=blueprint.ports.url(row.name),
        public_url=blueprint.ports.runtime_url(row.name),
        audiences=frozenset(blueprint.audiences(row.name)),
        clients=row.clients(local=True),
        foreign_audiences=blueprint.foreign_audiences(row.name),
        table_clients=blueprint.hops.client_ids,
        # A tool's scopes are checked by its server, which alone knows the tool.
        required_scopes=frozenset() if row.team else frozenset(row.scopes),
        scopes_supported=tuple(row.scopes),
    )
