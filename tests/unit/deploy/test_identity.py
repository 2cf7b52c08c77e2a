"""User pools: the clients of the hop table and nobody else, each with its flows; secrets that nobody sees."""

import json
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.templates import TEMPLATES
from gateway_config.hops import Client
from gateway_config.model import read_hops
from tests.support.templates import ENVIRONMENTS, everywhere, resolved, resources

HOPS = read_hops()
STANDARD = {"openid"}
SIGN_INS = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"}
ON_AWS = [client for client in HOPS.clients if not client.local]

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def app_clients(environment: str) -> dict[tuple[str, str], dict[str, Any]]:
    """By client id and pool of the hop table."""
    return {
        (one["ClientName"], one["UserPoolId"]["Ref"].removeprefix("pool")): one
        for one in resources(environment, "identity", "AWS::Cognito::UserPoolClient").values()
    }


def client_of(environment: str, row: Client) -> dict[str, Any]:
    return app_clients(environment)[row.client_id, row.pool]


@each_environment
def test_every_client_of_the_hop_table_is_an_app_client_of_its_pool_and_nobody_else(environment: str) -> None:
    assert app_clients(environment).keys() == {(row.client_id, row.pool) for row in ON_AWS}


@each_environment
@pytest.mark.parametrize("row", ON_AWS, ids=lambda row: row.client_id)
def test_a_client_has_the_flow_and_the_scopes_of_its_grants(environment: str, row: Client) -> None:
    client = client_of(environment, row)
    flow = "code" if "authorization_code" in row.grants else "client_credentials"
    assert client["AllowedOAuthFlows"] == [flow]
    wanted = set(row.scopes) if flow == "code" else set(row.scopes) - STANDARD
    assert set(client["AllowedOAuthScopes"]) == wanted
    assert client["GenerateSecret"] is not row.public


@each_environment
@pytest.mark.parametrize("row", ON_AWS, ids=lambda row: row.client_id)
def test_a_client_exchanges_only_if_the_hop_table_says_so_and_never_in_somebody_elses_name(
    environment: str, row: Client
) -> None:
    flows = client_of(environment, row)["ExplicitAuthFlows"]
    assert ("ALLOW_TOKEN_EXCHANGE_DELEGATION" in flows) is ("token_exchange" in row.grants)
    assert "ALLOW_TOKEN_EXCHANGE_IMPERSONATION" not in flows


@each_environment
def test_a_client_that_exchanges_has_a_secret_and_no_people(environment: str) -> None:
    for client in app_clients(environment).values():
        if "ALLOW_TOKEN_EXCHANGE_DELEGATION" in client["ExplicitAuthFlows"]:
            assert client["GenerateSecret"] is True
            assert "code" not in client["AllowedOAuthFlows"]
            assert "CallbackURLs" not in client


@each_environment
def test_no_client_signs_people_in_past_the_pages_of_its_issuer(environment: str) -> None:
    for client in app_clients(environment).values():
        assert not SIGN_INS & set(client["ExplicitAuthFlows"])
        assert client["SupportedIdentityProviders"] == ["COGNITO"]
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["EnableTokenRevocation"] is True


@each_environment
def test_refresh_tokens_rotate_where_the_client_refreshes(environment: str) -> None:
    for row in ON_AWS:
        client = client_of(environment, row)
        if "refresh_token" in row.grants:
            assert client["RefreshTokenRotation"]["Feature"] == "ENABLED"
            # Cognito takes either.
            assert "ALLOW_REFRESH_TOKEN_AUTH" not in client["ExplicitAuthFlows"]


@each_environment
def test_every_client_for_people_has_pages_to_sign_in_at(environment: str) -> None:
    pages = resources(environment, "identity", "AWS::Cognito::ManagedLoginBranding").values()
    styled = [resolved(environment, "identity", one["ClientId"]) for one in pages]
    assert sorted(styled) == sorted(row.client_id for row in ON_AWS if "authorization_code" in row.grants)


@each_environment
@pytest.mark.parametrize("row", ON_AWS, ids=lambda row: row.client_id)
def test_codes_go_to_https_or_to_the_three_ports_of_the_terminal(environment: str, row: Client) -> None:
    uris = client_of(environment, row).get("CallbackURLs", [])
    assert len(uris) == len(row.redirect_uris)
    for uri in uris:
        if row.client_id == "terminal":
            assert uri in row.redirect_uris
        else:
            assert urlsplit(uri).scheme == "https"
        assert "${" not in uri


@each_environment
def test_tokens_live_as_long_as_the_hop_table_says(environment: str) -> None:
    for row in ON_AWS:
        client, pool = client_of(environment, row), HOPS.pools[row.pool]
        assert set(client["TokenValidityUnits"].values()) == {"minutes"}
        assert client["AccessTokenValidity"] * 60 == pool.access_token_lifetime_s
        assert client["RefreshTokenValidity"] * 60 == pool.refresh_token_lifetime_s


@each_environment
def test_every_scope_that_a_client_may_ask_for_exists_in_its_pool(environment: str) -> None:
    servers = resources(environment, "identity", "AWS::Cognito::UserPoolResourceServer").values()
    scopes = {
        (one["UserPoolId"]["Ref"].removeprefix("pool"), f"{one['Identifier']}/{scope['ScopeName']}")
        for one in servers
        for scope in one["Scopes"]
    }
    for (_, pool), client in app_clients(environment).items():
        for scope in set(client["AllowedOAuthScopes"]) - STANDARD:
            assert (pool, scope) in scopes
            assert len(scope) <= 64
    table = {(row.pool, scope) for row in HOPS.resource_servers for scope in row.scopes}
    assert table <= scopes


@each_environment
def test_pools_protect_sign_ins_and_stay_where_data_is_kept(environment: str) -> None:
    pools = resources(environment, "identity", "AWS::Cognito::UserPool")
    assert set(pools) == {f"pool{name}" for name in HOPS.pools}
    for pool in pools.values():
        assert pool["UserPoolTier"] == "PLUS"
        assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
        assert pool["MfaConfiguration"] == "OPTIONAL"
        assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
        assert pool["DeletionProtection"] == ("ACTIVE" if environment == "production" else "INACTIVE")


@each_environment
def test_every_pool_stands_behind_the_firewall(environment: str) -> None:
    associated = [
        one["ResourceArn"]["Fn::GetAtt"][0]
        for one in resources(environment, "identity", "AWS::WAFv2::WebACLAssociation").values()
    ]
    assert sorted(associated) == sorted(resources(environment, "identity", "AWS::Cognito::UserPool"))


@each_environment
def test_the_firewall_of_the_pools_does_not_count_the_vaults_exchanges_as_one_persons(environment: str) -> None:
    [acl] = resources(environment, "identity", "AWS::WAFv2::WebACL").values()
    rules = {rule["Name"]: rule["Statement"] for rule in acl["Rules"]}
    spared = {"NotStatement": {"Statement": {"ByteMatchStatement": at_the_token_endpoint()}}}
    assert rules["rate"]["RateBasedStatement"]["ScopeDownStatement"] == spared
    assert spared in rules["countries"]["AndStatement"]["Statements"]
    assert rules["AWSManagedRulesCommonRuleSet"]["ManagedRuleGroupStatement"]["ScopeDownStatement"] == spared
    own = rules["programs-rate"]["RateBasedStatement"]
    assert own["ScopeDownStatement"] == {"ByteMatchStatement": at_the_token_endpoint()}
    assert own["Limit"] > rules["rate"]["RateBasedStatement"]["Limit"]


def at_the_token_endpoint() -> dict[str, Any]:
    return {
        "FieldToMatch": {"UriPath": {}},
        "PositionalConstraint": "EXACTLY",
        "SearchString": "/oauth2/token",
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }


@each_environment
def test_every_client_with_a_secret_keeps_it_where_its_vault_reads_it(environment: str) -> None:
    kept = resources(environment, "identity", "AWS::SecretsManager::Secret").values()
    names = {one["Name"] for one in kept}
    assert {f"fitness/client/{row.client_id}" for row in ON_AWS if not row.public} <= names
    assert {f"fitness/api-key/{provider}" for provider in HOPS.api_key_providers} <= names


@each_environment
def test_no_secret_is_in_a_template_and_each_is_under_our_own_key(environment: str) -> None:
    keys = resources(environment, "identity", "AWS::KMS::Key")
    for stack, secret in everywhere(environment, "AWS::SecretsManager::Secret"):
        assert stack == "identity"
        assert secret["KmsKeyId"]["Fn::GetAtt"][0] in keys
        if "SecretString" in secret:
            [opening, value, closing] = secret["SecretString"]["Fn::Join"][1]
            assert (opening, closing) == ('{"client_secret":"', '"}')
            assert value["Fn::GetAtt"][1] == "ClientSecret"
        else:
            assert json.loads(secret["GenerateSecretString"]["SecretStringTemplate"]) == {}
            assert secret["GenerateSecretString"]["PasswordLength"] >= 32


def test_no_template_shows_what_stands_for_an_object_of_a_program() -> None:
    for file in chain.from_iterable(TEMPLATES.glob(f"{environment}/*.json") for environment in ENVIRONMENTS):
        text = file.read_text(encoding="utf-8")
        assert " object at 0x" not in text, file.name
        assert "${Token[" not in text, file.name
