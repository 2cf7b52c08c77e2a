"""What is wrong with gateway.yaml beyond its form."""

from typing import Any

from gateway_config.gateway import GATEWAY_FILE
from gateway_config.lint.findings import Findings, Rule, documented, ours
from gateway_config.lint.reading import ENGINE_FILE, Configuration
from gateway_config.model import GATEWAY, HOPS_FILE

_JWT = ("authorizerConfiguration", "customJWTAuthorizer")
_MCP_VERSIONS = frozenset({"2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"})

DISCOVERY_URL = Rule(
    "discovery-url",
    documented("AgentCore CLI 0.30"),
    "Give the issuer's own https URL with /.well-known/openid-configuration at its end.",
)
RESERVED_CLAIM = Rule(
    "reserved-claim",
    documented("AgentCore CLI 0.30"),
    "client_id is what allowedClients looks at: list the clients there.",
)
CLAIM_OPERATOR = Rule(
    "claim-operator",
    documented("CDK reference, GatewayCustomClaim"),
    "STRING goes with EQUALS and matchValueString; STRING_ARRAY with CONTAINS and matchValueString, or CONTAINS_ANY and"
    " matchValueStringList.",
)
MCP_VERSION = Rule("mcp-version", documented("gateway-using"), "List versions that the gateway has.")
ONE_PER_POINT = Rule(
    "interceptor-points",
    documented("gateway-interceptors"),
    "One interceptor for requests and one for answers: let one function call the other.",
)
NOT_ENFORCED = Rule(
    "not-enforced",
    ours("without ENFORCE every tool is open to whoever comes in"),
    "Name the policy engine with mode ENFORCE; try a policy with @enforcementMode LOG_ONLY.",
)
ENGINE_ARN = Rule(
    "engine-arn", ours(ENGINE_FILE), "Name the engine that policy_engine.yaml creates: its name and ten characters."
)
DEBUG = Rule(
    "debug-errors",
    ours("callers would be told what failed inside"),
    "Leave exceptionLevel out; the log has the details.",
)
CLIENTS = Rule(
    "hop-clients",
    ours("hops.yaml"),
    "Let allowedClients begin with upstream_clients of the gateway's row in hops.yaml.",
)
AUDIENCES = Rule("hop-audiences", ours("hops.yaml"), "List the audiences of the gateway's row, and its URL.")


def gateway_findings(found: Configuration) -> Findings:
    """Findings of every deployment, and those of AWS where they are asked for."""
    gateway = found.gateway or {}
    yield from _authorizer(found, gateway)
    yield from _protocol(gateway)
    yield from _interceptors(gateway)
    yield from _policy_engine(gateway, (found.engine or {}).get("name"))
    if found.where == "aws" and gateway.get("exceptionLevel"):
        yield DEBUG.finding(GATEWAY_FILE, "exceptionLevel", "is set")


def _authorizer(found: Configuration, gateway: dict[str, Any]) -> Findings:
    jwt: dict[str, Any] = gateway.get(_JWT[0], {}).get(_JWT[1], {})
    url = str(jwt.get("discoveryUrl", ""))
    if not url.endswith("/.well-known/openid-configuration") or (found.where == "aws" and not url.startswith("https:")):
        yield DISCOVERY_URL.finding(GATEWAY_FILE, (*_JWT, "discoveryUrl"), f"is {url!r}")
    for index, claim in enumerate(jwt.get("customClaims", [])):
        at = (*_JWT, "customClaims", index)
        if claim.get("inboundTokenClaimName") == "client_id":
            yield RESERVED_CLAIM.finding(GATEWAY_FILE, (*at, "inboundTokenClaimName"), "is client_id")
        if not _operator_fits(claim):
            yield CLAIM_OPERATOR.finding(GATEWAY_FILE, at, "type, operator and value do not go together")
    yield from _hop(found, jwt)


def _operator_fits(claim: dict[str, Any]) -> bool:
    match = claim.get("authorizingClaimMatchValue", {})
    fits = {
        ("STRING", "EQUALS", "matchValueString"),
        ("STRING_ARRAY", "CONTAINS", "matchValueString"),
        ("STRING_ARRAY", "CONTAINS_ANY", "matchValueStringList"),
    }
    kind, operator = claim.get("inboundTokenClaimValueType"), match.get("claimMatchOperator")
    return any((kind, operator, value) in fits for value in match.get("claimMatchValue", {}))


def _hop(found: Configuration, jwt: dict[str, Any]) -> Findings:
    row = next((row for row in found.hops.resource_servers if row.name == GATEWAY), None) if found.hops else None
    if found.hops is None or row is None:
        yield CLIENTS.finding(HOPS_FILE, "resource_servers", f"there is no {GATEWAY}")
        return
    missing = [client for client in row.upstream_clients if client not in jwt.get("allowedClients", [])]
    if missing:
        yield CLIENTS.finding(GATEWAY_FILE, (*_JWT, "allowedClients"), f"lacks {', '.join(missing)}")
    strangers = sorted((found.hops.client_ids - set(row.upstream_clients)) & set(jwt.get("allowedClients", [])))
    if strangers:
        yield CLIENTS.finding(GATEWAY_FILE, (*_JWT, "allowedClients"), f"has {', '.join(strangers)}, of another hop")
    wanted = {*row.audiences, *([found.values.get(f"URL:{GATEWAY}", "")] if row.url else [])}
    if set(jwt.get("allowedAudience", [])) != wanted:
        what = f"is not {' and '.join(sorted(wanted))}"
        yield AUDIENCES.finding(GATEWAY_FILE, (*_JWT, "allowedAudience"), what)


def _protocol(gateway: dict[str, Any]) -> Findings:
    versions = gateway.get("protocolConfiguration", {}).get("mcp", {}).get("supportedVersions", [])
    for index, version in enumerate(versions):
        if version not in _MCP_VERSIONS:
            at = ("protocolConfiguration", "mcp", "supportedVersions", index)
            yield MCP_VERSION.finding(GATEWAY_FILE, at, f"{version} is none of {', '.join(sorted(_MCP_VERSIONS))}")


def _interceptors(gateway: dict[str, Any]) -> Findings:
    seen: set[str] = set()
    for index, interceptor in enumerate(gateway.get("interceptorConfigurations", [])):
        points = interceptor.get("interceptionPoints", [])
        twice = seen.intersection(points)
        seen.update(points)
        if twice:
            at = ("interceptorConfigurations", index, "interceptionPoints")
            yield ONE_PER_POINT.finding(GATEWAY_FILE, at, f"a second interceptor for {', '.join(sorted(twice))}")


def _policy_engine(gateway: dict[str, Any], name: str | None) -> Findings:
    engine = gateway.get("policyEngineConfiguration")
    if not engine or engine.get("mode") != "ENFORCE":
        yield NOT_ENFORCED.finding(GATEWAY_FILE, "policyEngineConfiguration", "does not enforce policies")
    if engine and f":policy-engine/{name}-" not in str(engine.get("arn")):
        yield ENGINE_ARN.finding(GATEWAY_FILE, "policyEngineConfiguration.arn", f"is not an engine called {name}")
