"""The bucket that runtimes and functions take their code from.

`make deploy` uploads each zip under the digest of its content, so a name never means two things: which code runs is
the stack's parameter, and what was reviewed is what runs.
"""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from deploy.environments import Environment
from deploy.stacks.base import FitnessStack
from deploy.stacks.buckets import closed_bucket


class PackagesStack(FitnessStack):
    """One private, versioned, encrypted bucket."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "packages", environment, description="Code of runtimes and functions.")
        key = kms.Key(self, "key", description="Packages", enable_key_rotation=True, removal_policy=self.removal_policy)
        old_versions = s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90))
        closed_bucket(self, "bucket", self.arns.packages_bucket, key, lifecycle_rules=[old_versions])


def package_key(stack: FitnessStack, package: str) -> str:
    """Where the stack takes a package from: a parameter, because the code is not part of the template.

    Returns:
        The object key, a token: `agent/<sha256>.zip`.
    """
    parameter = cdk.CfnParameter(
        stack,
        "Package" + package.title().replace("-", ""),
        type="String",
        description=f"Object key of the package {package}, as make package prints it.",
        allowed_pattern=rf"^{package}/[0-9a-f]{{64}}\.zip$",
        default=f"{package}/{'0' * 64}.zip",
    )
    return parameter.value_as_string
