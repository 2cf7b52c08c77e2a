"""REST APIs: every operation of the documents and no other, behind the API's own authorizer."""

import json
from pathlib import Path
from typing import Any

import pytest

from apis.serving.problem import problem
from deploy.names import TEAMS
from gateway_config.model import read_hops
from tests.support.templates import ENVIRONMENTS, many, resolved, resources, stacks

APIS = Path(__file__).parents[3] / "apis"
HOPS = read_hops()
BEARER, API_KEY = "bearer", "apiKey"

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)
each_team = pytest.mark.parametrize("team", TEAMS)


def document(team: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((APIS / team / "openapi.json").read_text(encoding="utf-8"))
    return found


def operations(team: str) -> dict[tuple[str, str], dict[str, Any]]:
    """By method and path, with the kinds of credentials that each wants."""
    read = document(team)
    return {
        (method.upper(), path): {
            **operation,
            "wanted": {name for one in operation.get("security", read["security"]) for name in one},
        }
        for path, item in read["paths"].items()
        for method, operation in item.items()
    }


def of_api(environment: str, team: str, kind: str) -> dict[str, dict[str, Any]]:
    """Resources of a type that belong to a team's API."""
    found = resources(environment, "apis", kind)
    return {name: one for name, one in found.items() if one["RestApiId"] == {"Ref": f"api{team}"}}


def path_of(environment: str, resource_id: dict[str, Any]) -> str:
    if "Fn::GetAtt" in resource_id:
        return ""
    resource = resources(environment, "apis", "AWS::ApiGateway::Resource")[resource_id["Ref"]]
    return f"{path_of(environment, resource['ParentId'])}/{resource['PathPart']}"


def methods(environment: str, team: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (one["HttpMethod"], path_of(environment, one["ResourceId"])): one
        for one in of_api(environment, team, "AWS::ApiGateway::Method").values()
    }


def stage_of(environment: str, team: str) -> dict[str, Any]:
    [stage] = of_api(environment, team, "AWS::ApiGateway::Stage").values()
    return stage


@each_environment
@each_team
def test_every_operation_is_a_method_and_nothing_else_is(environment: str, team: str) -> None:
    assert methods(environment, team).keys() == operations(team).keys()


@each_environment
@each_team
def test_every_operation_but_public_ones_asks_the_authorizer_of_its_own_api(environment: str, team: str) -> None:
    [(authorizer_id, authorizer)] = of_api(environment, team, "AWS::ApiGateway::Authorizer").items()
    assert f"authorizer-{team}/" in resolved(environment, "apis", authorizer["AuthorizerUri"]) + "/"
    for operation, method in methods(environment, team).items():
        if BEARER in operations(team)[operation]["wanted"]:
            assert method["AuthorizationType"] == "CUSTOM"
            assert method["AuthorizerId"] == {"Ref": authorizer_id}
        else:
            assert operation == ("GET", "/help")
            assert method["AuthorizationType"] == "NONE"


@each_environment
@each_team
def test_answers_of_an_authorizer_are_never_kept(environment: str, team: str) -> None:
    [authorizer] = of_api(environment, team, "AWS::ApiGateway::Authorizer").values()
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0


@each_environment
@each_team
def test_an_operation_wants_an_api_key_where_its_document_says_so(environment: str, team: str) -> None:
    for operation, method in methods(environment, team).items():
        assert method["ApiKeyRequired"] is (API_KEY in operations(team)[operation]["wanted"])


@each_environment
@each_team
def test_an_operation_is_answered_by_the_teams_own_function(environment: str, team: str) -> None:
    for method in methods(environment, team).values():
        assert method["Integration"]["Type"] == "AWS_PROXY"
        uri = resolved(environment, "apis", method["Integration"]["Uri"])
        assert uri.endswith(f"/functions/fitness-api-{team}/invocations")


@each_environment
@each_team
def test_a_validator_wants_no_more_than_the_document(environment: str, team: str) -> None:
    for operation, method in methods(environment, team).items():
        told = operations(team)[operation]
        queries = {
            name.rpartition(".")[2]: wanted
            for name, wanted in method["RequestParameters"].items()
            if ".querystring." in name
        }
        parameters = {
            one["name"]: one.get("required", False) for one in told.get("parameters", ()) if one["in"] == "query"
        }
        assert queries == parameters
        assert "RequestValidatorId" in method


@each_environment
@each_team
def test_a_model_names_required_members_and_nothing_about_them(environment: str, team: str) -> None:
    models = of_api(environment, team, "AWS::ApiGateway::Model")
    for operation, method in methods(environment, team).items():
        schema = body_schema(team, operation)
        for reference in method.get("RequestModels", {}).values():
            model = models[reference["Ref"]]["Schema"]
            assert model.keys() == {"$schema", "type", "required"}
            assert set(model["required"]) <= set(schema["required"])


def body_schema(team: str, operation: tuple[str, str]) -> dict[str, Any]:
    content = operations(team)[operation].get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document(team)["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@each_environment
def test_bytes_of_activity_files_arrive_as_bytes(environment: str) -> None:
    apis = resources(environment, "apis", "AWS::ApiGateway::RestApi")
    assert apis["apiactivities"]["BinaryMediaTypes"] == ["application/octet-stream"]


@each_environment
@each_team
def test_a_function_may_be_invoked_for_its_operations_and_by_no_test_of_a_console(environment: str, team: str) -> None:
    sources = {
        (resolved(environment, "apis", one["FunctionName"]), resolved(environment, "apis", one["SourceArn"]))
        for one in resources(environment, "apis", "AWS::Lambda::Permission").values()
        if one["Principal"] == "apigateway.amazonaws.com"
    }
    account = stacks_account(environment)
    api = f"arn:aws:execute-api:us-east-1:{account}:api{team}"
    wanted = {(f"fitness-api-{team}", f"{api}/v1/{method}{starred(path)}") for method, path in operations(team)} | {
        (f"fitness-authorizer-{team}", f"{api}/authorizers/api{team}authorizer")
    }
    assert {one for one in sources if f":api{team}/" in one[1]} == wanted


@each_environment
def test_only_named_services_of_this_account_may_invoke_a_function(environment: str) -> None:
    for stack in stacks(environment):
        for one in resources(environment, stack, "AWS::Lambda::Permission").values():
            assert one["Action"] == "lambda:InvokeFunction"
            assert one["Principal"] in {"apigateway.amazonaws.com", "events.amazonaws.com"}
            assert one["SourceAccount"] == stacks_account(environment)
            assert "SourceArn" in one


def starred(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))


def stacks_account(environment: str) -> str:
    return {"sandbox": "111111111111", "production": "222222222222"}[environment]


@each_environment
@each_team
def test_a_stage_logs_that_something_was_asked_and_nothing_of_it(environment: str, team: str) -> None:
    stage = stage_of(environment, team)
    log = json.loads(stage["AccessLogSetting"]["Format"])
    for value in log.values():
        assert value.startswith("$context.")
        assert not any(
            word in value for word in ("claims", "principalId", "identity", "authorizer.sub", "path}", "input")
        )
    assert "$context.path" not in log.values()
    assert stage["AccessLogSetting"]["DestinationArn"].endswith(f"log-group:/aws/apigateway/fitness-api-{team}")
    assert stage["TracingEnabled"] is True
    for settings in stage["MethodSettings"]:
        assert settings["DataTraceEnabled"] is False
        assert settings["CacheDataEncrypted"] is True
        assert settings["ThrottlingRateLimit"] > 0


@each_environment
@each_team
def test_errors_of_api_gateway_are_logged_under_our_own_key(environment: str, team: str) -> None:
    groups = resources(environment, "apis", "AWS::Logs::LogGroup").values()
    [group] = [one for one in groups if resolved(environment, "apis", one["LogGroupName"]).endswith(f"_api{team}/v1")]
    assert resolved(environment, "apis", group["LogGroupName"]) == f"API-Gateway-Execution-Logs_api{team}/v1"
    assert "KmsKeyId" in group
    assert group["RetentionInDays"] == {"sandbox": 30, "production": 365}[environment]


@each_environment
def test_only_the_catalogue_is_cached_and_no_caller_gets_what_another_was_told(environment: str) -> None:
    cached = [team for team in TEAMS if stage_of(environment, team)["CacheClusterEnabled"]]
    assert cached == (["routes"] if environment == "production" else [])
    for team in TEAMS:
        [settings] = stage_of(environment, team)["MethodSettings"]
        assert settings["CachingEnabled"] is (team in cached)
        for method in methods(environment, team).values() if team in cached else ():
            if method["HttpMethod"] == "GET":
                assert set(method["Integration"]["CacheKeyParameters"]) == set(method["RequestParameters"])
                assert "method.request.header.Authorization" in method["Integration"]["CacheKeyParameters"]


@each_environment
@each_team
@pytest.mark.parametrize(
    ("kind", "status", "detail"),
    [
        ("UNAUTHORIZED", 401, ""),
        ("ACCESS_DENIED", 403, ""),
        ("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token"),
        ("INVALID_API_KEY", 403, "Forbidden"),
        ("REQUEST_TOO_LARGE", 413, ""),
        ("QUOTA_EXCEEDED", 429, ""),
        ("THROTTLED", 429, ""),
        ("AUTHORIZER_FAILURE", 500, ""),
        ("INTEGRATION_FAILURE", 502, ""),
    ],
)
def test_api_gateway_refuses_with_the_document_of_the_laptop(
    environment: str, team: str, kind: str, status: int, detail: str
) -> None:
    found = of_api(environment, team, "AWS::ApiGateway::GatewayResponse").values()
    [refusal] = [one for one in found if one["ResponseType"] == kind]
    assert refusal["StatusCode"] == str(status)
    assert json.loads(refusal["ResponseTemplates"]["application/json"]) == problem(status, detail)
    headers = refusal["ResponseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    challenge = headers.get("gatewayresponse.header.WWW-Authenticate")
    assert challenge == ("'Bearer'" if status == 401 else None)


@each_environment
@each_team
def test_a_deployment_waits_for_all_that_it_shows(environment: str, team: str) -> None:
    all_resources = stacks(environment)["apis"]["Resources"]
    [name] = of_api(environment, team, "AWS::ApiGateway::Deployment")
    shown = set(all_resources[name]["DependsOn"])
    for kind in ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Authorizer"):
        assert set(of_api(environment, team, kind)) <= shown


@each_team
def test_in_production_an_api_is_reached_through_its_endpoint_alone(team: str) -> None:
    api = resources("production", "apis", "AWS::ApiGateway::RestApi")[f"api{team}"]
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    [endpoint] = api["EndpointConfiguration"]["VpcEndpointIds"]
    denied = [
        one["Condition"]["StringNotEquals"]["aws:SourceVpce"]
        for one in api["Policy"]["Statement"]
        if one["Effect"] == "Deny" and "StringNotEquals" in one["Condition"]
    ]
    assert denied == [endpoint]
    assert resolved("production", "apis", endpoint) in resources("production", "network", "AWS::EC2::VPCEndpoint")


@each_environment
@each_team
def test_nobody_knocks_unencrypted(environment: str, team: str) -> None:
    policy = resources(environment, "apis", "AWS::ApiGateway::RestApi")[f"api{team}"]["Policy"]
    assert {
        "Sid": "NeverUnencrypted",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    } in policy["Statement"]


@each_environment
def test_every_stage_stands_behind_the_firewall_a_private_one_too(environment: str) -> None:
    arns = {
        resolved(environment, "apis", one["ResourceArn"])
        for one in resources(environment, "apis", "AWS::WAFv2::WebACLAssociation").values()
    }
    assert arns == {f"arn:aws:apigateway:us-east-1::/restapis/api{team}/stages/v1" for team in TEAMS}


@each_environment
def test_the_firewall_knows_attacks_reputations_rates_and_where_the_door_is_public_countries(environment: str) -> None:
    [acl] = resources(environment, "apis", "AWS::WAFv2::WebACL").values()
    names = {rule["Name"] for rule in acl["Rules"]}
    managed = {"CommonRuleSet", "KnownBadInputsRuleSet", "AmazonIpReputationList"}
    public = {"countries"} if environment == "sandbox" else set()
    assert names == {"rate", *(f"AWSManagedRules{name}" for name in managed), *public}
    for rule in acl["Rules"]:
        assert "Block" in rule.get("Action", {"Block": {}})
        assert rule["VisibilityConfig"]["SampledRequestsEnabled"] is False
    assert len({rule["Priority"] for rule in acl["Rules"]}) == len(acl["Rules"])


@each_environment
def test_programs_are_counted_by_the_keys_that_their_vault_hands_out(environment: str) -> None:
    keys = resources(environment, "apis", "AWS::ApiGateway::ApiKey").values()
    values = {one["Value"] for one in keys}
    metered = HOPS.resource_server("api-support").metered_by
    assert values == {
        f"{{{{resolve:secretsmanager:fitness/api-key/{provider}:SecretString:api_key}}}}" for provider in metered
    }
    plans = resources(environment, "apis", "AWS::ApiGateway::UsagePlan").values()
    assert len(plans) == len(metered)
    assert all(many(plan["ApiStages"])[0]["ApiId"] == {"Ref": "apisupport"} for plan in plans)
