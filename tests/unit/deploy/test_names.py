"""Physical names: each fits its service's own pattern, is ours, and is one that other stacks may count on."""

import re

import pytest

from deploy import names
from tests.support.templates import ENVIRONMENTS, everywhere, resources, stacks

#: Type and property to the pattern of the service's API reference.
PATTERNS = {
    ("AWS::ApiGateway::UsagePlan", "UsagePlanName"): r"[\w.-]{1,255}",
    ("AWS::BedrockAgentCore::ApiKeyCredentialProvider", "Name"): r"[a-zA-Z0-9\-_]{1,128}",
    ("AWS::BedrockAgentCore::Gateway", "Name"): r"([0-9a-zA-Z][-]?){1,48}",
    ("AWS::BedrockAgentCore::Memory", "Name"): r"[a-zA-Z][a-zA-Z0-9_]{0,47}",
    ("AWS::BedrockAgentCore::OAuth2CredentialProvider", "Name"): r"[a-zA-Z0-9\-_]{1,128}",
    ("AWS::BedrockAgentCore::Policy", "Name"): r"[A-Za-z][A-Za-z0-9_]{0,47}",
    ("AWS::BedrockAgentCore::PolicyEngine", "Name"): r"[A-Za-z][A-Za-z0-9_]{0,47}",
    ("AWS::BedrockAgentCore::Runtime", "AgentRuntimeName"): r"[a-zA-Z][a-zA-Z0-9_]{0,47}",
    ("AWS::Cognito::UserPool", "UserPoolName"): r"[\w\s+=,.@-]{1,128}",
    ("AWS::Cognito::UserPoolClient", "ClientName"): r"[\w\s+=,.@-]{1,128}",
    # Cognito also refuses the words aws, amazon and cognito in a prefix domain.
    ("AWS::Cognito::UserPoolDomain", "Domain"): r"(?!.*(aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    ("AWS::Cognito::UserPoolResourceServer", "Identifier"): r"[\x21\x23-\x5B\x5D-\x7E]{1,256}",
    ("AWS::DynamoDB::Table", "TableName"): r"[a-zA-Z0-9_.-]{3,255}",
    ("AWS::Events::Rule", "Name"): r"[.\-_A-Za-z0-9]{1,64}",
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): r"[\w+=,.@-]{1,128}",
    ("AWS::IAM::Role", "RoleName"): r"[\w+=,.@-]{1,64}",
    ("AWS::Lambda::Function", "FunctionName"): r"[a-zA-Z0-9-_]{1,64}",
    ("AWS::Logs::LogGroup", "LogGroupName"): r"[\.\-_/#A-Za-z0-9]{1,512}",
    ("AWS::S3::Bucket", "BucketName"): r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    ("AWS::SecretsManager::Secret", "Name"): r"[a-zA-Z0-9/_+=.@-]{1,512}",
    ("AWS::WAFv2::WebACL", "Name"): r"[\w\-]{1,128}",
}
#: Whose names must be ours, because boundaries and PassRole count on it.
OURS = {"AWS::DynamoDB::Table", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::Lambda::Function"}

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


@each_environment
@pytest.mark.parametrize(("kind", "name"), sorted(PATTERNS))
def test_a_name_fits_its_services_pattern_and_is_used_once(environment: str, kind: str, name: str) -> None:
    found = [one[name] for _, one in everywhere(environment, kind) if isinstance(one.get(name), str)]
    assert found
    for each in found:
        assert re.fullmatch(PATTERNS[kind, name], each), each
    if kind not in {"AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolResourceServer"}:
        assert len(set(found)) == len(found)


@each_environment
@pytest.mark.parametrize("kind", sorted(OURS))
def test_roles_functions_and_tables_are_called_as_ours(environment: str, kind: str) -> None:
    for _, one in everywhere(environment, kind):
        [name] = [one[property_] for kind_, property_ in PATTERNS if kind_ == kind]
        assert name.startswith("fitness-")


@each_environment
def test_every_function_that_the_names_promise_exists_and_has_its_log_group(environment: str) -> None:
    made = {one["FunctionName"] for _, one in everywhere(environment, "AWS::Lambda::Function")}
    assert made == set(map(names.physical, names.functions()))
    groups = {one["LogGroupName"] for one in resources(environment, "observability", "AWS::Logs::LogGroup").values()}
    assert set(map(names.function_log_group, names.functions())) <= groups
    assert set(map(names.api_log_group, names.TEAMS)) <= groups


@each_environment
def test_no_export_is_missing_that_another_stack_imports(environment: str) -> None:
    found = stacks(environment)
    exports = {
        one["Export"]["Name"]
        for template in found.values()
        for one in template.get("Outputs", {}).values()
        if "Export" in one
    }
    imports = set(re.findall(r'"Fn::ImportValue": "([^"]+)"', repr(found).replace("'", '"')))
    assert imports
    assert imports <= exports
