"""Quotas of IAM and Organizations, and where the ceilings hang."""

import json
from typing import Any

import pytest

from deploy import names
from deploy.environments import EnvironmentName, read_environments
from deploy.templates import read_templates
from tests.support.templates import ENVIRONMENTS, everywhere, resources

MANAGED_POLICY, INLINE_POLICIES, SERVICE_CONTROL_POLICY, POLICIES_OF_A_TARGET = 6144, 10_240, 5120, 5


def size(document: Any) -> int:
    """Characters without white space; a reference is counted as it stands, which is longer than most ARNs."""
    return len(json.dumps(document, separators=(",", ":")))


def organization() -> list[dict[str, Any]]:
    return [one["Properties"] for one in read_templates("organization")["guardrails"]["Resources"].values()]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_managed_policy_fits_into_its_quota(environment: EnvironmentName) -> None:
    policies = [policy for _, policy in everywhere(environment, "AWS::IAM::ManagedPolicy")]
    assert len(policies) > len(names.BOUNDARIES)
    for policy in policies:
        assert size(policy["PolicyDocument"]) <= MANAGED_POLICY, policy["ManagedPolicyName"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_policies_of_every_role_fit_into_their_quota(environment: EnvironmentName) -> None:
    for _, role in everywhere(environment, "AWS::IAM::Role"):
        assert sum(size(policy["PolicyDocument"]) for policy in role["Policies"]) <= INLINE_POLICIES, role["RoleName"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_is_a_boundary_of_every_kind_by_its_name_and_every_role_is_under_one(
    environment: EnvironmentName,
) -> None:
    made = {
        one["ManagedPolicyName"] for one in resources(environment, "guardrails", "AWS::IAM::ManagedPolicy").values()
    }
    assert made == {f"fitness-{kind}-boundary" for kind in names.BOUNDARIES}
    for _, role in everywhere(environment, "AWS::IAM::Role"):
        assert role["PermissionsBoundary"].rpartition("/")[2] in made


def test_every_service_control_policy_fits_into_its_quota() -> None:
    for policy in organization():
        assert size(policy["Content"]) <= SERVICE_CONTROL_POLICY, policy["Name"]


def test_no_unit_or_account_has_more_policies_than_it_can() -> None:
    hung = [
        target
        for policy in organization()
        for target in policy["TargetIds"]
        if policy["Type"] == "SERVICE_CONTROL_POLICY"
    ]
    # Beside AWS's own FullAWSAccess.
    assert max(hung.count(target) for target in hung) <= POLICIES_OF_A_TARGET - 1


def test_a_policy_is_over_the_accounts_that_can_live_under_it() -> None:
    environments = read_environments()
    both = (environments.sandbox, environments.production)
    hung = {policy["Name"]: policy["TargetIds"] for policy in organization()}
    assert hung.pop("fitness-private-apis") == [one.account for one in both if one.private_apis]
    assert hung.pop("fitness-jwt-runtimes") == [one.account for one in both if not one.iam_runtime]
    for name, targets in hung.items():
        assert targets == [environments.organization.target_id], name


def test_service_control_policies_grant_nothing() -> None:
    for policy in organization():
        if policy["Type"] == "SERVICE_CONTROL_POLICY":
            assert {one["Effect"] for one in policy["Content"]["Statement"]} == {"Deny"}


def test_no_api_of_another_kind_is_made_where_apis_are_private() -> None:
    """HTTP and WebSocket APIs are public. Not in the decisions: the simulator does not know that they are made so."""
    [policy] = [one for one in organization() if one["Name"] == "fitness-private-apis"]
    [statement] = [one for one in policy["Content"]["Statement"] if one["Resource"] != "*"]
    assert statement == {
        "Sid": "NoApisOfAnotherKind",
        "Effect": "Deny",
        "Action": ["apigateway:POST"],
        "Resource": "arn:aws:apigateway:*::/apis",
    }


def test_inspector_is_on_in_every_region_that_there_is() -> None:
    [policy] = [one for one in organization() if one["Type"] == "INSPECTOR_POLICY"]
    scans = policy["Content"]["inspector"]["enablement"]["lambda_standard_scanning"]
    environments = read_environments()
    regions = sorted({environments.sandbox.region, environments.production.region})
    assert scans["enable_in_regions"] == scans["lambda_code_scanning"]["enable_in_regions"] == {"@@assign": regions}
