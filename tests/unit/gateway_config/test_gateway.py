"""The gateway and its targets as typed values, and what is said when a file does not fit."""

from pathlib import Path
from typing import Any

import pytest

from gateway_config.errors import ConfigError, ConfigInvalid, ConfigUnreadable, PlaceholderUnknown
from gateway_config.gateway import ClaimRule, Interceptor, read_gateway
from gateway_config.gateway_target import (
    ApiKeyCredential,
    GatewayRole,
    GatewayTarget,
    LambdaFunction,
    McpServer,
    OauthCredential,
    OpenApi,
    gateway_target,
    read_gateway_targets,
)
from gateway_config.model import Consent, read_gateway_access, read_hops, read_targets
from tests.support.changed_config import ChangedConfig, jwt, oauth
from tests.support.gateway_values import VALUES

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:recovery"
TOOL = {"name": "rest_days", "description": "Days of rest.", "inputSchema": {"type": "object", "properties": {}}}
# An example of the kind of which the configuration has none.
RECOVERY = {
    "name": "recovery",
    "targetConfiguration": {"mcp": {"lambda": {"lambdaArn": FUNCTION, "toolSchema": {"inlinePayload": [TOOL]}}}},
    "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    "metadataConfiguration": {"allowedRequestHeaders": ["X-Trace"], "allowedQueryParameters": ["Lang"]},
}


@pytest.fixture
def config(tmp_path: Path) -> ChangedConfig:
    return ChangedConfig(tmp_path)


def targets() -> dict[str, GatewayTarget]:
    return {target.name: target for target in read_gateway_targets(VALUES)}


def test_the_gateway_takes_tokens_of_the_athletes_issuer_for_its_name_or_its_url() -> None:
    gateway = read_gateway(VALUES)
    assert gateway.authorizer.discovery_url == "https://issuer.example/coach/.well-known/openid-configuration"
    assert gateway.authorizer.audiences == ("gateway", "https://gateway.example/mcp")
    assert gateway.authorizer.clients == ("coach-exchange",)
    assert gateway.policy_engine is not None
    assert gateway.policy_engine.mode == "ENFORCE"
    assert gateway.semantic_search
    assert gateway.pages_tools
    assert not gateway.debug_errors
    assert {"2025-11-25", "2026-07-28"} <= set(gateway.supported_versions)


def test_the_gateway_lets_in_every_scope_that_opens_a_tool() -> None:
    hops = read_hops()
    scopes = {scope for row in hops.resource_servers if row.kind == "runtime" and row.team for scope in row.scopes}
    assert set(read_gateway(VALUES).authorizer.scopes) == scopes


def test_claims_interceptors_and_the_rest_are_read(config: ChangedConfig) -> None:
    def more(gateway: Any) -> None:
        match = {"claimMatchOperator": "CONTAINS_ANY", "claimMatchValue": {"matchValueStringList": ["a", "b"]}}
        claim = {"inboundTokenClaimName": "groups", "inboundTokenClaimValueType": "STRING_ARRAY"}
        jwt(gateway)["customClaims"] = [claim | {"authorizingClaimMatchValue": match}]
        given = {"passRequestHeaders": True, "payloadFilter": {"exclude": [{"field": "RESPONSE_BODY"}]}}
        interceptor = {"interceptor": {"lambda": {"arn": FUNCTION}}, "interceptionPoints": ["REQUEST", "RESPONSE"]}
        gateway["interceptorConfigurations"] = [interceptor | {"inputConfiguration": given}]
        gateway["exceptionLevel"] = "DEBUG"
        del gateway["policyEngineConfiguration"]

    config.change("gateway.yaml", more)
    gateway = read_gateway(VALUES, config.folder)
    assert gateway.authorizer.claims == (ClaimRule("groups", is_list=True, operator="CONTAINS_ANY", values=("a", "b")),)
    points = frozenset({"REQUEST", "RESPONSE"})
    assert gateway.interceptors == (
        Interceptor(FUNCTION, points, pass_request_headers=True, without_response_body=True),  # type: ignore[arg-type]
    )
    assert (gateway.debug_errors, gateway.policy_engine) == (True, None)


def test_user_data_is_exchanged_the_catalogue_needs_no_user_and_socials_asks_the_athlete() -> None:
    found = {name: target.credential for name, target in targets().items()}
    grants = {name: one.grant for name, one in found.items() if isinstance(one, OauthCredential)}
    assert grants == {
        "activities": "TOKEN_EXCHANGE",
        "routes": "CLIENT_CREDENTIALS",
        "socials": "AUTHORIZATION_CODE",
        "support": "TOKEN_EXCHANGE",
    }
    assert found["socials"] == OauthCredential(
        provider="gateway-federation",
        grant="AUTHORIZATION_CODE",
        scopes=("socials/read", "socials/write"),
        audience="mcp-socials",
        parameters={},
        default_return_url="https://consent.example/return",
    )


def test_socials_alone_is_listed_from_a_file() -> None:
    static = {name: one.kind.static_tools for name, one in targets().items() if isinstance(one.kind, McpServer)}
    assert [name for name, tools in static.items() if tools is not None] == ["socials"]
    assert static["socials"] is not None
    assert {tool["name"] for tool in static["socials"]} >= {"list_clubs", "give_kudos"}


def test_of_the_support_api_only_the_help_articles_are_offered_with_a_key_alone() -> None:
    target = targets()["support-help"]
    assert isinstance(target.kind, OpenApi)
    assert set(target.kind.document["paths"]) == {"/help"}
    assert target.kind.document["servers"] == [{"url": "https://support-api.example"}]
    assert target.credential == ApiKeyCredential("support-help-metering", "HEADER", "x-api-key", "")


def test_a_function_is_read_with_its_tools_and_what_reaches_it() -> None:
    target = gateway_target(RECOVERY, file="recovery.yaml")
    assert target.kind == LambdaFunction(FUNCTION, (TOOL,))
    assert target.credential == GatewayRole()
    assert target.passed_request_headers == {"x-trace"}
    assert target.passed_query_parameters == {"Lang"}


def test_the_gateways_clients_ask_for_what_they_have_edges_to() -> None:
    hops = read_hops()
    clients = {client.client_id: client for client in hops.clients_of("gateway")}
    for target in targets().values():
        if isinstance(target.credential, OauthCredential):
            client = clients[target.credential.provider]
            assert target.credential.audience in {edge.audience for edge in client.edges}
            assert set(target.credential.scopes) <= set(client.scopes)


def test_past_the_gateway_the_agent_asks_the_same_with_its_own_clients() -> None:
    direct = {target.name: target for target in read_targets(VALUES)}
    behind = {name: one for name, one in targets().items() if isinstance(one.kind, McpServer)}
    assert set(direct) == set(behind)
    for name, target in behind.items():
        credential = target.credential
        assert isinstance(target.kind, McpServer)
        assert isinstance(credential, OauthCredential)
        asked = (direct[name].endpoint, direct[name].grant, direct[name].scopes, direct[name].audience)
        assert asked == (target.kind.endpoint, credential.grant, credential.scopes, credential.audience)
        assert direct[name].provider == credential.provider.replace("gateway-", "coach-")


def test_to_the_gateway_the_agent_goes_on_behalf_of_the_athlete() -> None:
    access = read_gateway_access({**VALUES, "URL:gateway": "https://gateway.example/mcp"})
    assert (access.endpoint, access.audience) == ("https://gateway.example/mcp", "gateway")
    assert access.consents == {"socials": Consent("gateway-federation", ("socials/read", "socials/write"))}
    assert (access.provider, access.grant) == ("coach-exchange", "TOKEN_EXCHANGE")
    assert "activities/read" in access.scopes


def test_without_the_gateways_url_the_agent_is_told_so() -> None:
    with pytest.raises(PlaceholderUnknown, match=r"URL:gateway"):
        read_gateway_access({})


@pytest.mark.parametrize(
    ("edit", "path", "what"),
    [
        pytest.param(lambda one: one.update(authorizerType="NONE"), "authorizerType", "CUSTOM_JWT", id="no authorizer"),
        pytest.param(lambda one: one.update(color="red"), "color", "Extra inputs", id="unknown member"),
        pytest.param(
            lambda one: jwt(one).update(allowedAudience=[], allowedClients=[]),
            "authorizerConfiguration.customJWTAuthorizer",
            "needs allowedAudience or allowedClients",
            id="any token of the issuer",
        ),
    ],
)
def test_a_gateway_that_does_not_fit_names_file_place_and_fault(
    config: ChangedConfig, edit: Any, path: str, what: str
) -> None:
    config.change("gateway.yaml", edit)
    with pytest.raises(ConfigInvalid) as wrong:
        read_gateway(VALUES, config.folder)
    assert (wrong.value.file, wrong.value.path) == ("gateway.yaml", path)
    assert what in wrong.value.what


def replace_kind(kind: str, configuration: Any) -> Any:
    return lambda one: one.update(targetConfiguration={"mcp": {kind: configuration}})


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        pytest.param(
            replace_kind("openApiSchema", {"inlinePayload": "openapi: 3"}), "openApiSchema.inlinePayload", id="no JSON"
        ),
        pytest.param(
            replace_kind("openApiSchema", {"s3": {"uri": "s3://a/b"}}), "openApiSchema.inlinePayload", id="in S3"
        ),
        pytest.param(replace_kind("smithyModel", {"inlinePayload": "{}"}), "mcp.smithyModel", id="a kind of AWS alone"),
        pytest.param(
            replace_kind("mcpServer", {"endpoint": "https://a", "mcpToolSchema": {"inlinePayload": '[{"title": 1}]'}}),
            "mcpToolSchema.inlinePayload",
            id="tools without names",
        ),
        pytest.param(lambda one: oauth(one).update(grantType="PASSWORD"), "grantType", id="no such grant"),
        pytest.param(
            lambda one: oauth(one).update(defaultReturnUrl="https://a"),
            "oauthCredentialProvider",
            id="a return from nowhere",
        ),
        pytest.param(
            lambda one: one["credentialProviderConfigurations"][0].update(credentialProviderType="API_KEY"),
            "credentialProviderConfigurations[0]",
            id="type and provider disagree",
        ),
    ],
)
def test_a_target_that_does_not_fit_names_file_and_place(config: ChangedConfig, edit: Any, path: str) -> None:
    config.change("targets/routes.yaml", edit)
    with pytest.raises(ConfigInvalid) as wrong:
        read_gateway_targets(VALUES, config.folder)
    assert wrong.value.file == "targets/routes.yaml"
    assert path in wrong.value.path


def test_two_targets_of_one_name_are_refused(config: ChangedConfig) -> None:
    config.replace("targets/support-help.yaml", "name: support-help", "name: support")
    with pytest.raises(ConfigInvalid, match=r"targets/support\.yaml: name: there is a target support already"):
        read_gateway_targets(VALUES, config.folder)


@pytest.mark.parametrize("name", ["schemas/missing.json", "../outside.json"])
def test_a_file_that_is_missing_or_outside_is_not_put_in(config: ChangedConfig, name: str) -> None:
    (config.folder.parent / "outside.json").write_text("{}", encoding="utf-8")
    config.replace("targets/socials.yaml", "schemas/socials.tools.json", name)
    with pytest.raises(ConfigUnreadable, match=name.rpartition("/")[2]):
        read_gateway_targets(VALUES, config.folder)


def test_the_agent_is_told_when_the_table_does_not_let_it_go_direct(config: ChangedConfig) -> None:
    def forget(hops: Any) -> None:
        server = next(row for row in hops["resource_servers"] if row["name"] == "mcp-routes")
        server["upstream_clients"].remove("coach-exchange")
        client = next(one for one in hops["clients"] if one["client_id"] == "coach-exchange")
        client["edges"] = [edge for edge in client["edges"] if edge["audience"] != "mcp-routes"]

    config.change("hops.yaml", forget)
    with pytest.raises(ConfigError, match="no client of coach has an edge to mcp-routes by client_credentials"):
        read_targets(VALUES, config.folder)
