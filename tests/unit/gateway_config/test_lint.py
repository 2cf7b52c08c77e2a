"""`coach config lint`: the configuration passes, and each rule finds the one thing that it is about."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway_config.lint import gateway_rules, openapi_rules, policy_rules, reading, target_rules
from gateway_config.lint.check import check
from gateway_config.lint.findings import Rule
from gateway_config.lint.model_form import FORM, NAMED
from gateway_config.lint.values import Where
from tests.support.changed_config import ChangedConfig, jwt, oauth

Spoil = Callable[[ChangedConfig], object]

ACTIVITIES, ROUTES, SOCIALS = "targets/activities.yaml", "targets/routes.yaml", "targets/socials.yaml"
HELP, HELP_API = "targets/support-help.yaml", "schemas/support-help.openapi.json"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:recovery"
TOOL = {"name": "rest_days", "description": "Days of rest.", "inputSchema": {"type": "object", "properties": {}}}


@pytest.fixture
def config(tmp_path: Path) -> ChangedConfig:
    return ChangedConfig(tmp_path)


def gateway(edit: Callable[[Any], object]) -> Spoil:
    return lambda config: config.change("gateway.yaml", edit)


def target(name: str, edit: Callable[[Any], object]) -> Spoil:
    return lambda config: config.change(name, edit)


def help_api(edit: Callable[[Any], object]) -> Spoil:
    return lambda config: config.change_json(HELP_API, edit)


def text(name: str, old: str, new: str) -> Spoil:
    return lambda config: config.replace(name, old, new)


def claim(name: str, kind: str, operator: str, value: dict[str, Any]) -> Spoil:
    rule = {
        "inboundTokenClaimName": name,
        "inboundTokenClaimValueType": kind,
        "authorizingClaimMatchValue": {"claimMatchOperator": operator, "claimMatchValue": value},
    }
    return gateway(lambda one: jwt(one).update(customClaims=[rule]))


def interceptors(*points: list[str]) -> Spoil:
    configured = [{"interceptor": {"lambda": {"arn": FUNCTION}}, "interceptionPoints": one} for one in points]
    return gateway(lambda one: one.update(interceptorConfigurations=configured))


def function(
    credential: dict[str, Any] | None, schema: dict[str, Any] | None = None, *, name: str = "recovery"
) -> Spoil:
    def add(config: ChangedConfig) -> None:
        tool = TOOL | ({"inputSchema": schema} if schema else {})
        request: dict[str, Any] = {
            "name": name,
            "targetConfiguration": {
                "mcp": {"lambda": {"lambdaArn": FUNCTION, "toolSchema": {"inlinePayload": [tool]}}}
            },
        }
        if credential:
            request["credentialProviderConfigurations"] = [credential]
        config.write("targets/recovery.yaml", request)

    return add


def passthrough(request: Any) -> None:
    request["credentialProviderConfigurations"] = [{"credentialProviderType": "JWT_PASSTHROUGH"}]


def with_static_tools(request: Any) -> None:
    request["targetConfiguration"]["mcp"]["mcpServer"]["mcpToolSchema"] = {
        "inlinePayload": json.dumps({"tools": [{"name": "search_routes"}, {"name": "get_route"}]})
    }


def without_static_tools(request: Any) -> None:
    del request["targetConfiguration"]["mcp"]["mcpServer"]["mcpToolSchema"]


def with_a_long_scope(request: Any) -> None:
    provider = "arn:aws:acps:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/gateway-exchange"
    asked = {"providerArn": provider, "grantType": "CLIENT_CREDENTIALS", "scopes": ["routes/" + "x" * 64]}
    request["credentialProviderConfigurations"] = [
        {"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": asked}}
    ]


def long_engine_name(config: ChangedConfig) -> None:
    config.replace("policy_engine.yaml", "coach_tools", "c" * 49)
    arn = f"arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{'c' * 49}-a1b2c3d4e5"
    config.replace("gateway.yaml", "${POLICY_ENGINE_ARN}", arn)


def return_without_tls(config: ChangedConfig) -> None:
    config.replace(SOCIALS, "${URL:consent-return}", "http://consent.example.com")
    config.replace("workload_identities.yaml", "${URL:consent-return}", "http://consent.example.com")


def no_exchange(providers: Any) -> None:
    provider = next(one for one in providers if one["name"] == "gateway-exchange")
    del provider["oauth2ProviderConfigInput"]["customOauth2ProviderConfig"]["onBehalfOfTokenExchangeConfig"]


def with_another_credential(request: Any) -> None:
    request["credentialProviderConfigurations"] *= 2


def get(api: Any) -> Any:
    return api["paths"]["/help"]["get"]


ROLE = {"credentialProviderType": "GATEWAY_IAM_ROLE"}
ARN = 'AgentCore::Gateway::"${GATEWAY_ARN}"'
OTHER_ARN = 'AgentCore::Gateway::"arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/other-a1b2c3d4e5"'
SUBSTRING = 'principal.getTag("scope") like "*routes/read*"'
BOTH: tuple[Where, ...] = ("laptop", "aws")
AWS: tuple[Where, ...] = ("aws",)

# Code, what spoils the configuration, where it is found.
CASES: list[tuple[str, Spoil, tuple[Where, ...]]] = [
    ("placeholder", text(ROUTES, "${URL:mcp-routes}", "${URL:nowhere}"), BOTH),
    ("placeholder", text("tool_policies/routes.cedar", "${GATEWAY_ARN}", "${GATEWAY}"), BOTH),
    ("placeholder", text(HELP_API, "${URL:api-support}", "${HOST:api-support}"), BOTH),
    ("reader", lambda config: (config.folder / "policy_engine.yaml").unlink(), BOTH),
    ("reader", text("gateway.yaml", "name: coach", "name: [coach"), BOTH),
    ("reader", text("hops.yaml", "metered_by: [support-metering, support-help-metering]", "metered_by: []"), BOTH),
    ("reader", text("tool_policies/routes.cedar", "permit", "allow"), BOTH),
    ("reader", text("tool_policies/routes.cedar", '@id("routes_read")', ""), BOTH),
    ("reader", text("tool_policies/routes.cedar", '@id("routes_read")', '@id("support_read")'), BOTH),
    ("reader", lambda config: shutil.copy(config.folder / ROUTES, config.folder / "targets/roads.yaml"), BOTH),
    ("reader", gateway(lambda one: one.update(authorizerType="AWS_IAM")), BOTH),
    ("model-form", gateway(lambda one: one.update(inboundAuth="jwt")), BOTH),
    ("model-form", gateway(lambda one: one.pop("roleArn")), BOTH),
    ("model-form", target(ROUTES, lambda one: oauth(one).update(scopes="routes/read")), BOTH),
    ("model-form", function(ROLE, {"type": "object", "additionalProperties": False}), BOTH),
    ("model-value", gateway(lambda one: one["protocolConfiguration"]["mcp"].update(searchType="LEXICAL")), BOTH),
    ("model-value", text("gateway.yaml", "sessionTimeoutInSeconds: 3600", "sessionTimeoutInSeconds: 28801"), BOTH),
    ("model-value", text("gateway.yaml", "role/coach-gateway", "coach-gateway"), BOTH),
    ("model-value", target(ROUTES, lambda one: one.update(description="x" * 201)), BOTH),
    ("gateway-name", gateway(lambda one: one.update(name="coach_tools")), BOTH),
    ("target-name", function(ROLE, name="recovery_days"), BOTH),
    ("engine-name", long_engine_name, BOTH),
    ("policy-name", text("tool_policies/routes.cedar", '@id("routes_read")', '@id("routes-read")'), BOTH),
    (
        "policy-length",
        text("tool_policies/routes.cedar", 'getTag("scope") == "routes/read"', f'getTag("scope") == "{"x" * 10000}"'),
        BOTH,
    ),
    ("https-endpoint", text(ROUTES, "${URL:mcp-routes}", "http://routes.example.com/mcp"), AWS),
    ("one-credential", target(ROUTES, with_another_credential), BOTH),
    ("scope-length", target(HELP, with_a_long_scope), BOTH),
    (
        "discovery-url",
        text(
            "gateway.yaml",
            "${ISSUER:coach}/.well-known/openid-configuration",
            "${ISSUER:coach}/.well-known/oauth-authorization-server",
        ),
        BOTH,
    ),
    ("discovery-url", text("gateway.yaml", "${ISSUER:coach}", "http://issuer.example.com"), AWS),
    ("reserved-claim", claim("client_id", "STRING", "EQUALS", {"matchValueString": "coach-exchange"}), BOTH),
    ("claim-operator", claim("department", "STRING", "CONTAINS", {"matchValueString": "sports"}), BOTH),
    ("claim-operator", claim("groups", "STRING_ARRAY", "CONTAINS_ANY", {"matchValueString": "sports"}), BOTH),
    ("mcp-version", text("gateway.yaml", '"2025-06-18"', '"2024-11-05"'), BOTH),
    ("interceptor-points", interceptors(["REQUEST"], ["RESPONSE"], ["REQUEST"]), BOTH),
    ("interceptor-points", interceptors(["REQUEST"], ["REQUEST", "RESPONSE"]), BOTH),
    ("not-enforced", text("gateway.yaml", "mode: ENFORCE", "mode: LOG_ONLY"), BOTH),
    ("not-enforced", gateway(lambda one: one.pop("policyEngineConfiguration")), BOTH),
    ("engine-arn", text("policy_engine.yaml", "name: coach_tools", "name: other_tools"), BOTH),
    ("debug-errors", gateway(lambda one: one.update(exceptionLevel="DEBUG")), AWS),
    ("hop-clients", gateway(lambda one: jwt(one).update(allowedClients=["a-foreign-client"])), BOTH),
    ("hop-clients", gateway(lambda one: jwt(one)["allowedClients"].append("terminal")), BOTH),
    (
        "hop-audiences",
        gateway(lambda one: jwt(one).update(allowedAudience=["gateway", "coach", "${URL:gateway}"])),
        BOTH,
    ),
    ("jwt-passthrough", target(ROUTES, passthrough), BOTH),
    ("outbound-auth", function(None), BOTH),
    ("outbound-auth", function({"credentialProviderType": "CALLER_IAM_CREDENTIALS"}), BOTH),
    ("static-tools", target(ROUTES, with_static_tools), BOTH),
    ("listing-needs-consent", target(SOCIALS, without_static_tools), BOTH),
    (
        "restricted-header",
        target(ROUTES, lambda one: one.update(metadataConfiguration={"allowedRequestHeaders": ["AUTHORIZATION"]})),
        BOTH,
    ),
    (
        "return-url",
        text(
            SOCIALS,
            "defaultReturnUrl: ${URL:consent-return}/return",
            "defaultReturnUrl: ${URL:consent-return}/elsewhere",
        ),
        BOTH,
    ),
    ("return-url", return_without_tls, AWS),
    ("provider-arn", text(ROUTES, "arn:aws:acps:", "arn:aws:bedrock-agentcore:"), BOTH),
    ("provider-missing", text(HELP, "support-help-metering", "support-help-counting"), BOTH),
    ("exchange-provider", target("credential_providers.yaml", no_exchange), BOTH),
    ("hop-edge", text(ROUTES, "audience: mcp-routes", "audience: mcp-socials"), BOTH),
    ("hop-edge", text(ROUTES, "CLIENT_CREDENTIALS", "TOKEN_EXCHANGE"), BOTH),
    ("hop-edge", text(ROUTES, "scopes: [routes/read]", "scopes: [routes/read, socials/read]"), BOTH),
    ("hop-edge", text(ROUTES, "gateway-exchange", "coach-exchange"), BOTH),
    ("openapi-form", help_api(lambda api: api["paths"].update({"/help": ["get"]})), BOTH),
    ("openapi-form", lambda config: (config.folder / HELP_API).write_text("openapi: 3.1.0", encoding="utf-8"), BOTH),
    ("openapi-version", help_api(lambda api: api.update(openapi="2.0")), BOTH),
    ("openapi-server", help_api(lambda api: api.update(servers=[])), BOTH),
    ("openapi-server", help_api(lambda api: api.update(servers=[{"url": "https://{host}/"}])), BOTH),
    ("openapi-server", help_api(lambda api: api.update(servers=[{"url": "http://support.example.com"}])), AWS),
    (
        "openapi-media-type",
        help_api(lambda api: get(api)["responses"]["200"]["content"].update({"text/csv": {}})),
        BOTH,
    ),
    (
        "openapi-composition",
        help_api(
            lambda api: get(api)["parameters"][1].update(schema={"anyOf": [{"type": "integer"}, {"type": "null"}]})
        ),
        BOTH,
    ),
    ("openapi-security", help_api(lambda api: api.update(security=[{"apiKey": []}])), BOTH),
    ("openapi-operation-id", help_api(lambda api: api["paths"].update({"/again": {"get": get(api)}})), BOTH),
    ("tool-name", text("tool_policies/routes.cedar", "routes___search_routes", "routes__search_routes"), BOTH),
    ("tool-name", text("tool_policies/routes.cedar", "routes___search_routes", "routes____search_routes"), BOTH),
    ("tool-missing", text("tool_policies/routes.cedar", "routes___search_routes", "roads___search_routes"), BOTH),
    ("tool-missing", text("tool_policies/socials.cedar", "socials___give_kudos", "socials___give_cudos"), BOTH),
    (
        "tool-missing",
        text(
            "tool_policies/support.cedar", "support-help___search_help_articles", "support-help___search_help_help_get"
        ),
        BOTH,
    ),
    ("gateway-arn", text("tool_policies/routes.cedar", ARN, OTHER_ARN), BOTH),
    ("gateway-arn", text("tool_policies/routes.cedar", f"resource == {ARN}", "resource is AgentCore::Gateway"), BOTH),
    ("policy-entity", text("tool_policies/routes.cedar", "AgentCore::OAuthUser", "Coach::User"), BOTH),
    (
        "scope-substring",
        text("tool_policies/routes.cedar", 'principal.getTag("scope") == "routes/read"', SUBSTRING),
        BOTH,
    ),
]


@pytest.mark.parametrize("where", BOTH)
def test_the_committed_configuration_has_no_findings(where: Where) -> None:
    assert check(where) == []


@pytest.mark.parametrize("where", BOTH)
def test_a_function_with_the_gateways_role_has_no_findings(config: ChangedConfig, where: Where) -> None:
    function(ROLE)(config)
    assert check(where, config.folder) == []


@pytest.mark.parametrize("where", BOTH)
@pytest.mark.parametrize(
    ("code", "spoil", "places"), [pytest.param(*case, id=f"{index}-{case[0]}") for index, case in enumerate(CASES)]
)
def test_one_thing_that_is_wrong_is_found_by_its_rule_alone(
    config: ChangedConfig, code: str, spoil: Spoil, places: tuple[Where, ...], where: Where
) -> None:
    spoil(config)
    assert {finding.code for finding in check(where, config.folder)} == ({code} if where in places else set())


@pytest.mark.parametrize("value", [None, 7, {}, [None]], ids=repr)
def test_whatever_stands_in_a_file_is_a_finding_and_no_failure(config: ChangedConfig, value: Any) -> None:
    for name in sorted(path.relative_to(config.folder).as_posix() for path in config.folder.rglob("*.yaml")):
        written = (config.folder / name).read_text(encoding="utf-8")
        content = yaml.safe_load(written)
        places: list[Any] = list(content if isinstance(content, dict) else range(len(content)))
        for place in places:
            config.write(name, [value] if isinstance(content, list) else {**content, place: value})
            assert all(finding.what for finding in check("aws", config.folder)), (name, place)
        config.write(name, value)
        assert check("aws", config.folder), name
        (config.folder / name).write_text(written, encoding="utf-8")


def test_every_rule_has_a_case() -> None:
    modules = (gateway_rules, openapi_rules, policy_rules, reading, target_rules)
    rules = {one.code for module in modules for one in vars(module).values() if isinstance(one, Rule)}
    assert rules | {FORM, "model-value"} | {code for code, _ in NAMED.values()} == {code for code, *_ in CASES}
