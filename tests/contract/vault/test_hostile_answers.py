"""Providers whose JSON is of other types than their RFC says: refused as a provider's failure, not as ours."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.consenting import ask, browse, complete
from tests.support.vault import RunningVault


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"token_endpoint_auth_methods_supported": 7}, id="methods are a number"),
        pytest.param({"authorization_endpoint": ["https://a.example/"]}, id="an endpoint is a list"),
        pytest.param({"authorization_endpoint": "https://["}, id="an endpoint is no URL"),
    ],
)
def test_a_discovery_document_of_other_types_is_the_providers_failure(
    fresh_vault: RunningVault, document: dict[str, Any]
) -> None:
    vault = fresh_vault
    vault.provision_federation()
    vault.provider.discovery_answer = document
    with pytest.raises(ClientError) as error:
        ask(vault, vault.provider.user_token())
    assert "provider" in error.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"expires_in": 10**400}, id="lives longer than a double can say"),
        pytest.param({"expires_in": True}, id="lives true seconds"),
        pytest.param({"id_token": "e30.e30.e30"}, id="an empty ID token"),
        pytest.param({"token_type": ["bearer"]}, id="the type is a list"),
    ],
)
def test_a_token_answer_of_other_types_is_the_providers_failure(
    federated: RunningVault, answer: dict[str, Any]
) -> None:
    user_token = federated.provider.user_token()
    federated.provider.token_answer = answer
    started = ask(federated, user_token)
    browse(started["authorizationUrl"])
    with pytest.raises(ClientError) as error:
        complete(federated, started["sessionUri"], userToken=federated.provider.application_token())
    assert "provider" in error.value.response["Error"]["Message"]
    # The consent is over, and says so; it does not hang between its stages.
    assert ask(federated, user_token, sessionUri=started["sessionUri"])["sessionStatus"] == "FAILED"
