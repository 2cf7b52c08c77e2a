"""The decorators of bedrock_agentcore, unmodified, in an unmodified app behind our runtime front.

The agent is a process of its own with the environment that `coach env --workload` prints. DOCKER_CONTAINER=1 makes
the SDK's fallback to a local workload and a random user impossible: without a token of the front there is none.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent.terminal.commands.env import export_lines
from agent.terminal.endpoints import Endpoints
from local_agentcore.front.app import create_app
from local_agentcore.front.settings import FrontSettings, RuntimeSettings
from tests.support.authorization_server import claims_of
from tests.support.consenting import browse, complete, query
from tests.support.running_stack import free_ports
from tests.support.serving import PATIENCE_S, free_socket, served, url_of
from tests.support.vault import RETURN_URL, RunningVault, access_key_id, running_vault

API_KEY = "canary-api-key-of-metering"
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class SdkAgent:
    """The agent behind the front, and how an athlete reaches it."""

    vault: RunningVault
    front_url: str
    direct_url: str
    folder: Path

    def ask(self, what: str, user_token: str) -> dict[str, Any]:
        """What the agent got, through the front."""
        answer = httpx.post(
            f"{self.front_url}/runtimes/sdk_agent/invocations",
            json={"do": what},
            headers={"authorization": f"Bearer {user_token}"},
            timeout=30.0,
        )
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SdkAgent]:
    folder = tmp_path_factory.mktemp("sdk")
    port = free_ports().base
    with running_vault(folder) as vault:
        vault.provision_federation()
        vault.control().create_api_key_credential_provider(name="coach-metering", apiKey=API_KEY)
        listening = free_socket()
        settings = front_settings(vault, url_of(listening), f"http://127.0.0.1:{port}")
        with served(create_app(settings), listening) as front_url, agent_process(folder, vault.url, port) as direct_url:
            yield SdkAgent(vault, front_url, direct_url, folder)


def front_settings(vault: RunningVault, front_url: str, container_url: str) -> FrontSettings:
    runtime = RuntimeSettings(
        name="sdk_agent",
        workload="coach",
        issuer=vault.provider.url,
        protocol="HTTP",
        container_url=container_url,
        public_url=f"{front_url}/runtimes/sdk_agent/invocations",
        audiences=frozenset({"coach"}),
        clients=frozenset({"terminal"}),
    )
    return FrontSettings(
        base_url=front_url,
        vault_url=vault.url,
        region="us-east-1",
        account="000000000000",
        front_secret=SecretStr("secret of the front"),
        access_key_id=access_key_id("front"),
        secret_access_key=SecretStr("secret-of-front"),
        runtimes=(runtime,),
    )


def environment_of(vault_url: str, workload: str) -> dict[str, str]:
    """What `eval "$(coach env --workload …)"` sets."""
    endpoints = Endpoints("", "", vault_url, vault_url, {}, {}, {}, "us-east-1", None)
    key = {"access_key_id": access_key_id(workload), "secret_access_key": f"secret-of-{workload}"}
    lines = [shlex.split(line)[1] for line in export_lines(endpoints, key)]
    return {name: value for name, _, value in (line.partition("=") for line in lines) if value}


@contextmanager
def agent_process(folder: Path, vault_url: str, port: int) -> Iterator[str]:
    environment = {
        **environment_of(vault_url, "coach"),
        "DOCKER_CONTAINER": "1",
        "PYTHONPATH": str(ROOT),
        "PATH": os.defpath,
    }
    with (folder / "agent.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.sdk_agent", str(port), RETURN_URL],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(process, f"{url}/ping", folder / "agent.log")
        yield url
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up_at = time.monotonic() + 20.0
    while True:
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < give_up_at, log.read_text("utf-8")
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)


def test_machine_to_machine_is_a_token_of_the_workload_itself(agent: SdkAgent) -> None:
    got = agent.ask("as_itself", agent.vault.provider.user_token())

    assert claims_of(got["got"])["sub"] == "client"


@pytest.mark.parametrize("how", ["on_behalf", "on_behalf_blocking"])
def test_on_behalf_of_is_a_token_of_the_athlete_who_calls(agent: SdkAgent, how: str) -> None:
    for athlete in ("maya-sub", "jonas-sub"):
        got = agent.ask(how, agent.vault.provider.user_token(athlete))

        claims = claims_of(got["got"])
        assert (claims["sub"], claims["aud"]) == (athlete, "mcp-activities")


def test_federation_waits_for_the_athletes_consent_and_then_runs(agent: SdkAgent) -> None:
    vault, user_token = agent.vault, agent.vault.provider.user_token("aiko-sub")
    vault.provider.signed_in = "aiko-elsewhere"

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(agent.ask, "federated", user_token)
        url = shown_url(agent)
        browse(url)
        (session_uri,) = query(url)["request_uri"]
        complete(vault, session_uri, userToken=vault.provider.application_token("aiko-sub"))
        got = waiting.result(20)

    assert claims_of(got["got"])["sub"] == "aiko-elsewhere"
    assert agent.ask("federated", user_token) == got


def test_federation_ends_at_once_when_the_athlete_refuses(agent: SdkAgent) -> None:
    vault = agent.vault
    vault.provider.deny_authorize = "access_denied"
    began = time.monotonic()

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(agent.ask, "federated", vault.provider.user_token("me-sub"))
        browse(shown_url(agent))
        got = waiting.result(20)
    vault.provider.deny_authorize = None

    assert got["error"] == "ConsentFailed"
    assert time.monotonic() - began < 5.0  # the SDK's own poller waits for 600 s


def test_the_api_key_is_the_workloads_own(agent: SdkAgent) -> None:
    assert agent.ask("api_key", agent.vault.provider.user_token()) == {"got": API_KEY}


def test_the_workload_token_is_the_one_that_the_front_brought(agent: SdkAgent) -> None:
    user_token = agent.vault.provider.user_token()

    assert agent.ask("workload_token", user_token) == {"got": agent.vault.workload_token(user_token)}


@pytest.mark.case("S08")
@pytest.mark.parametrize("what", ["of_another_workload", "api_key_of_another_workload"])
def test_a_provider_of_another_workload_is_denied_with_its_typed_error(agent: SdkAgent, what: str) -> None:
    got = agent.ask(what, agent.vault.provider.user_token())

    assert got["error"] == "AccessDeniedException"


@pytest.mark.parametrize("what", ["as_itself", "on_behalf", "federated", "api_key", "workload_token"])
def test_without_a_workload_token_of_the_front_the_decorators_raise(agent: SdkAgent, what: str) -> None:
    """Past the front, so without its header. On AWS nobody reaches a container so."""
    got = httpx.post(f"{agent.direct_url}/invocations", json={"do": what}).json()

    assert got["error"] == "ValueError"
    # The fallback would have made a workload of its own and left this file behind.
    assert not (agent.folder / ".agentcore.json").exists()


def test_a_workload_token_that_nobody_made_is_refused_with_its_typed_error(agent: SdkAgent) -> None:
    headers = {"WorkloadAccessToken": "A" * 43}
    got = httpx.post(f"{agent.direct_url}/invocations", json={"do": "on_behalf"}, headers=headers).json()

    assert got["error"] == "UnauthorizedException"


def shown_url(agent: SdkAgent) -> str:
    """The consent URL that the agent showed somebody, once it has."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        url: str = agent.ask("url_shown", agent.vault.provider.user_token())["got"]
        if url:
            return url
        time.sleep(0.05)
    raise AssertionError("no URL was shown")
