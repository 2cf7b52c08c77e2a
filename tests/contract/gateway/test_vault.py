"""The gateway's credentials with the real token source over a vault that counts: who asks together asks once."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from identity.token_source import VaultTokenSource
from local_agentcore.front.workload_tokens import WorkloadTokens
from local_agentcore.gateway.app import Vault
from local_agentcore.gateway.credentials import FAILURE_KEPT_S, OwnWorkloadToken
from tests.support.api_key_source import FakeApiKeySource
from tests.support.gateway import GatewayUnderTest, in_process
from tests.support.issuer import FakeIssuer


@dataclass
class CountingVault:
    """boto3's `bedrock-agentcore` client, answering slowly.

    Knobs:
        life_s: Of the tokens it gives.
        forgets_own: Workload tokens of the gateway itself that are no longer known.
        failing: Error code of every question for a token.
        down: It cannot be reached.
        asked: Parameters of GetResourceOauth2Token, in order.
        workloads: User tokens of GetWorkloadAccessTokenForJWT, in order.
    """

    life_s: float = 600.0
    forgets_own: set[str] = field(default_factory=set)
    failing: str | None = None
    down: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    workloads: list[str] = field(default_factory=list)
    own: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    issuer: FakeIssuer = field(default_factory=lambda: FakeIssuer(audience="mcp-activities"))

    def get_workload_access_token(self, *, workloadName: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        self.own += 1
        return {"workloadAccessToken": f"{workloadName}-{self.own}"}

    def get_workload_access_token_for_jwt(self, *, workloadName: str, userToken: str) -> dict[str, str]:  # noqa: N803
        time.sleep(0.05)
        self._reach()
        with self.lock:
            self.workloads.append(userToken)
        return {"workloadAccessToken": f"{workloadName}-for-{userToken}"}

    def get_resource_oauth2_token(self, **parameters: Any) -> dict[str, Any]:
        time.sleep(0.05)
        self._reach()
        with self.lock:
            self.asked.append(parameters)
        if parameters["workloadIdentityToken"] in self.forgets_own:
            raise _error("UnauthorizedException", 401)
        if self.failing and parameters["oauth2Flow"] != "M2M":
            raise _error(self.failing, 400)
        claims: dict[str, Any] = {"jti": f"issued-{len(self.asked)}", "exp": time.time() + self.life_s}
        return {"accessToken": self.issuer.token(**claims)}

    def _reach(self) -> None:
        if self.down:
            raise EndpointConnectionError(endpoint_url="http://vault.test")

    def exchanges(self) -> int:
        return len([one for one in self.asked if one["oauth2Flow"] != "M2M"])


def _error(code: str, status: int) -> ClientError:
    said: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "GetResourceOauth2Token")


@dataclass
class RevokingIssuer(FakeIssuer):
    """An issuer that publishes what it revoked.

    Knobs:
        revoked: Names of sign-ins.
    """

    revoked: set[str] = field(default_factory=set)

    def fetch(self, url: str) -> dict[str, Any]:
        """Also the list, and where it is."""
        if url == f"{self.issuer}/revoked":
            return {"revoked": sorted(self.revoked)}
        return {**super().fetch(url), "revoked_tokens_uri": f"{self.issuer}/revoked"}


@pytest.fixture
def vault() -> CountingVault:
    return CountingVault()


@pytest.fixture
def gateway(vault: CountingVault) -> GatewayUnderTest:
    return GatewayUnderTest(
        vault=Vault(
            for_callers=WorkloadTokens(lambda: vault),
            own=OwnWorkloadToken(vault, "gateway"),
            tokens=VaultTokenSource(vault),
            api_keys=lambda _: FakeApiKeySource(),
        )
    )


@pytest.mark.case("X12")
async def test_sixteen_first_calls_at_once_make_one_exchange_for_each_caller(
    gateway: GatewayUnderTest, vault: CountingVault
) -> None:
    async with in_process(gateway) as client:
        await client.send("tools/list")
        tokens = [gateway.issuer.token(sub=f"athlete-{number % 2}", jti=f"{number % 2}") for number in range(16)]

        async def call(token: str) -> int:
            return (await client.call("activities___echo", headers={"Authorization": f"Bearer {token}"})).status_code

        statuses = await asyncio.gather(*(call(token) for token in tokens))

    assert statuses == [200] * 16
    assert sorted(vault.workloads) == sorted(set(tokens))
    assert vault.exchanges() == 2
    used = {call.headers["authorization"] for call in gateway.targets["activities"].calls()}
    assert len(used) == 2


@pytest.mark.case("X11")
async def test_what_was_exchanged_for_one_token_is_not_used_for_another(
    gateway: GatewayUnderTest, vault: CountingVault
) -> None:
    async with in_process(gateway) as client:
        await client.result("activities___echo")
        await client.result("activities___echo")
        once = vault.exchanges()
        client.token = gateway.issuer.token(jti="narrower", scope="activities/read")
        await client.result("activities___echo")

    assert once == 1
    assert vault.exchanges() == 2
    first, second, third = (call.headers["authorization"] for call in gateway.targets["activities"].calls())
    assert first == second != third


@pytest.mark.case("X11")
async def test_a_revoked_caller_does_not_reach_what_is_kept(gateway: GatewayUnderTest, vault: CountingVault) -> None:
    moments = [0.0]
    gateway.keys_options["clock"] = lambda: time.monotonic() + moments[0]
    gateway.issuer = issuer = RevokingIssuer(audience="gateway", scope="activities/read activities/write")
    async with in_process(gateway, origin_jti="sign-in-1") as client:
        await client.result("activities___echo")
        issuer.revoked.add("sign-in-1")
        moments[0] += 60.0  # the bound for a revocation to be noticed
        refused = await client.call("activities___echo")

    assert refused.status_code == 401
    assert len(gateway.targets["activities"].calls()) == 1


@pytest.mark.case("X13")
async def test_nothing_is_used_past_its_end(gateway: GatewayUnderTest, vault: CountingVault) -> None:
    vault.life_s = 31.0  # one second more than the least that is handed out

    async with in_process(gateway) as client:
        await client.result("activities___echo")
        vault.failing = "ValidationException"
        await asyncio.sleep(1.1)
        refused = await client.call("activities___echo")

    assert refused.status_code == 502
    assert len(gateway.targets["activities"].calls()) == 1


@pytest.mark.case("X13")
async def test_when_the_vault_goes_down_known_callers_go_on_new_ones_wait_and_all_are_served_when_it_is_back(
    gateway: GatewayUnderTest, vault: CountingVault
) -> None:
    later = [0.0]
    gateway.options["clock"] = lambda: time.time() + later[0]

    async with in_process(gateway) as client:
        known, new = client.token, gateway.issuer.token(jti="new", sub="athlete-sub-2")

        async def calls(token: str) -> list[int]:
            headers = {"Authorization": f"Bearer {token}"}
            return [(await client.call("activities___echo", headers=headers)).status_code for _ in range(3)]

        before = await calls(known)
        vault.down = True
        while_down = [*await asyncio.gather(calls(known), calls(new))]
        sent = len(gateway.targets["activities"].calls())
        vault.down, later[0] = False, FAILURE_KEPT_S + 1
        after = [*await asyncio.gather(calls(known), calls(new))]

    assert before == [200] * 3
    assert [*while_down] == [[200] * 3, [503] * 3]
    assert sent == 6
    assert [*after] == [[200] * 3, [200] * 3]


async def test_a_vault_that_has_forgotten_the_gateway_is_asked_anew(
    gateway: GatewayUnderTest, vault: CountingVault
) -> None:
    gateway.flows["activities"] = "M2M"

    async with in_process(gateway) as client:
        await client.send("tools/list")
        vault.forgets_own.add("gateway-1")
        result = await client.result("activities___echo")

    assert not result.get("isError")
    assert vault.own == 2
