"""Functions: each starts with the environment and the secrets of its template, and may do what it does and no more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deploy.names import STORING_TEAMS, TEAMS, packages
from gateway_config.model import read_hops
from identity.consent_return.rest_bridge import RestBridge
from tests.support.entry_modules import started
from tests.support.templates import ENVIRONMENTS, many, resolved, resources, secrets, stacks, statements

FUNCTION = "AWS::Lambda::Function"
HOPS = read_hops()
ROOT = Path(__file__).parents[3]
ITEM_VERBS = {f"dynamodb:{verb}" for verb in ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")}
ALWAYS = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def functions(environment: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Stack and properties by physical name."""
    return {
        one["FunctionName"]: (stack, one)
        for stack in stacks(environment)
        for one in resources(environment, stack, FUNCTION).values()
    }


def named(environment: str) -> dict[str, dict[str, Any]]:
    return {name: one for name, (_, one) in functions(environment).items()}


def settings_of(environment: str, name: str) -> dict[str, str]:
    stack, properties = functions(environment)[name]
    given: dict[str, str] = resolved(environment, stack, properties["Environment"]["Variables"])
    # Where Lambda unpacks a zip lies what this repository holds.
    return {setting: value.replace("/var/task", str(ROOT)) for setting, value in given.items()}


def role_of(environment: str, name: str) -> dict[str, Any]:
    stack, properties = functions(environment)[name]
    return resources(environment, stack, "AWS::IAM::Role")[properties["Role"]["Fn::GetAtt"][0]]


def actions_of(environment: str, name: str) -> dict[str, list[Any]]:
    """Action to resources, all that a function's role allows."""
    found: dict[str, list[Any]] = {}
    for statement in statements(role_of(environment, name)):
        assert statement["Effect"] == "Allow"
        for action in many(statement["Action"]):
            found.setdefault(action, []).extend(many(statement["Resource"]))
    return found


@pytest.fixture
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An account with the secrets of the environment."""
    environment: str = request.param
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="us-east-1")
        for name, content in secrets(environment).items():
            client.create_secret(Name=name, SecretString=json.dumps(content))
        yield environment


@pytest.mark.parametrize("aws", ENVIRONMENTS, indirect=True)
@pytest.mark.parametrize("name", sorted(named("sandbox")))
def test_a_function_starts_with_the_environment_and_the_secrets_of_its_template(
    aws: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, handler = named(aws)[name]["Handler"].rpartition(".")
    function = getattr(started(module, monkeypatch, **settings_of(aws, name)), handler)
    assert callable(function)
    if isinstance(function, RestBridge):
        function.close()


@each_environment
@pytest.mark.parametrize("team", TEAMS)
def test_an_authorizer_accepts_the_clients_of_the_hop_before_and_the_pool_of_its_api(
    environment: str, team: str
) -> None:
    settings = settings_of(environment, f"fitness-authorizer-{team}")
    row = HOPS.resource_server(f"api-{team}")
    assert settings["AUTHORIZER_API"] == team
    assert json.loads(settings["AUTHORIZER_UPSTREAM_CLIENTS"]) == row.upstream_clients
    assert json.loads(settings["AUTHORIZER_AUDIENCES"]) == row.audiences
    pool = f"us-east-1_fitness{row.pool}"
    assert settings["AUTHORIZER_ISSUER"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    assert settings["AUTHORIZER_POLICY_STORE_ID"] == f"policies{row.pool}"
    assert settings["AUTHORIZER_PROFILE"] == "cognito"


@each_environment
def test_only_where_no_hop_exchanges_a_token_may_its_audience_be_missing(environment: str) -> None:
    without = {
        team
        for team in TEAMS
        if settings_of(environment, f"fitness-authorizer-{team}")["AUTHORIZER_AUDIENCE_REQUIRED"] == "false"
    }
    assert without == {"routes"}


@each_environment
@pytest.mark.parametrize("team", TEAMS)
def test_a_teams_function_reaches_its_own_table_and_no_other(environment: str, team: str) -> None:
    allowed = actions_of(environment, f"fitness-api-{team}")
    verbs = {action for action in allowed if action.startswith("dynamodb:")}
    assert verbs == (ITEM_VERBS if team in STORING_TEAMS else set())
    for verb in verbs:
        assert [one.rpartition(":")[2] for one in allowed[verb]] == [f"table/fitness-{team}"]


@each_environment
@pytest.mark.parametrize("team", TEAMS)
def test_an_authorizer_asks_its_own_policy_store_and_does_nothing_else(environment: str, team: str) -> None:
    allowed = actions_of(environment, f"fitness-authorizer-{team}")
    assert allowed.keys() - ALWAYS == {"verifiedpermissions:IsAuthorizedWithToken"}
    store = f"policies{HOPS.resource_server(f'api-{team}').pool}"
    assert allowed["verifiedpermissions:IsAuthorizedWithToken"] == [{"Fn::GetAtt": [store, "Arn"]}]


@each_environment
def test_a_function_reads_the_secrets_that_its_settings_name_and_no_other(environment: str) -> None:
    for name in named(environment):
        settings = settings_of(environment, name)
        told = {
            secret
            for setting, value in settings.items()
            if setting.endswith("SECRET_ID")
            for secret in value.split(",")
        }
        read = actions_of(environment, name).get("secretsmanager:GetSecretValue", [])
        assert {one.rpartition(":secret:")[2].removesuffix("-??????") for one in read} == told
        assert told <= secrets(environment).keys()


@each_environment
def test_only_one_function_may_end_a_consent(environment: str) -> None:
    action = "bedrock-agentcore:CompleteResourceTokenAuth"
    able = [
        role["RoleName"]
        for stack in stacks(environment)
        for role in resources(environment, stack, "AWS::IAM::Role").values()
        for statement in statements(role)
        if statement["Effect"] == "Allow" and action in many(statement["Action"])
    ]
    assert able == ["fitness-consent-return"]


@each_environment
def test_a_key_is_used_through_the_service_that_keeps_the_data(environment: str) -> None:
    for name in named(environment):
        for statement in statements(role_of(environment, name)):
            if any(action.startswith("kms:") for action in many(statement["Action"])):
                assert statement["Condition"]["StringEquals"]["kms:ViaService"] in {
                    "dynamodb.us-east-1.amazonaws.com",
                    "secretsmanager.us-east-1.amazonaws.com",
                }


@each_environment
def test_a_function_writes_its_own_log_under_a_role_of_its_own(environment: str) -> None:
    roles = set()
    for name, function in named(environment).items():
        role = role_of(environment, name)
        roles.add(role["RoleName"])
        assert role["RoleName"] == name
        assert role["PermissionsBoundary"].endswith(":policy/fitness-function-boundary")
        assert function["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{name}"
        [group] = actions_of(environment, name)["logs:PutLogEvents"]
        assert group.endswith(f":log-group:/aws/lambda/{name}:log-stream:*")
    assert len(roles) == len(named(environment))


@each_environment
def test_a_role_of_a_function_is_assumed_for_that_function_alone(environment: str) -> None:
    for name in named(environment):
        [trust] = role_of(environment, name)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert trust["Condition"]["ArnLike"]["aws:SourceArn"].endswith(f":function:{name}")
        assert "aws:SourceAccount" in trust["Condition"]["StringEquals"]


@each_environment
def test_functions_are_arm64_of_one_python_traced_and_of_a_known_package(environment: str) -> None:
    keys = {f"Package{name.title().replace('-', '')}" for name in packages()}
    for function in named(environment).values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Code"]["S3Key"]["Ref"] in keys


@each_environment
def test_the_weather_is_filled_in_by_its_schedule_one_run_at_a_time(environment: str) -> None:
    [(rule_id, rule)] = resources(environment, "apis", "AWS::Events::Rule").items()
    [target] = rule["Targets"]
    assert resolved(environment, "apis", target["Arn"]) == "fitness-weather"
    permissions = resources(environment, "apis", "AWS::Lambda::Permission").values()
    [permission] = [
        one for one in permissions if resolved(environment, "apis", one["FunctionName"]) == "fitness-weather"
    ]
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule_id, "Arn"]}
    weather = named(environment)["fitness-weather"]
    assert weather["ReservedConcurrentExecutions"] == 1
    # Lambda kills a run that is longer than its schedule lets be.
    assert weather["Timeout"] < 600
