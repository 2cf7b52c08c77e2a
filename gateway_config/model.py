"""Reads `gateway_config/`: the one source of gateway, targets, credential providers, workload identities and hops.

The files have the shapes of the AWS calls that they stand for; `documents` says what their placeholders mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from gateway_config.documents import FOLDER, checked, document, filled, names
from gateway_config.errors import ConfigInvalid
from gateway_config.gateway import GATEWAY_FILE
from gateway_config.gateway_target import (
    TARGETS,
    GatewayTarget,
    McpServer,
    OauthCredential,
    OutboundGrant,
    gateway_target,
)
from gateway_config.hops import Grant, Hops

HOPS_FILE = "hops.yaml"
AGENT = "coach"
GATEWAY = "gateway"
REQUESTS = TypeAdapter(list[dict[str, Any]])
REQUEST = TypeAdapter(dict[str, Any])
#: By which grant of the hop table a credential's token is got.
GRANT_OF: dict[OutboundGrant, Grant] = {
    "TOKEN_EXCHANGE": "token_exchange",
    "CLIENT_CREDENTIALS": "client_credentials",
    "AUTHORIZATION_CODE": "authorization_code",
}


@dataclass(frozen=True)
class Consent:
    """What an athlete agrees to for one team's tools behind the gateway.

    Attributes:
        provider: The gateway's credential provider at the vault.
        scopes: All that may be asked for.
    """

    provider: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """An MCP server as the agent reaches it: a team's in direct mode, or the gateway.

    Attributes:
        provider: Name of the credential provider at the vault.
        grant: How the token for it is got.
        audience: Logical audience to ask for.
        consents: Of the gateway: by team, what the gateway asks athletes for.
    """

    name: str
    endpoint: str
    provider: str
    grant: OutboundGrant
    scopes: tuple[str, ...]
    audience: str
    consents: Mapping[str, Consent] = field(default_factory=dict)


@dataclass(frozen=True)
class GatewayConfig:
    """Everything, with placeholders resolved.

    Attributes:
        workload_identities: Requests of CreateWorkloadIdentity.
        credential_providers: Requests of CreateOauth2CredentialProvider.
        api_key_providers: Requests of CreateApiKeyCredentialProvider.
        gateway_request: Request of CreateGateway.
        policy_engine_request: Request of CreatePolicyEngine.
        target_requests: Requests of CreateGatewayTarget, without gatewayIdentifier.
    """

    hops: Hops
    workload_identities: list[dict[str, Any]]
    credential_providers: list[dict[str, Any]]
    api_key_providers: list[dict[str, Any]]
    gateway_request: dict[str, Any]
    policy_engine_request: dict[str, Any]
    target_requests: list[dict[str, Any]]


@dataclass(frozen=True)
class GatewayRequests:
    """The gateway, with placeholders resolved.

    Attributes:
        gateway: Request of CreateGateway.
        policy_engine: Request of CreatePolicyEngine.
        targets: Requests of CreateGatewayTarget, without gatewayIdentifier.
    """

    gateway: dict[str, Any]
    policy_engine: dict[str, Any]
    targets: list[dict[str, Any]]


def read_hops(folder: Path = FOLDER) -> Hops:
    """Read and check the hop table alone.

    Raises:
        ConfigError: The file is missing, not YAML, or does not fit.
    """
    return checked(TypeAdapter(Hops), document(folder, HOPS_FILE), HOPS_FILE)


def read_targets(values: Mapping[str, str], folder: Path = FOLDER) -> list[Target]:
    """The teams' MCP servers as the agent reaches them itself, past the gateway (docs/decisions/0017).

    The gateway's targets say where they are and what they take; whose client asks is the hop table's.

    Args:
        folder: Where the files are.
        values: Placeholder to value; secrets are not needed.

    Raises:
        ConfigError: A file is missing, not YAML, or does not fit; a placeholder has no value; the table does not let
            the agent reach a server as the gateway does.
    """
    hops = read_hops(folder)
    return [_direct(target, hops, file) for file, target in _mcp_servers(values, folder).items()]


def read_gateway_access(values: Mapping[str, str], folder: Path = FOLDER) -> Target:
    """The gateway as the agent reaches it: on behalf of the athlete, with all the scopes that both sides have.

    Raises:
        ConfigError: As `read_targets`.
    """
    hops = read_hops(folder)
    gateway = next((row for row in hops.resource_servers if row.name == GATEWAY), None)
    if gateway is None:
        raise ConfigInvalid(f"there is no {GATEWAY}", file=HOPS_FILE, path="resource_servers")
    audience = gateway.audiences[0]
    provider = _agents_client(hops, audience, "TOKEN_EXCHANGE")
    scopes = tuple(hops.client(provider, pool=gateway.pool).scopes)
    endpoint = filled(f"${{URL:{GATEWAY}}}", values)
    consents = {
        target.name: Consent(target.credential.provider, target.credential.scopes)
        for target in _mcp_servers(values, folder).values()
        if isinstance(target.credential, OauthCredential) and target.credential.grant == "AUTHORIZATION_CODE"
    }
    return Target(GATEWAY, endpoint, provider, "TOKEN_EXCHANGE", scopes, audience, consents)


def read_config(values: Mapping[str, str], folder: Path = FOLDER) -> GatewayConfig:
    """Read everything.

    Args:
        folder: Where the files are.
        values: Placeholder without its marks (`URL:mcp-routes`, `REGION`) to value.

    Raises:
        ConfigError: A file is missing, not YAML, or does not fit; a placeholder has no value.
    """

    def requests(name: str) -> list[dict[str, Any]]:
        return checked(REQUESTS, document(folder, name, values), name)

    gateway = read_gateway_requests(values, folder)
    return GatewayConfig(
        hops=read_hops(folder),
        workload_identities=requests("workload_identities.yaml"),
        credential_providers=requests("credential_providers.yaml"),
        api_key_providers=requests("api_key_providers.yaml"),
        gateway_request=gateway.gateway,
        policy_engine_request=gateway.policy_engine,
        target_requests=gateway.targets,
    )


def read_gateway_requests(values: Mapping[str, str], folder: Path = FOLDER) -> GatewayRequests:
    """Read the gateway, its targets and its policy engine as requests; secrets are not needed.

    Raises:
        ConfigError: As `read_config`.
    """

    def request(name: str) -> dict[str, Any]:
        return checked(REQUEST, document(folder, name, values), name)

    return GatewayRequests(
        gateway=request(GATEWAY_FILE),
        policy_engine=request("policy_engine.yaml"),
        targets=[request(name) for name in names(folder, TARGETS)],
    )


def _mcp_servers(values: Mapping[str, str], folder: Path) -> dict[str, GatewayTarget]:
    """By file."""
    files = [name for name in names(folder, TARGETS) if _is_mcp_server(document(folder, name))]
    return {name: gateway_target(document(folder, name, values), file=name) for name in files}


def _is_mcp_server(request: Any) -> bool:
    # Before any value is filled in: the agent is told of the teams' servers alone.
    try:
        return "mcpServer" in request["targetConfiguration"]["mcp"]
    except (KeyError, TypeError):
        return True  # the reader says what is wrong with it


def _direct(target: GatewayTarget, hops: Hops, file: str) -> Target:
    kind, credential = target.kind, target.credential
    if not isinstance(kind, McpServer) or not isinstance(credential, OauthCredential) or not credential.audience:
        raise ConfigInvalid(f"target {target.name} names no grant and audience for the agent to ask with", file=file)
    return Target(
        name=target.name,
        endpoint=kind.endpoint,
        provider=_agents_client(hops, credential.audience, credential.grant),
        grant=credential.grant,
        scopes=credential.scopes,
        audience=credential.audience,
    )


def _agents_client(hops: Hops, audience: str, grant: OutboundGrant) -> str:
    wanted = GRANT_OF[grant]
    for client in hops.clients_of(AGENT):
        if any(edge.audience == audience and wanted in edge.grants for edge in client.edges):
            return client.client_id
    raise ConfigInvalid(f"no client of {AGENT} has an edge to {audience} by {wanted}", file=HOPS_FILE, path="clients")
