"""Where is written what happened: log groups under a key of their own, alarms, one dashboard.

Everything is known by name, so this stack stands before those that write. Log groups of AgentCore Runtime carry the
service's own suffix and are made by it on the first start; `docs/first-live-run.md` sets their retention and key.
"""

from collections.abc import Iterable
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from deploy import names
from deploy.environments import Environment
from deploy.stacks.base import FitnessStack
from deploy.stacks.spans import search_spans

_RETENTION: Final = {
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}
_FIVE_MINUTES = cdk.Duration.minutes(5)


class ObservabilityStack(FitnessStack):
    """Log groups, their key, traces, alarms.

    Attributes:
        key: Of the log groups.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "observability", environment, description="Logs, traces and alarms.")
        self.key = self._log_key()
        for group in log_groups():
            logs.LogGroup(
                self,
                f"logs{group.replace('/', '-')}",
                log_group_name=group,
                retention=_RETENTION[environment.log_retention_days],
                encryption_key=self.key,
                removal_policy=self.removal_policy,
            )
        topic = self._topic()
        alarms = [
            *self._function_alarms(),
            *self._api_alarms(),
            *self._table_alarms(),
            *self._agentcore_alarms(),
            *self._firewall_alarms(),
        ]
        for alarm in alarms:
            alarm.add_alarm_action(actions.SnsAction(topic))
        board = cloudwatch.Dashboard(self, "dashboard", dashboard_name=names.physical("coach"))
        board.add_widgets(cloudwatch.AlarmStatusWidget(alarms=alarms, width=24, title="What is wrong"))
        board.add_widgets(self._latencies(), self._traffic())
        search_spans(self)

    def _log_key(self) -> kms.Key:
        key = kms.Key(self, "log-key", description="Logs", enable_key_rotation=True, removal_policy=self.removal_policy)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogsOfThisAccount",
                principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                resources=["*"],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": self.arns.of("logs", "log-group:*")},
                },
            )
        )
        return key

    def _topic(self) -> sns.Topic:
        """Alarms go here under the same key; CloudWatch may use it for this topic alone."""
        topic = sns.Topic(self, "alarms", topic_name=names.physical("alarms"), master_key=self.key, enforce_ssl=True)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                    iam.ServicePrincipal("events.amazonaws.com"),
                ],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.environment_.account}},
            )
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                # A topic with a policy has no other: without this no alarm would arrive.
                sid="AlarmsAndFindingsOfThisAccount",
                principals=[
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                    iam.ServicePrincipal("events.amazonaws.com"),
                ],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.environment_.account}},
            )
        )
        if self.environment_.alarm_email is not None:
            sns.CfnSubscription(
                self, "on-call", topic_arn=topic.topic_arn, protocol="email", endpoint=self.environment_.alarm_email
            )
        return topic

    def _function_alarms(self) -> Iterable[cloudwatch.Alarm]:
        for function in names.functions():
            dimensions = {"FunctionName": names.physical(function)}
            for metric, words in (("Errors", "crashes"), ("Throttles", "is throttled")):
                yield self._alarm(
                    f"{function}-{metric.lower()}", f"{function} {words}", "AWS/Lambda", metric, dimensions, threshold=1
                )

    def _api_alarms(self) -> Iterable[cloudwatch.Alarm]:
        for team in names.TEAMS:
            dimensions = {"ApiName": names.physical(f"api-{team}"), "Stage": names.STAGE}
            yield self._alarm(
                f"api-{team}-5xx", f"The {team} API fails", "AWS/ApiGateway", "5XXError", dimensions, threshold=5
            )
            yield self._alarm(
                f"api-{team}-4xx",
                f"The {team} API refuses unusually much: a client gone wrong, or somebody trying doors",
                "AWS/ApiGateway",
                "4XXError",
                dimensions,
                threshold=200,
            )
            yield self._alarm(
                f"api-{team}-slow",
                f"One answer of the {team} API in a hundred takes more than 3 s",
                "AWS/ApiGateway",
                "Latency",
                dimensions,
                threshold=3000,
                statistic="p99",
            )

    def _table_alarms(self) -> Iterable[cloudwatch.Alarm]:
        for table in names.STORING_TEAMS:
            dimensions = {"TableName": names.physical(table)}
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
                yield self._alarm(
                    f"{table}-{metric}",
                    f"The table {table} is throttled",
                    "AWS/DynamoDB",
                    metric,
                    dimensions,
                    threshold=1,
                )

    def _agentcore_alarms(self) -> Iterable[cloudwatch.Alarm]:
        """Queries, because AgentCore counts by resources whose ids nobody knows before they are made."""
        for door, operation in (("gateway", "InvokeGateway"), ("runtimes", "InvokeAgentRuntime")):
            for metric, threshold in (("SystemErrors", 1), ("Throttles", 10)):
                yield self._alarm_of(
                    f"{door}-{metric}",
                    f"AgentCore, {door}: {metric}",
                    _query(f"SUM({metric})", '"AWS/Bedrock-AgentCore"', f"Operation = '{operation}'"),
                    threshold=threshold,
                )

    def _firewall_alarms(self) -> Iterable[cloudwatch.Alarm]:
        yield self._alarm_of(
            "firewalls-refuse",
            "The firewalls refuse unusually much: somebody tries doors, or a rule hits athletes",
            _query("SUM(BlockedRequests)", '"AWS/WAFV2"', "Rule = 'ALL'"),
            threshold=500,
        )

    def _alarm(
        self,
        name: str,
        description: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        *,
        threshold: float,
        statistic: str = "Sum",
    ) -> cloudwatch.Alarm:
        measured = cloudwatch.Metric(
            namespace=namespace,
            metric_name=metric,
            dimensions_map=dimensions,
            statistic=statistic,
            period=_FIVE_MINUTES,
        )
        return self._alarm_of(name, description, measured, threshold=threshold)

    def _alarm_of(
        self, name: str, description: str, measured: cloudwatch.IMetric, *, threshold: float
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_name=names.physical(name),
            alarm_description=description,
            metric=measured,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _latencies(self) -> cloudwatch.GraphWidget:
        return self._graph("Latency of the APIs, p99 ms", "Latency", "p99")

    def _traffic(self) -> cloudwatch.GraphWidget:
        return self._graph("Requests in five minutes", "Count", "Sum")

    def _graph(self, title: str, metric: str, statistic: str) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            width=12,
            left=[
                cloudwatch.Metric(
                    namespace="AWS/ApiGateway",
                    metric_name=metric,
                    dimensions_map={"ApiName": names.physical(f"api-{team}"), "Stage": names.STAGE},
                    statistic=statistic,
                    period=_FIVE_MINUTES,
                    label=team,
                )
                for team in names.TEAMS
            ],
        )


def _query(what: str, namespace: str, where: str) -> cloudwatch.MathExpression:
    asked = f"SELECT {what} FROM {namespace} WHERE {where}"  # noqa: S608 - of CloudWatch, made of our own words
    return cloudwatch.MathExpression(expression=asked, using_metrics={}, period=_FIVE_MINUTES)


def log_groups() -> tuple[str, ...]:
    """All that exist before something writes into them."""
    return (
        *map(names.function_log_group, names.functions()),
        *map(names.api_log_group, names.TEAMS),
        names.CONSENT_LOG_GROUP,
        names.GATEWAY_LOG_GROUP,
        names.NETWORK_LOG_GROUP,
        names.WAF_LOG_GROUP,
    )
