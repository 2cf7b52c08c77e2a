"""``Store`` on one DynamoDB table: what AWS uses.

The table has the keys ``pk`` and ``sk``, both text. An item's document is JSON text, so that it comes back as it was
written (DynamoDB's numbers are decimals of 38 digits, ours are what JSON says); ``version`` is a number, and ``ttl``
is the document's, as a number, for DynamoDB to delete by.

Reads are consistent, and nothing relies on ``ClientRequestToken``: a transaction that is sent again, because its
answer was lost, fails by its own conditions. Where it consists of `Put` and `Delete` alone it may be made twice, which
its writer must not mind.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from apis.serving import dynamo_requests as requests
from apis.serving.dynamo_requests import AttributeValues
from apis.serving.errors import ItemRefused, StoreUnavailable, TransactionConflict
from apis.serving.store import (
    Item,
    Page,
    Write,
    check_keys,
    decode_cursor,
    encode_cursor,
    encode_doc,
    encode_writes,
)

# Together with botocore's own attempts below the 29 s after which API Gateway gives up.
CLIENT_CONFIG: Final = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}, parameter_validation=False
)
_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.05
# Another transaction is at work on the item, or the table is asked for too much: botocore retries neither of them
# within a transaction.
_PASSING = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
)
_UNAVAILABLE = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

Sleep = Callable[[float], None]


def dynamo_client() -> Any:
    """A client with time limits. Region, endpoint and credentials come from boto3's own configuration."""
    return boto3.Session().client("dynamodb", config=CLIENT_CONFIG)


class DynamoStore:
    """Safe for several threads and processes.

    Args:
        client: boto3's ``dynamodb``.
        table: Name of the table.
        sleep: Waits between attempts at a transaction.
    """

    def __init__(self, client: Any, table: str, *, sleep: Sleep = time.sleep) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def put_if_absent(self, item: Item) -> bool:
        return self._conditional("put_item", requests.put(item, encode_doc(item)))

    def get(self, pk: str, sk: str) -> Item | None:
        check_keys(pk, sk)
        answer = self._call("get_item", Key=requests.key(pk, sk), ConsistentRead=True)
        return requests.item_of(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        if limit < 1:
            raise ItemRefused("limit must be at least 1")
        after = None if cursor is None else decode_cursor(cursor, pk=pk)
        if after is not None and between is not None:
            before_range, behind_range = (
                (after > between[1], after < between[0])
                if desc
                else (
                    after < between[0],
                    after > between[1],
                )
            )
            if behind_range:
                return Page((), None)
            after = None if before_range else after  # DynamoDB takes no start outside the range
        found: list[Item] = []
        for item in self._found(pk, between, desc=desc, limit=limit + 1, after=after):
            found.append(item)
            if len(found) > limit:
                return Page(tuple(found[:limit]), encode_cursor(pk, found[limit - 1].sk))
        return Page(tuple(found), None)

    def update_if(self, item: Item, *, version: int) -> bool:
        return self._conditional("update_item", requests.update_if(item, encode_doc(item), version))

    def transact(self, writes: Sequence[Write]) -> None:
        docs = encode_writes(writes)
        if not writes:
            return
        parts = [requests.part(write, doc, self._table) for write, doc in zip(writes, docs, strict=True)]
        for attempt in range(1, _ATTEMPTS + 1):
            codes = self._cancelled(parts)
            if codes is None:
                return
            if "ConditionalCheckFailed" in codes:
                raise TransactionConflict(
                    [requests.reason(write, code) for write, code in zip(writes, codes, strict=True)]
                )
            if not _PASSING.intersection(codes):
                raise StoreUnavailable
            if attempt < _ATTEMPTS:
                self._sleep(random.uniform(0, _PAUSE_S * 2**attempt))  # noqa: S311 - jitter
        raise StoreUnavailable

    def delete(self, pk: str, sk: str) -> None:
        check_keys(pk, sk)
        self._call("delete_item", Key=requests.key(pk, sk))

    def _found(
        self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, after: str | None
    ) -> Iterator[Item]:
        """Items in order. A page of DynamoDB ends after 1 MB, however few items that is."""
        values: AttributeValues = {":pk": {"S": pk}}
        condition = "pk = :pk"
        if between is not None:
            if between[0] > between[1]:
                return  # an empty range; DynamoDB calls it an error
            condition += " AND sk BETWEEN :first AND :last"
            values |= {":first": {"S": between[0]}, ":last": {"S": between[1]}}
        start: dict[str, Any] = {} if after is None else {"ExclusiveStartKey": requests.key(pk, after)}
        while True:
            answer = self._call(
                "query",
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=not desc,
                ConsistentRead=True,
                Limit=limit,
                **start,
            )
            yield from map(requests.item_of, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _conditional(self, operation: str, request: Mapping[str, Any]) -> bool:
        try:
            self._call(operation, **request)
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _cancelled(self, parts: list[dict[str, Any]]) -> list[str] | None:
        """Makes a transaction, or says for each part why it was not made."""
        try:
            self._call("transact_write_items", whole=True, TransactItems=parts)
        except ClientError as error:
            if _code(error) != "TransactionCanceledException":
                raise
            return [str(reason.get("Code", "None")) for reason in error.response["CancellationReasons"]]
        return None

    def _call(self, operation: str, *, whole: bool = False, **request: Any) -> Any:
        """One call; `whole` where the request names its tables itself.

        Raises:
            StoreUnavailable: It may succeed later.
            ClientError: It will not.
        """
        try:
            return getattr(self._client, operation)(**({} if whole else {"TableName": self._table}), **request)
        except ClientError as error:
            if _code(error) in _UNAVAILABLE:
                raise StoreUnavailable from error
            raise
        except BotoCoreError as error:
            raise StoreUnavailable from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
