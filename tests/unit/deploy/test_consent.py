"""Where consents land: the routes of the page, its own domain, one instance, and the four resources of a consent."""

from typing import Any, cast

import pytest

from deploy.names import SERVICE_SUFFIX
from gateway_config.model import read_hops
from identity.consent_return.app import _routes
from tests.support.templates import ENVIRONMENTS, many, resolved, resources, stacks, statements

HOPS = read_hops()
HOSTS = {"sandbox": "consent.sandbox.fitness.example.com", "production": "consent.fitness.example.com"}
ZONES = {"sandbox": "Z0000000000000SANDBX", "production": "Z0000000000000PRODCT"}

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def only(environment: str, kind: str) -> dict[str, Any]:
    [one] = resources(environment, "consent", kind).values()
    return one


def settings(environment: str) -> dict[str, str]:
    variables = only(environment, "AWS::Lambda::Function")["Environment"]["Variables"]
    return cast("dict[str, str]", resolved(environment, "consent", variables))


@each_environment
def test_every_route_of_the_page_is_a_method_and_nothing_else_is(environment: str) -> None:
    parts = {
        name: one["PathPart"] for name, one in resources(environment, "consent", "AWS::ApiGateway::Resource").items()
    }
    methods = {
        (one["HttpMethod"], "/" + parts.get(one["ResourceId"].get("Ref", ""), ""))
        for one in resources(environment, "consent", "AWS::ApiGateway::Method").values()
    }
    routes = {(method, route.path) for route in _routes(cast("Any", None)) for method in route.methods or ()}
    assert methods == {(method, path) for method, path in routes if method != "HEAD"}


@each_environment
def test_each_route_may_invoke_the_page_and_no_test_of_a_console(environment: str) -> None:
    methods = resources(environment, "consent", "AWS::ApiGateway::Method")
    sources = [
        resolved(environment, "consent", one["SourceArn"])
        for one in resources(environment, "consent", "AWS::Lambda::Permission").values()
    ]
    assert len(set(sources)) == len(methods)
    for source in sources:
        assert source.split("/")[1] == "v1"
        assert "*" not in source


@each_environment
def test_it_is_reached_by_its_own_name_alone_and_encrypted(environment: str) -> None:
    host = HOSTS[environment]
    assert only(environment, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True
    domain = only(environment, "AWS::ApiGateway::DomainName")
    assert domain["DomainName"] == host
    assert domain["SecurityPolicy"] == "TLS_1_2"
    certificate = only(environment, "AWS::CertificateManager::Certificate")
    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"] == [{"DomainName": host, "HostedZoneId": ZONES[environment]}]
    record = only(environment, "AWS::Route53::RecordSet")
    assert (record["Name"], record["HostedZoneId"]) == (host, ZONES[environment])


@each_environment
def test_it_stands_behind_a_firewall_that_knows_countries(environment: str) -> None:
    association = only(environment, "AWS::WAFv2::WebACLAssociation")
    arn = resolved(environment, "consent", association["ResourceArn"])
    assert arn.endswith("::/restapis/consentreturn/stages/v1")
    assert {"countries", "rate"} <= {rule["Name"] for rule in only(environment, "AWS::WAFv2::WebACL")["Rules"]}


@each_environment
def test_people_sign_in_with_its_own_client_and_come_back_to_it(environment: str) -> None:
    told = settings(environment)
    assert told["CONSENT_RETURN_CLIENT_ID"] == "consent-return"
    assert told["CONSENT_RETURN_ISSUER"].endswith("/us-east-1_fitnesscoach")
    clients = resources(environment, "identity", "AWS::Cognito::UserPoolClient").values()
    [client] = [one for one in clients if one["ClientName"] == "consent-return"]
    assert client["CallbackURLs"] == [f"{told['CONSENT_RETURN_BASE_URL']}/callback"]


@each_environment
def test_the_coach_sends_people_to_it_and_seals_with_the_key_that_it_opens(environment: str) -> None:
    runtimes = resources(environment, "agentcore", "AWS::BedrockAgentCore::Runtime").values()
    [coach] = [one for one in runtimes if one["AgentRuntimeName"] == "fitness_coach"]
    told = settings(environment)
    assert coach["EnvironmentVariables"]["COACH_CONSENT_RETURN_URL"] == f"{told['CONSENT_RETURN_BASE_URL']}/return"
    assert coach["EnvironmentVariables"]["COACH_SECRET_ID"] in told["CONSENT_RETURN_SECRET_ID"].split(",")


@each_environment
def test_one_instance_knows_all_sessions(environment: str) -> None:
    assert only(environment, "AWS::Lambda::Function")["ReservedConcurrentExecutions"] == 1


@each_environment
def test_it_ends_consents_of_the_providers_that_people_agree_to(environment: str) -> None:
    [statement] = [
        one
        for one in statements(only(environment, "AWS::IAM::Role"))
        if "bedrock-agentcore:CompleteResourceTokenAuth" in many(one["Action"])
    ]
    assert statement["Action"] == "bedrock-agentcore:CompleteResourceTokenAuth"
    directory = "workload-identity-directory/default"
    providers = [row.client_id for row in HOPS.clients if row.workload and "authorization_code" in row.grants]
    assert providers == ["coach-federation", "gateway-federation"]
    assert {one.split(":", 5)[5] for one in statement["Resource"]} == {
        "token-vault/default",
        directory,
        *(f"token-vault/default/oauth2credentialprovider/{name}" for name in providers),
        *(f"{directory}/workload-identity/{name}{SERVICE_SUFFIX}" for name in ("fitness_coach", "fitness-coach")),
    }


@each_environment
def test_a_deployment_waits_for_all_that_it_shows(environment: str) -> None:
    found = stacks(environment)["consent"]["Resources"]
    [name] = resources(environment, "consent", "AWS::ApiGateway::Deployment")
    shown = set(found[name]["DependsOn"])
    for kind in ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse"):
        assert set(resources(environment, "consent", kind)) <= shown
