"""Gateway and policies read over HTTP from the whole stack, by boto3 and with the keys that the stack has."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_agentcore.blueprint import REGION
from tests.support.running_stack import RunningStack


def client(stack: RunningStack, principal: str) -> Any:
    key = stack.blueprint.keys.access_keys[principal]
    return boto3.Session(key.access_key_id, key.secret_access_key, region_name=REGION).client(
        "bedrock-agentcore-control",
        endpoint_url=stack.endpoints["vault_control"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_the_operator_reads_the_gateway_its_targets_and_its_policies(stack: RunningStack) -> None:
    operator = client(stack, "operator")

    [gateway] = operator.list_gateways()["items"]
    told = operator.get_gateway(gatewayIdentifier=gateway["gatewayId"])
    targets = operator.list_gateway_targets(gatewayIdentifier=gateway["gatewayId"])["items"]
    engine = told["policyEngineConfiguration"]["arn"].rpartition("/")[2]
    policies = operator.list_policies(policyEngineId=engine)["policies"]

    assert told["gatewayUrl"] == stack.endpoints["gateway"]
    assert [one["name"] for one in targets] == ["activities", "routes", "socials", "support", "support-help"]
    assert {"activities_read", "routes_read", "support_help"} <= {one["name"] for one in policies}


def test_identity_operations_are_answered_at_the_same_endpoint(stack: RunningStack) -> None:
    names = {one["name"] for one in client(stack, "operator").list_workload_identities()["workloadIdentities"]}
    assert {"coach", "gateway"} <= names


@pytest.mark.case("S12")
def test_no_other_key_of_the_stack_reads_them(stack: RunningStack) -> None:
    for principal in sorted(stack.blueprint.keys.access_keys.keys() - {"operator"}):
        with pytest.raises(ClientError) as refused:
            client(stack, principal).list_gateways()
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException", principal
