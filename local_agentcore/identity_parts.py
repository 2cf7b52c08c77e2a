"""Authorization server, vault and front, configured from the hop table."""

from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.types import ASGIApp

from gateway_config.documents import filled
from gateway_config.hops import Client, ResourceServer
from gateway_config.model import AGENT
from identity.authorization_server.app import create_app as create_authorization_server
from identity.authorization_server.pools import ClientConfig, PoolConfig, ResourceServerConfig, TargetConfig, UserConfig
from identity.authorization_server.settings import AuthorizationServerSettings
from identity.vault.policy import AccessKey, Statement, VaultPolicy
from identity.vault.settings import InboundTrust, VaultSettings
from local_agentcore.athletes import user_records
from local_agentcore.blueprint import ACCOUNT, REGION, Blueprint

OPERATOR_ACTIONS = (
    "*WorkloadIdentity",
    "*WorkloadIdentities",
    "*Oauth2CredentialProvider",
    "*Oauth2CredentialProviders",
    "*ApiKeyCredentialProvider",
    "*ApiKeyCredentialProviders",
    "GetTokenVault",
    # What gateway_config/ declares; nothing of it can be changed by a call.
    "CreateGateway*",
    "GetGateway*",
    "ListGateway*",
    "CreatePolicy*",
    "GetPolicy*",
    "ListPolic*",
    "GetWorkloadAccessToken",
    "GetWorkloadAccessTokenForJWT",
    # `coach forget`, `coach keys rotate`, `coach doctor`
    "local:DeleteUser",
    "local:RotateKeys",
    "local:VerifyAudit",
)
# Stands in for a program with an execution role, which invokes the coach and has no person behind it.
PROGRAM = "program"
# The coach writes and reads conversations; who runs the laptop may look and delete.
_MEMORY = (
    (AGENT, Statement(actions=("CreateEvent", "ListEvents"))),
    ("operator", Statement(actions=("ListSessions", "ListEvents", "GetEvent", "DeleteEvent", "local:ForgetActor"))),
)
# Nobody else may let the vault redeem a code: not the operator, not the workload that asked (V01).
CONSENT_RETURN_ACTIONS = ("CompleteResourceTokenAuth", "local:ListConnections", "local:DeleteConnection")


def authorization_server(blueprint: Blueprint) -> ASGIApp:
    """The pools of this laptop."""
    port = blueprint.ports.port("authorization_server")
    return create_authorization_server(
        AuthorizationServerSettings(
            base_url=blueprint.ports.url("authorization_server"),
            database=blueprint.database("authorization_server"),
            keys_folder=blueprint.home / "keys",
            allowed_hosts=(f"localhost:{port}",),
            operator_secret=SecretStr(blueprint.keys.operator_secret),
            pools=tuple(_pool(blueprint, name) for name in blueprint.hops.pools),
        )
    )


def vault_settings(blueprint: Blueprint) -> VaultSettings:
    """The token vault: data and control operations on one port."""
    ports = blueprint.ports
    return VaultSettings(
        database_path=blueprint.database("vault"),
        key_source="auto",
        key_encryption_key_path=blueprint.home / "keys" / "vault.kek",
        base_urls=(
            # The first is the base of callback URLs: where browsers reach the vault.
            ports.url("data_plane"),
            ports.url("control_plane"),
            f"http://localhost:{ports.port('control_plane')}",
            f"http://localhost:{ports.port('data_plane')}",
        ),
        region=REGION,
        account_id=ACCOUNT,
        keys=VaultPolicy(keys=tuple(access_keys(blueprint))),
        inbound=_inbound(blueprint),
        completing=_trust(blueprint, blueprint.hops.resource_server("vault")),
        private_providers=frozenset({urlsplit(ports.url("authorization_server")).netloc}),
    )


def _pool(blueprint: Blueprint, name: str) -> PoolConfig:
    pool = blueprint.hops.pools[name]
    return PoolConfig(
        name=name,
        access_token_lifetime_s=pool.access_token_lifetime_s,
        refresh_token_lifetime_s=pool.refresh_token_lifetime_s,
        users=tuple(
            UserConfig(**record)
            for record in user_records(blueprint.home, blueprint.issuer_of(name), blueprint.keys.athlete_password)
        ),
        clients=tuple(_client(blueprint, client) for client in blueprint.hops.clients if client.pool == name),
        resource_servers=tuple(
            ResourceServerConfig(name=row.name, audiences=blueprint.audiences(row.name), scopes=row.scopes)
            for row in blueprint.hops.resource_servers
            if row.pool == name
        ),
    )


def _client(blueprint: Blueprint, client: Client) -> ClientConfig:
    names = {audience: row.name for row in blueprint.hops.resource_servers for audience in row.audiences}
    values = blueprint.public_placeholders()
    return ClientConfig(
        client_id=client.client_id,
        name=client.name,
        secret=None if client.public else SecretStr(blueprint.keys.client_secrets[client.client_id]),
        grants=tuple(client.grants),
        scopes=tuple(client.scopes),
        redirect_uris=tuple(filled(uri, values) for uri in client.redirect_uris),
        represents=tuple(one for name in client.represents for one in blueprint.audiences(names[name])),
        targets=tuple(
            TargetConfig(audience=audience, grants=tuple(edge.grants))
            for edge in client.edges
            for audience in blueprint.audiences(names[edge.audience])
        ),
        local_sign_in=client.local_sign_in,
        local_consent=client.local_consent,
        first_party=client.first_party,
        onward_origins=tuple(filled(origin, values) for origin in client.onward),
    )


def _inbound(blueprint: Blueprint) -> dict[str, InboundTrust]:
    """Which bearers become workload tokens of which workload: those that its resource server accepts."""
    with_workloads = [row for row in blueprint.hops.resource_servers if row.kind in {"runtime", "gateway"}]
    return {row.name: _trust(blueprint, row) for row in with_workloads}


def _trust(blueprint: Blueprint, row: ResourceServer) -> InboundTrust:
    return InboundTrust(
        issuer=blueprint.issuer_of(row.pool),
        audiences=frozenset(blueprint.audiences(row.name)),
        clients=row.clients(local=True),
        foreign_audiences=blueprint.foreign_audiences(row.name),
        table_clients=blueprint.hops.client_ids,
    )


def access_keys(blueprint: Blueprint) -> list[AccessKey]:
    """Every key of the stack, with what its holder may do."""
    workloads = tuple(blueprint.hops.workloads)
    gateways = tuple(row.name for row in blueprint.hops.resource_servers if row.kind == "gateway")
    behind_the_front = tuple(workload for workload in workloads if workload not in gateways)
    statements = {
        "front": Statement(actions=("GetWorkloadAccessTokenForJWT",), workloads=behind_the_front),
        "operator": Statement(actions=OPERATOR_ACTIONS, workloads=("*",), providers=("*",)),
        PROGRAM: Statement(actions=("InvokeAgentRuntime",), workloads=(AGENT,)),
        "consent-return": Statement(actions=CONSENT_RETURN_ACTIONS, workloads=("*",), providers=("*",)),
        **{
            workload: Statement(
                actions=("GetResourceOauth2Token",),
                workloads=(workload,),
                providers=tuple(client.client_id for client in blueprint.hops.clients_of(workload)),
            )
            for workload in workloads
        },
    }
    more = [*_own_workload_tokens(gateways), *_api_keys(blueprint), *_MEMORY]
    return [
        AccessKey(
            access_key_id=key.access_key_id,
            secret_access_key=key.secret_access_key,
            principal=principal,
            statements=(statements[principal], *(statement for holder, statement in more if holder == principal)),
        )
        for principal, key in blueprint.keys.access_keys.items()
    ]


def _own_workload_tokens(gateways: tuple[str, ...]) -> list[tuple[str, Statement]]:
    """No front stands before a gateway: it turns the bearers that it accepted into workload tokens itself."""
    actions = ("GetWorkloadAccessToken", "GetWorkloadAccessTokenForJWT")
    return [(gateway, Statement(actions=actions, workloads=(gateway,))) for gateway in gateways]


def _api_keys(blueprint: Blueprint) -> list[tuple[str, Statement]]:
    return [
        (
            client.workload,
            Statement(
                actions=("GetResourceApiKey",), workloads=(client.workload,), providers=(client.api_key_provider,)
            ),
        )
        for client in blueprint.hops.clients
        if client.workload and client.api_key_provider
    ]
