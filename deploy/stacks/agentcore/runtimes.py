"""Runtimes: the coach and the servers of the teams, each from its zip, each behind the tokens made for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from deploy.names import PREFIX
from deploy.stacks.base import FitnessStack
from deploy.stacks.functions import PackageKeys
from deploy.stacks.identity import IdentityStack
from gateway_config.hops import Hops, ResourceServer

PYTHON: Final = "PYTHON_3_13"
ENTRY_POINT: Final = ["main.py"]
#: Strands writes prompts and answers into spans without it, and the coach refuses to start.
REDACTION: Final = "gen_ai_unredacted_attributes="
_IDLE_S: Final = 900
_LIFETIME_S: Final = 3600
_PORTS: Final = {"HTTP": "8080", "MCP": "8000"}


@dataclass(frozen=True, slots=True)
class RuntimePlan:
    """One runtime.

    Attributes:
        workload: Its name in hops.yaml.
        name: Its own name, without hyphens.
        protocol: HTTP or MCP.
        environment: Settings; nothing secret.
        jwt: Whose tokens come in; None for callers with an execution role (SigV4).
    """

    workload: str
    name: str
    protocol: str
    environment: Mapping[str, Any]
    jwt: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Network:
    """Where runtimes stand: the public network, or private subnets."""

    subnet_ids: Sequence[str] = ()
    security_group_id: str | None = None

    @property
    def properties(self) -> dict[str, Any]:
        if self.security_group_id is None:
            return {"NetworkMode": "PUBLIC"}
        return {
            "NetworkMode": "VPC",
            "NetworkModeConfig": {"Subnets": list(self.subnet_ids), "SecurityGroups": [self.security_group_id]},
        }


@dataclass(frozen=True, slots=True)
class RuntimeResources:
    """A runtime and where it is entered."""

    runtime: cdk.CfnResource
    endpoint: cdk.CfnResource

    @property
    def arn(self) -> str:
        return self.runtime.get_att("AgentRuntimeArn").to_string()


def runtime(
    stack: FitnessStack, plan: RuntimePlan, role: iam.IRole, packages: PackageKeys, network: Network
) -> RuntimeResources:
    """Makes the runtime and its endpoint `live`."""
    package = "agent" if plan.workload == "coach" else plan.workload
    made = cdk.CfnResource(
        stack,
        f"runtime-{plan.name.replace('_', '-')}",
        type="AWS::BedrockAgentCore::Runtime",
        properties={
            "AgentRuntimeName": plan.name,
            "Description": f"{plan.workload} of the fitness coach.",
            "AgentRuntimeArtifact": {
                "CodeConfiguration": {
                    "Code": {"S3": {"Bucket": stack.arns.packages_bucket, "Prefix": packages.of(package)}},
                    "Runtime": PYTHON,
                    "EntryPoint": ENTRY_POINT,
                }
            },
            "RoleArn": role.role_arn,
            "ProtocolConfiguration": plan.protocol,
            "NetworkConfiguration": network.properties,
            "LifecycleConfiguration": {"IdleRuntimeSessionTimeout": _IDLE_S, "MaxLifetime": _LIFETIME_S},
            # The servers and the coach verify the token again. A SigV4 Authorization is nobody's business inside.
            **(
                {
                    "AuthorizerConfiguration": {"CustomJWTAuthorizer": dict(plan.jwt)},
                    "RequestHeaderConfiguration": {"RequestHeaderAllowlist": ["Authorization"]},
                }
                if plan.jwt is not None
                else {}
            ),
            "EnvironmentVariables": dict(plan.environment),
        },
    )
    endpoint = cdk.CfnResource(
        stack,
        f"endpoint-{plan.name.replace('_', '-')}",
        type="AWS::BedrockAgentCore::RuntimeEndpoint",
        properties={
            "AgentRuntimeId": made.get_att("AgentRuntimeId"),
            "AgentRuntimeVersion": made.get_att("AgentRuntimeVersion"),
            "Name": "live",
        },
    )
    return RuntimeResources(made, endpoint)


def jwt_authorizer(row: ResourceServer, hops: Hops, identity: IdentityStack) -> dict[str, Any]:
    """Issuer, audience and clients of the hop table; a tool's scope is checked by its server, which alone knows it.

    A token without an audience would be refused where one is asked for, so the scopes stand in there.
    """
    return {
        "DiscoveryUrl": identity.pools[row.pool].discovery_url,
        "AllowedClients": [identity.clients[client] for client in row.upstream_clients if client in identity.clients],
        **({"AllowedAudience": list(row.audiences)} if names_audience(row, hops) else {}),
        **({} if row.team and names_audience(row, hops) else {"AllowedScopes": list(row.scopes)}),
    }


def names_audience(row: ResourceServer, hops: Hops) -> bool:
    """Whether all tokens for this server name it; client credentials carry no audience at Cognito."""
    edges = [edge for client in hops.clients for edge in client.edges if edge.audience in row.audiences]
    return row.pool != "coach" or not row.team or any("token_exchange" in edge.grants for edge in edges)


def server_environment(
    stack: FitnessStack, row: ResourceServer, hops: Hops, identity: IdentityStack, api_url: str
) -> dict[str, Any]:
    """Settings of a team's server."""
    prefix = f"MCP_{str(row.team).upper()}_"
    keys = [client.api_key_provider for client in hops.clients_of(row.name) if client.api_key_provider]
    return {
        f"{prefix}ISSUER": identity.issuer(row.pool),
        f"{prefix}PROFILE": "cognito",
        f"{prefix}AUDIENCE_REQUIRED": json.dumps(names_audience(row, hops)),
        f"{prefix}UPSTREAM_CLIENTS": stack.to_json_string(
            [identity.clients[client] for client in row.upstream_clients if client in identity.clients]
        ),
        f"{prefix}API_URL": api_url,
        f"{prefix}REGION": stack.environment_.region,
        f"{prefix}HOST": "0.0.0.0",  # noqa: S104 - the platform alone reaches the container
        f"{prefix}PORT": _PORTS["MCP"],
        # The platform names the container as it likes, and nobody else reaches it.
        f"{prefix}ALLOWED_HOSTS": "[]",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": traces_endpoint(stack),
        **({f"{prefix}API_KEY_PROVIDER": keys[0]} if keys else {}),
    }


def coach_environment(
    stack: FitnessStack, row: ResourceServer, identity: IdentityStack, gateway_url: str, server_urls: Mapping[str, str]
) -> dict[str, Any]:
    """Settings of the coach. It reads the targets of gateway_config/ for what they want of an athlete's consent."""
    consent = f"https://consent.{stack.environment_.domain_name}"
    return {
        "COACH_TOOLS": "gateway",
        "COACH_MODEL": stack.environment_.model,
        "COACH_ISSUER": identity.issuer(row.pool),
        "COACH_PROFILE": "cognito",
        "COACH_AUDIENCES": json.dumps(row.audiences),
        "COACH_UPSTREAM_CLIENTS": stack.to_json_string([identity.clients[client] for client in row.upstream_clients]),
        "COACH_REGION": stack.environment_.region,
        "COACH_HOST": "0.0.0.0",  # noqa: S104 - as above
        "COACH_PORT": _PORTS["HTTP"],
        "COACH_CONSENT_RETURN_URL": f"{consent}/return",
        "COACH_SECRET_ID": f"{PREFIX}/settings/consent-state",
        "COACH_TARGET_VALUES": stack.to_json_string(
            {
                "ACCOUNT": stack.environment_.account,
                "REGION": stack.environment_.region,
                "URL:gateway": gateway_url,
                "URL:consent-return": consent,
                **{f"URL:mcp-{team}": url for team, url in server_urls.items()},
            }
        ),
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": traces_endpoint(stack),
        "OTEL_SEMCONV_STABILITY_OPT_IN": REDACTION,
    }


def traces_endpoint(stack: FitnessStack) -> str:
    """Where spans go: X-Ray's own address for OTLP, which wants a signature and no collector."""
    return f"https://xray.{stack.environment_.region}.amazonaws.com/v1/traces"


def invocation_url(stack: FitnessStack, made: RuntimeResources) -> str:
    """Where a runtime's server is reached: its ARN, encoded, in the path."""
    encoded = cdk.Fn.join("%2F", cdk.Fn.split("/", cdk.Fn.join("%3A", cdk.Fn.split(":", made.arn))))
    return cdk.Fn.join(
        "",
        [
            f"https://bedrock-agentcore.{stack.environment_.region}.amazonaws.com/runtimes/",
            encoded,
            "/invocations?qualifier=live",
        ],
    )
