"""DynamoDB in this process, with one table as the data stack makes it.

moto differs from DynamoDB where the suite does not look: it deletes nothing by `ttl`, applies a transaction with one
ClientRequestToken twice, answers some bad requests with 500, and takes a start key outside a range, which DynamoDB
refuses. Nothing here works around it: the adapter sends no token, filters no type error and gives no such key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws

from apis.serving.dynamo_store import CLIENT_CONFIG


@contextmanager
def in_moto(table: str = "items") -> Iterator[Any]:
    """A `dynamodb` client whose account has the table."""
    with mock_aws():
        client = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=CLIENT_CONFIG,
        )
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
