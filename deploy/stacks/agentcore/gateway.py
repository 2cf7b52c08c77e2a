"""Gateway, targets, policies and credential providers: gateway_config/ with the values of one account."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from deploy.names import GATEWAY, TEAMS, secret_name
from deploy.stacks.agentcore.shapes import properties
from deploy.stacks.base import FitnessStack
from deploy.stacks.identity import IdentityStack
from gateway_config.model import GatewayConfig, read_config
from gateway_config.tool_policy import read_tool_policies

# Where a token of CloudFormation could not pass the reader's check of an ARN.
_GATEWAY_ARN: Final = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/coach-0000000000"
# A policy names a client as hops.yaml does; a token carries the id that Cognito made.
_CLIENT: Final = re.compile(r'(?<=principal\.getTag\("client_id"\)\) == ")([\w-]+)(?=")')
# No value of a secret is ever in a template: providers name the secret instead.
_NO_VALUE: Final = "external"


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """What the gateway is made of.

    Attributes:
        urls: Of the teams' servers, by team.
        endpoints: Of the teams' servers; tools are asked for there.
        support_api: URL of the support API, whose help articles are public.
        key: Encrypts gateway and policies.
        private_endpoint: How the gateway reaches a private API; None where APIs are public.
    """

    urls: Mapping[str, str]
    endpoints: tuple[cdk.CfnResource, ...]
    support_api: str
    key: kms.IKey
    private_endpoint: Mapping[str, Any] | None


def values(
    stack: FitnessStack, identity: IdentityStack, parts: GatewayParts, config_secrets: list[str]
) -> dict[str, str]:
    """What the placeholders of gateway_config/ stand for in this account."""
    environment = stack.environment_
    return {
        "ACCOUNT": environment.account,
        "REGION": environment.region,
        **{f"ISSUER:{pool}": identity.issuer(pool) for pool in identity.pools},
        **{f"URL:mcp-{team}": parts.urls[team] for team in TEAMS},
        "URL:api-support": parts.support_api,
        "URL:consent-return": f"https://consent.{environment.domain_name}",
        "URL:gateway": environment.known_after_first_deployment.gateway_url or "",
        "POLICY_ENGINE_ARN": "",
        **{f"SECRET:{name}": _NO_VALUE for name in config_secrets},
    }


class GatewayResources:
    """The gateway of one environment.

    Attributes:
        engine: Policy engine.
        gateway: The gateway.
        providers: Credential providers by name, API keys too.
    """

    def __init__(
        self, stack: FitnessStack, identity: IdentityStack, parts: GatewayParts, config: GatewayConfig
    ) -> None:
        self._stack = stack
        self._identity = identity
        self._parts = parts
        self._config = config
        self.engine = self._resource(
            "policy-engine",
            "PolicyEngine",
            {**properties(config.policy_engine_request), "EncryptionKeyArn": parts.key.key_arn},
        )
        self.providers = {
            **{request["name"]: self._oauth_provider(request) for request in config.credential_providers},
            **{request["name"]: self._api_key_provider(request) for request in config.api_key_providers},
        }

    def attach(self, role: iam.IRole) -> None:
        """Makes the gateway under its role, then what belongs to it, each after what it is checked against.

        A gateway asks a server for its tools when the target is made, so the server's endpoint is there before; and
        a policy is checked against the tools that the gateway has.
        """
        self.gateway = self._gateway(role)
        targets = [self._target(request) for request in self._config.target_requests]
        for target in targets:
            _after(target, self._parts.endpoints)
        for policy in self._policies():
            _after(policy, targets)

    @property
    def url(self) -> str:
        return self.gateway.get_att("GatewayUrl").to_string()

    def _gateway(self, role: iam.IRole) -> cdk.CfnResource:
        request = properties(self._config.gateway_request)
        jwt = request["AuthorizerConfiguration"]["CustomJWTAuthorizer"]
        # Without its own URL until AWS has made it: a gateway cannot name what it does not have yet.
        jwt["AllowedAudience"] = [audience for audience in jwt["AllowedAudience"] if audience]
        jwt["AllowedClients"] = [self._identity.clients[client] for client in jwt["AllowedClients"]]
        request["PolicyEngineConfiguration"]["Arn"] = self.engine.get_att("PolicyEngineArn")
        return self._resource(
            "gateway",
            "Gateway",
            {
                **request,
                "Name": GATEWAY,
                "RoleArn": role.role_arn,
                "KmsKeyArn": self._parts.key.key_arn,
                # If the firewall cannot be asked, nobody comes in.
                "WafConfiguration": {"FailureMode": "FAIL_CLOSE"},
            },
        )

    def _oauth_provider(self, request: Mapping[str, Any]) -> cdk.CfnResource:
        converted = properties(request)
        custom = converted["Oauth2ProviderConfigInput"]["CustomOauth2ProviderConfig"]
        del custom["ClientSecret"]
        name = request["name"]
        custom |= {
            "ClientId": self._identity.clients[name],
            "ClientSecretSource": "EXTERNAL",
            "ClientSecretConfig": {"SecretId": secret_name(f"client/{name}"), "JsonKey": "client_secret"},
        }
        return self._resource(f"provider-{name}", "OAuth2CredentialProvider", converted)

    def _api_key_provider(self, request: Mapping[str, Any]) -> cdk.CfnResource:
        name = request["name"]
        return self._resource(
            f"key-provider-{name}",
            "ApiKeyCredentialProvider",
            {
                "Name": name,
                "ApiKeySecretSource": "EXTERNAL",
                "ApiKeySecretConfig": {"SecretId": secret_name(f"api-key/{name}"), "JsonKey": "api_key"},
            },
        )

    def _target(self, request: Mapping[str, Any]) -> cdk.CfnResource:
        converted = properties(request)
        for configured in converted["CredentialProviderConfigurations"]:
            for credential in configured["CredentialProvider"].values():
                name = credential["ProviderArn"].rpartition("/")[2]
                credential["ProviderArn"] = self.providers[name].get_att("CredentialProviderArn")
        if self._parts.private_endpoint is not None and "OpenApiSchema" in converted["TargetConfiguration"]["Mcp"]:
            converted["PrivateEndpoint"] = dict(self._parts.private_endpoint)
        return self._resource(
            f"target-{request['name']}",
            "GatewayTarget",
            {**converted, "GatewayIdentifier": self.gateway.get_att("GatewayIdentifier")},
        )

    def _policies(self) -> Iterable[cdk.CfnResource]:
        for policy in read_tool_policies({"GATEWAY_ARN": _GATEWAY_ARN}):
            request = policy.create_request("")
            statement = self._statement(request["definition"]["cedar"]["statement"])
            yield self._resource(
                f"policy-{policy.name}",
                "Policy",
                {
                    "Name": policy.name,
                    "PolicyEngineId": self.engine.get_att("PolicyEngineId"),
                    "Definition": {"Cedar": {"Statement": statement}},
                    "ValidationMode": request["validationMode"],
                    "EnforcementMode": request["enforcementMode"],
                },
            )

    def _statement(self, cedar: str) -> str:
        """The statement with the gateway and the clients of this account."""
        of_account = _CLIENT.sub(lambda found: self._identity.clients[found[0]], cedar)
        return of_account.replace(_GATEWAY_ARN, self.gateway.get_att("GatewayArn").to_string())

    def _resource(self, name: str, kind: str, content: Mapping[str, Any]) -> cdk.CfnResource:
        return cdk.CfnResource(self._stack, name, type=f"AWS::BedrockAgentCore::{kind}", properties=dict(content))


def _after(resource: cdk.CfnResource, others: Iterable[cdk.CfnResource]) -> None:
    for other in others:
        resource.add_resource_dependency(other)


def config_for(stack: FitnessStack, identity: IdentityStack, parts: GatewayParts) -> GatewayConfig:
    """gateway_config/ for this account."""
    secrets = [*identity.clients, *identity.api_key_providers]
    return read_config(values(stack, identity, parts, secrets))
