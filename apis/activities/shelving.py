"""Writing activities: each change is one transaction over row, detail, pointers, samples and accounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from apis.activities.library import (
    AFTER,
    ActivityLibrary,
    Shelf,
    detail_key,
    metrics_key,
    pointer_key,
    row_key,
    stream_prefix,
)
from apis.activities.stored import StoredActivity
from apis.activities.tallies import Held, tally_writes
from apis.activities.uploads import upload_keys
from apis.activities.weather.waiting import waiting_writes
from apis.serving.store import Delete, DeleteIf, Item, Put, PutIfAbsent, UpdateIf, Write, key_of


@dataclass(frozen=True, slots=True)
class Shelving:
    """Writes into one library.

    Attributes:
        library: The athlete's.
        held: Tallies that were read before the library was searched for copies of an activity; an import holds some.
    """

    library: ActivityLibrary
    held: Held = field(default_factory=dict)

    def insert(self, stored: StoredActivity, samples: Sequence[str]) -> None:
        """Stores a new activity.

        Raises:
            TransactionConflict: Somebody stored the same one in between, or another one of its year.
        """
        key = row_key(stored)
        self.library.store.transact(
            [
                PutIfAbsent(self._pointer(stored.activity.id, key)),
                *self._documents(stored, key),
                *(Put(each) for each in self._parts(stored.activity.id, samples)),
                *self._accounts([], [stored]),
            ]
        )

    def replace(self, shelves: Sequence[Shelf], stored: StoredActivity, samples: Sequence[str] = ()) -> None:
        """Stores one activity in place of those on the shelves; their ids lead to it from now on.

        Args:
            shelves: What is replaced; the first one's id is kept.
            stored: The new state.
            samples: New encoded samples, or none to keep those of the first shelf.

        Raises:
            TransactionConflict: One of them changed in between.
        """
        key = row_key(stored)
        writes: list[Write] = [
            UpdateIf(self._pointer(each.stored.activity.id, key), each.pointer_version) for each in shelves
        ]
        writes += self._moved_aliases(shelves, key)
        writes += self._documents(stored, key, shelves)
        writes += self._samples(shelves, stored, samples)
        writes += self._accounts([each.stored for each in shelves], [stored])
        kept = {key_of(write) for write in writes}
        writes += [_row_gone(each) for each in shelves if each.item.sk != key]
        gone = [(self.library.partition, old) for each in shelves for old in self._beside(each)]
        self.library.store.transact([*writes, *(Delete(*old) for old in dict.fromkeys(gone) if old not in kept)])

    def remove(self, shelf: Shelf) -> None:
        """Deletes an activity with everything that leads to it; importing one of its files brings it back.

        Raises:
            TransactionConflict: It changed in between.
        """
        stored, partition = shelf.stored, self.library.partition
        keys = [
            *self._beside(shelf),
            *(pointer_key(alias) for alias in stored.aliases),
            *(item.sk for item in self._stream_items(stored.activity.id)),
            *upload_keys(stored.measurements),
        ]
        self.library.store.transact(
            [
                DeleteIf(partition, pointer_key(stored.activity.id), shelf.pointer_version),
                _row_gone(shelf),
                *(Delete(partition, key) for key in keys),
                *self._accounts([stored], []),
            ]
        )

    def _moved_aliases(self, shelves: Sequence[Shelf], key: str) -> Iterator[Write]:
        """Ids that led to one of the shelves lead to the new row, if that stands elsewhere."""
        for shelf in shelves:
            for alias in shelf.stored.aliases:
                pointer = self.library.store.get(self.library.partition, pointer_key(alias))
                if pointer is not None and pointer.doc["sk"] != key:
                    yield UpdateIf(self._pointer(alias, key), pointer.version)

    def _documents(self, stored: StoredActivity, key: str, shelves: Sequence[Shelf] = ()) -> Iterator[Write]:
        """Row, metrics and detail; the versions of pointer and row guard them."""
        row = self._item(key, stored.row_document())
        in_place = next((each.item for each in shelves if each.item.sk == key), None)
        yield Put(row) if in_place is None else UpdateIf(row, in_place.version)
        yield Put(self._item(detail_key(stored.activity.id), stored.detail_document()))
        metrics = stored.metrics_document()
        if metrics is not None:
            yield Put(self._item(metrics_key(key), metrics))

    def _beside(self, shelf: Shelf) -> tuple[str, ...]:
        """Keys of what belongs to a row."""
        return metrics_key(shelf.item.sk), detail_key(shelf.stored.activity.id)

    def _samples(self, shelves: Sequence[Shelf], stored: StoredActivity, samples: Sequence[str]) -> list[Write]:
        """New samples in place of all old ones, or else those of the first shelf alone."""
        kept = stored.activity.id
        new = self._parts(kept, samples)
        ids = [shelf.stored.activity.id for shelf in shelves]
        old = {item.sk for one in ids if samples or one != kept for item in self._stream_items(one)}
        gone = old - {each.sk for each in new}
        return [*(Put(each) for each in new), *(Delete(self.library.partition, sk) for sk in sorted(gone))]

    def _stream_items(self, activity_id: str) -> Iterator[Item]:
        prefix = stream_prefix(activity_id)
        return self.library.between(prefix, prefix + AFTER)

    def _parts(self, activity_id: str, samples: Sequence[str]) -> list[Item]:
        prefix = stream_prefix(activity_id)
        return [self._item(f"{prefix}{index:03d}", {"data": data}) for index, data in enumerate(samples)]

    def _accounts(self, gone: Sequence[StoredActivity], new: Sequence[StoredActivity]) -> list[Write]:
        """What counts activities, and what waits for their weather, follows every change."""
        store, partition = self.library.store, self.library.partition
        before, after = ([each.activity for each in some] for some in (gone, new))
        return [
            *tally_writes(store, partition, gone=before, new=after, held=self.held),
            *waiting_writes(store, partition, gone=gone, new=new),
        ]

    def _item(self, sort_key: str, document: dict[str, object]) -> Item:
        return Item(self.library.partition, sort_key, document)

    def _pointer(self, activity_id: str, key: str) -> Item:
        return self._item(pointer_key(activity_id), {"sk": key})


def _row_gone(shelf: Shelf) -> Write:
    """By the version that was read: the tallies follow what the row says, which must still be so."""
    return DeleteIf(shelf.item.pk, shelf.item.sk, shelf.item.version)
