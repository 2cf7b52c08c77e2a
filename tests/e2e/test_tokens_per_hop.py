"""Every hop has a token that was made for it, and no hop accepts another's."""

import json
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from gateway_config.hops import ResourceServer
from gateway_config.model import read_hops
from local_agentcore.blueprint import Blueprint
from local_agentcore.private_port import FRONT_SECRET_HEADER
from tests.support.bad_tokens import Build, bad_tokens, good_tokens
from tests.support.running_stack import RunningStack

TOOLS_LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
# The gateway is held to the same in test_gateway.
ROWS = [pytest.param(row, id=row.name) for row in read_hops().resource_servers if row.kind in {"runtime", "api"}]
ONE_READ = {"activities": "/activities", "routes": "/routes", "socials": "/clubs", "support": "/tickets"}


def through_front(
    stack: RunningStack, row: ResourceServer, headers: dict[str, str], query: Any = None
) -> httpx.Response:
    """A request to this resource server from outside: a listing, a question, or one GET of an API."""
    ports = stack.blueprint.ports
    if row.kind == "api":
        url = f"{ports.url(row.name)}{ONE_READ[str(row.team)]}"
        # Beside the token, where the API meters its callers; it opens nothing (P16).
        keys = {"x-api-key": stack.blueprint.keys.api_keys["support-metering"]} if row.team == "support" else {}
        return httpx.get(url, headers={**keys, **headers}, params=query, timeout=30, trust_env=False)
    body = TOOLS_LIST if row.team else {"type": "prompt", "prompt": "How many runs did I do last week?"}
    url = ports.runtime_url(row.name)
    return httpx.post(url, json=body, headers=MCP_HEADERS | headers, params=query, timeout=30, trust_env=False)


def past_front(stack: RunningStack, headers: dict[str, str], query: Any = None) -> httpx.Response:
    """A request to the activities server's private port, with the front's secret."""
    secret = {FRONT_SECRET_HEADER: stack.blueprint.keys.front_secret}
    url = f"{stack.blueprint.ports.url('mcp-activities')}/mcp"
    given = MCP_HEADERS | secret | headers
    return httpx.post(url, json=TOOLS_LIST, headers=given, params=query, timeout=30, trust_env=False)


def scope_of(row: ResourceServer) -> str:
    return "coach/invoke" if row.name == "coach" else f"{row.team}/read"


def upstream_of(row: ResourceServer) -> str:
    return row.upstream_clients[0]


@pytest.mark.parametrize("build", bad_tokens())
def test_the_front_of_an_mcp_server_refuses_a_bad_token_with_a_challenge(stack: RunningStack, build: Build) -> None:
    row = stack.blueprint.hops.resource_server("mcp-activities")
    attempt = build(stack.issuer("mcp-activities", client_id="coach-exchange", scope="activities/read"))
    answer = through_front(stack, row, attempt.headers, attempt.query)
    assert_refused(answer, attempt.statuses, attempt.error)


@pytest.mark.parametrize("build", bad_tokens())
def test_the_server_refuses_a_bad_token_when_the_front_is_bypassed(stack: RunningStack, build: Build) -> None:
    attempt = build(stack.issuer("mcp-activities", client_id="coach-exchange", scope="activities/read"))
    answer = past_front(stack, attempt.headers, attempt.query)
    assert_refused(answer, attempt.statuses, attempt.error)


@pytest.mark.parametrize("build", bad_tokens())
def test_an_api_refuses_a_bad_token(stack: RunningStack, build: Build) -> None:
    row = stack.blueprint.hops.resource_server("api-activities")
    attempt = build(stack.issuer("api-activities", client_id="mcp-activities-exchange", scope="activities/read"))
    answer = through_front(stack, row, attempt.headers, attempt.query)
    assert answer.status_code in attempt.statuses
    if answer.status_code == 401:
        # API Gateway has one 401 answer: a constant challenge.
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("build", good_tokens())
def test_the_same_requests_with_a_good_token_are_answered(stack: RunningStack, build: Build) -> None:
    server = stack.issuer("mcp-activities", client_id="coach-exchange", scope="activities/read")
    api = stack.issuer("api-activities", client_id="mcp-activities-exchange", scope="activities/read")
    rows = stack.blueprint.hops
    assert through_front(stack, rows.resource_server("mcp-activities"), build(server).headers).status_code == 200
    assert past_front(stack, build(server).headers).status_code == 200
    assert through_front(stack, rows.resource_server("api-activities"), build(api).headers).status_code == 200


def assert_refused(answer: httpx.Response, statuses: frozenset[int], error: str | None) -> None:
    assert answer.status_code in statuses
    if answer.status_code == 401:
        challenge = answer.headers["WWW-Authenticate"]
        assert "resource_metadata=" in challenge
        assert (f'error="{error}"' in challenge) if error else ("error=" not in challenge)


@pytest.mark.case("X15")
@pytest.mark.parametrize("row", ROWS)
def test_a_token_for_this_hop_from_a_client_that_is_not_upstream_is_refused(
    stack: RunningStack, row: ResourceServer
) -> None:
    outsiders = {client.client_id for client in stack.blueprint.hops.clients} - row.clients(local=True)
    assert outsiders
    for outsider in sorted(outsiders):
        issuer = stack.issuer(row.audiences[0], client_id=outsider, scope=scope_of(row))
        assert through_front(stack, row, {"Authorization": f"Bearer {issuer.token()}"}).status_code == 401, outsider
    insider = stack.issuer(row.audiences[0], client_id=upstream_of(row), scope=scope_of(row))
    changes: dict[str, Any] = {"sub": upstream_of(row), "username": None} if row.team == "routes" else {}
    assert through_front(stack, row, {"Authorization": f"Bearer {insider.token(**changes)}"}).status_code == 200


@pytest.mark.case("N29")
@pytest.mark.parametrize("row", ROWS)
def test_every_hop_refuses_the_tokens_of_all_other_hops(stack: RunningStack, row: ResourceServer) -> None:
    for other in stack.blueprint.hops.resource_servers:
        if other.name != row.name:
            issuer = stack.issuer(other.audiences[0], client_id=upstream_of(row), scope=scope_of(row))
            answer = through_front(stack, row, {"Authorization": f"Bearer {issuer.token()}"})
            assert answer.status_code == 401, other.name


@pytest.mark.case("X14")
def test_the_coach_cannot_exchange_straight_to_an_api(stack: RunningStack) -> None:
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    workload = operator.get_workload_access_token_for_jwt(workloadName="coach", userToken=stack.token("maya"))
    coach = stack.boto3_client("bedrock-agentcore", "coach")
    wish = {
        "workloadIdentityToken": workload["workloadAccessToken"],
        "resourceCredentialProviderName": "coach-exchange",
        "oauth2Flow": "ON_BEHALF_OF_TOKEN_EXCHANGE",
        "scopes": ["activities/read"],
    }
    with pytest.raises(ClientError):
        coach.get_resource_oauth2_token(**wish, audiences=["api-activities"])
    assert coach.get_resource_oauth2_token(**wish, audiences=["mcp-activities"])["accessToken"]
    # And the wall behind it: such a token, had it been minted, is refused by its client.
    minted = stack.issuer("api-activities", client_id="coach-exchange", scope="activities/read").token()
    row = stack.blueprint.hops.resource_server("api-activities")
    assert through_front(stack, row, {"Authorization": f"Bearer {minted}"}).status_code == 401


@pytest.mark.case("X10")
@pytest.mark.usefixtures("connected")
def test_no_access_token_occurs_at_two_audiences(stack: RunningStack) -> None:
    mark = (stack.home / "traces" / "hops.jsonl").stat().st_size
    for question in (
        "How far did I run last month?",
        "Find a route of 10 km near Tempelhof",
        "Which clubs am I in?",
        "Do I have open tickets?",
    ):
        stack.ask("jonas", question)
    hops = [json.loads(line) for line in (stack.home / "traces" / "hops.jsonl").read_text("utf-8")[mark:].splitlines()]
    accepted = [hop["attributes"] for hop in hops if "token" in hop["attributes"]]
    teams = ("activities", "routes", "socials", "support")
    audiences = {"coach", *(f"mcp-{team}" for team in teams), *(f"api-{team}" for team in teams)}
    assert {hop["audience"] for hop in accepted} >= audiences
    # Where it was accepted, not what it says of itself. A front and its container are one hop.
    seen: dict[str, set[str]] = {}
    for hop in accepted:
        if hop["part"] != "front":
            seen.setdefault(hop["token"], set()).add(hop["part"])
    assert {part for parts in seen.values() for part in parts} >= audiences
    assert {token: parts for token, parts in seen.items() if len(parts) > 1} == {}


@pytest.mark.case("X08")
def test_the_trace_names_subject_actors_and_grant_of_every_hop(stack: RunningStack) -> None:
    done = stack.coach("ask", "--athlete", "jonas", "How far did I ride last month?")
    assert done.returncode == 0, done.stderr
    turn = json.loads(stack.coach("trace", "--json").stdout)
    hops = {hop["to"]: hop for hop in _flat(turn["hops"]) if hop["token"] and hop["to"] != "vault"}
    through = {"gateway": ("jonas", ["coach-exchange"], "gateway")} if stack.asking == "gateway" else {}
    before = ["gateway-exchange", "coach-exchange"] if through else ["coach-exchange"]
    assert {name: (hop["subject"], hop["actors"], hop["audience"]) for name, hop in hops.items()} == {
        "coach": ("jonas", [], "coach"),
        **through,
        "mcp-activities": ("jonas", before, "mcp-activities"),
        "api-activities": ("jonas", ["mcp-activities-exchange", *before], "api-activities"),
    }
    everything = _flat(turn["hops"])
    # Whoever fetched a document made no claim about anybody; every other hop names whom it was about.
    calls = [hop for hop in everything if "well-known" not in hop["operation"]]
    assert [hop["operation"] for hop in calls if not (hop["subject"] and hop["audience"])] == []
    issued = [
        hop for hop in calls if hop["to"] in {"vault", "authorization_server"} and "ForJWT" not in hop["operation"]
    ]
    assert [hop["operation"] for hop in issued if not hop["grant"]] == []
    assert {hop["subject"] for hop in issued if hop["grant"] == "M2M"} <= {"coach"}
    assert hops["coach"]["grant"] == "authorization_code"
    assert hops["mcp-activities"]["scopes"] == ["activities/read"]
    assert all(hop["ms"] > 0 and hop["status"] == 200 for hop in hops.values())


def _flat(hops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for hop in hops for one in (hop, *_flat(hop["children"]))]


def test_the_tokens_of_a_blueprint_are_not_shown_when_it_is_printed(stack: RunningStack) -> None:
    assert isinstance(stack.blueprint, Blueprint)
    printed = repr(stack.blueprint)
    secrets = [*stack.blueprint.keys.client_secrets.values(), stack.blueprint.keys.front_secret]
    assert not [secret for secret in secrets if secret in printed]


@pytest.mark.case("P16")
@pytest.mark.case("S08")
def test_the_metering_key_comes_from_the_vault_for_the_support_server_alone(stack: RunningStack) -> None:
    key = stack.blueprint.keys.api_keys["support-metering"]
    operator = stack.boto3_client("bedrock-agentcore", "operator")

    def asked(workload: str) -> str:
        made = operator.get_workload_access_token(workloadName=workload)
        answer = stack.boto3_client("bedrock-agentcore", workload).get_resource_api_key(
            workloadIdentityToken=made["workloadAccessToken"], resourceCredentialProviderName="support-metering"
        )
        return str(answer["apiKey"])

    assert asked("mcp-support") == key
    for workload in ("coach", "mcp-activities"):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            asked(workload)
    bearer = stack.issuer("api-support", client_id="mcp-support-exchange", scope="support/read").token()
    url = stack.endpoints["apis"]["support"] + "/tickets"
    statuses = [
        httpx.get(url, headers={"Authorization": f"Bearer {bearer}", **more}, trust_env=False).status_code
        for more in ({}, {"x-api-key": "guessed"}, {"x-api-key": key})
    ]
    assert statuses == [403, 403, 200]
