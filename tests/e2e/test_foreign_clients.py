"""Other people's programs: unmodified boto3 against the vault, a stock MCP client against a team's server."""

import asyncio
import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import httpx2
import pytest
from botocore.exceptions import ClientError
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from local_agentcore.private_port import FRONT_SECRET_HEADER
from tests.support.running_stack import RunningStack

ACCEPT = {"Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def test_boto3_gets_a_workload_token_as_operator_and_an_on_behalf_of_token_as_the_workload(
    stack: RunningStack,
) -> None:
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    answer = operator.get_workload_access_token_for_jwt(workloadName="coach", userToken=stack.token("maya"))
    coach = stack.boto3_client("bedrock-agentcore", "coach")
    token = coach.get_resource_oauth2_token(
        workloadIdentityToken=answer["workloadAccessToken"],
        resourceCredentialProviderName="coach-exchange",
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
        scopes=["activities/read"],
        audiences=["mcp-activities"],
    )
    assert token["accessToken"].count(".") == 2


def test_boto3_lists_what_gateway_config_created(stack: RunningStack) -> None:
    control = stack.boto3_client("bedrock-agentcore-control", "operator")
    workloads = {one["name"] for one in control.list_workload_identities()["workloadIdentities"]}
    providers = {one["name"] for one in control.list_oauth2_credential_providers()["credentialProviders"]}
    assert workloads == {"coach", "gateway", "mcp-activities", "mcp-routes", "mcp-socials", "mcp-support"}
    assert providers == {client.client_id for client in stack.blueprint.hops.clients if client.workload is not None}


@pytest.mark.case("S12")
def test_a_workloads_key_cannot_repoint_a_provider(stack: RunningStack) -> None:
    control = stack.boto3_client("bedrock-agentcore-control", "mcp-activities")
    with pytest.raises(ClientError) as refused:
        control.create_workload_identity(name="intruder")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.case("S07")
def test_a_workloads_key_cannot_present_another_workloads_token(stack: RunningStack) -> None:
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    answer = operator.get_workload_access_token_for_jwt(workloadName="coach", userToken=stack.token("maya"))
    server = stack.boto3_client("bedrock-agentcore", "mcp-activities")
    with pytest.raises(ClientError) as refused:
        server.get_resource_oauth2_token(
            workloadIdentityToken=answer["workloadAccessToken"],
            resourceCredentialProviderName="mcp-activities-exchange",
            oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
            scopes=["activities/read"],
            audiences=["api-activities"],
        )
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_stock_mcp_client_lists_and_calls_the_tools_of_activities(stack: RunningStack, mode: str) -> None:
    bearer = {"Authorization": f"Bearer {stack.token('maya', 'mcp-activities')}"}
    async with (
        httpx2.AsyncClient(headers=bearer, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(stack.endpoints["mcp"]["activities"], http_client=http), mode=mode) as client,
    ):
        names = {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("summarize_activities", {"window": "last_30_days"})
    assert {"search_activities", "get_activity", "summarize_activities", "analyze_heart_rate_trend"} <= names
    assert {"get_training_load", "get_best_efforts_and_predictions", "compare_activities"} <= names
    assert not result.is_error
    assert result.structured_content is not None
    assert result.structured_content["total"]["count"] > 10


def test_a_token_made_for_routes_is_refused_by_activities(stack: RunningStack) -> None:
    bearer = {"Authorization": f"Bearer {stack.token('maya', 'mcp-routes')}"}
    answer = httpx.post(stack.endpoints["mcp"]["activities"], json=INITIALIZE, headers=bearer, trust_env=False)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    answer = httpx.post(stack.endpoints["mcp"]["routes"], json=INITIALIZE, headers=bearer | ACCEPT, trust_env=False)
    assert answer.status_code == 200


async def test_a_stock_mcp_client_with_another_teams_token_lists_nothing(stack: RunningStack) -> None:
    bearer = {"Authorization": f"Bearer {stack.token('maya', 'mcp-routes')}"}
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True, allow_unwrapped=True):
        async with (
            httpx2.AsyncClient(headers=bearer, timeout=30, trust_env=False) as http,
            Client(streamable_http_client(stack.endpoints["mcp"]["activities"], http_client=http)) as client,
        ):
            await client.list_tools()


@pytest.mark.case("N01")
@pytest.mark.parametrize("team", ["activities", "routes", "socials", "support"])
def test_without_a_token_the_challenge_leads_to_the_authorization_server(stack: RunningStack, team: str) -> None:
    url = stack.endpoints["mcp"][team]
    answer = httpx.post(url, json=INITIALIZE, trust_env=False)
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert "error=" not in challenge
    metadata_url = challenge.partition('resource_metadata="')[2].partition('"')[0]
    metadata = httpx.get(metadata_url, trust_env=False).json()
    assert metadata["resource"] == url
    issuer = stack.endpoints["socials_issuer" if team == "socials" else "issuer"]
    assert metadata["authorization_servers"] == [issuer]
    assert f"{team}/read" in metadata["scopes_supported"]


def test_a_foreign_client_may_name_the_server_by_its_url(stack: RunningStack) -> None:
    # RFC 8707: `resource` is what the metadata document names; `developer` stands in for a registered client.
    row = stack.blueprint.hops.resource_server("mcp-activities")
    issuer = stack.issuer(
        stack.endpoints["mcp"]["activities"], client_id=row.upstream_clients[0], scope="activities/read"
    )
    bearer = {"Authorization": f"Bearer {issuer.token()}", "Accept": "application/json, text/event-stream"}
    answer = httpx.post(stack.endpoints["mcp"]["activities"], json=INITIALIZE, headers=bearer, trust_env=False)
    assert answer.status_code == 200


@pytest.mark.case("X15")
@pytest.mark.parametrize("team", ["activities", "routes", "socials", "support"])
def test_a_registered_strangers_program_reaches_a_server_by_its_url_alone(stack: RunningStack, team: str) -> None:
    """The authorization server signs for the URL only what a person allowed; a client of the table is no stranger."""
    url, ports = stack.endpoints["mcp"][team], stack.blueprint.ports
    secret = {FRONT_SECRET_HEADER: stack.blueprint.keys.front_secret}

    def statuses(audience: str, client_id: str) -> set[int]:
        token = stack.issuer(audience, client_id=client_id, scope=f"{team}/read").token()
        given = {"Authorization": f"Bearer {token}", **ACCEPT}
        answers = [
            httpx.post(url, json=INITIALIZE, headers=given, trust_env=False),
            httpx.post(f"{ports.url(f'mcp-{team}')}/mcp", json=INITIALIZE, headers=given | secret, trust_env=False),
        ]
        return {answer.status_code for answer in answers}

    assert statuses(url, "registered-by-a-stranger") == {200}
    assert statuses(f"mcp-{team}", "registered-by-a-stranger") == {401}
    assert statuses(url, "mcp-support-exchange") == {401}


@pytest.mark.case("X15")
def test_the_coach_takes_no_token_of_a_strangers_program(stack: RunningStack) -> None:
    for audience in ("coach", stack.endpoints["agent"]):
        token = stack.issuer("coach", client_id="registered-by-a-stranger", scope="coach/invoke").token(aud=audience)
        answer = httpx.post(
            stack.endpoints["agent"],
            json={"type": "prompt", "prompt": "hello"},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        assert answer.status_code == 401


async def test_a_stock_mcp_client_that_registered_itself_calls_a_tool_for_an_athlete(stack: RunningStack) -> None:
    resource = stack.endpoints["mcp"]["activities"]
    token = await asyncio.to_thread(_register_and_sign_in, stack, resource)
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=bearer, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(resource, http_client=http)) as client,
    ):
        result = await client.call_tool("summarize_activities", {"window": "last_30_days"})
    assert not result.is_error


def test_its_token_opens_no_other_server(stack: RunningStack) -> None:
    token = _register_and_sign_in(stack, stack.endpoints["mcp"]["activities"])
    bearer = {"Authorization": f"Bearer {token}"}
    for team, status in (("activities", 200), ("support", 401), ("socials", 401)):
        url = stack.endpoints["mcp"][team]
        answer = httpx.post(url, json=INITIALIZE, headers=bearer | ACCEPT, trust_env=False)
        assert answer.status_code == status, team


def _register_and_sign_in(stack: RunningStack, resource: str) -> str:
    """Dynamic registration, then code and PKCE in a browser with consent; the access token."""
    server = httpx.get(f"{stack.endpoints['issuer']}/.well-known/openid-configuration", trust_env=False).json()
    registration = {
        "client_name": "Inspector",
        "redirect_uris": ["http://127.0.0.1:33418/callback"],
        "token_endpoint_auth_method": "none",
    }
    registered = httpx.post(server["registration_endpoint"], json=registration, trust_env=False).json()
    verifier = secrets.token_urlsafe(48)
    asked = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": registration["redirect_uris"][0],
        "scope": "activities/read",
        "resource": resource,
        "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    with httpx.Client(trust_env=False, headers={"accept": "text/html"}) as browser:
        page = browser.get(server["authorization_endpoint"], params=asked)
        credentials = {"username": "maya", "password": stack.blueprint.keys.athlete_password}
        signed_in = _submit(browser, page, credentials)
        page = browser.get(urljoin(str(page.url), signed_in.headers["location"]))
        assert "Inspector" in page.text
        agreed = _submit(browser, page, {"decision": "allow"})
    code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": registered["client_id"],
        "code": code,
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": verifier,
    }
    token: str = httpx.post(server["token_endpoint"], data=form, trust_env=False).json()["access_token"]
    return token


def _submit(browser: httpx.Client, page: httpx.Response, fields: dict[str, str]) -> httpx.Response:
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert action is not None, page.text
    assert token is not None, page.text
    return browser.post(urljoin(str(page.url), unescape(action[1])), data={"form_token": token[1], **fields})
