"""Logs, tables, buckets and keys."""

from collections.abc import Iterator
from typing import Any, Final

from deploy.checks.findings import Finding, Templates, resources

_CLOSED: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def logs_are_kept_and_encrypted(templates: Templates) -> Iterator[Finding]:
    """For a time that is said, under a key of ours (W05)."""
    for group in resources(templates, "AWS::Logs::LogGroup"):
        for member in ("RetentionInDays", "KmsKeyId"):
            if member not in group.properties:
                yield group.wrong("logs_are_kept_and_encrypted", f"it needs {member}")


def data_is_encrypted_by_own_keys(templates: Templates) -> Iterator[Finding]:
    """Tables with their backups, secrets, memory and policies."""
    for table in resources(templates, "AWS::DynamoDB::Table"):
        properties = table.properties
        if not properties.get("SSESpecification", {}).get("KMSMasterKeyId"):
            yield table.wrong("data_is_encrypted_by_own_keys", "it needs a key of ours")
        if not properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield table.wrong("data_is_encrypted_by_own_keys", "it needs point-in-time recovery")
    for kind, member in (
        ("AWS::SecretsManager::Secret", "KmsKeyId"),
        ("AWS::BedrockAgentCore::Memory", "EncryptionKeyArn"),
        ("AWS::BedrockAgentCore::PolicyEngine", "EncryptionKeyArn"),
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
        ("AWS::CloudTrail::Trail", "KMSKeyId"),
    ):
        for resource in resources(templates, kind):
            if not resource.properties.get(member):
                yield resource.wrong("data_is_encrypted_by_own_keys", f"it needs {member}")


def keys_rotate(templates: Templates) -> Iterator[Finding]:
    """Every year, by KMS."""
    for key in resources(templates, "AWS::KMS::Key"):
        if key.properties.get("EnableKeyRotation") is not True:
            yield key.wrong("keys_rotate", "EnableKeyRotation is true")
        for statement in key.properties["KeyPolicy"]["Statement"]:
            service = statement.get("Principal", {})
            if service == "*" or (isinstance(service, dict) and "Service" in service and not _bound(statement)):
                yield key.wrong("keys_rotate", "a service uses it for this account alone")


def buckets_are_closed(templates: Templates) -> Iterator[Finding]:
    """Nothing public, nothing unencrypted, old versions kept."""
    for bucket in resources(templates, "AWS::S3::Bucket"):
        access = bucket.properties.get("PublicAccessBlockConfiguration", {})
        if not all(access.get(member) is True for member in _CLOSED):
            yield bucket.wrong("buckets_are_closed", "public access is blocked in all four ways")
        if "aws:kms" not in str(bucket.properties.get("BucketEncryption")):
            yield bucket.wrong("buckets_are_closed", "it is encrypted by a key of ours")
        if bucket.properties.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield bucket.wrong("buckets_are_closed", "versions are kept")


def _bound(statement: Any) -> bool:
    keys = {key.lower() for tests in statement.get("Condition", {}).values() for key in tests}
    return any("source" in key or "encryptioncontext" in key or "calleraccount" in key for key in keys)
