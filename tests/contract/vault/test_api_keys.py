"""API keys in the vault, through an unmodified boto3 client."""

import datetime as dt
from typing import Any

import pytest

from tests.support.aws_shapes import fits
from tests.support.vault import RunningVault

CANARY_API_KEY = "canary-api-key-5b1e77"
NAME = "coach-metering"
ARN = f"arn:aws:acps:us-east-1:000000000000:token-vault/default/apikeycredentialprovider/{NAME}"


@pytest.fixture
def keyed(vault: RunningVault) -> RunningVault:
    vault.control().create_api_key_credential_provider(name=NAME, apiKey=CANARY_API_KEY)
    return vault


def api_key(vault: RunningVault, token: str, principal: str = "coach", name: str = NAME) -> str:
    answer = vault.client(principal).get_resource_api_key(
        workloadIdentityToken=token, resourceCredentialProviderName=name
    )
    return str(fits(answer, "GetResourceApiKey")["apiKey"])


def test_an_api_key_provider_lives_from_create_to_delete(vault: RunningVault) -> None:
    control = vault.control()

    answer = control.create_api_key_credential_provider(name=NAME, apiKey=CANARY_API_KEY, tags={"team": "support"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    created = fits(answer, "CreateApiKeyCredentialProvider")
    assert (created["name"], created["credentialProviderArn"]) == (NAME, ARN)
    assert created["apiKeySecretSource"] == "MANAGED"
    got = fits(control.get_api_key_credential_provider(name=NAME), "GetApiKeyCredentialProvider")
    assert isinstance(got["createdTime"], dt.datetime)
    updated = control.update_api_key_credential_provider(name=NAME, apiKey="another")
    assert fits(updated, "UpdateApiKeyCredentialProvider")["lastUpdatedTime"] >= got["createdTime"]
    assert CANARY_API_KEY not in str(created) + str(got) + str(updated)
    assert api_key(vault, vault.workload_token(vault.provider.user_token())) == "another"
    deleted = control.delete_api_key_credential_provider(name=NAME)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    for gone in (control.get_api_key_credential_provider, control.delete_api_key_credential_provider):
        with pytest.raises(control.exceptions.ResourceNotFoundException):
            gone(name=NAME)


def test_a_workload_gets_its_key_with_and_without_a_user(keyed: RunningVault) -> None:
    userless = keyed.client("operator").get_workload_access_token(workloadName="coach")
    of_user = keyed.workload_token(keyed.provider.user_token())

    assert api_key(keyed, userless["workloadAccessToken"]) == api_key(keyed, of_user) == CANARY_API_KEY


def test_a_list_comes_in_pages_of_twenty_by_name(vault: RunningVault) -> None:
    control = vault.control()
    for number in range(23):
        control.create_api_key_credential_provider(name=f"key-{number:02}", apiKey="k")

    first = fits(control.list_api_key_credential_providers(), "ListApiKeyCredentialProviders")
    second = control.list_api_key_credential_providers(nextToken=first["nextToken"])
    assert [len(page["credentialProviders"]) for page in (first, second)] == [20, 3]
    assert "nextToken" not in second


def test_a_name_that_is_taken_is_a_conflict(keyed: RunningVault) -> None:
    control = keyed.control()

    with pytest.raises(control.exceptions.ConflictException):
        control.create_api_key_credential_provider(name=NAME, apiKey="another")
    assert api_key(keyed, keyed.workload_token(keyed.provider.user_token())) == CANARY_API_KEY


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"apiKeySecretSource": "EXTERNAL", "apiKey": "k"}, id="external"),
        pytest.param({"apiKeySecretConfig": {"secretId": "arn", "jsonKey": "key"}}, id="reference"),
        pytest.param({"apiKey": ""}, id="empty"),
        pytest.param({}, id="none"),
    ],
)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_key_that_is_not_given_is_a_validation_error(vault: RunningVault, verb: str, members: dict[str, Any]) -> None:
    control = vault.control()
    control.create_api_key_credential_provider(name="there", apiKey="k")

    with pytest.raises(control.exceptions.ValidationException) as refused:
        getattr(control, f"{verb}_api_key_credential_provider")(name="there", **members)
    assert refused.value.response["fieldList"]


@pytest.mark.case("S08")
def test_a_key_outside_the_workloads_policy_is_denied(keyed: RunningVault) -> None:
    keyed.control().create_api_key_credential_provider(name="others-metering", apiKey="k")
    token = keyed.workload_token(keyed.provider.user_token())
    client = keyed.client("coach")

    with pytest.raises(client.exceptions.AccessDeniedException):
        api_key(keyed, token, name="others-metering")
    assert api_key(keyed, token) == CANARY_API_KEY


@pytest.mark.case("S07")
def test_a_workload_token_of_another_workload_gets_no_key(keyed: RunningVault) -> None:
    token = keyed.workload_token(keyed.provider.user_token(aud="mcp-routes"), "mcp-routes")
    client = keyed.client("coach")

    with pytest.raises(client.exceptions.AccessDeniedException):
        api_key(keyed, token)


def test_a_guessed_workload_token_is_unauthorized(keyed: RunningVault) -> None:
    client = keyed.client("coach")

    with pytest.raises(client.exceptions.UnauthorizedException):
        api_key(keyed, "guessed")


@pytest.mark.case("V12")
@pytest.mark.case("V13")
def test_the_key_is_in_no_file_and_no_log(keyed: RunningVault, caplog: pytest.LogCaptureFixture) -> None:
    api_key(keyed, keyed.workload_token(keyed.provider.user_token()))

    files = list(keyed.settings.database_path.parent.iterdir())
    assert [path.name for path in files if CANARY_API_KEY.encode() in path.read_bytes()] == []
    assert any(NAME.encode() in path.read_bytes() for path in files)  # the search can find
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("identity")]
    assert CANARY_API_KEY not in "".join(ours)
