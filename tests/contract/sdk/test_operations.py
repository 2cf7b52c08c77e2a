"""Unmodified boto3 against the vault: every operation once well and once badly, and the ones that are AWS's alone."""

import pytest
from botocore.exceptions import ClientError

from tests.support import agentcore_coverage
from tests.support.aws_shapes import OPERATIONS, fits
from tests.support.vault import RunningVault, provider_request
from tests.support.vault_operations import AWS_ONLY, EXERCISES


@pytest.mark.parametrize("name", EXERCISES)
def test_an_operation_answers_in_the_shape_of_awss_model(vault: RunningVault, name: str) -> None:
    answer = EXERCISES[name].good(vault)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == OPERATIONS[name].http["responseCode"]
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36
    fits(answer, name)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_operation_refuses_with_a_typed_error_of_awss_model(vault: RunningVault, name: str) -> None:
    exercise = EXERCISES[name]

    with pytest.raises(ClientError) as refused:
        exercise.bad(vault)
    # boto3 types an error only if the model lists it: anything else is a plain ClientError.
    assert type(refused.value).__name__ == exercise.error
    response = refused.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        exercise.error,
        exercise.status,
    )
    assert exercise.error in {shape.name for shape in OPERATIONS[name].error_shapes}


def test_every_operation_of_awss_model_is_exercised() -> None:
    assert agentcore_coverage.supported() == EXERCISES.keys()
    assert OPERATIONS.keys() - EXERCISES.keys() == AWS_ONLY.keys()


def test_every_operation_of_tier_1_is_covered() -> None:
    assert agentcore_coverage.TIER_1 - agentcore_coverage.supported() == set()


@pytest.mark.parametrize("name", AWS_ONLY)
def test_what_is_awss_alone_answers_501_with_its_error_header(vault: RunningVault, name: str) -> None:
    client = vault.client("anything", OPERATIONS[name].service_model.service_name)
    python_names = {aws: python for python, aws in client.meta.method_to_api_mapping.items()}

    with pytest.raises(ClientError) as refused:
        getattr(client, python_names[name])(**AWS_ONLY[name])
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "NotImplementedException"


@pytest.mark.parametrize(
    ("operation", "members", "made"),
    [
        ("list_workload_identities", "workloadIdentities", 5),
        ("list_oauth2_credential_providers", "credentialProviders", 5),
        ("list_api_key_credential_providers", "credentialProviders", 7),
    ],
)
def test_botocores_paginator_reads_every_page_once(
    vault: RunningVault, operation: str, members: str, made: int
) -> None:
    control = vault.control("anything")
    for number in range(5):
        control.create_workload_identity(name=f"extra-{number}")
        control.create_oauth2_credential_provider(**provider_request(vault.provider.url, f"extra-{number}"))
        control.create_api_key_credential_provider(name=f"extra-key-{number}", apiKey="key")
    for number in (5, 6):
        control.create_api_key_credential_provider(name=f"extra-key-{number}", apiKey="key")

    pages = list(control.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}))

    names = [one["name"] for page in pages for one in page[members]]
    assert len(pages) == 4
    assert len(names) == len(set(names)) == 7
    assert sum(name.startswith("extra-") for name in names) == made  # of seven in all


def test_the_coverage_table_of_the_documentation_is_up_to_date() -> None:
    assert agentcore_coverage.written_table() == agentcore_coverage.table(), (
        "renew it with: python -m tests.support.agentcore_coverage"
    )


def test_the_gateway_table_of_the_documentation_is_up_to_date() -> None:
    begin, end = agentcore_coverage.GATEWAY_BEGIN, agentcore_coverage.GATEWAY_END
    assert agentcore_coverage.written_table(begin, end) == agentcore_coverage.gateway_table(), (
        "renew it with: python -m tests.support.agentcore_coverage"
    )


def test_the_memory_table_of_the_documentation_is_up_to_date() -> None:
    begin, end = agentcore_coverage.MEMORY_BEGIN, agentcore_coverage.MEMORY_END
    assert agentcore_coverage.written_table(begin, end) == agentcore_coverage.memory_table(), (
        "renew it with: python -m tests.support.agentcore_coverage"
    )
