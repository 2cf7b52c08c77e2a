"""What must be true of the templates is true of them, and each mistake that could be planted is found by its check."""

import copy
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import pytest

from deploy.checks.findings import Check, Finding
from deploy.checks.invariants import INVARIANTS, apis, doors, identity, roles, storage
from deploy.templates import read_templates

AGENTCORE: Final = "AWS::BedrockAgentCore::"
CLIENT: Final = "AWS::Cognito::UserPoolClient"
Change = Callable[[Any], object]


@cache
def committed(environment: str) -> Mapping[str, Any]:
    return read_templates(environment)


@pytest.mark.parametrize("environment", ["sandbox", "production", "organization"])
@pytest.mark.parametrize("check", INVARIANTS, ids=lambda check: check.__name__)
def test_the_committed_templates_are_as_they_must_be(check: Check, environment: str) -> None:
    assert list(check(committed(environment))) == []


def found_after(check: Check, kind: str, named: str, change: Change, environment: str = "sandbox") -> list[Finding]:
    """What a check finds after one resource of the committed templates was changed.

    Args:
        check: The invariant.
        kind: Type of the resource.
        named: Part of its stack and logical id; the first that has it is changed.
        change: What is done to it.
        environment: Whose templates.
    """
    templates = copy.deepcopy(dict(committed(environment)))
    found = [
        resource
        for stack, template in templates.items()
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind and named in f"{stack}/{logical_id}"
    ]
    change(found[0]["Properties"])
    return list(check(templates))


def put(**values: Any) -> Change:
    return lambda properties: properties.update(values)


def without(*path: str) -> Change:
    def change(properties: Any) -> None:
        for name in path[:-1]:
            properties = properties[name]
        del properties[path[-1]]

    return change


def inside(path: str, **values: Any) -> Change:
    def change(properties: Any) -> None:
        for name in path.split("/"):
            properties = properties[int(name) if name.isdigit() else name]
        properties.update(values)

    return change


def allowed(action: Any, resource: Any = "*", **more: Any) -> Change:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return lambda properties: properties["Policies"][0]["PolicyDocument"]["Statement"].append(statement)


def trusted(**statement: Any) -> Change:
    def change(properties: Any) -> None:
        [own] = properties["AssumeRolePolicyDocument"]["Statement"]
        own.update(statement)

    return change


def exchanging(properties: Any, *others: str) -> None:
    properties["ExplicitAuthFlows"] = ["ALLOW_TOKEN_EXCHANGE_DELEGATION", *others]


ROLE: Final = "AWS::IAM::Role"
ACCOUNT: Final = "111111111111"
CUSTOM: Final = "AuthorizerConfiguration/CustomJWTAuthorizer"
SETTINGS: Final = "MethodSettings/0"
PLANTED: Final[list[tuple[str, Check, str, str, Change]]] = [
    ("a gateway for everybody", doors.gateways_decide, f"{AGENTCORE}Gateway", "", put(AuthorizerType="NONE")),
    ("a gateway of IAM", doors.gateways_decide, f"{AGENTCORE}Gateway", "", put(AuthorizerType="AWS_IAM")),
    (
        "policies that only log",
        doors.gateways_decide,
        f"{AGENTCORE}Gateway",
        "",
        inside("PolicyEngineConfiguration", Mode="LOG_ONLY"),
    ),
    ("no policies", doors.gateways_decide, f"{AGENTCORE}Gateway", "", without("PolicyEngineConfiguration")),
    ("the service's key", doors.gateways_decide, f"{AGENTCORE}Gateway", "", without("KmsKeyArn")),
    (
        "an open firewall",
        doors.gateways_decide,
        f"{AGENTCORE}Gateway",
        "",
        inside("WafConfiguration", FailureMode="FAIL_OPEN"),
    ),
    (
        "a runtime for roles",
        doors.runtimes_take_tokens,
        f"{AGENTCORE}Runtime",
        "mcpactivities",
        without("AuthorizerConfiguration"),
    ),
    (
        "any audience",
        doors.runtimes_take_tokens,
        f"{AGENTCORE}Runtime",
        "mcpactivities",
        without("AuthorizerConfiguration", "CustomJWTAuthorizer", "AllowedAudience"),
    ),
    ("any client", doors.runtimes_take_tokens, f"{AGENTCORE}Runtime", "mcproutes", inside(CUSTOM, AllowedClients=[])),
    (
        "another header",
        doors.runtimes_take_tokens,
        f"{AGENTCORE}Runtime",
        "mcpactivities",
        inside("RequestHeaderConfiguration", RequestHeaderAllowlist=["Authorization", "X-User"]),
    ),
    (
        "a runtime that knows its URL",
        doors.nobody_names_its_own_url,
        f"{AGENTCORE}Runtime",
        "runtimefitnessmcpactivities",
        inside("EnvironmentVariables", URL={"Fn::GetAtt": ["runtimefitnessmcpactivities", "AgentRuntimeArn"]}),
    ),
    (
        "an audience made at deployment",
        doors.nobody_names_its_own_url,
        f"{AGENTCORE}Runtime",
        "mcpactivities",
        inside(CUSTOM, AllowedAudience=[{"Ref": "gateway"}]),
    ),
    (
        "a long scope",
        doors.scopes_are_short,
        f"{AGENTCORE}GatewayTarget",
        "targetactivities",
        inside("CredentialProviderConfigurations/0/CredentialProvider/OauthCredentialProvider", Scopes=["a" * 65]),
    ),
    ("a long scope of a client", doors.scopes_are_short, CLIENT, "", put(AllowedOAuthScopes=["a" * 65])),
    (
        "an exchange at a vendor",
        doors.exchanges_are_custom_providers,
        f"{AGENTCORE}OAuth2CredentialProvider",
        "providercoachexchange",
        put(CredentialProviderVendor="CognitoOauth2"),
    ),
    (
        "a secret in a provider",
        doors.exchanges_are_custom_providers,
        f"{AGENTCORE}OAuth2CredentialProvider",
        "",
        inside("Oauth2ProviderConfigInput/CustomOauth2ProviderConfig", ClientSecret="a", ClientSecretSource="MANAGED"),
    ),
    ("no boundary", roles.roles_have_a_boundary, ROLE, "", without("PermissionsBoundary")),
    (
        "trust in whoever sends the service",
        roles.trust_has_a_condition,
        ROLE,
        "coachrole",
        lambda one: one["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition"),
    ),
    (
        "trust in any account",
        roles.trust_has_a_condition,
        ROLE,
        "coachrole",
        trusted(Condition={"StringLike": {"aws:SourceAccount": "*"}}),
    ),
    (
        "trust in a pattern of accounts",
        roles.trust_has_a_condition,
        ROLE,
        "coachrole",
        trusted(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:a"}}),
    ),
    (
        "trust where nobody says",
        roles.trust_has_a_condition,
        ROLE,
        "coachrole",
        trusted(Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
    ),
    (
        "trust in another account",
        roles.trust_has_a_condition,
        ROLE,
        "coachrole",
        trusted(Principal={"AWS": "arn:aws:iam::333333333333:root"}),
    ),
    ("trust in everybody", roles.trust_has_a_condition, ROLE, "coachrole", trusted(Principal="*")),
    (
        "trust in any workflow",
        roles.trust_has_a_condition,
        ROLE,
        "workflowrole",
        trusted(Condition={"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}),
    ),
    (
        "a policy of AWS",
        roles.no_managed_policies_of_aws,
        ROLE,
        "",
        put(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    ),
    (
        "a role that hands roles on",
        roles.roles_are_passed_to_their_services,
        ROLE,
        "apiroutesrole",
        allowed("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/fitness-coach"),
    ),
    (
        "a role that hands roles on by a star",
        roles.roles_are_passed_to_their_services,
        ROLE,
        "apiroutesrole",
        allowed("iam:Pass*", f"arn:aws:iam::{ACCOUNT}:role/fitness-coach"),
    ),
    ("a star", roles.stars_have_reasons, ROLE, "apiroutesrole", allowed("dynamodb:GetItem")),
    (
        "a star of actions",
        roles.stars_have_reasons,
        ROLE,
        "apiroutesrole",
        allowed("dynamodb:*", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/a"),
    ),
    (
        "all but",
        roles.stars_have_reasons,
        ROLE,
        "apiroutesrole",
        lambda one: one["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::a"}
        ),
    ),
    (
        "a public client that exchanges",
        identity.public_clients_exchange_nothing,
        CLIENT,
        "coachexchange",
        put(GenerateSecret=False),
    ),
    (
        "people at a client that exchanges",
        identity.exchange_clients_sign_nobody_in,
        CLIENT,
        "coachexchange",
        put(AllowedOAuthFlows=["code"]),
    ),
    (
        "passwords at a client that exchanges",
        identity.exchange_clients_sign_nobody_in,
        CLIENT,
        "coachexchange",
        lambda one: exchanging(one, "ALLOW_USER_PASSWORD_AUTH"),
    ),
    (
        "delegation and impersonation",
        identity.nobody_impersonates,
        CLIENT,
        "coachexchange",
        lambda one: exchanging(one, "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"),
    ),
    (
        "a secret written down",
        identity.secrets_are_not_written_down,
        "AWS::SecretsManager::Secret",
        "",
        put(SecretString="a"),
    ),
    ("a key written down", identity.secrets_are_not_written_down, "AWS::ApiGateway::ApiKey", "", put(Value="a")),
    (
        "another's secret",
        identity.a_secret_has_one_reader,
        ROLE,
        "mcproutesrole",
        allowed(
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:fitness/client/coach-exchange-??????",
        ),
    ),
    (
        "all secrets",
        identity.a_secret_has_one_reader,
        ROLE,
        "mcproutesrole",
        allowed("secretsmanager:Get*", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:fitness/*"),
    ),
    (
        "a method for everybody",
        apis.methods_are_authorized,
        "AWS::ApiGateway::Method",
        "apiroutesGETroutes",
        put(AuthorizationType="NONE"),
    ),
    (
        "a method of IAM",
        apis.methods_are_authorized,
        "AWS::ApiGateway::Method",
        "apiroutesGETroutes",
        put(AuthorizationType="AWS_IAM"),
    ),
    (
        "a public method without its key",
        apis.methods_are_authorized,
        "AWS::ApiGateway::Method",
        "apisupportGEThelp",
        put(ApiKeyRequired=False),
    ),
    (
        "the console's test",
        apis.functions_are_invoked_by_their_api_alone,
        "AWS::Lambda::Permission",
        "apiroutesinvoke",
        put(
            SourceArn={
                "Fn::Join": ["", ["arn:aws:execute-api:us-east-1:1:", {"Ref": "a"}, "/test-invoke-stage/GET/routes"]]
            }
        ),
    ),
    (
        "any stage",
        apis.functions_are_invoked_by_their_api_alone,
        "AWS::Lambda::Permission",
        "apiroutesinvoke",
        put(SourceArn={"Fn::Join": ["", ["arn:aws:execute-api:us-east-1:1:", {"Ref": "a"}, "/*/GET/routes"]]}),
    ),
    (
        "anything of an API",
        apis.functions_are_invoked_by_their_api_alone,
        "AWS::Lambda::Permission",
        "apiroutesinvoke",
        put(SourceArn="arn:aws:execute-api:us-east-1:1:abc/*"),
    ),
    (
        "any API",
        apis.functions_are_invoked_by_their_api_alone,
        "AWS::Lambda::Permission",
        "apiroutesinvoke",
        without("SourceArn"),
    ),
    (
        "any account",
        apis.functions_are_invoked_by_their_api_alone,
        "AWS::Lambda::Permission",
        "apiroutesinvoke",
        without("SourceAccount"),
    ),
    (
        "an authorizer that remembers",
        apis.authorizers_remember_nothing,
        "AWS::ApiGateway::Authorizer",
        "",
        put(AuthorizerResultTtlInSeconds=300),
    ),
    (
        "an authorizer by default",
        apis.authorizers_remember_nothing,
        "AWS::ApiGateway::Authorizer",
        "",
        without("AuthorizerResultTtlInSeconds"),
    ),
    (
        "an authorizer of a header that is not there",
        apis.authorizers_remember_nothing,
        "AWS::ApiGateway::Authorizer",
        "",
        put(IdentitySource="method.request.header.X-User"),
    ),
    (
        "a trace of requests",
        apis.stages_log_no_data,
        "AWS::ApiGateway::Stage",
        "apis/",
        inside(SETTINGS, DataTraceEnabled=True),
    ),
    (
        "a stage with the defaults",
        apis.stages_log_no_data,
        "AWS::ApiGateway::Stage",
        "apis/",
        without("MethodSettings"),
    ),
    (
        "a cache in the clear",
        apis.stages_log_no_data,
        "AWS::ApiGateway::Stage",
        "apis/",
        inside(SETTINGS, CachingEnabled=True, CacheDataEncrypted=False),
    ),
    ("no access log", apis.stages_log_no_data, "AWS::ApiGateway::Stage", "apis/", without("AccessLogSetting")),
    (
        "claims in the access log",
        apis.stages_log_no_data,
        "AWS::ApiGateway::Stage",
        "apis/",
        inside("AccessLogSetting", Format="$context.authorizer.claims.sub"),
    ),
    (
        "no firewall",
        apis.doors_have_a_firewall,
        "AWS::WAFv2::WebACLAssociation",
        "agentcore",
        put(ResourceArn={"Ref": "another"}),
    ),
    ("a log that stays", storage.logs_are_kept_and_encrypted, "AWS::Logs::LogGroup", "", without("RetentionInDays")),
    ("a log in the clear", storage.logs_are_kept_and_encrypted, "AWS::Logs::LogGroup", "", without("KmsKeyId")),
    (
        "a table under AWS's key",
        storage.data_is_encrypted_by_own_keys,
        "AWS::DynamoDB::Table",
        "",
        without("SSESpecification"),
    ),
    (
        "a table without a yesterday",
        storage.data_is_encrypted_by_own_keys,
        "AWS::DynamoDB::Table",
        "",
        without("PointInTimeRecoverySpecification"),
    ),
    (
        "a secret under AWS's key",
        storage.data_is_encrypted_by_own_keys,
        "AWS::SecretsManager::Secret",
        "",
        without("KmsKeyId"),
    ),
    (
        "a memory under AWS's key",
        storage.data_is_encrypted_by_own_keys,
        f"{AGENTCORE}Memory",
        "",
        without("EncryptionKeyArn"),
    ),
    ("a key for ever", storage.keys_rotate, "AWS::KMS::Key", "", without("EnableKeyRotation")),
    (
        "a key for any account",
        storage.keys_rotate,
        "AWS::KMS::Key",
        "",
        lambda one: one["KeyPolicy"]["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }
        ),
    ),
    (
        "an open bucket",
        storage.buckets_are_closed,
        "AWS::S3::Bucket",
        "",
        inside("PublicAccessBlockConfiguration", BlockPublicAcls=False),
    ),
    ("a bucket in the clear", storage.buckets_are_closed, "AWS::S3::Bucket", "", without("BucketEncryption")),
    ("a bucket that forgets", storage.buckets_are_closed, "AWS::S3::Bucket", "", without("VersioningConfiguration")),
]


@pytest.mark.parametrize(
    ("check", "kind", "named", "change"), [each[1:] for each in PLANTED], ids=[each[0] for each in PLANTED]
)
def test_a_planted_mistake_is_found(check: Check, kind: str, named: str, change: Change) -> None:
    found = found_after(check, kind, named, change)
    assert {each.check for each in found} == {check.__name__}


def test_every_invariant_has_a_mistake_planted_for_it() -> None:
    assert {each[1] for each in PLANTED} == set(INVARIANTS)


def test_production_has_no_runtime_for_roles() -> None:
    change = put(AgentRuntimeName=doors.IAM_RUNTIME, AuthorizerConfiguration={})
    kind = f"{AGENTCORE}Runtime"
    assert found_after(doors.runtimes_take_tokens, kind, "mcpactivities", change, "production") != []
    assert found_after(doors.runtimes_take_tokens, kind, "mcpactivities", change) == []


def test_a_reason_that_no_star_needs_is_found() -> None:
    templates = {"data": {"Resources": {"a": {"Type": ROLE, "Properties": {"RoleName": "a", "Policies": []}}}}}
    found = [each for each in roles.stars_have_reasons(templates) if each.place == "stars.yaml"]
    assert len(found) == len(roles.read_stars())


def test_a_url_of_a_function_is_found() -> None:
    url = {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE"}}
    [found] = apis.functions_are_invoked_by_their_api_alone({"apis": {"Resources": {"url": url}}})
    assert found.place == "apis/url"


def deployment_policy(change: Callable[[Any], object]) -> list[Finding]:
    def changed(properties: Any) -> None:
        [passing] = [one for one in properties["PolicyDocument"]["Statement"] if one["Action"] == "iam:PassRole"]
        change(passing)

    return found_after(roles.roles_are_passed_to_their_services, "AWS::IAM::ManagedPolicy", "executionpolicy", changed)


def by_name(name: str) -> list[Finding]:
    [one] = [each for each in PLANTED if each[0] == name]
    return found_after(*one[1:])


@pytest.mark.case("W01")
def test_a_role_that_trusts_a_service_whoever_sends_it_is_found() -> None:
    [found] = by_name("trust in whoever sends the service")
    assert "aws:SourceAccount" in found.text


@pytest.mark.case("W02")
def test_an_exchange_by_a_client_without_a_secret_is_found() -> None:
    [found] = by_name("a public client that exchanges")
    assert found.place.startswith("identity/client")


@pytest.mark.case("W03")
def test_a_second_reader_of_a_secret_is_found_and_named() -> None:
    [found] = by_name("another's secret")
    assert found.place == "fitness/client/coach-exchange"
    assert "fitness-mcp-routes" in found.text


@pytest.mark.case("W04")
@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(Resource="*"),
        lambda one: one.update(Resource=f"arn:aws:iam::{ACCOUNT}:role/admin"),
        lambda one: one.pop("Condition"),
        lambda one: one["Condition"]["StringEquals"].update({"iam:PassedToService": "ec2.amazonaws.com"}),
        lambda one: one.update(Action="iam:*", Resource="*"),
    ],
    ids=["any role", "another role", "any service", "another service", "all of IAM"],
)
def test_handing_on_more_roles_or_to_other_services_is_found(change: Callable[[Any], object]) -> None:
    [found] = deployment_policy(change)
    assert found.place == "pipeline/executionpolicy"


@pytest.mark.case("W05")
@pytest.mark.parametrize(
    "name", ["a trace of requests", "claims in the access log", "a log in the clear", "a log that stays"]
)
def test_data_in_log_groups_and_groups_without_key_or_end_are_found(name: str) -> None:
    assert by_name(name) != []


@pytest.mark.case("W06")
@pytest.mark.parametrize("name", ["the console's test", "any stage", "a method for everybody", "anything of an API"])
def test_a_way_around_the_authorizer_is_found(name: str) -> None:
    assert by_name(name) != []
