"""Who comes in: gateways, runtimes and what they are told about themselves."""

import json
from collections.abc import Iterator
from typing import Final

from deploy.checks.findings import Finding, Resource, Templates, refers_to, resources, walked

#: The one runtime for callers with an execution role; organizations forbid it in production.
IAM_RUNTIME: Final = "fitness_coach_iam"
#: Runtimes that nobody's user reaches.
BY_CLIENT: Final = frozenset({"fitness_mcp_routes"})
_LONGEST_SCOPE: Final = 64
_AGENTCORE: Final = "AWS::BedrockAgentCore::"


def gateways_decide(templates: Templates) -> Iterator[Finding]:
    """Tokens come in, policies are enforced, the own key encrypts, and without the firewall nobody comes in."""
    for gateway in resources(templates, f"{_AGENTCORE}Gateway"):
        wanted = {
            "AuthorizerType": gateway.properties.get("AuthorizerType") == "CUSTOM_JWT",
            "PolicyEngineConfiguration.Mode": gateway.properties.get("PolicyEngineConfiguration", {}).get("Mode")
            == "ENFORCE",
            "KmsKeyArn": "KmsKeyArn" in gateway.properties,
            "WafConfiguration.FailureMode": gateway.properties.get("WafConfiguration", {}).get("FailureMode")
            == "FAIL_CLOSE",
        }
        for member, fine in wanted.items():
            if not fine:
                yield gateway.wrong("gateways_decide", f"{member} must be CUSTOM_JWT, ENFORCE, a key, FAIL_CLOSE")


def runtimes_take_tokens(templates: Templates) -> Iterator[Finding]:
    """Each with issuer, audience and clients; the one without is named, and production has none."""
    for runtime in resources(templates, f"{_AGENTCORE}Runtime"):
        jwt = runtime.properties.get("AuthorizerConfiguration", {}).get("CustomJWTAuthorizer", {})
        if not jwt and runtime.properties.get("AgentRuntimeName") == IAM_RUNTIME and not _is_production(templates):
            continue
        # Client credentials carry no audience at Cognito: there the client alone says for whom they are.
        by_client = runtime.properties.get("AgentRuntimeName") in BY_CLIENT
        for member in ("DiscoveryUrl", "AllowedAudience", "AllowedClients"):
            if not jwt.get(member) and not (by_client and member == "AllowedAudience"):
                yield runtime.wrong("runtimes_take_tokens", f"CustomJWTAuthorizer needs {member}")
        allowed = runtime.properties.get("RequestHeaderConfiguration", {}).get("RequestHeaderAllowlist", [])
        if jwt and allowed != ["Authorization"]:
            yield runtime.wrong(
                "runtimes_take_tokens", "the token is verified again inside, and no other header passes"
            )


def nobody_names_its_own_url(templates: Templates) -> Iterator[Finding]:
    """A gateway or runtime cannot name what AWS will call it: CloudFormation would see a circle."""
    for door in resources(templates, f"{_AGENTCORE}Gateway", f"{_AGENTCORE}Runtime"):
        if refers_to(door.properties, door.logical_id):
            yield door.wrong("nobody_names_its_own_url", "it refers to itself; its audience is a logical name")
        jwt = door.properties.get("AuthorizerConfiguration", {}).get("CustomJWTAuthorizer", {})
        for audience in jwt.get("AllowedAudience", []):
            if not isinstance(audience, str):
                yield door.wrong("nobody_names_its_own_url", "an audience is a text that is fixed before deployment")


def scopes_are_short(templates: Templates) -> Iterator[Finding]:
    """A target takes scopes of at most 64 characters."""
    for resource in resources(templates, f"{_AGENTCORE}GatewayTarget", "AWS::Cognito::UserPoolClient"):
        scopes = [
            scope
            for each in walked(resource.properties)
            if isinstance(each, dict)
            for name in ("Scopes", "AllowedOAuthScopes")
            for scope in each.get(name, [])
        ]
        for scope in scopes:
            if isinstance(scope, str) and len(scope) > _LONGEST_SCOPE:
                yield resource.wrong("scopes_are_short", f"the scope {scope[:20]}… has more than 64 characters")


def exchanges_are_custom_providers(templates: Templates) -> Iterator[Finding]:
    """Only CustomOauth2 has a token exchange in AWS's model, and none holds its secret itself."""
    for provider in resources(templates, f"{_AGENTCORE}OAuth2CredentialProvider"):
        text = json.dumps(provider.properties)
        if (
            "OnBehalfOfTokenExchangeConfig" in text
            and provider.properties["CredentialProviderVendor"] != "CustomOauth2"
        ):
            yield provider.wrong("exchanges_are_custom_providers", "only CustomOauth2 exchanges tokens")
        yield from _secret_is_elsewhere(provider, text)


def _secret_is_elsewhere(provider: Resource, text: str) -> Iterator[Finding]:
    if '"ClientSecret":' in text or '"EXTERNAL"' not in text:
        yield provider.wrong("exchanges_are_custom_providers", "the client's secret is in Secrets Manager (EXTERNAL)")


def _is_production(templates: Templates) -> bool:
    # Data that stays is what tells production from a sandbox.
    return any(
        table.properties.get("DeletionProtectionEnabled") is True
        for table in resources(templates, "AWS::DynamoDB::Table")
    )
