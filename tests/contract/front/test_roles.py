"""A runtime that lets roles in, called by an unmodified boto3: what it refuses, and what reaches the container."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from identity.vault.policy import Statement
from local_agentcore.front.app import create_app
from local_agentcore.front.settings import FrontSettings, RuntimeSettings
from tests.support.access_keys import access_key_id, policy_of, secret_access_key
from tests.support.issuer import FakeIssuer
from tests.support.serving import free_socket, served, url_of

REGION, ACCOUNT = "us-east-1", "000000000000"
KEYS = {
    "program": Statement(actions=("InvokeAgentRuntime",), workloads=("coach",)),
    "elsewhere": Statement(actions=("InvokeAgentRuntime",), workloads=("mcp-routes",)),
    "reader": Statement(actions=("GetResourceOauth2Token",), workloads=("coach",)),
}


class Container:
    """Answers with the headers and the body that it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(self, request: Request) -> JSONResponse:
        self.seen.append((dict(request.headers), await request.body()))
        return JSONResponse({"ok": True})


class Doors:
    """A front with one container behind two runtimes."""

    def __init__(self, url: str, container: Container, issuer: FakeIssuer) -> None:
        self.url, self.container, self.issuer = url, container, issuer

    def client(self, principal: str, secret: str | None) -> Any:
        secret = secret or secret_access_key(principal)
        session: Any = boto3.Session(access_key_id(principal), secret, region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        return session.client("bedrock-agentcore", endpoint_url=self.url, config=config)

    def invoke(
        self, principal: str = "program", *, runtime: str = "coach_iam", secret: str | None = None, **more: Any
    ) -> Any:
        arn = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/{runtime}"
        request = {"agentRuntimeArn": arn, "runtimeSessionId": str(uuid.uuid4()), "payload": b'{"prompt": "hi"}'}
        return self.client(principal, secret).invoke_agent_runtime(**{**request, **more})

    def refused(self, *arguments: Any, **more: Any) -> tuple[int, str]:
        with pytest.raises(ClientError) as caught:
            self.invoke(*arguments, **more)
        assert self.container.seen == []
        return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], caught.value.response["Error"]["Code"]


@pytest.fixture
def doors() -> Iterator[Doors]:
    container, issuer = Container(), FakeIssuer(audience="coach", client_id="terminal", scope="coach/invoke")
    inner, outer = free_socket(), free_socket()
    with_people = RuntimeSettings(
        name="coach",
        workload="coach",
        issuer=issuer.issuer,
        protocol="HTTP",
        container_url=url_of(inner),
        public_url=f"{url_of(outer)}/runtimes/coach/invocations",
        audiences=frozenset({"coach"}),
        clients=frozenset({"terminal"}),
    )
    settings = FrontSettings(
        base_url=url_of(outer),
        vault_url="http://127.0.0.1:9",
        region=REGION,
        account=ACCOUNT,
        front_secret="front-secret",
        access_key_id="LOCALFRONT0000000000",
        secret_access_key="secret",
        roles=policy_of(KEYS),
        runtimes=(with_people, with_people.model_copy(update={"name": "coach_iam", "lets_in": "roles"})),
    )
    app = Starlette(routes=[Route("/invocations", container.answer, methods=["POST"])])
    with served(app, inner), served(create_app(settings, keys={issuer.issuer: issuer.jwks()}), outer) as url:
        yield Doors(url, container, issuer)


def test_a_program_that_may_invoke_reaches_the_container_and_nothing_of_its_signature_does(doors: Doors) -> None:
    answer = doors.invoke()
    assert json.loads(answer["response"].read()) == {"ok": True}
    ((headers, body),) = doors.container.seen
    assert body == b'{"prompt": "hi"}'
    assert headers["x-amzn-bedrock-agentcore-runtime-session-id"] == answer["runtimeSessionId"]
    never = {"authorization", "workloadaccesstoken", "x-amz-bedrock-agentcore-identity-wat", "x-amz-date"}
    assert never.isdisjoint(headers)
    assert not any("AWS4-HMAC-SHA256" in value for value in headers.values())


@pytest.mark.parametrize("principal", ["reader", "elsewhere"])
def test_a_key_without_the_action_on_this_workload_is_denied(doors: Doors, principal: str) -> None:
    assert doors.refused(principal) == (403, "AccessDeniedException")


def test_nobody_may_name_a_user(doors: Doors) -> None:
    assert doors.refused(runtimeUserId="maya") == (403, "AccessDeniedException")


def test_a_wrong_secret_and_an_unknown_key_are_refused(doors: Doors) -> None:
    assert doors.refused(secret="guessed")[1] == "InvalidSignatureException"
    assert doors.refused("stranger")[1] == "UnrecognizedClientException"


def test_a_signature_opens_no_runtime_of_people(doors: Doors) -> None:
    assert doors.refused(runtime="coach")[0] == 401


def test_a_bearer_opens_no_runtime_of_roles(doors: Doors) -> None:
    url = f"{doors.url}/runtimes/coach_iam/invocations"
    answer = httpx.post(url, json={}, headers={"Authorization": f"Bearer {doors.issuer.token()}"})
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "MissingAuthenticationTokenException")
    assert httpx.post(url, json={}).status_code == 403
    assert doors.container.seen == []


@pytest.mark.parametrize("fault", ["none", "body", "path", "date"])
def test_a_signed_request_is_good_for_itself_alone(doors: Doors, fault: str) -> None:
    url, body = f"{doors.url}/runtimes/coach_iam/invocations", b"{}"
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(
        Credentials(access_key_id("program"), secret_access_key("program")), "bedrock-agentcore", REGION
    ).add_auth(request)
    headers = dict(request.headers)
    if fault == "body":
        body = b'{"prompt": "another"}'
    elif fault == "path":
        arn = quote(f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/coach_iam", safe="")
        url = f"{doors.url}/runtimes/{arn}/invocations"
    elif fault == "date":
        headers["X-Amz-Date"] = "20200101T000000Z"
    answer = httpx.post(url, content=body, headers=headers)
    assert answer.status_code == (200 if fault == "none" else 403)


def test_a_refusal_is_logged_without_the_signature(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    doors.refused("reader")
    assert "runtime=<coach_iam>, decision=<AccessDeniedException>" in caplog.text
    assert "Signature=" not in caplog.text
    assert secret_access_key("reader") not in caplog.text


@pytest.mark.parametrize(("runtime", "status"), [("coach", 200), ("coach_iam", 404)])
def test_a_door_of_roles_names_no_authorization_server(doors: Doors, runtime: str, status: int) -> None:
    url = f"{doors.url}/.well-known/oauth-protected-resource/runtimes/{runtime}/invocations"
    assert httpx.get(url).status_code == status
