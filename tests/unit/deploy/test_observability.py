"""Where is written what happened, and who is told."""

import json
import re
from typing import Any

import pytest

from deploy import names
from deploy.environments import EnvironmentName, read_environments
from tests.support.templates import ENVIRONMENTS, everywhere, many, resources, stacks

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)


def groups(environment: EnvironmentName) -> dict[str, dict[str, Any]]:
    found = resources(environment, "observability", "AWS::Logs::LogGroup").values()
    return {group["LogGroupName"]: group for group in found}


def alarms(environment: EnvironmentName) -> list[dict[str, Any]]:
    return list(resources(environment, "observability", "AWS::CloudWatch::Alarm").values())


def test_every_log_group_has_the_key_of_the_logs_and_ends_when_the_environment_says(
    environment: EnvironmentName,
) -> None:
    days = read_environments().named(environment).log_retention_days
    assert groups(environment)
    for group in groups(environment).values():
        assert group["RetentionInDays"] == days
        assert group["KmsKeyId"]["Fn::GetAtt"][0].startswith("logkey")


def test_everything_that_logs_has_its_group_before(environment: EnvironmentName) -> None:
    found = groups(environment)
    functions = [one for _, one in everywhere(environment, "AWS::Lambda::Function")]
    stages = [one for _, one in everywhere(environment, "AWS::ApiGateway::Stage")]
    assert functions
    assert stages
    for function in functions:
        assert function["LoggingConfig"]["LogGroup"] in found
    for stage in stages:
        assert stage["AccessLogSetting"]["DestinationArn"].partition(":log-group:")[2] in found
    for _, firewall in everywhere(environment, "AWS::WAFv2::LoggingConfiguration"):
        [destination] = firewall["LogDestinationConfigs"]
        assert destination.partition(":log-group:")[2] in found
    for _, destination in everywhere(environment, "AWS::Logs::DeliveryDestination"):
        assert destination["DestinationResourceArn"].partition(":log-group:")[2] in found


def test_an_access_log_holds_no_token_and_no_answer(environment: EnvironmentName) -> None:
    for _, stage in everywhere(environment, "AWS::ApiGateway::Stage"):
        written = stage["AccessLogSetting"]["Format"]
        assert not re.search(r"authorization|cookie|\.body|querystring|x-api-key", written, re.IGNORECASE)
        for setting in stage.get("MethodSettings", []):
            assert setting.get("DataTraceEnabled") is not True


def test_what_the_gateway_writes_is_delivered_without_what_was_asked(environment: EnvironmentName) -> None:
    [(_, delivery)] = everywhere(environment, "AWS::Logs::Delivery")
    assert {"request_id", "trace_id"} <= set(delivery["RecordFields"])
    assert not {"body", "attributes", "request_payload", "response_payload"} & set(delivery["RecordFields"])


def test_every_function_api_and_table_has_its_alarms(environment: EnvironmentName) -> None:
    watched = {
        (alarm["MetricName"], one["Value"])
        for alarm in alarms(environment)
        for one in alarm.get("Dimensions", [])
        if one["Name"] in {"FunctionName", "ApiName", "TableName"}
    }
    for _, function in everywhere(environment, "AWS::Lambda::Function"):
        assert {("Errors", function["FunctionName"]), ("Throttles", function["FunctionName"])} <= watched
    for team in names.TEAMS:
        api = names.physical(f"api-{team}")
        assert {("5XXError", api), ("4XXError", api), ("Latency", api)} <= watched
    for _, table in everywhere(environment, "AWS::DynamoDB::Table"):
        table_name = table["TableName"]
        assert {("ReadThrottleEvents", table_name), ("WriteThrottleEvents", table_name)} <= watched


def test_gateway_runtimes_and_firewalls_are_watched_whatever_ids_they_get(environment: EnvironmentName) -> None:
    asked = {query["Expression"] for alarm in alarms(environment) for query in alarm.get("Metrics", [])}
    for operation in ("InvokeGateway", "InvokeAgentRuntime"):
        for metric in ("SystemErrors", "Throttles"):
            assert any(f"SUM({metric})" in query and f"Operation = '{operation}'" in query for query in asked)
    assert any("SUM(BlockedRequests)" in query and "WAFV2" in query for query in asked)


def test_every_alarm_reaches_the_topic_and_silence_is_no_alarm(environment: EnvironmentName) -> None:
    [topic] = resources(environment, "observability", "AWS::SNS::Topic")
    for alarm in alarms(environment):
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_topic_takes_alarms_and_findings_of_this_account_and_opens_its_key_for_them(
    environment: EnvironmentName,
) -> None:
    """A topic with a policy loses the one that let the account publish."""
    senders = {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    own = {"StringEquals": {"aws:SourceAccount": read_environments().named(environment).account}}
    [policy] = resources(environment, "observability", "AWS::SNS::TopicPolicy").values()
    [key] = resources(environment, "observability", "AWS::KMS::Key").values()
    for document, action in ((policy["PolicyDocument"], "sns:Publish"), (key["KeyPolicy"], "kms:GenerateDataKey*")):
        let_in = {
            service
            for statement in document["Statement"]
            if statement["Effect"] == "Allow"
            and action in many(statement["Action"])
            and statement.get("Condition") == own
            for service in many(statement["Principal"]["Service"])
        }
        assert let_in == senders


def test_somebody_is_told_where_the_environment_says_so(environment: EnvironmentName) -> None:
    email = read_environments().named(environment).alarm_email
    told = [one["Endpoint"] for one in resources(environment, "observability", "AWS::SNS::Subscription").values()]
    assert told == ([] if email is None else [email])


def test_x_ray_alone_writes_spans_of_this_account(environment: EnvironmentName) -> None:
    [policy] = resources(environment, "observability", "AWS::Logs::ResourcePolicy").values()
    [statement] = json.loads(policy["PolicyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "xray.amazonaws.com"}
    account = read_environments().named(environment).account
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
    assert stacks(environment)["observability"]["Resources"]["search"]["DependsOn"] == ["spans"]
