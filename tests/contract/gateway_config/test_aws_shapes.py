"""What gateway_config says is accepted by botocore's models of the AWS calls: evidence of form, not of acceptance."""

from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from gateway_config.model import read_config
from gateway_config.tool_policy import ToolPolicy, read_tool_policies
from tests.support.gateway_values import VALUES

CONFIG = read_config(VALUES)


@pytest.fixture(scope="module")
def operations() -> Any:
    return botocore.session.Session().get_service_model("bedrock-agentcore-control").operation_model


def findings(operation: OperationModel, request: dict[str, Any]) -> str:
    assert operation.input_shape is not None
    return str(ParamValidator().validate(request, operation.input_shape).generate_report())


@pytest.mark.parametrize("request_", CONFIG.workload_identities, ids=lambda one: one["name"])
def test_workload_identities_have_the_shape_of_create_workload_identity(operations: Any, request_: Any) -> None:
    assert findings(operations("CreateWorkloadIdentity"), request_) == ""


@pytest.mark.parametrize("request_", CONFIG.credential_providers, ids=lambda one: one["name"])
def test_providers_have_the_shape_of_create_oauth2_credential_provider(operations: Any, request_: Any) -> None:
    assert findings(operations("CreateOauth2CredentialProvider"), request_) == ""


@pytest.mark.parametrize("request_", CONFIG.api_key_providers, ids=lambda one: one["name"])
def test_api_keys_have_the_shape_of_create_api_key_credential_provider(operations: Any, request_: Any) -> None:
    assert findings(operations("CreateApiKeyCredentialProvider"), request_) == ""


@pytest.mark.parametrize("request_", CONFIG.target_requests, ids=lambda one: one["name"])
def test_targets_have_the_shape_of_create_gateway_target(operations: Any, request_: Any) -> None:
    assert findings(operations("CreateGatewayTarget"), {"gatewayIdentifier": "coach-0123456789", **request_}) == ""


def test_the_gateway_has_the_shape_of_create_gateway(operations: Any) -> None:
    assert findings(operations("CreateGateway"), CONFIG.gateway_request) == ""


def test_the_policy_engine_has_the_shape_of_create_policy_engine(operations: Any) -> None:
    assert findings(operations("CreatePolicyEngine"), CONFIG.policy_engine_request) == ""


@pytest.mark.parametrize("policy", read_tool_policies(VALUES), ids=lambda one: one.name)
def test_policies_have_the_shape_of_create_policy(operations: Any, policy: ToolPolicy) -> None:
    assert findings(operations("CreatePolicy"), policy.create_request("coach_tools-0123456789")) == ""


def test_the_validation_finds_a_wrong_member(operations: Any) -> None:
    wrong = {**CONFIG.credential_providers[0], "clientSecret": "here"}
    assert "clientSecret" in findings(operations("CreateOauth2CredentialProvider"), wrong)
