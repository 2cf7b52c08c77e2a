"""A bucket as all of ours are: private, encrypted by a key of ours, over TLS alone, with its old versions."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack

RECORDED = "CloudTrail of the security stack records who reads and writes it."


def closed_bucket(
    stack: FitnessStack,
    name: str,
    bucket_name: str,
    key: kms.IKey,
    *,
    kept: bool = False,
    recorded: str = RECORDED,
    **more: Any,
) -> s3.Bucket:
    """Makes the bucket.

    Args:
        stack: Where it is made.
        name: Of the construct.
        bucket_name: Physical.
        key: That encrypts it.
        kept: Whether it stays even where data goes with its stack.
        recorded: Why it has no access log of its own.
        more: What this bucket has beside.
    """
    bucket = s3.Bucket(
        stack,
        name,
        bucket_name=bucket_name,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=cdk.RemovalPolicy.RETAIN if kept else stack.removal_policy,
        **more,
    )
    acknowledge(bucket, {"AwsSolutions-S1": recorded})
    return bucket
