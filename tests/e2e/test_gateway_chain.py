"""What the hop table gives the gateway: tokens of its own for each target, by its own key, and no more."""

from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from gateway_config.gateway_target import ApiKeyCredential, OauthCredential, read_gateway_targets
from tests.support.authorization_server import claims_of
from tests.support.running_stack import RunningStack

LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def workload_token(stack: RunningStack, principal: str, workload: str, bearer: str) -> str:
    """The workload token that this key gets for a workload with somebody's bearer."""
    client = stack.boto3_client("bedrock-agentcore", principal)
    answer = client.get_workload_access_token_for_jwt(workloadName=workload, userToken=bearer)
    return str(answer["workloadAccessToken"])


def token_for_the_gateway(stack: RunningStack, *scopes: str) -> str:
    """A token of maya's, made for the gateway on her behalf by the coach."""
    given = workload_token(stack, "operator", "coach", stack.token("maya"))
    answer = stack.boto3_client("bedrock-agentcore", "coach").get_resource_oauth2_token(
        workloadIdentityToken=given,
        resourceCredentialProviderName="coach-exchange",
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
        scopes=list(scopes),
        audiences=["gateway"],
    )
    return str(answer["accessToken"])


def credentials(stack: RunningStack) -> dict[str, Any]:
    values = stack.blueprint.public_placeholders()
    return {target.name: target.credential for target in read_gateway_targets(values)}


def as_the_gateway(stack: RunningStack, credential: OauthCredential, flow: str, bearer: str) -> str:
    """The token that the gateway's key gets for a target."""
    answer = stack.boto3_client("bedrock-agentcore", "gateway").get_resource_oauth2_token(
        workloadIdentityToken=workload_token(stack, "gateway", "gateway", bearer),
        resourceCredentialProviderName=credential.provider,
        oauth2Flow=flow,
        scopes=list(credential.scopes),
        audiences=[str(credential.audience)],
    )
    return str(answer["accessToken"])


def list_tools(stack: RunningStack, team: str, token: str) -> int:
    url = stack.blueprint.ports.runtime_url(f"mcp-{team}")
    headers = HEADERS | {"Authorization": f"Bearer {token}"}
    return httpx.post(url, json=LISTING, headers=headers, timeout=30, trust_env=False).status_code


@pytest.mark.case("X08")
@pytest.mark.parametrize("team", ["activities", "support"])
def test_on_behalf_of_the_athlete_the_gateway_gets_a_token_that_names_both_hops(stack: RunningStack, team: str) -> None:
    bearer = token_for_the_gateway(stack, f"{team}/read")
    token = as_the_gateway(stack, credentials(stack)[team], "ON_BEHALF_OF_TOKEN_EXCHANGE", bearer)
    before, after = claims_of(bearer), claims_of(token)
    assert (before["client_id"], before["aud"], after["client_id"], after["aud"]) == (
        "coach-exchange",
        "gateway",
        "gateway-exchange",
        f"mcp-{team}",
    )
    assert after["sub"] == before["sub"]
    assert (after["act"]["sub"], after["act"]["act"]["sub"]) == ("gateway-exchange", "coach-exchange")
    # What the athlete's token for the gateway did not hold, the target's does not either.
    assert after["scope"] == f"{team}/read"
    assert list_tools(stack, team, token) == 200


def test_for_the_catalogue_the_gateway_goes_as_itself(stack: RunningStack) -> None:
    bearer = token_for_the_gateway(stack, "routes/read")
    token = as_the_gateway(stack, credentials(stack)["routes"], "M2M", bearer)
    assert claims_of(token)["sub"] == "gateway-exchange"
    assert list_tools(stack, "routes", token) == 200


@pytest.mark.case("X10")
def test_the_token_for_the_gateway_opens_no_server_behind_it(stack: RunningStack) -> None:
    bearer = token_for_the_gateway(stack, "activities/read", "routes/read", "support/read")
    assert {
        team: list_tools(stack, team, bearer) for team in ("activities", "routes", "socials", "support")
    } == dict.fromkeys(("activities", "routes", "socials", "support"), 401)


@pytest.mark.case("S07")
def test_the_gateways_key_makes_workload_tokens_of_the_gateway_and_the_fronts_key_does_not(stack: RunningStack) -> None:
    bearer = token_for_the_gateway(stack, "routes/read")
    assert workload_token(stack, "gateway", "gateway", bearer)
    for principal, workload in (("front", "gateway"), ("gateway", "coach"), ("coach", "gateway")):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            workload_token(stack, principal, workload, bearer)


@pytest.mark.case("X05")
def test_the_gateway_cannot_exchange_straight_to_an_api(stack: RunningStack) -> None:
    bearer = token_for_the_gateway(stack, "activities/read")
    straight = OauthCredential("gateway-exchange", "TOKEN_EXCHANGE", ("activities/read",), "api-activities", {}, None)
    with pytest.raises(ClientError):
        as_the_gateway(stack, straight, "ON_BEHALF_OF_TOKEN_EXCHANGE", bearer)


@pytest.mark.case("S08")
def test_the_gateway_has_its_own_key_for_the_help_articles_and_no_other_providers(stack: RunningStack) -> None:
    credential = credentials(stack)["support-help"]
    assert isinstance(credential, ApiKeyCredential)
    given = workload_token(stack, "gateway", "gateway", token_for_the_gateway(stack, "support/read"))
    gateway = stack.boto3_client("bedrock-agentcore", "gateway")

    def key(provider: str) -> str:
        answer = gateway.get_resource_api_key(workloadIdentityToken=given, resourceCredentialProviderName=provider)
        return str(answer["apiKey"])

    own = key(credential.provider)
    help_api, answered = stack.endpoints["apis"]["support"], {}
    for path in ("/help?query=import", "/tickets"):
        answered[path] = httpx.get(help_api + path, headers={credential.parameter: own}, trust_env=False).status_code
    assert answered == {"/help?query=import": 200, "/tickets": 401}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        key("support-metering")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        gateway.get_resource_oauth2_token(
            workloadIdentityToken=given,
            resourceCredentialProviderName="coach-federation",
            oauth2Flow="USER_FEDERATION",
            scopes=["socials/read"],
            resourceOauth2ReturnUrl=f"{stack.blueprint.ports.url('consent_return')}/return",
        )


def test_for_socials_the_gateway_is_told_where_the_athlete_agrees(stack: RunningStack) -> None:
    credential = credentials(stack)["socials"]
    answer = stack.boto3_client("bedrock-agentcore", "gateway").get_resource_oauth2_token(
        workloadIdentityToken=workload_token(stack, "gateway", "gateway", token_for_the_gateway(stack, "routes/read")),
        resourceCredentialProviderName=credential.provider,
        oauth2Flow="USER_FEDERATION",
        scopes=list(credential.scopes),
        audiences=[credential.audience],
        resourceOauth2ReturnUrl=credential.default_return_url,
    )
    assert answer["authorizationUrl"].startswith(stack.blueprint.ports.url("data_plane"))
    assert "accessToken" not in answer
