"""A store over another one: reads see what is below, writes stay in partitions of their own and change nothing below.

This is how a dry run tells exactly what the real run would do: the same code runs over this store, also across
several requests, and whoever began it purges it afterwards. Writers do not race below: a change of the store below
while a rehearsal goes on is seen by the next read, and conditions hold against what was read last.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from apis.serving.errors import ItemRefused, TransactionConflict
from apis.serving.store import (
    Delete,
    DeleteIf,
    Item,
    Page,
    Put,
    PutIfAbsent,
    Store,
    UpdateIf,
    Write,
    check_keys,
    decode_cursor,
    encode_cursor,
    encode_writes,
    key_of,
)

_PAGE: Final = 200
_PURGED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class OverlayStore:
    """``Store`` whose writes go to partitions that begin with ``name``.

    Attributes:
        below: The store that is read through, and that holds the overlay too.
        name: Of this overlay; no partition of the program may begin with it.
    """

    below: Store
    name: str

    def put_if_absent(self, item: Item) -> bool:
        return self._done([PutIfAbsent(item)])

    def update_if(self, item: Item, *, version: int) -> bool:
        return self._done([UpdateIf(item, version)])

    def delete(self, pk: str, sk: str) -> None:
        check_keys(pk, sk)
        self.transact([Delete(pk, sk)])

    def get(self, pk: str, sk: str) -> Item | None:
        check_keys(pk, sk)
        return self._layers(pk, sk).seen

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        if limit < 1:
            raise ItemRefused("limit must be at least 1")
        after = None if cursor is None else decode_cursor(cursor, pk=pk)
        found = list(islice(self._merged(pk, between, desc=desc, after=after), limit + 1))
        items = tuple(found[:limit])
        return Page(items, encode_cursor(pk, items[-1].sk) if len(found) > limit else None)

    def transact(self, writes: Sequence[Write]) -> None:
        encode_writes(writes)  # refused whatever the conditions say, as everywhere
        current = [self._layers(*key_of(write)) for write in writes]
        reasons = [_reason(write, layers.seen) for write, layers in zip(writes, current, strict=True)]
        if any(reasons):
            raise TransactionConflict(reasons)
        self.below.transact([self._over(write, layers) for write, layers in zip(writes, current, strict=True)])

    def purge(self, pk: str) -> None:
        """Removes what this overlay holds over one partition."""
        partition = self._partition(pk)
        while items := self.below.query(partition, None, desc=False, limit=_PURGED_AT_ONCE, cursor=None).items:
            self.below.transact([Delete(partition, item.sk) for item in items])

    def _done(self, writes: Sequence[Write]) -> bool:
        try:
            self.transact(writes)
        except TransactionConflict:
            return False
        return True

    def _partition(self, pk: str) -> str:
        return f"{self.name}#{pk}"

    def _layers(self, pk: str, sk: str) -> "_Layers":
        over = self.below.get(self._partition(pk), sk)
        return _Layers(over, _uncovered(pk, over) if over else self.below.get(pk, sk))

    def _over(self, write: Write, layers: "_Layers") -> Write:
        """The write below that makes this one; the overlay's own version guards against another rehearsing writer."""
        pk, sk = key_of(write)
        document: dict[str, Any] = {"gone": True}
        if isinstance(write, PutIfAbsent | Put | UpdateIf):
            document = {"doc": write.item.doc, "version": 1 + (layers.seen.version if layers.seen else 0)}
        item = Item(self._partition(pk), sk, document)
        return UpdateIf(item, layers.over.version) if layers.over else PutIfAbsent(item)

    def _merged(self, pk: str, between: tuple[str, str] | None, *, desc: bool, after: str | None) -> Iterator[Item]:
        over = ((item.sk, 0, item) for item in self._pages(self._partition(pk), between, desc=desc, after=after))
        under = ((item.sk, 1, item) for item in self._pages(pk, between, desc=desc, after=after))
        last = None
        for sk, layer, item in heapq.merge(over, under, key=lambda each: _order(each[0], desc=desc)):
            if sk == last:  # the overlay's item came first: `merge` keeps the order of its inputs
                continue
            last = sk
            seen = _uncovered(pk, item) if layer == 0 else item
            if seen is not None:
                yield seen

    def _pages(self, pk: str, between: tuple[str, str] | None, *, desc: bool, after: str | None) -> Iterator[Item]:
        cursor = None if after is None else encode_cursor(pk, after)
        while True:
            page = self.below.query(pk, between, desc=desc, limit=_PAGE, cursor=cursor)
            yield from page.items
            if page.cursor is None:
                return
            cursor = page.cursor


@dataclass(frozen=True, slots=True)
class _Layers:
    """What the overlay holds under a key, a mark of deletion included, and what a reader sees there."""

    over: Item | None
    seen: Item | None


def _order(sk: str, *, desc: bool) -> tuple[int, ...]:
    """Code points, negated for descending order; the end of a key sorts before every character."""
    points = tuple(map(ord, sk))
    return (*(-point for point in points), 1) if desc else points


def _uncovered(pk: str, over: Item) -> Item | None:
    return None if "gone" in over.doc else Item(pk, over.sk, over.doc["doc"], over.doc["version"])


def _reason(write: Write, current: Item | None) -> str | None:
    """Why a write cannot be made over what is there now."""
    match write:
        case PutIfAbsent():
            return "exists" if current else None
        case UpdateIf(_, version) | DeleteIf(_, _, version):
            return None if current and current.version == version else "stale"
        case Put() | Delete():
            return None
