"""One athlete's activities in the store.

    ACT#<start, UTC>#<id>   the merged activity, its sources' measurements, its features
    AID#<id>                where the activity with this id stands; every change goes through its version
    STR#<id>#<part>         the samples of its best source, compressed
    PROFILE                 what the athlete told us

An id never changes once given, because kudos and tickets refer to it; the sort key follows the best known start.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.athlete import AthleteProfile
from apis.activities.measurement import Measurement
from apis.activities.models import Activity, ActivityDetail, ActivityId, Record
from apis.activities.recordings import Streams
from apis.activities.stream_codec import decode_streams, encode_streams
from apis.serving.store import Delete, Item, PutIfAbsent, Store, UpdateIf, Write, sort_time

_PROFILE: Final = "PROFILE"
_AFTER: Final = "~"  # sorts after every digit and letter of a key
_PAGE: Final = 500
NEIGHBOURHOOD: Final = timedelta(minutes=10)  # wider than duplicates can drift apart, chained
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_TIME_CHARS, _ULID_CHARS = 10, 26


class StoredActivity(Record):
    """The merged activity beside what it was merged from."""

    activity: Activity
    detail: ActivityDetail = ActivityDetail()
    measurements: tuple[Measurement, ...]
    features: RunFeatures | None = None
    streams_of: str | None = None  # source id of the samples that are kept


@dataclass(frozen=True, slots=True)
class Shelf:
    """One stored activity where it stands now."""

    stored: StoredActivity
    item: Item
    pointer_version: int


@dataclass(frozen=True, slots=True)
class ActivityLibrary:
    """Reads and writes the activities of one partition, which comes from the validated token."""

    store: Store
    partition: str

    def activities(self, *, since: datetime | None = None, until: datetime | None = None) -> list[StoredActivity]:
        """Activities by start, both ends included; all of them by default."""
        first = f"ACT#{sort_time(since)}" if since else "ACT#"
        last = f"ACT#{sort_time(until)}#{_AFTER}" if until else f"ACT#{_AFTER}"
        return [StoredActivity.model_validate(item.doc) for item in self._between(first, last)]

    def earliest(self) -> StoredActivity | None:
        return self._edge(desc=False)

    def latest(self) -> StoredActivity | None:
        return self._edge(desc=True)

    def activity(self, activity_id: str) -> StoredActivity | None:
        """The activity with this id, also under the id of one that was merged into it."""
        pointer = self.store.get(self.partition, f"AID#{activity_id}") if activity_id else None
        item = self.store.get(self.partition, pointer.doc["sk"]) if pointer else None
        return StoredActivity.model_validate(item.doc) if item else None

    def streams(self, stored: StoredActivity) -> Streams | None:
        """Samples of the activity's best source, if it has any."""
        prefix = f"STR#{stored.activity.id}#"
        parts = [item.doc["data"] for item in self._between(prefix, prefix + _AFTER)]
        return decode_streams(parts) if parts else None

    def around(self, start_at: datetime) -> list[Shelf]:
        """Stored activities that began at about this time."""
        first, last = sort_time(start_at - NEIGHBOURHOOD), sort_time(start_at + NEIGHBOURHOOD)
        return [self._shelf(item) for item in self._between(f"ACT#{first}", f"ACT#{last}#{_AFTER}")]

    def profile(self) -> AthleteProfile:
        item = self.store.get(self.partition, _PROFILE)
        return AthleteProfile.model_validate(item.doc) if item else AthleteProfile()

    def save_profile(self, profile: AthleteProfile) -> None:
        """Stores the profile; the last writer wins, because the athlete is one person."""
        current = self.store.get(self.partition, _PROFILE)
        item = Item(self.partition, _PROFILE, profile.model_dump(mode="json"))
        if current is None:
            self.store.transact([PutIfAbsent(item)])
        else:
            self.store.transact([UpdateIf(item, current.version)])

    def insert(self, stored: StoredActivity, streams: Streams | None) -> None:
        """Stores a new activity.

        Raises:
            TransactionConflict: Somebody stored the same one in between.
        """
        self.store.transact(
            [
                PutIfAbsent(self._item(stored)),
                PutIfAbsent(self._pointer(stored.activity.id, self._key(stored))),
                *(PutIfAbsent(each) for each in self._parts(stored.activity.id, streams)),
            ]
        )

    def replace(self, shelves: Sequence[Shelf], stored: StoredActivity, streams: Streams | None) -> None:
        """Stores one activity in place of those on the shelves; their ids lead to it from now on.

        Args:
            shelves: What is replaced; the first one's id is kept.
            stored: The merged activity.
            streams: New samples, or `None` to keep those of the first shelf.

        Raises:
            TransactionConflict: One of them changed in between.
        """
        new = self._item(stored)
        writes: list[Write] = [
            UpdateIf(self._pointer(each.stored.activity.id, new.sk), each.pointer_version) for each in shelves
        ]
        writes += [Delete(self.partition, each.item.sk) for each in shelves if each.item.sk != new.sk]
        in_place = next((each.item for each in shelves if each.item.sk == new.sk), None)
        writes.append(PutIfAbsent(new) if in_place is None else UpdateIf(new, in_place.version))
        self.store.transact(writes + self._stream_writes(shelves, stored, streams))

    def _stream_writes(self, shelves: Sequence[Shelf], stored: StoredActivity, streams: Streams | None) -> list[Write]:
        kept = stored.activity.id
        old = {item.sk: item for shelf in shelves for item in self._stream_items(shelf, skip=None if streams else kept)}
        new = self._parts(kept, streams)
        writes: list[Write] = [
            UpdateIf(each, old[each.sk].version) if each.sk in old else PutIfAbsent(each) for each in new
        ]
        return writes + [Delete(self.partition, sk) for sk in old.keys() - {each.sk for each in new}]

    def _stream_items(self, shelf: Shelf, *, skip: str | None) -> Iterator[Item]:
        activity_id = shelf.stored.activity.id
        if activity_id == skip:
            return iter(())
        return self._between(f"STR#{activity_id}#", f"STR#{activity_id}#{_AFTER}")

    def _parts(self, activity_id: str, streams: Streams | None) -> list[Item]:
        parts = encode_streams(streams) if streams else []
        return [
            Item(self.partition, f"STR#{activity_id}#{index:03d}", {"data": data}) for index, data in enumerate(parts)
        ]

    def _shelf(self, item: Item) -> Shelf:
        stored = StoredActivity.model_validate(item.doc)
        pointer = self.store.get(self.partition, f"AID#{stored.activity.id}")
        return Shelf(stored, item, pointer.version if pointer else 0)

    def _item(self, stored: StoredActivity) -> Item:
        return Item(self.partition, self._key(stored), stored.model_dump(mode="json", exclude_defaults=True))

    def _pointer(self, activity_id: str, sort_key: str) -> Item:
        return Item(self.partition, f"AID#{activity_id}", {"sk": sort_key})

    def _key(self, stored: StoredActivity) -> str:
        return f"ACT#{sort_time(stored.activity.start_date)}#{stored.activity.id}"

    def _edge(self, *, desc: bool) -> StoredActivity | None:
        page = self.store.query(self.partition, ("ACT#", f"ACT#{_AFTER}"), desc=desc, limit=1, cursor=None)
        return StoredActivity.model_validate(page.items[0].doc) if page.items else None

    def _between(self, first: str, last: str) -> Iterator[Item]:
        cursor: str | None = None
        while True:
            page = self.store.query(self.partition, (first, last), desc=False, limit=_PAGE, cursor=cursor)
            yield from page.items
            if page.cursor is None:
                return
            cursor = page.cursor


def new_activity_id(partition: str, measurement: Measurement) -> ActivityId:
    """A ULID whose time is the start and whose other bits are a digest of athlete and source.

    Two imports of one file race for one id, so that only one of them can win; two athletes never share one.
    """
    digest = hashlib.sha256(f"{partition}\n{measurement.source_id}".encode()).digest()
    milliseconds = int(measurement.start_date.timestamp() * 1000)
    return ActivityId(
        _base32(milliseconds, _ULID_TIME_CHARS)
        + _base32(int.from_bytes(digest[:10], "big"), _ULID_CHARS - _ULID_TIME_CHARS)
    )


def _base32(value: int, length: int) -> str:
    return "".join(_CROCKFORD[(value >> 5 * place) & 31] for place in reversed(range(length)))
