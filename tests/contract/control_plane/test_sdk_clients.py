"""The SDK's own clients of gateway and policies, unmodified: they create what is declared, wait, and read it."""

import pytest
from bedrock_agentcore.gateway import GatewayClient
from bedrock_agentcore.policy import PolicyEngineClient

from tests.support.control_plane import RunningControlPlane


@pytest.fixture
def endpoint(plane: RunningControlPlane, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", plane.url)
    return plane.url


@pytest.mark.usefixtures("endpoint")
def test_the_gateway_client_creates_waits_and_reads(plane: RunningControlPlane) -> None:
    client = GatewayClient(region_name="us-east-1", boto3_session=plane.session())

    gateway = client.create_gateway_and_wait(**plane.requests.gateway)
    target = client.create_gateway_target_and_wait(gatewayIdentifier=gateway["gatewayId"], **plane.requests.targets[0])

    assert (gateway["status"], target["status"]) == ("READY", "READY")
    assert client.list_gateways()["items"][0]["gatewayId"] == gateway["gatewayId"]
    found = client.get_gateway_by_name("coach")
    assert found is not None
    assert found["gatewayId"] == gateway["gatewayId"]


@pytest.mark.usefixtures("endpoint")
def test_the_policy_engine_client_gets_what_is_there(plane: RunningControlPlane) -> None:
    client = PolicyEngineClient(region_name="us-east-1", boto3_session=plane.session())
    declared = plane.policies()[0]

    engine = client.create_or_get_policy_engine(name="coach_tools")
    policy = client.create_or_get_policy(
        policy_engine_id=engine["policyEngineId"],
        name=declared.name,
        definition={"cedar": {"statement": declared.statement}},
    )

    assert (engine["status"], policy["status"]) == ("ACTIVE", "ACTIVE")
    assert policy["definition"]["cedar"]["statement"] == declared.statement
