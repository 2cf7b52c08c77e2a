"""Settings of the runtime front."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from identity.tokens import Profile
from identity.vault.policy import VaultPolicy


class RuntimeSettings(BaseModel):
    """One runtime behind the front.

    Attributes:
        name: AgentCore runtime name, without hyphens.
        workload: Its workload identity at the vault.
        lets_in: People with a bearer, or programs with a role (SigV4).
        issuer: The only issuer of its bearers.
        protocol: `HTTP` containers answer `/invocations`, `MCP` containers `/mcp`.
        container_url: Private address of the container.
        public_url: What callers use, and the `resource` of its metadata document.
        audiences: Names that the bearer may be addressed to.
        clients: Upstream clients.
        profile: Shape of the issuer's access tokens.
        foreign_audiences: Those of `audiences` that clients of strangers may address.
        table_clients: Every client id of the hop table; none of these passes for a stranger's.
        required_scopes: Scopes without which the front refuses (AllowedScopes); tools check their own.
        scopes_supported: For the metadata document.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    workload: str
    issuer: str
    protocol: Literal["HTTP", "MCP"]
    lets_in: Literal["people", "roles"] = "people"
    container_url: str
    public_url: str
    audiences: frozenset[str]
    clients: frozenset[str]
    profile: Profile = "rfc9068"
    foreign_audiences: frozenset[str] = frozenset()
    table_clients: frozenset[str] = frozenset()
    required_scopes: frozenset[str] = frozenset()
    scopes_supported: tuple[str, ...] = ()


class FrontSettings(BaseModel):
    """The front of one stack.

    Attributes:
        base_url: Public URL of the data plane.
        vault_url: Where `/identities/*` goes.
        front_secret: Proves to containers that a request came through the front.
        roles: The keys that stand in for the execution roles of programs.
        access_key_id: The front's key at the vault: GetWorkloadAccessTokenForJWT and nothing else.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    vault_url: str
    region: str
    account: str
    front_secret: SecretStr
    access_key_id: str
    secret_access_key: SecretStr
    roles: VaultPolicy = VaultPolicy()
    runtimes: tuple[RuntimeSettings, ...]
