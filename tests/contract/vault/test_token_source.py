"""The token source against the vault, and the trace of both."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from identity.errors import SignInExpired, TokenUnavailable
from identity.hop_trace import hop
from identity.token_source import TokenRequest, VaultTokenSource, vault_client
from tests.support.vault import EXCHANGE, RunningVault, access_key_id

REQUEST = TokenRequest("coach-exchange", ("activities/read",), "ON_BEHALF_OF_TOKEN_EXCHANGE", ("mcp-activities",))


def source(vault: RunningVault) -> VaultTokenSource:
    client = vault_client(
        endpoint_url=vault.url,
        region="us-east-1",
        access_key_id=access_key_id("coach"),
        secret_access_key="secret-of-coach",
    )
    return VaultTokenSource(client)


async def test_a_token_comes_through_the_whole_chain(vault: RunningVault) -> None:
    token = await source(vault).access_token(vault.workload_token(vault.provider.user_token()), REQUEST)

    assert token == vault.provider.issued[-1]
    assert len(vault.provider.of_grant(EXCHANGE)) == 1


async def test_force_reaches_the_provider(vault: RunningVault) -> None:
    handle, tokens = vault.workload_token(vault.provider.user_token()), source(vault)
    first = await tokens.access_token(handle, REQUEST)

    assert await tokens.access_token(handle, REQUEST, force=True) != first


async def test_refusals_are_ours(vault: RunningVault) -> None:
    with pytest.raises(SignInExpired):
        await source(vault).access_token("A" * 43, REQUEST)
    handle = vault.workload_token(vault.provider.user_token())
    with pytest.raises(TokenUnavailable, match="AccessDeniedException"):
        await source(vault).access_token(handle, TokenRequest("mcp-routes-exchange", (), "M2M"))


async def test_a_signed_call_carries_the_trace(vault: RunningVault) -> None:
    """`traceparent` is added before signing, so the vault's signature check covers it."""
    tracer = TracerProvider().get_tracer("test")
    handle = vault.workload_token(vault.provider.user_token())
    with trace.use_span(tracer.start_span("turn")), hop("ask", part="test"):
        token = await source(vault).access_token(handle, REQUEST)

    assert token == vault.provider.issued[-1]
