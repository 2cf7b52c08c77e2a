"""The SDK's `IdentityClient`, unmodified, redirected by nothing but its environment."""

import asyncio
from typing import Any

import pytest
from bedrock_agentcore.services.identity import IdentityClient, UserIdIdentifier, UserTokenIdentifier

from tests.support.authorization_server import claims_of
from tests.support.aws_shapes import fits
from tests.support.consenting import SCOPES, ask, browse
from tests.support.vault import RETURN_URL, RunningVault, access_key_id, provider_request
from tests.support.vault_operations import UNKNOWN


@pytest.fixture
def client(vault: RunningVault, monkeypatch: pytest.MonkeyPatch) -> IdentityClient:
    environment = {
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": vault.url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": vault.url,
        "AWS_ACCESS_KEY_ID": access_key_id("anything"),
        "AWS_SECRET_ACCESS_KEY": "secret-of-anything",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return IdentityClient("us-east-1")


def test_workload_identities(client: IdentityClient) -> None:
    created = client.create_workload_identity("mcp-support", [RETURN_URL])
    fits(created, "CreateWorkloadIdentity")
    fits(client.update_workload_identity("mcp-support", []), "UpdateWorkloadIdentity")
    assert fits(client.get_workload_identity("mcp-support"), "GetWorkloadIdentity")["name"] == "mcp-support"
    with pytest.raises(client.cp_client.exceptions.ConflictException):
        client.create_workload_identity("mcp-support")
    with pytest.raises(client.cp_client.exceptions.ResourceNotFoundException):
        client.get_workload_identity(UNKNOWN)


def test_oauth2_credential_providers(client: IdentityClient, vault: RunningVault) -> None:
    request = provider_request(vault.provider.url, "mcp-support-exchange")
    created = client.create_oauth2_credential_provider(request)  # type: ignore[no-untyped-call]  # the SDK's
    fits(created, "CreateOauth2CredentialProvider")
    # The SDK turns snake case into what boto3 wants.
    got = client.get_oauth2_credential_provider(name="mcp-support-exchange")
    fits(got, "GetOauth2CredentialProvider")
    page = client.list_oauth2_credential_providers(max_results=1)
    assert len(fits(page, "ListOauth2CredentialProviders")["credentialProviders"]) == 1
    client.delete_oauth2_credential_provider(name="mcp-support-exchange")
    with pytest.raises(client.cp_client.exceptions.ResourceNotFoundException):
        client.get_oauth2_credential_provider(name="mcp-support-exchange")


@pytest.mark.parametrize(
    "who", [{}, {"user_id": "maya"}, {"user_token": ""}], ids=["nobody", "a user id", "a user's token"]
)
def test_workload_tokens(client: IdentityClient, vault: RunningVault, who: dict[str, Any]) -> None:
    if "user_token" in who:
        who = {"user_token": vault.provider.user_token()}

    fits(client.get_workload_access_token("coach", **who), "GetWorkloadAccessToken")
    with pytest.raises(client.dp_client.exceptions.ResourceNotFoundException):
        client.get_workload_access_token(UNKNOWN, **who)


async def test_get_token_on_behalf_of_an_athlete(client: IdentityClient, vault: RunningVault) -> None:
    handle = vault.workload_token(vault.provider.user_token("maya-sub"))
    asked: dict[str, Any] = {"provider_name": "coach-exchange", "scopes": ["activities/read"]}

    token = await client.get_token(
        agent_identity_token=handle, auth_flow="ON_BEHALF_OF_TOKEN_EXCHANGE", audiences=["mcp-activities"], **asked
    )

    assert claims_of(token)["sub"] == "maya-sub"
    userless = client.get_workload_access_token("coach")["workloadAccessToken"]
    with pytest.raises(client.dp_client.exceptions.ValidationException):
        await client.get_token(agent_identity_token=userless, auth_flow="ON_BEHALF_OF_TOKEN_EXCHANGE", **asked)


async def test_a_consent_is_completed_for_who_began_it(client: IdentityClient, vault: RunningVault) -> None:
    vault.provision_federation()
    user_token = vault.provider.user_token("maya-sub")
    started = ask(vault, user_token)
    await asyncio.to_thread(browse, started["authorizationUrl"])

    application_token = vault.provider.application_token("maya-sub")
    client.complete_resource_token_auth(started["sessionUri"], UserTokenIdentifier(user_token=application_token))

    token = await client.get_token(
        provider_name="coach-federation",
        agent_identity_token=vault.workload_token(user_token),
        auth_flow="USER_FEDERATION",
        scopes=SCOPES,
        audiences=["mcp-socials"],
    )
    assert token == vault.provider.issued[-1]


@pytest.mark.case("V01")
async def test_a_consent_is_not_completed_for_a_user_id_when_a_user_token_began_it(
    client: IdentityClient, vault: RunningVault
) -> None:
    vault.provision_federation()
    started = ask(vault, vault.provider.user_token("maya-sub"))
    await asyncio.to_thread(browse, started["authorizationUrl"])

    with pytest.raises(client.dp_client.exceptions.AccessDeniedException):
        client.complete_resource_token_auth(started["sessionUri"], UserIdIdentifier(user_id="maya-sub"))
    assert vault.provider.seen == []


async def test_api_keys(client: IdentityClient, vault: RunningVault) -> None:
    made = client.create_api_key_credential_provider({"name": "coach-metering", "apiKey": "key of tests"})  # type: ignore[no-untyped-call]  # the SDK's
    fits(made, "CreateApiKeyCredentialProvider")
    fits(client.get_api_key_credential_provider(name="coach-metering"), "GetApiKeyCredentialProvider")
    assert len(client.list_api_key_credential_providers()["credentialProviders"]) == 1
    handle = vault.workload_token(vault.provider.user_token())

    assert await client.get_api_key(provider_name="coach-metering", agent_identity_token=handle) == "key of tests"
    client.delete_api_key_credential_provider(name="coach-metering")
    with pytest.raises(client.dp_client.exceptions.ResourceNotFoundException):
        await client.get_api_key(provider_name="coach-metering", agent_identity_token=handle)
