"""A person's groups go along from the sign-in to the API, and the API's policies act on them."""

from typing import Any

import httpx
import pytest

from tests.support.authorization_server import claims_of
from tests.support.running_stack import RunningStack

COMMENT = {"text": "See you at the track at six"}


def token_for_the_api(stack: RunningStack, athlete: str, team: str) -> str:
    """What the team's server presents to its API for this athlete: exchanged through the vault on their behalf."""
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    workload = operator.get_workload_access_token_for_jwt(
        workloadName=f"mcp-{team}", userToken=stack.token(athlete, f"mcp-{team}")
    )
    answer = stack.boto3_client("bedrock-agentcore", f"mcp-{team}").get_resource_oauth2_token(
        workloadIdentityToken=workload["workloadAccessToken"],
        resourceCredentialProviderName=f"mcp-{team}-exchange",
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
        scopes=[f"{team}/read", f"{team}/write"],
        audiences=[f"api-{team}"],
    )
    return str(answer["accessToken"])


@pytest.mark.parametrize("team", ["activities", "socials"])
def test_the_group_of_a_minor_reaches_the_apis_through_the_exchange(stack: RunningStack, team: str) -> None:
    claims = claims_of(token_for_the_api(stack, "aiko", team))
    assert (claims["aud"], claims["username"], claims["cognito:groups"]) == (f"api-{team}", "aiko", ["minors"])
    assert "cognito:groups" not in claims_of(token_for_the_api(stack, "maya", team))


@pytest.mark.case("P05")
def test_a_minor_gives_kudos_and_writes_no_comment(stack: RunningStack) -> None:
    tokens = {athlete: token_for_the_api(stack, athlete, "socials") for athlete in ("aiko", "maya")}
    activities = f"{stack.endpoints['apis']['socials']}/activities"
    feed = get(stack.endpoints["apis"]["socials"] + "/feed", tokens["maya"])
    activity_id = feed["activities"][0]["activity_id"]

    def post(athlete: str, what: str, body: Any) -> int:
        headers = {"Authorization": f"Bearer {tokens[athlete]}"}
        url = f"{activities}/{activity_id}/{what}?dry_run=true"
        return httpx.post(url, json=body, headers=headers, trust_env=False).status_code

    assert post("maya", "comments", COMMENT) == 200
    assert post("aiko", "comments", COMMENT) == 403
    assert post("aiko", "kudos", None) != 403


def get(url: str, token: str) -> Any:
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()
