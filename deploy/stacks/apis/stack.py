"""The four APIs put together."""

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_verifiedpermissions as permissions
from constructs import Construct

from deploy.environments import Environment
from deploy.names import PREFIX, STORING_TEAMS, TEAMS, physical
from deploy.stacks.apis.metering import usage_plans
from deploy.stacks.apis.openapi import read_operations
from deploy.stacks.apis.policy_store import policy_store
from deploy.stacks.apis.rest_api import ApiPlan, TeamRestApi
from deploy.stacks.base import FitnessStack, Statement, service_role
from deploy.stacks.data import DataStack
from deploy.stacks.firewall import associate, web_acl
from deploy.stacks.functions import FunctionPlan, PackageKeys, function, read_secret
from deploy.stacks.identity import IdentityStack
from deploy.stacks.rest import EXECUTION_LOG_GROUP
from gateway_config.hops import ResourceServer
from gateway_config.model import read_hops

POLICIES = "/var/task/gateway_config/api_policies"
#: Those whose lists have cursors that all instances must be able to open.
WITH_CURSORS = ("activities", "routes", "support")
_ITEM_VERBS = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
_BIG_MB = 1769  # one whole processor: files are parsed and trends computed
_WEATHER_TIMEOUT_S = 300


class ApisStack(FitnessStack):
    """APIs, functions, policies.

    Attributes:
        urls: Where each team's API is.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        identity: IdentityStack,
        data: DataStack,
        endpoint_id: str | None,
        log_key_arn: str,
    ) -> None:
        super().__init__(scope, "apis", environment, description="The four team APIs.")
        self._identity = identity
        self._data = data
        self._log_key_arn = log_key_arn
        self._packages = PackageKeys(self)
        self._hops = read_hops()
        self._stores = {
            name: policy_store(self, name, pool.arn, pool.pool.ref) for name, pool in identity.pools.items()
        }
        account = self._access_logs()
        private = endpoint_id is not None
        # Behind the endpoint all athletes come from the few addresses of the runtimes.
        most = 20_000 if private else 2000
        acl = web_acl(self, "apis", requests_in_five_minutes=most, files=True, from_anywhere=private)
        self.urls: dict[str, str] = {}
        for team in TEAMS:
            api = self._api(team, endpoint_id)
            api.stage.add_resource_dependency(account)
            associate(self, f"api-{team}", acl, api.stage_arn).add_resource_dependency(api.stage)
            self.urls[team] = api.url
            cdk.CfnOutput(self, f"{team.title()}Url", value=api.url, description=f"Of the {team} API.")
        self._weather()

    def _api(self, team: str, endpoint_id: str | None) -> TeamRestApi:
        row = self._hops.resource_server(f"api-{team}")
        plan = ApiPlan(
            team=team,
            operations=read_operations(team),
            handler=self._handler(team),
            authorizer=self._authorizer(team, row),
            endpoint_id=endpoint_id,
            log_key_arn=self._log_key_arn,
            # The catalogue is the same for everybody; what belongs to one athlete is never kept.
            cached=team == "routes" and self.environment_.retain_data,
        )
        api = TeamRestApi(self, plan)
        if row.metered_by:
            usage_plans(self, api, {name: self._identity.api_key(name) for name in row.metered_by})
        return api

    def _handler(self, team: str) -> lambda_.CfnFunction:
        prefix = f"{team.upper()}_API_"
        settings: dict[str, str] = {}
        statements: list[Statement] = []
        if team in STORING_TEAMS:
            settings[f"{prefix}TABLE"] = physical(team)
            statements += self._table_access(team)
        if team in WITH_CURSORS:
            secret = f"settings/api-{team}"
            settings[f"{prefix}SECRET_ID"] = f"{PREFIX}/{secret}"
            statements += read_secret(self, self._identity.key.key_arn, secret)
        plan = FunctionPlan(
            name=f"api-{team}",
            package=f"api-{team}",
            handler=f"apis.{team}.function.handler",
            description=f"Answers the API of the team {team}.",
            environment=settings,
            statements=statements,
            memory_mb=_BIG_MB if team == "activities" else 512,
        )
        return function(self, plan, self._packages.of(plan.package))

    def _authorizer(self, team: str, row: ResourceServer) -> lambda_.CfnFunction:
        store: permissions.CfnPolicyStore = self._stores[row.pool]
        clients = [self._identity.clients[client] for client in row.upstream_clients]
        user_clients = any(
            edge.audience in row.audiences and "token_exchange" in edge.grants
            for client in self._hops.clients
            for edge in client.edges
        )
        settings: Mapping[str, str] = {
            "AUTHORIZER_API": team,
            "AUTHORIZER_ISSUER": self._identity.issuer(row.pool),
            "AUTHORIZER_AUDIENCES": json.dumps(row.audiences),
            "AUTHORIZER_UPSTREAM_CLIENTS": self.to_json_string(clients),
            "AUTHORIZER_PROFILE": "cognito",
            # Client credentials carry no audience at Cognito: the client alone says for whom they are.
            "AUTHORIZER_AUDIENCE_REQUIRED": "true" if user_clients else "false",
            "AUTHORIZER_POLICIES": POLICIES,
            "AUTHORIZER_POLICY_STORE_ID": store.attr_policy_store_id,
        }
        plan = FunctionPlan(
            name=f"authorizer-{team}",
            package="authorizer",
            handler="apis.serving.authorizer_function.handler",
            description=f"Decides who may use the API of the team {team}.",
            environment=settings,
            statements=[Statement("AskOwnPolicies", ["verifiedpermissions:IsAuthorizedWithToken"], [store.attr_arn])],
        )
        return function(self, plan, self._packages.of(plan.package))

    def _weather(self) -> None:
        """The one event source: a schedule, which alone may invoke the function."""
        plan = FunctionPlan(
            name="weather",
            package="api-activities",
            handler="apis.activities.weather_function.handler",
            description="Fills in the weather of activities that came without it.",
            environment={"ACTIVITIES_API_TABLE": physical("activities"), "ACTIVITIES_API_WEATHER": "open-meteo"},
            statements=self._table_access("activities"),
            timeout_s=_WEATHER_TIMEOUT_S,
            reserved=1,
        )
        made = function(self, plan, self._packages.of(plan.package))
        rule = events.CfnRule(
            self,
            "weather-schedule",
            name=physical("weather"),
            description="Every ten minutes; a run that finds nothing ends at once.",
            schedule_expression="rate(10 minutes)",
            targets=[events.CfnRule.TargetProperty(arn=made.attr_arn, id="weather")],
        )
        lambda_.CfnPermission(
            self,
            "weather-invoke",
            action="lambda:InvokeFunction",
            function_name=made.attr_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=self.environment_.account,
        )

    def _table_access(self, table: str) -> list[Statement]:
        through = {"StringEquals": {"kms:ViaService": f"dynamodb.{self.environment_.region}.amazonaws.com"}}
        return [
            Statement("OwnItems", _ITEM_VERBS, [self.arns.table(table)]),
            Statement("OpenOwnItems", ["kms:Decrypt", "kms:GenerateDataKey"], [self._data.key.key_arn], through),
        ]

    def _access_logs(self) -> apigateway.CfnAccount:
        """API Gateway writes all its logs under one role of the account, and begins with a group of its own."""
        ours = (f"/aws/apigateway/{PREFIX}-*", "/aws/apigateway/welcome*", f"{EXECUTION_LOG_GROUP}*")
        role = service_role(
            self,
            "apigateway-logs",
            service="apigateway.amazonaws.com",
            source_arn=None,
            boundary="logging",
            statements=[
                Statement(
                    "WriteLogsOfApis",
                    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [self.arns.of("logs", f"log-group:{group}") for group in ours],
                    star="One role writes for all APIs of the account, and their ids are in the names of their logs.",
                ),
                Statement(
                    "FindGroups",
                    ["logs:DescribeLogGroups"],
                    ["*"],
                    star="It lists the groups of an account, and has no narrower resource.",
                ),
            ],
            description="Writes the logs of the APIs.",
        )
        return apigateway.CfnAccount(self, "apigateway-account", cloud_watch_role_arn=role.role_arn)
