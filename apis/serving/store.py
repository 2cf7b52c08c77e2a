"""The storage seam of the four APIs: items under a partition and a sort key.

It is the part of DynamoDB's data model that both adapters can keep: ``SqliteStore`` on a laptop, ``DynamoStore`` on
AWS. Nothing here is a promise that only one of them could hold; ``tests/contract/stores`` is the promise.

Keys are text. Sort order is the byte order of the UTF-8 sort key, so times are written as fixed-width UTC
ISO 8601 (``sort_time``). The user's part of a partition key comes from the validated token (``Caller.partition``),
never from a request.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from apis.serving.errors import CursorRefused, ItemRefused

# DynamoDB's item limit, less what it counts for the names of attributes, the version and the time to live; a larger
# record is split into several items.
MAX_ITEM_BYTES = 400 * 1024 - 64
MAX_PARTITION_KEY_BYTES = 2048  # DynamoDB
MAX_SORT_KEY_BYTES = 1024  # DynamoDB
MAX_TRANSACTION_WRITES = 100  # DynamoDB TransactWriteItems
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024  # likewise, all items together


@dataclass(frozen=True, slots=True)
class Item:
    """One record. ``doc`` is a JSON object; ``version`` counts writes, from 1."""

    pk: str
    sk: str
    doc: dict[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """Items in sort order and, when more follow, the cursor that continues after the last of them."""

    items: tuple[Item, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class PutIfAbsent:
    """Part of a transaction: store the item; the key must be free."""

    item: Item


@dataclass(frozen=True, slots=True)
class Put:
    """Part of a transaction: store the item whatever stands there; another write of the transaction guards it."""

    item: Item


@dataclass(frozen=True, slots=True)
class UpdateIf:
    """Part of a transaction: replace the item; the stored version must be ``version``."""

    item: Item
    version: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Part of a transaction: remove the key, present or not."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class DeleteIf:
    """Part of a transaction: remove the key; the stored version must be ``version``."""

    pk: str
    sk: str
    version: int


Write = PutIfAbsent | Put | UpdateIf | Delete | DeleteIf


class Store(Protocol):
    """What the APIs need of a database. Six operations because the contract suite covers each of them.

    Reads see every write that was answered before, in one item and in a page. A document may say with ``ttl``, epoch
    seconds, when it may go. Whether it is gone by then is not promised: who wrote it looks at ``ttl`` on reading.

    Raises:
        StoreUnavailable: From every operation: the database does not answer, and nothing is known of what it did.
    """

    def put_if_absent(self, item: Item) -> bool:
        """Stores the item as version 1 and says True, or says False and changes nothing if the key is taken."""
        ...

    def get(self, pk: str, sk: str) -> Item | None: ...

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        """Returns up to ``limit`` items of one partition in sort order.

        Args:
            pk: The partition.
            between: First and last sort key, both included; None for the whole partition.
            desc: Descending order.
            limit: At least 1.
            cursor: ``Page.cursor`` of the page before, with the same other arguments.

        Raises:
            CursorRefused: The cursor is not one of this partition.
        """
        ...

    def update_if(self, item: Item, *, version: int) -> bool:
        """Replaces the item as ``version + 1`` if the stored version is ``version``; else says False."""
        ...

    def transact(self, writes: Sequence[Write]) -> None:
        """Makes all writes or none.

        Raises:
            TransactionConflict: With one reason per write, None for those that were not to blame.
        """
        ...

    def delete(self, pk: str, sk: str) -> None:
        """Removes the key, present or not."""
        ...


def sort_time(instant: datetime) -> str:
    """Writes an instant so that text order is time order: UTC, milliseconds, fixed width, ``Z``.

    Raises:
        ItemRefused: The datetime is naive, so its offset is unknown.
    """
    if instant.tzinfo is None:
        raise ItemRefused("a sort key needs a time with its offset")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def check_keys(pk: str, sk: str) -> None:
    """Refuses, for every adapter alike, keys that DynamoDB would refuse.

    Raises:
        ItemRefused: A key is not text, empty or too long.
    """
    for name, key, limit in (("pk", pk, MAX_PARTITION_KEY_BYTES), ("sk", sk, MAX_SORT_KEY_BYTES)):
        if not isinstance(key, str):
            raise ItemRefused(f"{name} must be text")
        if not 0 < len(key.encode()) <= limit:
            raise ItemRefused(f"{name} must have 1 to {limit} bytes")


def encode_doc(item: Item) -> str:
    """Serialises the document of an item after checking keys and size.

    Raises:
        ItemRefused: The document is not JSON or the item is larger than ``MAX_ITEM_BYTES``.
    """
    check_keys(item.pk, item.sk)
    if not isinstance(item.doc, dict):
        raise ItemRefused("doc must be an object")
    try:
        text = json.dumps(item.doc, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode()) + len(item.pk.encode()) + len(item.sk.encode())
    except (TypeError, ValueError) as err:  # ValueError: NaN, infinity, a lone surrogate
        raise ItemRefused("doc must be JSON without NaN or infinity") from err
    if size > MAX_ITEM_BYTES:
        raise ItemRefused(f"an item may have {MAX_ITEM_BYTES} bytes, this one has {size}")
    return text


def encode_writes(writes: Sequence[Write]) -> list[str]:
    """Serialises the documents of a transaction, in order; a deletion has an empty one.

    Raises:
        ItemRefused: DynamoDB would refuse it: too many writes, too many bytes, two on one key, or an item as above.
    """
    if len(writes) > MAX_TRANSACTION_WRITES:
        raise ItemRefused(f"a transaction may have {MAX_TRANSACTION_WRITES} writes")
    keys = [key_of(write) for write in writes]
    if len(set(keys)) < len(keys):
        raise ItemRefused("a transaction may touch a key once")
    docs = [_encode_write(write) for write in writes]
    if sum(map(len, docs)) > MAX_TRANSACTION_BYTES or sum(len(doc.encode()) for doc in docs) > MAX_TRANSACTION_BYTES:
        raise ItemRefused(f"a transaction may have {MAX_TRANSACTION_BYTES} bytes")
    return docs


def _encode_write(write: Write) -> str:
    if isinstance(write, Delete | DeleteIf):
        check_keys(write.pk, write.sk)
        return ""
    return encode_doc(write.item)


def key_of(write: Write) -> tuple[str, str]:
    """The key that a write is about."""
    if isinstance(write, Delete | DeleteIf):
        return write.pk, write.sk
    return write.item.pk, write.item.sk


def encode_cursor(pk: str, sk: str) -> str:
    """The key a page ended at. Not for clients: ``apis.serving.cursor`` seals what leaves the API."""
    return json.dumps([pk, sk])


def decode_cursor(cursor: str, *, pk: str) -> str:
    """Returns the sort key to continue after.

    Raises:
        CursorRefused: Not a cursor, or one of another partition.
    """
    try:
        found = json.loads(cursor)
    except (TypeError, ValueError) as err:
        raise CursorRefused from err
    if not (isinstance(found, list) and len(found) == 2 and found[0] == pk and isinstance(found[1], str)):  # noqa: PLR2004 - a pair
        raise CursorRefused
    return found[1]
