"""The templates of AgentCore say what gateway_config/ says, and nothing else."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import quote

import cedarpy
import pytest

from deploy import names
from deploy.environments import Environment, read_environments
from gateway_config.direct_mode import direct_reach_on_aws
from gateway_config.model import GatewayConfig, read_config, read_hops
from gateway_config.tool_policy import read_tool_policies
from tests.support.templates import ENVIRONMENTS, resolved, resources, runtime_arn, secrets, stacks

KIND = "AWS::BedrockAgentCore::"
ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/coach-0123456789"
Name = Literal["sandbox", "production"]

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)


def account(environment: Name) -> Environment:
    return read_environments().named(environment)


def logical(environment: Name, kind: str) -> dict[str, dict[str, Any]]:
    """Resources as they stand, by logical id."""
    found = stacks(environment)["agentcore"]["Resources"]
    return {name: one for name, one in found.items() if one["Type"] == KIND + kind}


def made(environment: Name, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by name, with the names of things for references to them."""
    found = [copy.deepcopy(one["Properties"]) for one in logical(environment, kind).values()]
    told = [resolved(environment, "agentcore", properties) for properties in found]
    return {properties.get("Name") or properties["AgentRuntimeName"]: properties for properties in told}


def capital(value: Any) -> Any:
    """A request of AWS in the letters of CloudFormation; written here again, so that the program's own is checked."""
    if isinstance(value, list):
        return [capital(one) for one in value]
    if isinstance(value, dict):
        return {
            name[:1].upper() + name[1:]: one if name == "customParameters" else capital(one)
            for name, one in value.items()
        }
    return value


def issuer(pool: str) -> str:
    return f"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_fitness{pool}"


def server_url(team: str) -> str:
    arn = quote(runtime_arn(f"fitness_mcp_{team}"), safe="")
    return f"https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/{arn}/invocations?qualifier=live"


def configured(environment: Name) -> GatewayConfig:
    """gateway_config/ with the values of the account as `made` tells them."""
    return read_config(
        {
            "REGION": "us-east-1",
            "ACCOUNT": account(environment).account,
            "POLICY_ENGINE_ARN": "policyengine",
            "ISSUER:coach": issuer("coach"),
            "ISSUER:socials": issuer("socials"),
            "URL:gateway": "",
            "URL:api-support": "https://apisupport.execute-api.us-east-1.amazonaws.com/v1",
            "URL:consent-return": f"https://consent.{account(environment).domain_name}",
            **{f"URL:mcp-{team}": server_url(team) for team in names.TEAMS},
            **{f"SECRET:{name.rpartition('/')[2]}": "is in no template" for name in secrets(environment)},
        }
    )


def test_the_gateway_is_the_configured_one_under_its_name_key_role_and_firewall(environment: Name) -> None:
    [gateway] = made(environment, "Gateway").values()
    wanted = capital(configured(environment).gateway_request)
    # Its own URL is known after the first deployment.
    jwt = wanted["AuthorizerConfiguration"]["CustomJWTAuthorizer"]
    jwt["AllowedAudience"].remove("")
    own = {
        "Name": "fitness-coach",
        "RoleArn": gateway["RoleArn"],
        "KmsKeyArn": gateway["KmsKeyArn"],
        "WafConfiguration": {"FailureMode": "FAIL_CLOSE"},
    }
    assert gateway == {**wanted, **own}
    assert gateway["PolicyEngineConfiguration"]["Mode"] == "ENFORCE"


def test_every_target_is_the_configured_one(environment: Name) -> None:
    wanted = {request["name"]: capital(request) for request in configured(environment).target_requests}
    for target in wanted.values():
        target["GatewayIdentifier"] = "gateway"
        for configuration in target["CredentialProviderConfigurations"]:
            for credential in configuration["CredentialProvider"].values():
                credential["ProviderArn"] = credential["ProviderArn"].rpartition("/")[2]
    targets = made(environment, "GatewayTarget")
    private = {name: target.pop("PrivateEndpoint") for name, target in targets.items() if "PrivateEndpoint" in target}
    assert targets == wanted
    assert set(private) == ({"support-help"} if account(environment).private_apis else set())


def test_every_credential_provider_is_the_configured_one_and_names_its_secret_instead_of_having_it(
    environment: Name,
) -> None:
    wanted = {}
    for request in configured(environment).credential_providers:
        provider = capital(request)
        custom = provider["Oauth2ProviderConfigInput"]["CustomOauth2ProviderConfig"]
        del custom["ClientSecret"]
        custom["ClientSecretSource"] = "EXTERNAL"
        custom["ClientSecretConfig"] = {"SecretId": f"fitness/client/{request['name']}", "JsonKey": "client_secret"}
        wanted[request["name"]] = provider
    assert made(environment, "OAuth2CredentialProvider") == wanted


def test_what_doctor_says_about_direct_mode_is_what_runtimes_allow_and_what_clients_may(environment: Name) -> None:
    runtimes = made(environment, "Runtime")
    clients = resources(environment, "identity", "AWS::Cognito::UserPoolClient").values()
    for reach in direct_reach_on_aws(read_hops()):
        allowed = runtimes[f"fitness_mcp_{reach.team}"]["AuthorizerConfiguration"]["CustomJWTAuthorizer"][
            "AllowedClients"
        ]
        assert f'"{reach.client_id}"' in json.dumps(allowed)
        (flows,) = (one["AllowedOAuthFlows"] for one in clients if one["ClientName"] == reach.client_id)
        assert (flows == ["client_credentials"]) is (reach.why_not is None)


def test_every_key_provider_names_its_secret(environment: Name) -> None:
    assert made(environment, "ApiKeyCredentialProvider") == {
        request["name"]: {
            "Name": request["name"],
            "ApiKeySecretSource": "EXTERNAL",
            "ApiKeySecretConfig": {"SecretId": f"fitness/api-key/{request['name']}", "JsonKey": "api_key"},
        }
        for request in configured(environment).api_key_providers
    }


def test_every_secret_that_a_provider_names_is_made_with_that_member(environment: Name) -> None:
    providers = made(environment, "OAuth2CredentialProvider"), made(environment, "ApiKeyCredentialProvider")
    named = re.findall(r'"JsonKey": "(\w+)", "SecretId": "([\w/-]+)"', json.dumps(providers, sort_keys=True))
    assert len(named) == sum(map(len, providers))
    for member, secret in named:
        assert member in secrets(environment)[secret]


def test_every_policy_is_the_configured_one_for_this_gateway(environment: Name) -> None:
    policies = made(environment, "Policy")
    wanted = {policy.name: policy for policy in read_tool_policies({"GATEWAY_ARN": ARN})}
    assert set(policies) == set(wanted)
    for name, policy in policies.items():
        statement = policy["Definition"]["Cedar"].pop("Statement")
        assert statement.replace('Gateway::"gateway"', f'Gateway::"{ARN}"') == wanted[name].statement
        request = capital(wanted[name].create_request("policyengine"))
        del request["Definition"]["Cedar"]["Statement"]
        assert policy == request


def test_a_policy_compares_clients_by_the_ids_that_cognito_makes(environment: Name) -> None:
    """A name of hops.yaml is nobody's client_id on AWS: the policy would open for no token."""
    compared = 0
    for policy in logical(environment, "Policy").values():
        [_, parts] = policy["Properties"]["Definition"]["Cedar"]["Statement"]["Fn::Join"]
        for before, after in zip(parts, [*parts[1:], None], strict=True):
            if isinstance(before, str) and 'getTag("client_id")' in before:
                assert before.endswith('getTag("client_id")) == "')
                assert isinstance(after, dict)
                compared += 1
    assert compared == 2


def test_every_statement_fits_into_a_policy_and_is_cedar(environment: Name) -> None:
    for policy in made(environment, "Policy").values():
        statement = policy["Definition"]["Cedar"]["Statement"]
        assert 35 <= len(statement.replace('"gateway"', f'"{ARN}"')) <= 10_000
        assert cedarpy.policies_to_json_str(statement)


def test_what_is_checked_against_something_is_made_after_it(environment: Name) -> None:
    endpoints = {name for name in logical(environment, "RuntimeEndpoint") if "mcp" in name}
    targets = logical(environment, "GatewayTarget")
    assert len(endpoints) == len(names.TEAMS)
    for target in targets.values():
        assert endpoints <= set(target["DependsOn"])
    for policy in logical(environment, "Policy").values():
        assert set(targets) <= set(policy["DependsOn"])


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "Ref":
                yield one
            elif name == "Fn::GetAtt":
                yield one[0]
            else:
                yield from references(one)


def test_nothing_waits_for_itself(environment: Name) -> None:
    """CloudFormation refuses a circle, and no gateway or runtime can name its own URL."""
    found = stacks(environment)["agentcore"]["Resources"]
    waiting = {
        name: {*references(one.get("Properties", {})), *one.get("DependsOn", [])} & set(found)
        for name, one in found.items()
    }
    while ready := [name for name, others in waiting.items() if not others]:
        waiting = {name: others - set(ready) for name, others in waiting.items() if name not in ready}
    assert not waiting


def test_stacks_take_from_stacks_that_stand_before_them(environment: Name) -> None:
    exported = {
        stack: set(re.findall(r'"Fn::ImportValue": "fitness-([\w-]+):', json.dumps(template)))
        for stack, template in stacks(environment).items()
    }
    while ready := [stack for stack, others in exported.items() if not others]:
        exported = {stack: others - set(ready) for stack, others in exported.items() if stack not in ready}
    assert not exported


def test_no_template_holds_a_python_object(environment: Name) -> None:
    for template in stacks(environment).values():
        assert " object at 0x" not in json.dumps(template)


def test_every_public_runtime_checks_tokens_of_its_callers_alone(environment: Name) -> None:
    hops = configured(environment).hops
    for workload in names.runtimes():
        row = hops.resource_server(workload)
        authorizer = made(environment, "Runtime")[names.runtime_name(workload)]["AuthorizerConfiguration"]
        jwt = authorizer["CustomJWTAuthorizer"]
        assert jwt["DiscoveryUrl"] == f"{issuer(row.pool)}/.well-known/openid-configuration"
        assert jwt["AllowedClients"] == list(row.upstream_clients)
        # Client credentials, by which alone routes are asked, name no audience at Cognito.
        if workload == "mcp-routes":
            assert "AllowedAudience" not in jwt
            assert jwt["AllowedScopes"] == ["routes/read"]
        else:
            assert jwt["AllowedAudience"] == list(row.audiences)


def test_only_the_sandbox_has_a_runtime_for_callers_without_a_person(environment: Name) -> None:
    without = {name for name, one in made(environment, "Runtime").items() if "AuthorizerConfiguration" not in one}
    assert without == ({"fitness_coach_iam"} if environment == "sandbox" else set())


def test_names_are_as_their_services_want_them(environment: Name) -> None:
    underscores, hyphens = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}"), re.compile(r"([0-9a-zA-Z][-]?){1,48}")
    for kind, pattern in {
        "Runtime": underscores,
        "Memory": underscores,
        "PolicyEngine": underscores,
        "Policy": underscores,
        "CodeInterpreterCustom": underscores,
        "BrowserCustom": underscores,
        "Gateway": hyphens,
        "GatewayTarget": hyphens,
    }.items():
        assert made(environment, kind), kind
        for name in made(environment, kind):
            assert pattern.fullmatch(name), name


def test_every_runtime_takes_its_own_package(environment: Name) -> None:
    for name, runtime in made(environment, "Runtime").items():
        package = "Agent" if "coach" in name else name.removeprefix("fitness_").title().replace("_", "")
        code = runtime["AgentRuntimeArtifact"]["CodeConfiguration"]
        assert code["Code"]["S3"]["Prefix"] == f"Package{package}"
        assert code["Runtime"] == "PYTHON_3_13"
        parameter = stacks(environment)["agentcore"]["Parameters"][f"Package{package}"]
        assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])


def test_a_private_environment_has_its_runtimes_in_the_network(environment: Name) -> None:
    modes = {runtime["NetworkConfiguration"]["NetworkMode"] for runtime in made(environment, "Runtime").values()}
    assert modes == {"VPC" if account(environment).private_apis else "PUBLIC"}


def test_code_of_a_model_runs_without_a_network_and_without_rights(environment: Name) -> None:
    [interpreter] = made(environment, "CodeInterpreterCustom").values()
    assert interpreter["NetworkConfiguration"] == {"NetworkMode": "SANDBOX"}
    roles = {one["RoleName"]: one for one in resources(environment, "agentcore", "AWS::IAM::Role").values()}
    for name in ("fitness-code-interpreter", "fitness-browser"):
        [policy] = roles[name]["Policies"]
        assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Deny"}
