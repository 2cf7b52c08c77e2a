"""Which teams the agent could reach by itself on AWS, past the gateway (`COACH_TOOLS=direct`), by the hop table."""

from dataclasses import dataclass

from gateway_config.hops import Client, Hops, ResourceServer
from gateway_config.model import AGENT

RUNTIME = "runtime"


@dataclass(frozen=True)
class DirectReach:
    """One team.

    Attributes:
        client_id: The agent's client at the team's runtime; None: its list of allowed clients names none.
        why_not: Why the agent cannot reach it; None: it can.
    """

    team: str
    client_id: str | None
    why_not: str | None


def direct_reach_on_aws(hops: Hops) -> list[DirectReach]:
    """Every team's runtime, in the table's order."""
    return [_reach(row, hops) for row in hops.resource_servers if row.kind == RUNTIME and row.team]


def has_flows_that_cognito_parts(client: Client) -> bool:
    """Whether a client has both client credentials and a sign-in of people; Cognito refuses them on one client."""
    return {"client_credentials", "authorization_code"} <= set(client.grants)


def _reach(row: ResourceServer, hops: Hops) -> DirectReach:
    team = row.team or row.name
    own = [client for client in hops.clients_of(AGENT) if client.client_id in row.upstream_clients]
    if not own:
        return DirectReach(team, None, f"no client of the {AGENT} is among the allowed clients of {row.name}")
    client = own[0]
    if has_flows_that_cognito_parts(client):
        why_not = f"{client.client_id} would need client credentials beside a sign-in, which Cognito refuses"
        return DirectReach(team, client.client_id, why_not)
    return DirectReach(team, client.client_id, None)
