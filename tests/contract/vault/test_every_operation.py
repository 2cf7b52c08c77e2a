"""Every identity operation of both of AWS's models: here, or said not to be here."""

import httpx
import pytest

from identity.aws_models import SERVICES, service_model
from tests.support.vault import RunningVault

HERE = {
    *(f"{verb}{kind}" for verb in ("Create", "Get", "Update", "Delete") for kind in ("WorkloadIdentity",)),
    *(f"{verb}Oauth2CredentialProvider" for verb in ("Create", "Get", "Update", "Delete")),
    *(f"{verb}ApiKeyCredentialProvider" for verb in ("Create", "Get", "Update", "Delete")),
    "ListWorkloadIdentities",
    "ListOauth2CredentialProviders",
    "ListApiKeyCredentialProviders",
    "GetTokenVault",
    "GetWorkloadAccessToken",
    "GetWorkloadAccessTokenForJWT",
    "GetWorkloadAccessTokenForUserId",
    "GetResourceOauth2Token",
    "GetResourceApiKey",
    "CompleteResourceTokenAuth",
}
ALL = {
    operation.name: operation
    for model in map(service_model, SERVICES)
    for operation in map(model.operation_model, model.operation_names)
    if operation.http["requestUri"].startswith("/identities/")
}


def answer(vault: RunningVault, name: str) -> httpx.Response:
    return vault.local(ALL[name].http["requestUri"])


def test_what_is_here_is_in_the_models() -> None:
    assert set(ALL) >= HERE
    assert len(ALL) == 35


@pytest.mark.parametrize("name", sorted(HERE))
def test_an_operation_that_is_here_answers_as_itself(vault: RunningVault, name: str) -> None:
    """An empty body does nothing, and gets as far as the operation: its own validation, its policy, or its answer."""
    got = answer(vault, name)

    assert got.status_code in {200, 400, 403}
    assert got.headers.get("x-amzn-errortype") in {None, "ValidationException", "AccessDeniedException"}


@pytest.mark.parametrize("name", sorted(set(ALL) - HERE))
def test_an_operation_that_is_not_here_is_typed_so(vault: RunningVault, name: str) -> None:
    got = answer(vault, name)

    assert (got.status_code, got.headers["x-amzn-errortype"]) == (501, "NotImplementedException")
    assert got.json() == {"message": f"{name} is not available at the local vault"}
