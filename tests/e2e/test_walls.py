"""What keeps strangers out: private ports, stripped headers, hosts and origins."""

import time
import uuid
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from agent.terminal.discovery import discover
from local_agentcore.ports import OFFSETS, TEAMS
from local_agentcore.private_port import FRONT_SECRET_HEADER
from tests.support.running_stack import SESSION_HEADER, RunningStack

CONTAINERS = ["coach", *(f"mcp-{team}" for team in TEAMS)]
# Where a request without a token gets past Host and Origin, and is refused for the lack of one.
KNOWN_PATHS = {
    "api-activities": "/activities",
    "api-routes": "/routes",
    "api-socials": "/clubs",
    "api-support": "/tickets",
}
QUESTION = {"type": "prompt", "prompt": "How many activities did I do in the last 12 months?"}


def container_url(stack: RunningStack, part: str) -> str:
    return stack.blueprint.ports.url(part) + ("/invocations" if part == "coach" else "/mcp")


@pytest.mark.case("R03")
@pytest.mark.parametrize("part", CONTAINERS)
@pytest.mark.parametrize("secret", [None, "guessed"], ids=["without-secret", "with-a-guessed-secret"])
def test_a_private_port_answers_the_front_alone(stack: RunningStack, part: str, secret: str | None) -> None:
    audience = part
    headers = {"Authorization": f"Bearer {stack.token('maya', audience)}", "WorkloadAccessToken": "stolen"}
    if secret:
        headers[FRONT_SECRET_HEADER] = secret
    answer = httpx.post(container_url(stack, part), json=QUESTION, headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert "secret" not in answer.text.lower()


@pytest.mark.case("R02")
def test_identity_headers_from_outside_are_stripped(stack: RunningStack) -> None:
    jonas = _workload_token(stack, "jonas")
    mine = stack.invoke(stack.token("maya"), QUESTION)
    with_headers = stack.invoke(
        stack.token("maya"),
        QUESTION,
        headers={
            "WorkloadAccessToken": jonas,
            "X-Amz-Bedrock-AgentCore-Identity-WAT": jonas,
            "X-Amzn-Bedrock-AgentCore-Runtime-User-Id": "jonas",
            "OAuth2CallbackUrl": "https://attacker.example/callback",
        },
    )
    assert _counts(with_headers) == _counts(mine)
    assert _counts(stack.invoke(stack.token("jonas"), QUESTION)) != _counts(mine)


@pytest.mark.case("R02")
@pytest.mark.parametrize("path", ["oauth2/authorize?request_uri=urn:x", "oauth2/callback/coach-federation?state=x"])
def test_browsers_reach_two_pages_of_the_vault_and_nothing_else_of_it(stack: RunningStack, path: str) -> None:
    front = stack.blueprint.ports.url("data_plane")
    navigation = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
    page = httpx.get(f"{front}/identities/{path}", headers=navigation, trust_env=False)
    assert page.headers["content-type"].startswith("text/html")
    assert page.status_code in {400, 403, 404}
    assert httpx.post(f"{front}/identities/{path}", headers=navigation, trust_env=False).status_code in {403, 404, 405}
    foreign = navigation | {"Origin": "https://attacker.example"}
    assert httpx.get(f"{front}/identities/{path}", headers=foreign, trust_env=False).status_code == 403
    for other in ("oauth2/token", "oauth2/callback", "oauth2/callback/a/b", "GetWorkloadAccessToken", "oauth2"):
        answer = httpx.get(f"{front}/identities/{other}", headers=navigation, trust_env=False)
        assert answer.status_code in {404, 405}, other


def _workload_token(stack: RunningStack, athlete: str) -> str:
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    answer = operator.get_workload_access_token_for_jwt(workloadName="coach", userToken=stack.token(athlete))
    return str(answer["workloadAccessToken"])


def _counts(events: list[dict[str, Any]]) -> list[int]:
    return [event["result"]["total"]["count"] for event in events if event["type"] == "tool_end"]


@pytest.mark.case("I05")
@pytest.mark.parametrize("part", OFFSETS)
def test_a_rebound_name_or_a_foreign_page_gets_nothing_from_any_port(stack: RunningStack, part: str) -> None:
    url = stack.blueprint.ports.url(part) + KNOWN_PATHS.get(part, "/")
    secret = {FRONT_SECRET_HEADER: stack.blueprint.keys.front_secret}
    rebound = httpx.get(url, headers=secret | {"Host": "attacker.example"}, trust_env=False)
    assert rebound.status_code in {403, 421}
    foreign = httpx.get(url, headers=secret | {"Origin": "https://attacker.example"}, trust_env=False)
    assert foreign.status_code in {403, 421}
    assert "access-control-allow-origin" not in foreign.headers
    legitimate = httpx.get(url, headers=secret, trust_env=False)
    # The consent page sends whoever comes to sign in.
    assert legitimate.status_code in ({303} if part == "consent_return" else {401, 404, 405})


@pytest.mark.case("R08")
def test_garbage_at_the_front_gets_a_short_answer_without_internals(stack: RunningStack) -> None:
    headers = {"Authorization": f"Bearer {stack.token('maya')}", "Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b'{"type":"prompt"}', b'{"type":"unknown","prompt":"x"}', b'{"prompt":7}'):
        answer = httpx.post(stack.endpoints["agent"], content=body, headers=headers, timeout=30, trust_env=False)
        assert answer.status_code < 500, body
        assert "Traceback" not in answer.text
        assert "site-packages" not in answer.text


def test_a_runtime_answers_under_its_arn_as_on_aws(stack: RunningStack) -> None:
    arn = "arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A000000000000%3Aruntime%2Fcoach"
    url = f"{stack.blueprint.ports.url('data_plane')}/runtimes/{arn}/invocations?qualifier=DEFAULT"
    headers = {"Authorization": f"Bearer {stack.token('maya')}"}
    answer = httpx.post(url, json=QUESTION, headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 200
    assert '"type": "done"' in answer.text or '"type":"done"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "nobody/invocations", "..%2Fcoach/invocations", "coach%00/invocations", "mcp-activities/invocations",
        "coach", "coach/commands", "coach/invocations/more",
    ],
)  # fmt: skip
def test_an_unknown_runtime_or_operation_is_not_found(stack: RunningStack, path: str) -> None:
    url = f"{stack.blueprint.ports.url('data_plane')}/runtimes/{path}"
    headers = {"Authorization": f"Bearer {stack.token('maya')}"}
    answer = httpx.post(url, json=QUESTION, headers=headers, trust_env=False)
    assert answer.status_code == 404


def test_the_front_keeps_no_more_of_an_unsigned_identity_request_than_the_vault_takes(stack: RunningStack) -> None:
    url = f"{stack.blueprint.ports.url('data_plane')}/identities/GetWorkloadAccessToken"
    answers = [httpx.post(url, content=b"x" * size, trust_env=False) for size in (1_048_576, 1_048_577)]
    # The first is the vault's answer, the second the front's own.
    assert [answer.status_code for answer in answers] == [403, 413]
    assert ["x-amzn-errortype" in answer.headers for answer in answers] == [True, False]


def test_header_values_beyond_ascii_are_passed_on_as_they_came(stack: RunningStack) -> None:
    identity = f"{stack.blueprint.ports.url('data_plane')}/identities/GetWorkloadAccessToken"
    answer = httpx.post(identity, headers={b"X-Amz-Note": "Zoë".encode("latin-1")}, trust_env=False)
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    headers: dict[str, Any] = {"User-Agent": "Zoë".encode("latin-1")}
    assert stack.invoke(stack.token("maya"), QUESTION, headers=headers)[-1]["type"] == "done"


def test_a_token_without_the_coachs_scope_is_refused_with_the_scope_named(stack: RunningStack) -> None:
    token = stack.token("maya", scopes=("activities/read",))
    answer = httpx.post(
        stack.endpoints["agent"], json=QUESTION, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="coach/invoke"' in answer.headers["WWW-Authenticate"]


@pytest.mark.case("N53")
@pytest.mark.case("S09")
def test_after_sign_out_the_token_is_refused_at_front_server_and_vault_before_it_expires(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("identity.revocations.LONGEST_AGE_S", 0.05)
    monkeypatch.setattr("identity.revocations.COOL_DOWN_S", 0.0)
    token, other = stack.token("maya"), stack.token("maya")
    assert _counts(stack.invoke(token, QUESTION))
    with httpx.Client(trust_env=False) as http:
        server = discover(http, stack.blueprint.issuer)
        assert server.revocation_endpoint is not None
        http.post(server.revocation_endpoint, data={"client_id": "terminal", "token": token}).raise_for_status()
    time.sleep(0.1)

    refused = httpx.post(
        stack.endpoints["agent"],
        json=QUESTION,
        headers={"Authorization": f"Bearer {token}", SESSION_HEADER: str(uuid.uuid4())},
        trust_env=False,
    )

    assert refused.status_code == 401
    with pytest.raises(ClientError, match="UnauthorizedException"):
        stack.boto3_client("bedrock-agentcore", "operator").get_workload_access_token_for_jwt(
            workloadName="coach", userToken=token
        )
    assert _counts(stack.invoke(other, QUESTION))
