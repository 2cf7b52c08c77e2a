"""Who watches the account, and that what they see reaches somebody."""

import json
from typing import Any

import pytest

from deploy.environments import EnvironmentName, read_environments
from tests.support.templates import ENVIRONMENTS, many, resources, stacks

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)


def of_kind(environment: EnvironmentName, kind: str) -> list[dict[str, Any]]:
    return list(resources(environment, "security", kind).values())


def test_guardduty_looks_at_what_the_system_is_made_of(environment: EnvironmentName) -> None:
    [detector] = of_kind(environment, "AWS::GuardDuty::Detector")
    on = {feature["Name"] for feature in detector["Features"] if feature["Status"] == "ENABLED"}
    assert detector["Enable"] is True
    assert {"LAMBDA_NETWORK_LOGS", "S3_DATA_EVENTS"} <= on


def test_one_trail_of_all_regions_is_written_under_a_key_and_cannot_be_altered(environment: EnvironmentName) -> None:
    [trail] = of_kind(environment, "AWS::CloudTrail::Trail")
    assert trail["IsLogging"] is trail["IsMultiRegionTrail"] is trail["EnableLogFileValidation"] is True
    assert trail["KMSKeyId"]["Fn::GetAtt"][1] == "Arn"
    [bucket] = of_kind(environment, "AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_audit_is_kept_when_its_stack_goes(environment: EnvironmentName) -> None:
    found = stacks(environment)["security"]["Resources"].values()
    [bucket] = [one for one in found if one["Type"] == "AWS::S3::Bucket"]
    assert bucket["DeletionPolicy"] == "Retain"


def test_services_write_the_audit_for_this_account_alone(environment: EnvironmentName) -> None:
    account = read_environments().named(environment)
    trail = f"arn:aws:cloudtrail:{account.region}:{account.account}:trail/fitness-audit"
    expected = {
        "cloudtrail.amazonaws.com": {"StringEquals": {"aws:SourceArn": trail}},
        "config.amazonaws.com": {"StringEquals": {"aws:SourceAccount": account.account}},
    }
    [policy], [key] = of_kind(environment, "AWS::S3::BucketPolicy"), of_kind(environment, "AWS::KMS::Key")
    for document in (policy["PolicyDocument"], key["KeyPolicy"]):
        let_in = [
            (one["Principal"]["Service"], one["Condition"])
            for one in document["Statement"]
            if one["Effect"] == "Allow" and "Service" in one["Principal"]
        ]
        assert {service for service, _ in let_in} == set(expected)
        for service, condition in let_in:
            assert condition == expected[service]


def test_the_recorder_writes_before_a_rule_asks(environment: EnvironmentName) -> None:
    found = stacks(environment)["security"]["Resources"]
    rules = [one for one in found.values() if one["Type"] == "AWS::Config::ConfigRule"]
    assert rules
    for rule in rules:
        assert {"recorder", "channel"} <= set(rule["DependsOn"])


def test_rules_hold_keys_tables_functions_buckets_secrets_people_and_watchers(environment: EnvironmentName) -> None:
    rules = {one["Source"]["SourceIdentifier"] for one in of_kind(environment, "AWS::Config::ConfigRule")}
    assert {
        "API_GW_ASSOCIATED_WITH_WAF",
        "API_GW_ENDPOINT_TYPE_CHECK",
        "CLOUD_TRAIL_ENABLED",
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        "DYNAMODB_TABLE_ENCRYPTED_KMS",
        "GUARDDUTY_ENABLED_CENTRALIZED",
        "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        "INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED",
        "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        "S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "SECRETSMANAGER_USING_CMK",
    } <= rules
    # It finds roles too, and every role of ours has its one policy inline: it would never be quiet.
    assert "IAM_NO_INLINE_POLICY_CHECK" not in rules


def test_findings_and_broken_rules_reach_the_topic(environment: EnvironmentName) -> None:
    account = read_environments().named(environment)
    topic = f"arn:aws:sns:{account.region}:{account.account}:fitness-alarms"
    rules = of_kind(environment, "AWS::Events::Rule")
    sources = {source for rule in rules for source in rule["EventPattern"]["source"]}
    assert sources == {"aws.guardduty", "aws.inspector2", "aws.config"}
    for rule in rules:
        assert [target["Arn"] for target in rule["Targets"]] == [topic]
    [made] = resources(environment, "observability", "AWS::SNS::Topic").values()
    assert made["TopicName"] == "fitness-alarms"


def test_the_recorder_reads_no_item_no_object_and_no_token(environment: EnvironmentName) -> None:
    [role] = of_kind(environment, "AWS::IAM::Role")
    actions = {
        action
        for policy in role["Policies"]
        for one in policy["PolicyDocument"]["Statement"]
        for action in many(one["Action"])
    }
    assert "s3:PutObject" in actions
    for word in ("*", "GetItem", "Query", "Scan", "GetObject", "GetSecretValue", "AccessToken", "GetResource"):
        assert not any(word in action for action in actions), word


def test_outside_access_is_looked_for(environment: EnvironmentName) -> None:
    [analyzer] = of_kind(environment, "AWS::AccessAnalyzer::Analyzer")
    assert analyzer["Type"] == "ACCOUNT"
    assert json.dumps(analyzer).find("ArchiveRules") == -1
