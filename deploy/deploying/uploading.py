"""Packages into their bucket. A name is the digest of its content, so what is there is never written again."""

import base64
import hashlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from deploy.deploying.preflight import Surroundings
from deploy.environments import Environment
from deploy.errors import NotReady
from deploy.names import Arns


def upload(environment: Environment, around: Surroundings) -> Iterator[str]:
    """Uploads what is missing and says each key. S3 holds the digest against what it received.

    Raises:
        NotReady: There is no bucket yet, or a zip is not what the report says.
        ClientError: It may not be written.
    """
    bucket = Arns(environment).packages_bucket
    client = around.client("s3", environment)
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        first = "make deploy STACKS='guardrails packages pipeline'"
        raise NotReady(f"- the bucket {bucket} is not there or not open to you; first: {first}") from error
    for name, key in around.package_keys().items():
        if _is_there(client, bucket, key):
            continue
        with around.report.with_name(f"{name}.zip").open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").digest()
            if key != f"{name}/{digest.hex()}.zip":
                raise NotReady(f"- the package {name} was changed after it was built: make package")
            content.seek(0)
            client.put_object(
                Bucket=bucket,
                Key=key,
                Body=content,
                ChecksumSHA256=base64.b64encode(digest).decode(),
                ContentType="application/zip",
            )
        yield key


def _is_there(client: Any, bucket: str, key: str) -> bool:
    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True
