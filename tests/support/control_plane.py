"""The control plane on a port, with what a configuration declares and boto3 clients of every key."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from starlette.types import Receive, Scope, Send

from gateway_config.documents import FOLDER
from gateway_config.model import GatewayRequests, read_gateway_requests
from gateway_config.tool_policy import ToolPolicy, read_tool_policies
from identity.vault.policy import Statement
from local_agentcore.control_plane.app import ControlPlane
from local_agentcore.control_plane.declared import Declared
from local_agentcore.control_plane.operations import ControlOperations
from local_agentcore.control_plane.requests import gateway_operations
from local_agentcore.identity_parts import OPERATOR_ACTIONS
from local_agentcore.signed_operations import SignedOperations
from tests.support.access_keys import access_key_id, policy_of, secret_access_key
from tests.support.gateway_values import VALUES
from tests.support.serving import free_socket, port_of, served

REGION = "us-east-1"
OPERATOR = Statement(actions=OPERATOR_ACTIONS, workloads=("*",), providers=("*",))
WORKLOAD = Statement(actions=("GetResourceOauth2Token",), workloads=("gateway",), providers=("gateway-exchange",))
KEYS = {"operator": OPERATOR, "gateway": WORKLOAD}


class FakeVault:
    """Stands where the vault is, and says which paths reached it."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        self.paths.append(scope["path"])
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


@dataclass
class RunningControlPlane:
    """A control plane and its clients.

    Knobs:
        folder: Where the policies are read.
        values: Placeholders of the configuration.
    """

    url: str = ""
    folder: Path = FOLDER
    values: dict[str, str] = field(default_factory=lambda: dict(VALUES))
    vault: FakeVault = field(default_factory=FakeVault)

    @property
    def requests(self) -> GatewayRequests:
        return read_gateway_requests(self.values)

    def policies(self) -> Sequence[ToolPolicy]:
        return read_tool_policies(self.values, self.folder)

    def app(self, port: int) -> ControlPlane:
        declared = Declared(
            self.requests,
            self.policies,
            gateway_arn=self.values["GATEWAY_ARN"],
            gateway_url=self.values["URL:gateway"],
            engine_arn=self.values["POLICY_ENGINE_ARN"],
            workload_arn="arn:aws:bedrock-agentcore:us-east-1:000000000000:workload-identity-directory/default/gateway",
            since_s=1_750_000_000.5,
        )
        control = SignedOperations(
            ControlOperations(declared),
            gateway_operations(),
            policy_of(KEYS),
            region=REGION,
            hosts=frozenset({f"127.0.0.1:{port}"}),
            clock_skew_s=300,
        )
        return ControlPlane(self.vault, control, self.vault)

    def client(self, principal: str = "operator", **changes: Any) -> Any:
        """An unmodified boto3 client with a principal's key."""
        return self.session(principal).client(
            "bedrock-agentcore-control",
            endpoint_url=self.url,
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
            **changes,
        )

    def session(self, principal: str = "operator") -> Any:
        return boto3.Session(access_key_id(principal), secret_access_key(principal), region_name=REGION)


@contextmanager
def running_control_plane(**knobs: Any) -> Iterator[RunningControlPlane]:
    running = RunningControlPlane(**knobs)
    listening = free_socket()
    with served(running.app(port_of(listening)), listening) as url:
        running.url = url
        yield running
