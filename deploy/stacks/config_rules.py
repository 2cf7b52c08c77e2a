"""AWS Config: what is recorded of the account, and the rules that it is held to."""

from typing import Final

from aws_cdk import aws_config as config
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from deploy.environments import Environment
from deploy.names import PREFIX, physical
from deploy.stacks.base import FitnessStack, Statement, service_role

#: Managed rules of AWS Config, each with what it holds.
CONFIG_RULES: Final = {
    "API_GW_ASSOCIATED_WITH_WAF": "stages of REST APIs stand behind a firewall",
    "API_GW_ENDPOINT_TYPE_CHECK": "REST APIs say what endpoint they have",
    "CLOUD_TRAIL_ENABLED": "somebody writes down who did what",
    "CMK_BACKING_KEY_ROTATION_ENABLED": "keys rotate",
    "DYNAMODB_PITR_ENABLED": "tables can be put back",
    "DYNAMODB_TABLE_ENCRYPTED_KMS": "tables are under a key of ours",
    "GUARDDUTY_ENABLED_CENTRALIZED": "GuardDuty looks",
    "IAM_ROOT_ACCESS_KEY_CHECK": "the root user has no key",
    # Not IAM_NO_INLINE_POLICY_CHECK, which finds roles as well: ours have one policy each, in sight of their trust.
    "IAM_USER_NO_POLICIES_CHECK": "no person has a policy of their own",
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": "nobody keeps keys that they do not use",
    "INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED": "Inspector looks",
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED": "no function is open to everybody",
    "S3_BUCKET_PUBLIC_READ_PROHIBITED": "no bucket is read by everybody",
    "S3_BUCKET_SSL_REQUESTS_ONLY": "buckets are reached encrypted",
    "SECRETSMANAGER_USING_CMK": "secrets are under a key of ours",
}
# Which endpoint a REST API gets that names none: EDGE, past the service control policy, which sees no name.
_INPUTS: Final = {"API_GW_ENDPOINT_TYPE_CHECK": {"endpointConfigurationTypes": "PRIVATE,REGIONAL"}}
#: What the rules ask about, and what the recorder's role may look at.
RECORDED: Final = (
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::CloudTrail::Trail",
    "AWS::DynamoDB::Table",
    "AWS::IAM::User",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
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


def record_and_check(stack: FitnessStack, key: kms.IKey, bucket: s3.IBucket) -> None:
    """The recorder, where it writes, and the rules, which ask about what it recorded."""
    environment = stack.environment_
    role = service_role(
        stack,
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
        stack,
        "recorder",
        name=physical("recorder"),
        role_arn=role.role_arn,
        recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
            all_supported=False, include_global_resource_types=False, resource_types=list(RECORDED)
        ),
    )
    channel = config.CfnDeliveryChannel(
        stack, "channel", name=physical("channel"), s3_bucket_name=bucket.bucket_name, s3_kms_key_arn=key.key_arn
    )
    for rule, meaning in CONFIG_RULES.items():
        made = config.CfnConfigRule(
            stack,
            f"rule-{rule.lower().replace('_', '-')}",
            config_rule_name=physical(rule.lower().replace("_", "-")),
            description=f"Holds that {meaning}.",
            source=config.CfnConfigRule.SourceProperty(owner="AWS", source_identifier=rule),
            input_parameters=_INPUTS.get(rule),
        )
        made.add_resource_dependency(recorder)
        made.add_resource_dependency(channel)


def audit_bucket(environment: Environment) -> str:
    """Name of the bucket that trail and recorder write to."""
    return f"{PREFIX}-audit-{environment.account}-{environment.region}"
