"""Who watches the account: GuardDuty, Config, CloudTrail, Access Analyzer; findings go to the alarms' topic.

Inspector has no resource that turns it on in an account: the organization's policy does (`organization`), and where
there is none `aws inspector2 enable --resource-types LAMBDA LAMBDA_CODE`. What it finds arrives here by the same rule,
and a rule of AWS Config tells if it does not look.
"""

from typing import Any, Final

from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_events as events
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from deploy.environments import Environment
from deploy.names import PREFIX, physical
from deploy.stacks.base import FitnessStack
from deploy.stacks.buckets import closed_bucket
from deploy.stacks.config_rules import audit_bucket, record_and_check

_FEATURES: Final = ("LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "S3_DATA_EVENTS")
_TRAIL_KEY_ACTIONS: Final = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]
_MEDIUM: Final = 4


class SecurityStack(FitnessStack):
    """One of each in the account."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "security", environment, description="Who watches the account.")
        guardduty.CfnDetector(
            self,
            "guardduty",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            features=[
                guardduty.CfnDetector.CFNFeatureConfigurationProperty(name=name, status="ENABLED") for name in _FEATURES
            ],
        )
        accessanalyzer.CfnAnalyzer(self, "access-analyzer", analyzer_name=physical("external-access"), type="ACCOUNT")
        key = self._key()
        bucket = self._bucket(key)
        self._trail(key, bucket)
        record_and_check(self, key, bucket)
        self._findings()

    def _key(self) -> kms.Key:
        key = kms.Key(
            self, "key", description="Audit trail", enable_key_rotation=True, removal_policy=self.removal_policy
        )
        for sid, service, own in self._writers():
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=f"{sid}OfThisAccount",
                    principals=[iam.ServicePrincipal(service)],
                    actions=_TRAIL_KEY_ACTIONS,
                    resources=["*"],
                    conditions=own,
                )
            )
        return key

    def _writers(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Who writes, and for whom: one trail says which it is, Config says the account."""
        trail = self.arns.of("cloudtrail", f"trail/{physical('audit')}")
        account = self.environment_.account
        return [
            ("Trail", "cloudtrail.amazonaws.com", {"StringEquals": {"aws:SourceArn": trail}}),
            ("Recorder", "config.amazonaws.com", {"StringEquals": {"aws:SourceAccount": account}}),
        ]

    def _bucket(self, key: kms.Key) -> s3.Bucket:
        log = "It is the log; a log of the log would need one too."
        bucket = closed_bucket(self, "audit", audit_bucket(self.environment_), key, kept=True, recorded=log)
        for sid, service, own in self._writers():
            for suffix, action, resource in (
                ("Looks", "s3:GetBucketAcl", bucket.bucket_arn),
                ("Finds", "s3:ListBucket", bucket.bucket_arn),
                ("Writes", "s3:PutObject", f"{bucket.bucket_arn}/AWSLogs/{self.environment_.account}/*"),
            ):
                bucket.add_to_resource_policy(
                    iam.PolicyStatement(
                        sid=f"{sid}{suffix}",
                        principals=[iam.ServicePrincipal(service)],
                        actions=[action],
                        resources=[resource],
                        conditions=own,
                    )
                )
        return bucket

    def _trail(self, key: kms.Key, bucket: s3.Bucket) -> None:
        """Management events, and who read or wrote packages and plans."""
        trail = cloudtrail.CfnTrail(
            self,
            "trail",
            trail_name=physical("audit"),
            s3_bucket_name=bucket.bucket_name,
            kms_key_id=key.key_arn,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            advanced_event_selectors=[
                _selector("Management", {"eventCategory": ["Management"]}),
                cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
                    name="Packages and plans",
                    field_selectors=[
                        _field("eventCategory", equal_to=["Data"]),
                        _field("resources.type", equal_to=["AWS::S3::Object"]),
                        _field("resources.ARN", starts_with=[f"arn:aws:s3:::{PREFIX}-p"]),
                    ],
                ),
            ],
        )
        if bucket.policy is not None:  # the trail is refused before it may write
            trail.node.add_dependency(bucket.policy)

    def _findings(self) -> None:
        """GuardDuty and Inspector from medium on, and rules that are broken."""
        patterns: dict[str, dict[str, Any]] = {
            "guardduty-findings": {
                "source": ["aws.guardduty"],
                "detail-type": ["GuardDuty Finding"],
                "detail": {"severity": [{"numeric": [">=", _MEDIUM]}]},
            },
            "inspector-findings": {
                "source": ["aws.inspector2"],
                "detail-type": ["Inspector2 Finding"],
                "detail": {"severity": ["CRITICAL", "HIGH", "MEDIUM"], "status": ["ACTIVE"]},
            },
            "broken-rules": {
                "source": ["aws.config"],
                "detail-type": ["Config Rules Compliance Change"],
                "detail": {"newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]}},
            },
        }
        for name, pattern in patterns.items():
            events.CfnRule(
                self,
                name,
                name=physical(name),
                event_pattern=pattern,
                targets=[
                    events.CfnRule.TargetProperty(id="alarms", arn=self.arns.of("sns", physical("alarms"))),
                ],
            )


def _selector(name: str, fields: dict[str, list[str]]) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name=name, field_selectors=[_field(field, equal_to=values) for field, values in fields.items()]
    )


def _field(
    name: str, *, equal_to: list[str] | None = None, starts_with: list[str] | None = None
) -> cloudtrail.CfnTrail.AdvancedFieldSelectorProperty:
    return cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(field=name, equal_to=equal_to, starts_with=starts_with)
