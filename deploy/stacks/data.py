"""Tables: one for each team that keeps something.

Keys and items are those of `docs/decisions/0023`. On demand, because nobody knows the load of the first month.
"""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from deploy.environments import Environment
from deploy.names import STORING_TEAMS, physical
from deploy.stacks.base import FitnessStack


class DataStack(FitnessStack):
    """Tables under one key.

    Attributes:
        key: Of all of them; a role that may use it still needs its own table's verbs.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "data", environment, description="Tables of the teams, and their key.")
        self.key = kms.Key(
            self, "data-key", description="Tables", enable_key_rotation=True, removal_policy=self.removal_policy
        )
        for name in STORING_TEAMS:
            dynamodb.Table(
                self,
                f"{name}-table",
                table_name=physical(name),
                partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
                time_to_live_attribute="ttl",
                billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
                encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
                encryption_key=self.key,
                point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                    point_in_time_recovery_enabled=True
                ),
                deletion_protection=environment.retain_data,
                removal_policy=self.removal_policy,
            )
