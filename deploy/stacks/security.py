"""Who watches the account: GuardDuty, Config, CloudTrail, Access Analyzer; findings go to the alarms' topic.

Inspector has no resource in CloudFormation that turns it on; the first deployment does (`docs/aws.md`), and what it
finds arrives here by the same rule.
"""

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_config as config
from aws_cdk import aws_events as events
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from deploy.environments import Environment
from deploy.names import PREFIX, physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack, Statement, service_role

_FEATURES: Final = ("LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "S3_DATA_EVENTS")
#: Managed rules of AWS Config, each with what it holds.
CONFIG_RULES: Final = {
    "CLOUD_TRAIL_ENABLED": "somebody writes down who did what",
    "CMK_BACKING_KEY_ROTATION_ENABLED": "keys rotate",
    "DYNAMODB_PITR_ENABLED": "tables can be put back",
    "DYNAMODB_TABLE_ENCRYPTED_KMS": "tables are under a key of ours",
    "GUARDDUTY_ENABLED_CENTRALIZED": "GuardDuty looks",
    "IAM_NO_INLINE_POLICY_CHECK": "no person or group has a policy of their own",
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": "nobody keeps keys that they do not use",
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED": "no function is open to everybody",
    "S3_BUCKET_PUBLIC_READ_PROHIBITED": "no bucket is read by everybody",
    "S3_BUCKET_SSL_REQUESTS_ONLY": "buckets are reached encrypted",
    "SECRETSMANAGER_USING_CMK": "secrets are under a key of ours",
}
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
        self._config(key, bucket)
        self._findings()

    def _key(self) -> kms.Key:
        key = kms.Key(
            self, "key", description="Audit trail", enable_key_rotation=True, removal_policy=self.removal_policy
        )
        for sid, service in (("Trail", "cloudtrail.amazonaws.com"), ("Recorder", "config.amazonaws.com")):
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=f"{sid}OfThisAccount",
                    principals=[iam.ServicePrincipal(service)],
                    actions=_TRAIL_KEY_ACTIONS,
                    resources=["*"],
                    conditions={"StringEquals": {"aws:SourceAccount": self.environment_.account}},
                )
            )
        return key

    def _bucket(self, key: kms.Key) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "audit",
            bucket_name=audit_bucket(self.environment_),
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        for sid, service in (("Trail", "cloudtrail.amazonaws.com"), ("Recorder", "config.amazonaws.com")):
            own = {"StringEquals": {"aws:SourceAccount": self.environment_.account}}
            for suffix, action, resource in (
                ("Looks", "s3:GetBucketAcl", bucket.bucket_arn),
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
        acknowledge(bucket, {"AwsSolutions-S1": "It is the log; a log of the log would need one too."})
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

    def _config(self, key: kms.Key, bucket: s3.Bucket) -> None:
        environment = self.environment_
        role = service_role(
            self,
            "config-recorder",
            service="config.amazonaws.com",
            source_arn=None,
            boundary="recorder",
            statements=[
                Statement("LookAtWhatIsThere", _LOOK, ["*"], star="A recorder looks at all resources of the account."),
                Statement("KnowOwnBucket", ["s3:GetBucketAcl"], [bucket.bucket_arn]),
                Statement(
                    "WriteOwnRecords",
                    ["s3:PutObject"],
                    [f"arn:aws:s3:::{audit_bucket(environment)}/AWSLogs/{environment.account}/Config/*"],
                    star="Config names its files.",
                ),
                Statement("OwnKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn]),
            ],
            description="Records how resources are configured.",
        )
        recorder = config.CfnConfigurationRecorder(
            self,
            "recorder",
            name=physical("recorder"),
            role_arn=role.role_arn,
            recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
                all_supported=True, include_global_resource_types=True
            ),
        )
        channel = config.CfnDeliveryChannel(
            self, "channel", name=physical("channel"), s3_bucket_name=bucket.bucket_name, s3_kms_key_arn=key.key_arn
        )
        for rule, meaning in CONFIG_RULES.items():
            made = config.CfnConfigRule(
                self,
                f"rule-{rule.lower().replace('_', '-')}",
                config_rule_name=physical(rule.lower().replace("_", "-")),
                description=f"Holds that {meaning}.",
                source=config.CfnConfigRule.SourceProperty(owner="AWS", source_identifier=rule),
            )
            made.add_resource_dependency(recorder)
            made.add_resource_dependency(channel)

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


#: Reading alone: what the recorder needs of the services that this system has.
_LOOK: Final = [
    "apigateway:GET",
    "bedrock-agentcore:GetAgentRuntime",
    "bedrock-agentcore:GetGateway",
    "bedrock-agentcore:ListAgentRuntimes",
    "bedrock-agentcore:ListGateways",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "guardduty:GetDetector",
    "guardduty:ListDetectors",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "kms:DescribeKey",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecrets",
]


def audit_bucket(environment: Environment) -> str:
    """Name of the bucket that trail and recorder write to."""
    return f"{PREFIX}-audit-{environment.account}-{environment.region}"


def _selector(name: str, fields: dict[str, list[str]]) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name=name, field_selectors=[_field(field, equal_to=values) for field, values in fields.items()]
    )


def _field(
    name: str, *, equal_to: list[str] | None = None, starts_with: list[str] | None = None
) -> cloudtrail.CfnTrail.AdvancedFieldSelectorProperty:
    return cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(field=name, equal_to=equal_to, starts_with=starts_with)
