"""The hop table: resource servers, clients, and which client may ask for which audience by which grant."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Grant = Literal["authorization_code", "refresh_token", "client_credentials", "token_exchange", "device_code"]
Scope = Annotated[str, Field(max_length=64)]  # AWS: a target's scopes are at most 64 characters


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pool(_Row):
    """An issuer.

    Attributes:
        name: Who it is, in words for the people who sign in there.
    """

    name: str
    access_token_lifetime_s: int
    refresh_token_lifetime_s: int
    scopes: list[Scope]


class ResourceServer(_Row):
    """One row of the table.

    Attributes:
        audiences: Logical names, fixed before deployment.
        url: Whether its public URL is a second audience.
        scopes: Scope to its meaning in words; server and API of a team share them, so only one of them lists them.
        local_upstream_clients: Accepted on the laptop only.
        metered_by: API-key credential providers whose keys it counts by; empty: it wants no key.
    """

    name: str
    pool: str
    kind: Literal["runtime", "gateway", "api", "vault"]
    team: str | None = None
    audiences: list[str]
    url: bool = False
    scopes: dict[Scope, str] = Field(default_factory=dict)
    upstream_clients: list[str]
    local_upstream_clients: list[str] = Field(default_factory=list)
    metered_by: list[str] = Field(default_factory=list)

    def clients(self, *, local: bool) -> frozenset[str]:
        """Client ids whose tokens this resource server accepts."""
        return frozenset(self.upstream_clients) | frozenset(self.local_upstream_clients if local else ())


class Edge(_Row):
    audience: str
    grants: list[Grant]


class Client(_Row):
    """An OAuth client.

    Attributes:
        workload: Workload identity that uses this client through the vault; None for clients of people.
        represents: Audiences of the subject tokens it may exchange.
        edges: Audiences it may ask for.
        local: Exists on the laptop only.
        local_sign_in: May sign an athlete in with the key file.
        local_consent: Likewise, but only with a confirmation typed on a terminal.
        redirect_uris: May hold placeholders; `filled` replaces them.
        onward: Origins to which the redirect URI sends the browser on.
        api_key_provider: API-key credential provider whose key its workload sends along; it meters, and no more.
    """

    client_id: str
    name: str
    pool: str
    public: bool = False
    first_party: bool = False
    local: bool = False
    local_sign_in: bool = False
    local_consent: bool = False
    workload: str | None = None
    grants: list[Grant]
    redirect_uris: list[str] = Field(default_factory=list)
    onward: list[str] = Field(default_factory=list)
    api_key_provider: str | None = None
    represents: list[str] = Field(default_factory=list)
    scopes: list[Scope]
    edges: list[Edge]


class Hops(_Row):
    """The whole table, checked against itself."""

    pools: dict[str, Pool]
    resource_servers: list[ResourceServer]
    clients: list[Client]

    def resource_server(self, name: str) -> ResourceServer:
        """The row with this name.

        Raises:
            KeyError: No such row.
        """
        return {row.name: row for row in self.resource_servers}[name]

    def client(self, client_id: str, *, pool: str) -> Client:
        """The client with this id. Clients of people may have twins in other pools.

        Raises:
            KeyError: No such client.
        """
        return {(client.client_id, client.pool): client for client in self.clients}[client_id, pool]

    def clients_of(self, workload: str) -> list[Client]:
        """The clients that this workload uses, one for each pool; empty if there is no such workload."""
        return [client for client in self.clients if client.workload == workload]

    @property
    def api_key_providers(self) -> list[str]:
        """Every API-key provider, once, in the table's order."""
        return list(dict.fromkeys(client.api_key_provider for client in self.clients if client.api_key_provider))

    @property
    def client_ids(self) -> frozenset[str]:
        """Every client of the table, of whatever pool."""
        return frozenset(client.client_id for client in self.clients)

    @property
    def workloads(self) -> list[str]:
        """Every workload, once, in the table's order."""
        return list(dict.fromkeys(client.workload for client in self.clients if client.workload))

    @model_validator(mode="after")
    def _clients_have_names_of_their_own(self) -> Self:
        # Secrets and credential providers go by the id alone.
        ids = [client.client_id for client in self.clients if not client.public]
        twins = [(client.client_id, client.pool) for client in self.clients]
        for client in self.clients:
            if twins.count((client.client_id, client.pool)) > 1 or ids.count(client.client_id) > 1:
                raise ValueError(f"client {client.client_id} exists twice")
        return self

    @model_validator(mode="after")
    def _edges_and_upstream_clients_agree(self) -> Self:
        audiences = {audience: row for row in self.resource_servers for audience in row.audiences}
        wanted = {(edge.audience, client.client_id) for client in self.clients for edge in client.edges}
        accepted = {(audience, client) for audience, row in audiences.items() for client in row.clients(local=True)}
        for audience, client in sorted(wanted ^ accepted):
            side = "asked for by" if (audience, client) in wanted else "accepted from"
            raise ValueError(f"audience {audience} is {side} {client}, but the other side of the hop does not say so")
        return self

    @model_validator(mode="after")
    def _a_client_stays_in_its_pool(self) -> Self:
        pools = {audience: row.pool for row in self.resource_servers for audience in row.audiences}
        for client in self.clients:
            for audience in [*client.represents, *(edge.audience for edge in client.edges)]:
                # An audience that nobody has is named below.
                if pools.get(audience, client.pool) != client.pool:
                    raise ValueError(f"client {client.client_id} of pool {client.pool} cannot reach {audience}")
        return self

    @model_validator(mode="after")
    def _every_key_is_counted_and_sent(self) -> Self:
        sent = set(self.api_key_providers)
        counted = {key for row in self.resource_servers for key in row.metered_by}
        for key in sorted(sent ^ counted):
            side = "sent by a workload" if key in sent else "counted by an API"
            raise ValueError(f"the key of {key} is {side}, but the other side of the hop does not say so")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        audiences = {audience for row in self.resource_servers for audience in row.audiences}
        scopes = {scope for row in self.resource_servers for scope in row.scopes}
        for row in self.resource_servers:
            if row.pool not in self.pools:
                raise ValueError(f"resource server {row.name} names pool {row.pool}, which does not exist")
        for client in self.clients:
            _known("pool", [client.pool], set(self.pools), client.client_id)
            _known("audience", client.represents, audiences, client.client_id)
            _known("scope", client.scopes, scopes | set(self.pools[client.pool].scopes), client.client_id)
        return self


def _known(kind: str, names: list[str], known: set[str], client_id: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"client {client_id} names {kind} {name}, which does not exist")
