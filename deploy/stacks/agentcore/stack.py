"""Runtimes, gateway and memory put together. Servers first, then the gateway that knows them, then the coach."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from deploy.environments import Environment
from deploy.names import TEAMS, runtime_name
from deploy.stacks.agentcore import roles
from deploy.stacks.agentcore.delivery import deliver_log
from deploy.stacks.agentcore.gateway import GatewayParts, GatewayResources, config_for
from deploy.stacks.agentcore.memory import browser, code_interpreter, memory
from deploy.stacks.agentcore.runtimes import (
    Network,
    RuntimePlan,
    RuntimeResources,
    coach_environment,
    invocation_url,
    jwt_authorizer,
    runtime,
    server_environment,
)
from deploy.stacks.apis import ApisStack
from deploy.stacks.base import FitnessStack, Statement
from deploy.stacks.buckets import closed_bucket
from deploy.stacks.firewall import associate, web_acl
from deploy.stacks.functions import PackageKeys
from deploy.stacks.identity import IdentityStack
from deploy.stacks.network import NetworkStack
from gateway_config.model import read_hops


class AgentCoreStack(FitnessStack):
    """All of AgentCore in one environment."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        identity: IdentityStack,
        apis: ApisStack,
        network: NetworkStack | None,
    ) -> None:
        super().__init__(scope, "agentcore", environment, description="Runtimes, gateway, token vault and memory.")
        self._identity = identity
        self._hops = read_hops()
        self._packages = PackageKeys(self)
        self._network = Network(network.subnet_ids, network.security_group_id) if network else Network()
        key = self._own_key()
        servers = {team: self._server(team, apis.urls[team]) for team in TEAMS}
        self._server_urls = {team: invocation_url(self, made) for team, made in servers.items()}
        self._gateway = self._front_door(key, servers, apis, network)
        remembered = memory(self, key)
        if environment.code_interpreter:
            code_interpreter(self)
        if environment.browser:
            browser(self)
        self._plans(key)
        self._make_coach(remembered)
        self._outputs()

    def _own_key(self) -> kms.Key:
        key = kms.Key(
            self,
            "key",
            description="Gateway, policies and memory",
            enable_key_rotation=True,
            removal_policy=self.removal_policy,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AgentCoreOfThisAccount",
                principals=[iam.ServicePrincipal(roles.SERVICE)],
                actions=["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.environment_.account}},
            )
        )
        return key

    def _server(self, team: str, api_url: str) -> RuntimeResources:
        workload = f"mcp-{team}"
        row = self._hops.resource_server(workload)
        role = roles.runtime_role(self, workload, self._hops, secrets_key=self._identity.key.key_arn)
        plan = RuntimePlan(
            workload=workload,
            name=runtime_name(workload),
            protocol="MCP",
            environment=server_environment(self, row, self._hops, self._identity, api_url),
            jwt=jwt_authorizer(row, self._hops, self._identity),
        )
        return runtime(self, plan, role, self._packages, self._network)

    def _front_door(
        self, key: kms.Key, servers: dict[str, RuntimeResources], apis: ApisStack, network: NetworkStack | None
    ) -> GatewayResources:
        parts = GatewayParts(
            urls=self._server_urls,
            endpoints=tuple(made.endpoint for made in servers.values()),
            support_api=apis.urls["support"],
            key=key,
            private_endpoint=network.managed_endpoint if network else None,
        )
        gateway = GatewayResources(self, self._identity, parts, config_for(self, self._identity, parts))
        gateway.attach(
            roles.gateway_role(
                self,
                self._hops,
                secrets_key=self._identity.key.key_arn,
                key_arn=key.key_arn,
                engine_arn=gateway.engine.get_att("PolicyEngineArn").to_string(),
            )
        )
        acl = web_acl(self, "gateway", requests_in_five_minutes=2000)
        arn = gateway.gateway.get_att("GatewayArn").to_string()
        associate(self, "gateway", acl, arn)
        deliver_log(self, arn)
        return gateway

    def _make_coach(self, remembered: cdk.CfnResource) -> None:
        row = self._hops.resource_server("coach")
        model = roles.model_access(self, self.environment_.model, remembered.get_att("MemoryArn").to_string())
        role = roles.runtime_role(self, "coach", self._hops, secrets_key=self._identity.key.key_arn, model=model)
        environment = coach_environment(self, row, self._identity, self._gateway.url, self._server_urls)
        environment["COACH_MEMORY_ID"] = remembered.get_att("MemoryId").to_string()
        plan = RuntimePlan(
            "coach", runtime_name("coach"), "HTTP", environment, jwt_authorizer(row, self._hops, self._identity)
        )
        self._coach = runtime(self, plan, role, self._packages, self._network)
        if self.environment_.iam_runtime:
            self._for_roles(environment, model)

    def _for_roles(self, environment: dict[str, object], model: list[Statement]) -> None:
        """A second coach for callers that have an execution role and no person: SigV4 in, no token, no athlete's data.

        The coach answers whoever comes without a person's token that a sign-in is needed (`agent.athlete.identify`).
        """
        role = roles.runtime_role(
            self, "coach", self._hops, secrets_key=self._identity.key.key_arn, model=model, variant="-iam"
        )
        plan = RuntimePlan("coach", f"{runtime_name('coach')}_iam", "HTTP", environment, None)
        runtime(self, plan, role, self._packages, self._network)

    def _plans(self, key: kms.Key) -> None:
        """Training plans that the coach's role reads: the one target that a role opens, and no token."""
        closed_bucket(self, "plans", roles.plans_bucket(self.arns), key)

    def _outputs(self) -> None:
        cdk.CfnOutput(self, "GatewayUrl", value=self._gateway.url, description="Second audience of the gateway.")
        cdk.CfnOutput(self, "CoachRuntimeArn", value=self._coach.arn, description="For InvokeAgentRuntime.")
        cdk.CfnOutput(self, "CoachUrl", value=invocation_url(self, self._coach), description="The same, with a bearer.")
        for team, url in self._server_urls.items():
            cdk.CfnOutput(self, f"Mcp{team.title()}Url", value=url, description=f"MCP server of {team}.")
        for name, provider in self._gateway.providers.items():
            if name.endswith("-federation"):
                cdk.CfnOutput(
                    self,
                    f"CallbackUrl{name.title().replace('-', '')}",
                    value=provider.get_att("CallbackUrl").to_string(),
                    description=f"Redirect URI of {name}.",
                )
