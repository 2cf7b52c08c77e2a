from typing import Any

from gateway_config.direct_mode import DirectReach, direct_reach_on_aws
from gateway_config.hops import Hops
from gateway_config.model import read_hops


def changed(client_id: str, **fields: Any) -> Hops:
    hops = read_hops()
    clients = [row.model_copy(update=fields) if row.client_id == client_id else row for row in hops.clients]
    return hops.model_copy(update={"clients": clients})


def reach(hops: Hops, team: str) -> DirectReach:
    (found,) = (each for each in direct_reach_on_aws(hops) if each.team == team)
    return found


def test_the_agent_has_a_client_at_every_team_but_cognito_has_no_such_one_at_socials() -> None:
    assert direct_reach_on_aws(read_hops()) == [
        DirectReach("activities", "coach-exchange", None),
        DirectReach("routes", "coach-exchange", None),
        DirectReach(
            "socials",
            "coach-federation",
            "coach-federation would need client credentials beside a sign-in, which Cognito refuses",
        ),
        DirectReach("support", "coach-exchange", None),
    ]


def test_a_client_of_people_alone_can_be_had() -> None:
    hops = changed("coach-federation", grants=["authorization_code", "refresh_token"])
    assert reach(hops, "socials") == DirectReach("socials", "coach-federation", None)


def test_a_runtime_that_allows_no_client_of_the_agent_is_out_of_reach() -> None:
    hops = read_hops()
    rows = [
        row.model_copy(update={"upstream_clients": ["gateway-exchange"]}) if row.name == "mcp-support" else row
        for row in hops.resource_servers
    ]
    found = reach(hops.model_copy(update={"resource_servers": rows}), "support")
    assert found.client_id is None
    assert found.why_not == "no client of the coach is among the allowed clients of mcp-support"
