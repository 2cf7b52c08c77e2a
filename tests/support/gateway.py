"""A gateway for tests: real requests to fake targets on loopback ports, with an issuer and a vault that obey."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from identity.token_source import Flow
from identity.tokens import Principal
from local_agentcore.errors import WorkloadTokenUnavailable
from local_agentcore.gateway.app import Vault, create_app
from local_agentcore.gateway.authorizing import Decision, ScopeAuthorizer
from local_agentcore.gateway.credentials import OwnWorkloadToken
from local_agentcore.gateway.openapi.operations import read_operations
from local_agentcore.gateway.settings import (
    ApiKeySettings,
    ApiTargetSettings,
    CredentialSettings,
    FunctionTargetSettings,
    GatewaySettings,
    InboundSettings,
    TargetSettings,
)
from local_agentcore.gateway.tools import GatewayTool
from tests.support.api_key_source import FakeApiKeySource
from tests.support.asgi_lifespan import lifespan
from tests.support.http_api import FakeApi
from tests.support.issuer import FakeIssuer
from tests.support.mcp_server import MODERN, RpcClient
from tests.support.mcp_target import FakeTarget
from tests.support.serving import free_socket, served, url_of
from tests.support.token_source import FakeTokenSource

BASE_URL = "http://127.0.0.1:8703"
METADATA_URL = f"{BASE_URL}/.well-known/oauth-protected-resource/mcp"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
SCOPES = ("activities/read", "activities/write", "routes/read")
RETURN_URL = "http://127.0.0.1:8704/return"
CONSENT_STATE_KEY = "key-of-the-consents-that-is-long-enough"


def function_arn(name: str) -> str:
    return f"{FUNCTION_ARN}{name}"


@dataclass
class FakeWorkloadTokens:
    """Workload tokens of the gateway for callers.

    Knobs:
        down: The vault does not answer.
        asked: Bearers, in order.
    """

    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def token(self, workload: str, bearer: str) -> str:
        self.asked.append(bearer)
        await asyncio.sleep(0)
        if self.down:
            raise WorkloadTokenUnavailable(workload, "EndpointConnectionError")
        return self.token_for(bearer)

    def token_for(self, bearer: str) -> str:
        """The workload token that stands for this very bearer."""
        return f"gateway-for-{hashlib.sha256(bearer.encode()).hexdigest()[:12]}"


@dataclass
class FakeOwnTokens:
    """boto3's client, as far as the gateway asks it for its own workload token."""

    asked: int = 0

    def get_workload_access_token(self, *, workloadName: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        self.asked += 1
        return {"workloadAccessToken": f"{workloadName}-itself"}

    def get_resource_oauth2_token(self, **_: Any) -> dict[str, Any]:
        raise AssertionError("tokens for targets come from the token source")


@dataclass
class GatewayUnderTest:
    """A gateway and everything around it.

    Knobs:
        targets: By name; each gets a port of its own.
        apis: By name, likewise; their operations are tools.
        api_key: Of all of them.
        lambdas: Name of a target, and of the function that it is, to its tools; `options` has the functions.
        flows: How a target's token is got; on behalf of the caller unless said otherwise.
        settings: Instead of the usual ones.
        target_settings: By target, likewise.
        inbound: Of the authorizer, beside audiences and clients.
        clients: That may call.
        options: Further collaborators of `create_app`.
        keys_options: Of the cache of signing keys.
        vault: Instead of the fakes below.
        on_decision: Called while a request is decided about, after its token was verified.
    """

    targets: dict[str, FakeTarget] = field(default_factory=lambda: {"activities": FakeTarget()})
    apis: dict[str, FakeApi] = field(default_factory=dict)
    lambdas: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    target_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    inbound: dict[str, Any] = field(default_factory=dict)
    clients: frozenset[str] = frozenset({"coach-exchange"})
    options: dict[str, Any] = field(default_factory=dict)
    keys_options: dict[str, Any] = field(default_factory=dict)
    vault: Vault | None = None
    on_decision: Callable[[], object] = lambda: None
    tokens: FakeTokenSource = field(default_factory=FakeTokenSource)
    workload_tokens: FakeWorkloadTokens = field(default_factory=FakeWorkloadTokens)
    own_tokens: FakeOwnTokens = field(default_factory=FakeOwnTokens)
    api_key: ApiKeySettings | None = None
    api_keys: dict[str, FakeApiKeySource] = field(default_factory=dict)
    issuer: FakeIssuer = field(
        default_factory=lambda: FakeIssuer(audience="gateway", scope="activities/read activities/write routes/read")
    )

    def app(self, urls: dict[str, str]) -> ASGIApp:
        audiences = frozenset({"gateway", f"{BASE_URL}/mcp"})
        trust = replace(self.issuer.trust(), audiences=audiences, clients=self.clients)
        values: dict[str, Any] = {
            "name": "coach",
            "url": f"{BASE_URL}/mcp",
            "hosts": frozenset({"127.0.0.1:8703", "127.0.0.1:*"}),
            "private_targets": frozenset({"127.0.0.1:*"}),
            "inbound": InboundSettings(trust, advertised_scopes=SCOPES, **self.inbound),
            "targets": (
                *(self._target(name, urls[name]) for name in self.targets),
                *(self._api(name, api, urls[name]) for name, api in self.apis.items()),
                *(self._lambda(name, tools) for name, tools in self.lambdas.items()),
            ),
            "workload": "gateway",
            "vault_url": "http://vault.test",
            "region": "us-east-1",
            "access_key_id": "unused",
            "secret_access_key": SecretStr("unused"),
            "consent_state_key": SecretStr(CONSENT_STATE_KEY),
            **self.settings,
        }
        vault = self.vault or Vault(
            for_callers=self.workload_tokens,
            own=OwnWorkloadToken(self.own_tokens, "gateway"),
            tokens=self.tokens,
            api_keys=lambda provider: self.api_keys.setdefault(provider, FakeApiKeySource()),
        )
        options: dict[str, Any] = {"authorizer": _Noticed(self), **self.options}
        return create_app(GatewaySettings(**values), keys=self.issuer.jwks(**self.keys_options), vault=vault, **options)

    def _target(self, name: str, url: str) -> TargetSettings:
        values: dict[str, Any] = {
            "name": name,
            "endpoint": f"{url}/mcp",
            "credential": CredentialSettings(
                provider="gateway-exchange",
                flow=self.flows.get(name, "ON_BEHALF_OF_TOKEN_EXCHANGE"),
                scopes=SCOPES,
                audiences=(f"mcp-{name}",),
                return_url=RETURN_URL,
            ),
            **self.target_settings.get(name, {}),
        }
        return TargetSettings(**values)

    def _api(self, name: str, api: FakeApi, url: str) -> TargetSettings:
        operations = read_operations(api.document)
        values: dict[str, Any] = {
            "name": name,
            "endpoint": f"{url}/v1",
            "credential": None,
            "static_tools": tuple(operation.tool for operation in operations.values()),
            "operations": operations,
            "api_key": self.api_key,
            **self.target_settings.get(name, {}),
        }
        return ApiTargetSettings(**values)

    def _lambda(self, name: str, tools: list[dict[str, Any]]) -> TargetSettings:
        return FunctionTargetSettings(
            name=name,
            endpoint=function_arn(name),
            credential=None,
            static_tools=tuple(tools),
            gateway_id="coach-0123456789",
            target_id="abcdefghij",
        )

    @contextmanager
    def targets_served(self) -> Iterator[dict[str, str]]:
        with ExitStack() as stack:
            every: dict[str, ASGIApp] = {**self.targets, **self.apis}
            yield {name: stack.enter_context(served(target, free_socket())) for name, target in every.items()}


class _Noticed(ScopeAuthorizer):
    """Decides by scopes, and says when."""

    def __init__(self, gateway: GatewayUnderTest) -> None:
        self._gateway = gateway

    def decide(self, principal: Principal, tool: GatewayTool, arguments: Mapping[str, Any]) -> Decision:
        self._gateway.on_decision()
        return super().decide(principal, tool, arguments)


@asynccontextmanager
async def in_process(gateway: GatewayUnderTest, *, protocol: str = MODERN, **claims: Any) -> AsyncIterator[RpcClient]:
    """A client of the gateway, with a good token unless claims say otherwise."""
    with gateway.targets_served() as urls:
        app = gateway.app(urls)
        transport = httpx.ASGITransport(app)
        async with lifespan(app), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            yield RpcClient(http, gateway.issuer.token(**claims), protocol)


@contextmanager
def on_a_port(gateway: GatewayUnderTest) -> Iterator[str]:
    """The gateway on a port; gives its MCP URL."""
    listening = free_socket()
    with gateway.targets_served() as urls, served(gateway.app(urls), listening):
        yield f"{url_of(listening)}/mcp"
