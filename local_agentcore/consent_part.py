"""The consent return, configured from the hop table."""

from pydantic import SecretStr
from starlette.types import ASGIApp

from gateway_config.hops import Client
from identity.consent_return.app import create_app
from identity.consent_return.settings import ConsentReturnSettings, Service
from local_agentcore.blueprint import POOL, REGION, Blueprint

CLIENT = "consent-return"


def consent_return(blueprint: Blueprint) -> ASGIApp:
    """Where consents land, and the list of connected accounts."""
    ports, keys = blueprint.ports, blueprint.keys
    key = keys.access_keys[CLIENT]
    client = blueprint.hops.client(CLIENT, pool=POOL)
    server = blueprint.hops.resource_server("vault")
    return create_app(
        ConsentReturnSettings(
            base_url=ports.url("consent_return"),
            allowed_hosts=(f"localhost:{ports.port('consent_return')}",),
            issuer=blueprint.issuer_of(client.pool),
            client_secret=SecretStr(keys.client_secrets[CLIENT]),
            audience=server.audiences[0],
            scopes=tuple(server.scopes),
            consent_state_key=SecretStr(keys.consent_state_key),
            vault_url=ports.url("data_plane"),
            # The data plane passes on what AWS's has, and nothing local.
            vault_local_url=ports.url("control_plane"),
            region=REGION,
            access_key_id=key.access_key_id,
            secret_access_key=SecretStr(key.secret_access_key),
            services={one.client_id: _service(blueprint, one) for one in blueprint.hops.clients if one.workload},
            workloads={one.workload: one.name for one in blueprint.hops.clients if one.workload and one.pool == POOL},
            port=ports.port("consent_return"),
        )
    )


def _service(blueprint: Blueprint, client: Client) -> Service:
    """Who stands behind a credential provider, in words: the pool at which its client is registered."""
    rows = [row for row in blueprint.hops.resource_servers if row.pool == client.pool]
    return Service(
        name=blueprint.hops.pools[client.pool].name,
        meanings={scope: meaning for row in rows for scope, meaning in row.scopes.items()},
    )
