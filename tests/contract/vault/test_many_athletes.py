"""Many athletes at the same time through one vault: whose call it is decides whose token comes back, always."""

import asyncio
import random
from collections import Counter

import pytest

from identity.token_source import TokenRequest, VaultTokenSource, vault_client
from tests.support.authorization_server import claims_of
from tests.support.vault import EXCHANGE, RunningVault, access_key_id

ATHLETES = [f"canary-athlete-{number:02d}" for number in range(20)]
CALLS = 1000
READ = TokenRequest("coach-exchange", ("activities/read",), "ON_BEHALF_OF_TOKEN_EXCHANGE", ("mcp-activities",))
WRITE = TokenRequest("coach-exchange", ("activities/write",), "ON_BEHALF_OF_TOKEN_EXCHANGE", ("mcp-activities",))
OWN = TokenRequest("coach-exchange", ("activities/read",), "M2M", ("mcp-activities",))


def token_source(vault: RunningVault) -> VaultTokenSource:
    client = vault_client(
        endpoint_url=vault.url,
        region="us-east-1",
        access_key_id=access_key_id("coach"),
        secret_access_key="secret-of-coach",
    )
    return VaultTokenSource(client)


def seat_plan(seed: int) -> list[tuple[str, TokenRequest]]:
    """Who calls for what, in an order that puts everybody between everybody else."""
    plan = [(ATHLETES[n % len(ATHLETES)], (READ, WRITE)[n // len(ATHLETES) % 2]) for n in range(CALLS)]
    random.Random(seed).shuffle(plan)  # noqa: S311  an order, not a secret
    return plan


async def test_everybody_is_handed_their_own_token(vault: RunningVault) -> None:
    """The positive control of the canaries: the provider's tokens say whose they are."""
    handle = vault.workload_token(vault.provider.user_token(ATHLETES[0]))

    token = await token_source(vault).access_token(handle, READ)

    assert claims_of(token)["sub"] == ATHLETES[0]


@pytest.mark.case("V08")
@pytest.mark.parametrize("shared", [True, False], ids=["one shared source", "the vault alone"])
async def test_of_1000_interleaved_calls_of_20_athletes_none_crosses(vault: RunningVault, *, shared: bool) -> None:
    handles = {name: vault.workload_token(vault.provider.user_token(name)) for name in ATHLETES}
    source = token_source(vault)
    # Without what the source keeps, every one of the calls is the vault's to answer.
    direct = None if shared else vault.client()
    gate = asyncio.Semaphore(32)

    async def call(athlete: str, request: TokenRequest) -> tuple[str, TokenRequest, str]:
        async with gate:
            if direct is None:
                return athlete, request, await source.access_token(handles[athlete], request)
            answer = await asyncio.to_thread(
                direct.get_resource_oauth2_token,
                workloadIdentityToken=handles[athlete],
                resourceCredentialProviderName=request.provider,
                scopes=list(request.scopes),
                oauth2Flow=request.flow,
                audiences=list(request.audiences),
            )
            return athlete, request, answer["accessToken"]

    answers = await asyncio.gather(*(call(*seat) for seat in seat_plan(seed=1)))

    assert len(answers) == CALLS
    crossed = [athlete for athlete, _, token in answers if claims_of(token)["sub"] != athlete]
    assert crossed == []
    widened = [athlete for athlete, request, token in answers if claims_of(token)["scope"] != " ".join(request.scopes)]
    assert widened == []
    # Each athlete's calls for the same thing share one token, and nobody shares one with another.
    assert len({token for _, _, token in answers}) == 2 * len(ATHLETES)
    asked = Counter(claims_of(request.one("subject_token"))["sub"] for request in vault.provider.of_grant(EXCHANGE))
    assert asked == dict.fromkeys(ATHLETES, 2)


@pytest.mark.case("X12")
@pytest.mark.parametrize("sources", [1, 16], ids=["of one process", "of sixteen processes"])
async def test_sixteen_first_calls_make_one_exchange(fresh_vault: RunningVault, *, sources: int) -> None:
    vault = fresh_vault
    handle = vault.workload_token(vault.provider.user_token(ATHLETES[0]))
    those = [token_source(vault) for _ in range(sources)]
    vault.provider.slow_s = 0.2

    tokens = await asyncio.gather(*(those[n % sources].access_token(handle, READ) for n in range(16)))

    assert len(set(tokens)) == 1
    assert len(vault.provider.of_grant(EXCHANGE)) == 1


@pytest.mark.case("X12")
async def test_sixteen_first_calls_of_two_athletes_make_one_exchange_each(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    pair = ATHLETES[:2]
    handles = {name: vault.workload_token(vault.provider.user_token(name)) for name in pair}
    source = token_source(vault)
    vault.provider.slow_s = 0.2

    tokens = await asyncio.gather(*(source.access_token(handles[pair[n % 2]], READ) for n in range(16)))

    assert [claims_of(token)["sub"] for token in tokens] == pair * 8
    assert len(vault.provider.of_grant(EXCHANGE)) == 2


@pytest.mark.case("V08")
async def test_a_machines_token_is_nobodys_and_a_persons_is_never_the_machines(vault: RunningVault) -> None:
    handles = {name: vault.workload_token(vault.provider.user_token(name)) for name in ATHLETES}
    source = token_source(vault)

    own = await asyncio.gather(*(source.access_token(handles[name], OWN) for name in ATHLETES))
    for_them = await asyncio.gather(*(source.access_token(handles[name], READ) for name in ATHLETES))

    assert {claims_of(token)["sub"] for token in own} == {"client"}
    assert [claims_of(token)["sub"] for token in for_them] == ATHLETES
