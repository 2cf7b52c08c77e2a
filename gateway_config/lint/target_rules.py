"""What is wrong with the targets beyond their form."""

import re
from typing import Any

from gateway_config.lint.findings import Findings, Ground, Rule, documented, ours
from gateway_config.lint.reading import API_KEYS_FILE, PROVIDERS_FILE, WORKLOADS_FILE, Configuration
from gateway_config.model import GATEWAY, GRANT_OF

# Members of `mcp` and of `http` to what may be asked for them; None stands for no credential.
_OAUTH = frozenset({"CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"})
_OUTBOUND: dict[str, frozenset[str | None]] = {
    "mcpServer": frozenset({None, "GATEWAY_IAM_ROLE", "API_KEY", *_OAUTH}),
    "openApiSchema": frozenset({None, "GATEWAY_IAM_ROLE", "API_KEY", *_OAUTH}),
    "lambda": frozenset({"GATEWAY_IAM_ROLE"}),
    "smithyModel": frozenset({"GATEWAY_IAM_ROLE", "CLIENT_CREDENTIALS"}),
    "connector": frozenset({"GATEWAY_IAM_ROLE"}),
    "apiGateway": frozenset({None, "GATEWAY_IAM_ROLE", "API_KEY"}),
    "agentcoreRuntime": frozenset(
        {"GATEWAY_IAM_ROLE", "CALLER_IAM_CREDENTIALS", "CLIENT_CREDENTIALS", "JWT_PASSTHROUGH"}
    ),
}
_PROVIDER_ARN = re.compile(
    r"arn:(aws|aws-us-gov):acps:[A-Za-z0-9-]{1,64}:[0-9]{12}:token-vault/[a-zA-Z0-9-.]+/"
    r"(oauth2|apikey)credentialprovider/([a-zA-Z0-9-.]+)"
)
_CREDENTIAL = ("credentialProviderConfigurations", 0)
_PROVIDER = (*_CREDENTIAL, "credentialProvider")

PASSTHROUGH = Rule(
    "jwt-passthrough",
    documented("gateway-outbound-auth"),
    "Ask for a token made for the target: TOKEN_EXCHANGE. Only passthrough targets of an AUTHENTICATE_ONLY gateway are"
    " handed the caller's.",
)
OUTBOUND = Rule(
    "outbound-auth", documented("gateway-outbound-auth"), "Use a credential that this kind of target can have."
)
STATIC_TOOLS = Rule(
    "static-tools",
    documented("Terraform and Pulumi reference, mcpToolSchema"),
    "Leave mcpToolSchema out, or use AUTHORIZATION_CODE: only such a target is not asked for its tools.",
)
LISTING_CONSENT = Rule(
    "listing-needs-consent",
    documented("CreateGatewayTarget, status CREATE_PENDING_AUTH"),
    "Give mcpToolSchema: a target that is asked for its tools waits for an administrator's consent.",
)
HEADERS = Rule(
    "restricted-header",
    documented("gateway-headers"),
    "Leave it out: the credential of the target is the only one that reaches it.",
)
RETURN_URL = Rule(
    "return-url",
    ours(WORKLOADS_FILE),
    "Use https on AWS, and list the URL at the gateway's workload identity, which alone may be returned to.",
)
PROVIDER_ARN = Rule(
    "provider-arn",
    Ground("model", "CreateOauth2CredentialProvider, CreateApiKeyCredentialProvider"),
    "Write the ARN as the vault gives it: arn:aws:acps:REGION:ACCOUNT:token-vault/default/….",
)
PROVIDER = Rule(
    "provider-missing", ours(f"{PROVIDERS_FILE}, {API_KEYS_FILE}"), "Add the provider, or name one that is there."
)
EXCHANGE = Rule(
    "exchange-provider",
    Ground("model", "CreateOauth2CredentialProvider"),
    "Give the provider onBehalfOfTokenExchangeConfig; only CustomOauth2 has it.",
)
EDGE = Rule(
    "hop-edge",
    ours("hops.yaml"),
    "Let the gateway's client have an edge to the audience by this grant and the scopes, or ask for what it has.",
)


def target_findings(found: Configuration) -> Findings:
    """Findings of every target."""
    for file, request in found.targets.items():
        kind, configuration = _kind(request)
        credential = _credential(request)
        yield from _outbound(file, kind, configuration, credential)
        yield from _headers(file, request)
        yield from _provider(found, file, credential)
        yield from _consent(found, file, credential)
        if kind == "mcpServer":
            yield from _edge(found, file, credential)


def _kind(request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    for family in request.get("targetConfiguration", {}).values():
        for kind, configuration in family.items():
            return kind, configuration if isinstance(configuration, dict) else {}
    return "", {}


def _credential(request: dict[str, Any]) -> dict[str, Any]:
    configured = request.get("credentialProviderConfigurations") or [{}]
    return dict(configured[0])


def _oauth(credential: dict[str, Any]) -> dict[str, Any]:
    return dict(credential.get("credentialProvider", {}).get("oauthCredentialProvider", {}))


def _way(credential: dict[str, Any]) -> str | None:
    kind = credential.get("credentialProviderType")
    return _oauth(credential).get("grantType", "CLIENT_CREDENTIALS") if kind == "OAUTH" else kind


def _outbound(file: str, kind: str, configuration: dict[str, Any], credential: dict[str, Any]) -> Findings:
    way = _way(credential)
    if kind in _OUTBOUND and way not in _OUTBOUND[kind]:
        rule = PASSTHROUGH if way == "JWT_PASSTHROUGH" else OUTBOUND
        yield rule.finding(file, (*_CREDENTIAL, "credentialProviderType"), f"{kind} with {way or 'no credential'}")
    if kind == "mcpServer":
        at = ("targetConfiguration", "mcp", "mcpServer", "mcpToolSchema")
        consent = way == "AUTHORIZATION_CODE"
        if "mcpToolSchema" in configuration and not consent:
            yield STATIC_TOOLS.finding(file, at, f"is there with {way or 'no credential'}")
        if "mcpToolSchema" not in configuration and consent:
            yield LISTING_CONSENT.finding(file, at, "is not there with AUTHORIZATION_CODE")


def _headers(file: str, request: dict[str, Any]) -> Findings:
    passed = request.get("metadataConfiguration", {}).get("allowedRequestHeaders", [])
    for index, name in enumerate(passed):
        if str(name).lower() == "authorization":
            yield HEADERS.finding(file, ("metadataConfiguration", "allowedRequestHeaders", index), f"is {name}")


def _provider(found: Configuration, file: str, credential: dict[str, Any]) -> Findings:
    for member, kind in (("oauthCredentialProvider", "oauth2"), ("apiKeyCredentialProvider", "apikey")):
        arn = credential.get("credentialProvider", {}).get(member, {}).get("providerArn")
        if arn is None:
            continue
        at = (*_PROVIDER, member, "providerArn")
        match = _PROVIDER_ARN.fullmatch(arn)
        if not match or match[2] != kind:
            yield PROVIDER_ARN.finding(file, at, f"{arn} is no ARN of such a provider")
            continue
        providers = {str(one.get("name")): one for one in (found.providers if kind == "oauth2" else found.api_keys)}
        if match[3] not in providers:
            yield PROVIDER.finding(file, at, f"there is no provider {match[3]}")
        elif _way(credential) == "TOKEN_EXCHANGE" and not _exchanges(providers[match[3]]):
            yield EXCHANGE.finding(file, at, f"{match[3]} cannot exchange tokens")


def _exchanges(provider: dict[str, Any]) -> bool:
    configuration = provider.get("oauth2ProviderConfigInput", {}).get("customOauth2ProviderConfig", {})
    return "onBehalfOfTokenExchangeConfig" in configuration


def _consent(found: Configuration, file: str, credential: dict[str, Any]) -> Findings:
    url = _oauth(credential).get("defaultReturnUrl")
    if url is None:
        return
    at = (*_PROVIDER, "oauthCredentialProvider", "defaultReturnUrl")
    identity: dict[str, Any] = next((one for one in found.workloads if one.get("name") == GATEWAY), {})
    if found.where == "aws" and not url.startswith("https://"):
        yield RETURN_URL.finding(file, at, f"{url} is not https")
    elif url not in identity.get("allowedResourceOauth2ReturnUrls", []):
        yield RETURN_URL.finding(file, at, f"{url} is not among those of the workload identity {GATEWAY}")


def _edge(found: Configuration, file: str, credential: dict[str, Any]) -> Findings:
    oauth, grant = _oauth(credential), GRANT_OF.get(_way(credential))  # type: ignore[call-overload] # any text
    name = str(oauth.get("providerArn", "")).rpartition("/")[2]
    client = (
        next((one for one in found.hops.clients_of(GATEWAY) if one.client_id == name), None) if found.hops else None
    )
    if found.hops is None or not oauth or grant is None:
        return
    audience = oauth.get("customParameters", {}).get("audience")
    at = (*_PROVIDER, "oauthCredentialProvider")
    if client is None:
        yield EDGE.finding(file, (*at, "providerArn"), f"{name} is no client of the gateway")
    elif not any(edge.audience == audience and grant in edge.grants for edge in client.edges):
        yield EDGE.finding(file, (*at, "customParameters"), f"{name} has no edge to {audience} by {grant}")
    elif not set(oauth.get("scopes", [])) <= set(client.scopes):
        yield EDGE.finding(file, (*at, "scopes"), f"are more than those of {name}")
