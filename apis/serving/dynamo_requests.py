"""Items and writes as DynamoDB's requests spell them: `dynamo_store` sends them."""

import json
from typing import Any, Final

from apis.serving.store import Delete, DeleteIf, Item, Put, PutIfAbsent, UpdateIf, Write

_ABSENT: Final = "attribute_not_exists(pk)"
_SAME_VERSION: Final = "#version = :version"

AttributeValues = dict[str, Any]


def key(pk: str, sk: str) -> AttributeValues:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def item_of(attributes: AttributeValues) -> Item:
    document = json.loads(attributes["doc"]["S"])
    return Item(attributes["pk"]["S"], attributes["sk"]["S"], document, int(attributes["version"]["N"]))


def _time_to_live(item: Item) -> AttributeValues:
    """DynamoDB deletes by whole seconds, rounded up: nothing goes before its time."""
    ttl = item.doc.get("ttl")
    return {"ttl": {"N": str(int(-(-ttl // 1)))}} if isinstance(ttl, int | float) else {}


def put(item: Item, doc: str) -> dict[str, Any]:
    attributes = {**key(item.pk, item.sk), "doc": {"S": doc}, "version": {"N": "1"}, **_time_to_live(item)}
    return {"Item": attributes, "ConditionExpression": _ABSENT}


def _setting(item: Item, doc: str, version: str) -> dict[str, Any]:
    """An update that leaves nothing of what stood there but its version, which counts on."""
    ttl = _time_to_live(item)
    expression = f"SET doc = :doc, #version = {version}" + (", #ttl = :ttl" if ttl else " REMOVE #ttl")
    values: AttributeValues = {":doc": {"S": doc}, ":one": {"N": "1"}}
    if ttl:
        values[":ttl"] = ttl["ttl"]
    return {
        "Key": key(item.pk, item.sk),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#version": "version", "#ttl": "ttl"},
        "ExpressionAttributeValues": values,
    }


def put_over(item: Item, doc: str) -> dict[str, Any]:
    request = _setting(item, doc, "if_not_exists(#version, :zero) + :one")
    request["ExpressionAttributeValues"][":zero"] = {"N": "0"}
    return request


def update_if(item: Item, doc: str, version: int) -> dict[str, Any]:
    request = _setting(item, doc, "#version + :one")
    request["ExpressionAttributeValues"][":version"] = {"N": str(version)}
    return {**request, "ConditionExpression": _SAME_VERSION}


def delete_if(pk: str, sk: str, version: int) -> dict[str, Any]:
    return {
        "Key": key(pk, sk),
        "ConditionExpression": _SAME_VERSION,
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def part(write: Write, doc: str, table: str) -> dict[str, Any]:
    match write:
        case PutIfAbsent(item):
            kind, request = "Put", put(item, doc)
        case Put(item):
            kind, request = "Update", put_over(item, doc)
        case UpdateIf(item, version):
            kind, request = "Update", update_if(item, doc, version)
        case Delete(pk, sk):
            kind, request = "Delete", {"Key": key(pk, sk)}
        case DeleteIf(pk, sk, version):
            kind, request = "Delete", delete_if(pk, sk, version)
    return {kind: {"TableName": table, **request}}


def reason(write: Write, code: str) -> str | None:
    if code != "ConditionalCheckFailed":
        return None
    return "exists" if isinstance(write, PutIfAbsent) else "stale"
