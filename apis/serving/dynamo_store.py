"""``Store`` on one DynamoDB table: what AWS uses.

The table has the keys ``pk`` and ``sk``, both text. An item's document is JSON text, so that it comes back as it was
written (DynamoDB's numbers are decimals of 38 digits, ours are what JSON says); ``version`` is a number, and ``ttl``
is the document's, as a number, for DynamoDB to delete by.

Reads are consistent, and nothing relies on ``ClientRequestToken``: a transaction that is sent again, because its
answer was lost, fails by its own conditions. Where it consists of `Put` and `Delete` alone it may be made twice, which
its writer must not mind.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from apis.serving.errors import ItemRefused, StoreUnavailable, TransactionConflict
from apis.serving.store import (
    Delete,
    DeleteIf,
    Item,
    Page,
    Put,
    PutIfAbsent,
    UpdateIf,
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
_ABSENT = "attribute_not_exists(pk)"
_SAME_VERSION = "#version = :version"
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
AttributeValues = dict[str, Any]


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
        return self._conditional("put_item", _put(item, encode_doc(item)))

    def get(self, pk: str, sk: str) -> Item | None:
        check_keys(pk, sk)
        answer = self._call("get_item", Key=_key(pk, sk), ConsistentRead=True)
        return _item(answer["Item"]) if "Item" in answer else None

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
        return self._conditional("update_item", _update_if(item, encode_doc(item), version))

    def transact(self, writes: Sequence[Write]) -> None:
        docs = encode_writes(writes)
        if not writes:
            return
        parts = [_part(write, doc, self._table) for write, doc in zip(writes, docs, strict=True)]
        for attempt in range(1, _ATTEMPTS + 1):
            codes = self._cancelled(parts)
            if codes is None:
                return
            if "ConditionalCheckFailed" in codes:
                raise TransactionConflict([_reason(write, code) for write, code in zip(writes, codes, strict=True)])
            if not _PASSING.intersection(codes):
                raise StoreUnavailable
            if attempt < _ATTEMPTS:
                self._sleep(random.uniform(0, _PAUSE_S * 2**attempt))  # noqa: S311 - jitter
        raise StoreUnavailable

    def delete(self, pk: str, sk: str) -> None:
        check_keys(pk, sk)
        self._call("delete_item", Key=_key(pk, sk))

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
        start: dict[str, Any] = {} if after is None else {"ExclusiveStartKey": _key(pk, after)}
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
            yield from map(_item, answer["Items"])
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


def _key(pk: str, sk: str) -> AttributeValues:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(attributes: AttributeValues) -> Item:
    document = json.loads(attributes["doc"]["S"])
    return Item(attributes["pk"]["S"], attributes["sk"]["S"], document, int(attributes["version"]["N"]))


def _time_to_live(item: Item) -> AttributeValues:
    """DynamoDB deletes by whole seconds, rounded up: nothing goes before its time."""
    ttl = item.doc.get("ttl")
    return {"ttl": {"N": str(int(-(-ttl // 1)))}} if isinstance(ttl, int | float) else {}


def _put(item: Item, doc: str) -> dict[str, Any]:
    attributes = {**_key(item.pk, item.sk), "doc": {"S": doc}, "version": {"N": "1"}, **_time_to_live(item)}
    return {"Item": attributes, "ConditionExpression": _ABSENT}


def _setting(item: Item, doc: str, version: str) -> dict[str, Any]:
    """An update that leaves nothing of what stood there but its version, which counts on."""
    ttl = _time_to_live(item)
    expression = f"SET doc = :doc, #version = {version}" + (", #ttl = :ttl" if ttl else " REMOVE #ttl")
    values: AttributeValues = {":doc": {"S": doc}, ":one": {"N": "1"}}
    if ttl:
        values[":ttl"] = ttl["ttl"]
    return {
        "Key": _key(item.pk, item.sk),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#version": "version", "#ttl": "ttl"},
        "ExpressionAttributeValues": values,
    }


def _put_over(item: Item, doc: str) -> dict[str, Any]:
    request = _setting(item, doc, "if_not_exists(#version, :zero) + :one")
    request["ExpressionAttributeValues"][":zero"] = {"N": "0"}
    return request


def _update_if(item: Item, doc: str, version: int) -> dict[str, Any]:
    request = _setting(item, doc, "#version + :one")
    request["ExpressionAttributeValues"][":version"] = {"N": str(version)}
    return {**request, "ConditionExpression": _SAME_VERSION}


def _delete_if(pk: str, sk: str, version: int) -> dict[str, Any]:
    return {
        "Key": _key(pk, sk),
        "ConditionExpression": _SAME_VERSION,
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _part(write: Write, doc: str, table: str) -> dict[str, Any]:
    match write:
        case PutIfAbsent(item):
            kind, request = "Put", _put(item, doc)
        case Put(item):
            kind, request = "Update", _put_over(item, doc)
        case UpdateIf(item, version):
            kind, request = "Update", _update_if(item, doc, version)
        case Delete(pk, sk):
            kind, request = "Delete", {"Key": _key(pk, sk)}
        case DeleteIf(pk, sk, version):
            kind, request = "Delete", _delete_if(pk, sk, version)
    return {kind: {"TableName": table, **request}}


def _reason(write: Write, code: str) -> str | None:
    if code != "ConditionalCheckFailed":
        return None
    return "exists" if isinstance(write, PutIfAbsent) else "stale"
