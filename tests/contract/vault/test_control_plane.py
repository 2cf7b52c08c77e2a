"""The control plane through an unmodified boto3 client: answers fit AWS's output shapes, errors are typed."""

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws_shapes import fits
from tests.support.vault import CANARY_CLIENT_SECRET, RunningVault, provider_request


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_workload_identity_lives_from_create_to_delete(vault: RunningVault) -> None:
    control = vault.control()
    urls = ["https://coach.example/return"]

    created = control.create_workload_identity(name="mcp-support", allowedResourceOauth2ReturnUrls=urls)
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert fits(created, "CreateWorkloadIdentity") == {
        "name": "mcp-support",
        "workloadIdentityArn": "arn:aws:bedrock-agentcore:us-east-1:000000000000"
        ":workload-identity-directory/default/workload-identity/mcp-support",
        "allowedResourceOauth2ReturnUrls": urls,
    }
    got = fits(control.get_workload_identity(name="mcp-support"), "GetWorkloadIdentity")
    assert got["allowedResourceOauth2ReturnUrls"] == urls
    assert isinstance(got["createdTime"], dt.datetime)
    updated = fits(control.update_workload_identity(name="mcp-support"), "UpdateWorkloadIdentity")
    assert updated["allowedResourceOauth2ReturnUrls"] == []
    deleted = control.delete_workload_identity(name="mcp-support")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        control.get_workload_identity(name="mcp-support")


def test_a_credential_provider_lives_from_create_to_delete(vault: RunningVault) -> None:
    control = vault.control()
    request = provider_request(vault.provider.url, "mcp-support-exchange")

    created = fits(control.create_oauth2_credential_provider(**request), "CreateOauth2CredentialProvider")
    assert created["callbackUrl"] == f"{vault.url}/identities/oauth2/callback/mcp-support-exchange"
    got = fits(control.get_oauth2_credential_provider(name="mcp-support-exchange"), "GetOauth2CredentialProvider")
    shown = got["oauth2ProviderConfigOutput"]["customOauth2ProviderConfig"]
    assert shown["clientId"] == "mcp-support-exchange"
    assert shown["onBehalfOfTokenExchangeConfig"]["grantType"] == "TOKEN_EXCHANGE"
    assert CANARY_CLIENT_SECRET not in str(created) + str(got)
    changed = provider_request(vault.provider.url, "mcp-support-exchange", clientId="another")
    updated = fits(control.update_oauth2_credential_provider(**changed), "UpdateOauth2CredentialProvider")
    assert updated["oauth2ProviderConfigOutput"]["customOauth2ProviderConfig"]["clientId"] == "another"
    control.delete_oauth2_credential_provider(name="mcp-support-exchange")
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        control.get_oauth2_credential_provider(name="mcp-support-exchange")


def test_lists_come_in_pages_by_name(vault: RunningVault) -> None:
    control = vault.control()
    control.create_workload_identity(name="mcp-activities")

    first = control.list_workload_identities(maxResults=2)
    second = control.list_workload_identities(maxResults=2, nextToken=first["nextToken"])
    providers = fits(control.list_oauth2_credential_providers(), "ListOauth2CredentialProviders")

    assert [one["name"] for one in fits(first, "ListWorkloadIdentities")["workloadIdentities"]] == [
        "coach",
        "mcp-activities",
    ]
    assert [one["name"] for one in second["workloadIdentities"]] == ["mcp-routes"]
    assert "nextToken" not in second
    assert [one["name"] for one in providers["credentialProviders"]] == ["coach-exchange", "mcp-routes-exchange"]


def test_a_page_token_that_no_page_gave_is_refused(vault: RunningVault) -> None:
    control = vault.control()

    with pytest.raises(control.exceptions.ValidationException):
        control.list_workload_identities(nextToken="é")


def test_a_name_that_is_taken_is_a_conflict(vault: RunningVault) -> None:
    control = vault.control()

    with pytest.raises(control.exceptions.ConflictException) as workload:
        control.create_workload_identity(name="coach")
    with pytest.raises(control.exceptions.ConflictException):
        control.create_oauth2_credential_provider(**provider_request(vault.provider.url, "coach-exchange"))
    assert code(workload) == ("ConflictException", 409)


def test_the_token_vault_describes_itself(vault: RunningVault) -> None:
    assert fits(vault.control().get_token_vault(), "GetTokenVault")["tokenVaultId"] == "default"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"clientSecret": ""}, id="no secret"),
        pytest.param({"clientAuthenticationMethod": "PRIVATE_KEY_JWT"}, id="private key"),
        pytest.param(
            {"oauthDiscovery": {"discoveryUrl": "http://idp.example/.well-known/openid-configuration"}},
            id="http to another machine",
        ),
        pytest.param({"oauthDiscovery": {"discoveryUrl": "https://idp.example/elsewhere"}}, id="not a discovery URL"),
    ],
)
def test_a_configuration_that_the_vault_cannot_honour_is_refused(vault: RunningVault, changes: dict[str, Any]) -> None:
    control = vault.control()

    with pytest.raises(control.exceptions.ValidationException) as refused:
        control.create_oauth2_credential_provider(**provider_request(vault.provider.url, "other", **changes))
    assert refused.value.response["reason"] == "FieldValidationFailed"


@pytest.mark.case("S12")
@pytest.mark.parametrize("principal", ["coach", "mcp-routes", "front"])
def test_control_operations_with_another_key_than_the_operators_are_denied(vault: RunningVault, principal: str) -> None:
    control = vault.control(principal)
    repointed = provider_request("http://127.0.0.1:9", "coach-exchange")
    attempts = [
        lambda: control.create_workload_identity(name="mine"),
        lambda: control.update_workload_identity(name="coach"),
        lambda: control.delete_workload_identity(name="coach"),
        lambda: control.get_workload_identity(name="coach"),
        control.list_workload_identities,
        lambda: control.create_oauth2_credential_provider(**{**repointed, "name": "mine"}),
        lambda: control.update_oauth2_credential_provider(**repointed),
        lambda: control.delete_oauth2_credential_provider(name="coach-exchange"),
        lambda: control.get_oauth2_credential_provider(name="coach-exchange"),
        control.list_oauth2_credential_providers,
        lambda: control.create_api_key_credential_provider(name="coach-metering", apiKey="mine"),
        lambda: control.update_api_key_credential_provider(name="coach-metering", apiKey="mine"),
        lambda: control.get_api_key_credential_provider(name="coach-metering"),
        lambda: control.delete_api_key_credential_provider(name="coach-metering"),
        control.list_api_key_credential_providers,
        control.get_token_vault,
    ]

    for attempt in attempts:
        with pytest.raises(control.exceptions.AccessDeniedException):
            attempt()
    operator = vault.control()
    assert len(operator.list_workload_identities()["workloadIdentities"]) == 2
    stored = operator.get_oauth2_credential_provider(name="coach-exchange")["oauth2ProviderConfigOutput"]
    assert vault.provider.url in stored["customOauth2ProviderConfig"]["oauthDiscovery"]["discoveryUrl"]
