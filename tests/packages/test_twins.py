"""The packages under the contracts of AgentCore Runtime, called by an unmodified boto3 through the runtime front.

What runs is the x86-64 twin of what is deployed: it proves entry point, settings, closure of modules and contract. That
the arm64 zip holds arm64 code is looked at in its files.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from deploy.names import TEAMS
from local_agentcore.blueprint import ACCOUNT, REGION
from local_agentcore.front.app import create_app
from local_agentcore.front.settings import FrontSettings
from local_agentcore.front_part import front_settings
from local_agentcore.ports import runtime_name
from tests.packages.conftest import Twin
from tests.support.running_stack import RunningStack
from tests.support.serving import free_socket, served, url_of

Start = Callable[[str, dict[str, str], str], Twin]
MCP = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
VERSION = "2025-11-25"


def server_environment(stack: RunningStack, team: str) -> dict[str, str]:
    """The variables of the template with the stack's values, and the workload's key in place of a role."""
    blueprint, part, prefix = stack.blueprint, f"mcp-{team}", f"MCP_{team.upper()}_"
    row, [client] = blueprint.hops.resource_server(part), blueprint.hops.clients_of(part)
    key = blueprint.keys.access_keys[part]
    return {
        f"{prefix}ISSUER": blueprint.issuer_for(part),
        f"{prefix}UPSTREAM_CLIENTS": json.dumps(sorted(row.clients(local=True))),
        f"{prefix}API_URL": blueprint.ports.url(f"api-{team}"),
        f"{prefix}ALLOWED_HOSTS": "[]",
        f"{prefix}HOST": "127.0.0.1",
        f"{prefix}PORT": "{PORT}",
        f"{prefix}VAULT_URL": blueprint.ports.url("control_plane"),
        f"{prefix}ACCESS_KEY_ID": key.access_key_id,
        f"{prefix}SECRET_ACCESS_KEY": key.secret_access_key,
        **({f"{prefix}API_KEY_PROVIDER": client.api_key_provider} if client.api_key_provider else {}),
    }


def agent_environment(stack: RunningStack) -> dict[str, str]:
    blueprint, key = stack.blueprint, stack.blueprint.keys.access_keys["coach"]
    return {
        "COACH_ISSUER": blueprint.issuer,
        "COACH_PORT": "{PORT}",
        "COACH_VAULT_URL": blueprint.ports.url("control_plane"),
        "COACH_VAULT_ACCESS_KEY_ID": key.access_key_id,
        "COACH_VAULT_SECRET_ACCESS_KEY": key.secret_access_key,
        "COACH_TARGET_VALUES": json.dumps(blueprint.public_placeholders()),
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_unredacted_attributes=",
    }


@pytest.fixture(scope="session")
def front(stack: RunningStack, start: Start) -> Iterator[str]:
    """A runtime front whose containers are the twins."""
    twins = {"coach": start("agent", agent_environment(stack), "/ping")}
    for team in TEAMS:
        twins[f"mcp-{team}"] = start(f"mcp-{team}", server_environment(stack, team), "/mcp")
    listening = free_socket()
    with served(create_app(with_twins(stack, url_of(listening), twins)), listening) as url:
        yield url


def with_twins(stack: RunningStack, url: str, twins: dict[str, Twin]) -> FrontSettings:
    """The stack's own front, at another place, with the twins as its containers."""
    settings = front_settings(stack.blueprint)
    runtimes = tuple(each.model_copy(update={"container_url": twins[each.workload].url}) for each in settings.runtimes)
    return settings.model_copy(update={"base_url": url, "runtimes": runtimes})


def invoke(front: str, workload: str, payload: Any, token: str | None, **parameters: Any) -> Any:
    """InvokeAgentRuntime of boto3 with a bearer token, as AWS documents it: unsigned, the header added."""
    client = boto3.client(
        "bedrock-agentcore", region_name=REGION, endpoint_url=front, config=Config(signature_version=UNSIGNED)
    )

    def authorize(request: Any, **_: Any) -> None:
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"

    client.meta.events.register("before-send.bedrock-agentcore.InvokeAgentRuntime", authorize)
    arn = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/{runtime_name(workload)}"
    return client.invoke_agent_runtime(
        agentRuntimeArn=arn,
        runtimeSessionId=str(uuid.uuid4()),
        payload=json.dumps(payload).encode(),
        contentType="application/json",
        **parameters,
    )


def rpc(front: str, team: str, token: str, method: str, **params: Any) -> dict[str, Any]:
    """One request to a server through InvokeAgentRuntime."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = invoke(front, f"mcp-{team}", message, token, accept=MCP["accept"], mcpProtocolVersion=VERSION)
    text = answer["response"].read().decode()
    data = next((line[5:] for line in text.splitlines() if line.startswith("data:")), text)
    found: dict[str, Any] = json.loads(data)
    return found


def test_the_coach_of_the_package_answers_a_question_as_a_stream(front: str, stack: RunningStack) -> None:
    question = {"type": "prompt", "prompt": "What was my longest run in the last 30 days?"}
    answer = invoke(front, "coach", question, stack.token("maya"))
    assert answer["contentType"].startswith("text/event-stream")
    lines = answer["response"].read().decode().splitlines()
    events = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    assert events[0]["type"] == "session"
    assert events[-1]["type"] == "done", events[-1]
    assert "km" in events[-1]["answer"]


@pytest.mark.parametrize("team", TEAMS)
def test_the_server_of_the_package_lists_its_tools(front: str, stack: RunningStack, team: str) -> None:
    listed = rpc(front, team, stack.token("maya", f"mcp-{team}"), "tools/list")
    assert len(listed["result"]["tools"]) > 0


@pytest.mark.parametrize(
    ("team", "tool", "arguments"),
    [
        ("activities", "search_activities", {}),
        ("routes", "search_routes", {}),
        ("socials", "list_clubs", {}),
        ("support", "list_tickets", {}),
    ],
)
def test_a_tool_of_the_package_reaches_its_api_with_a_token_of_its_own(
    front: str, stack: RunningStack, team: str, tool: str, arguments: dict[str, Any]
) -> None:
    token = stack.token("maya", f"mcp-{team}")
    called = rpc(front, team, token, "tools/call", name=tool, arguments=arguments)
    assert called["result"]["isError"] is False, called


def test_nobody_comes_in_without_a_token_or_with_that_of_another_runtime(front: str, stack: RunningStack) -> None:
    for token in (None, stack.token("maya", "mcp-routes")):
        with pytest.raises(ClientError) as refused:
            invoke(front, "coach", {"type": "prompt", "prompt": "Hello"}, token)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401


def test_a_workload_token_of_a_caller_is_replaced_by_the_front(front: str, stack: RunningStack) -> None:
    answer = httpx.post(
        f"{front}/runtimes/{runtime_name('coach')}/invocations",
        headers={
            "Authorization": f"Bearer {stack.token('maya')}",
            "WorkloadAccessToken": "forged",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": str(uuid.uuid4()),
        },
        json={"type": "prompt", "prompt": "How many runs did I do in the last 30 days?"},
        timeout=30,
        trust_env=False,
    )
    last = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")][-1]
    assert last["type"] == "done", last
