"""One athlete's activities in the store, as they are read. `shelving` writes them.

    ACT#<start, UTC>#<id>   the row: the activity, its features
    MET#<start, UTC>#<id>   its metrics, if it has samples
    DTL#<id>                the detail: laps, splits, sources' measurements, edits
    AID#<id>                where the activity with this id stands; every change goes through its version
    STR#<id>#<part>         the samples of its best source, compressed
    TLY#<year>              how many activities a month and sport has
    UPL#<source id>         what became of a file that was taken whole
    PROFILE, DEVICE         what the athlete told us, and what their watch believed
    LAYOUT                  which of these there are

An id never changes once given, because kudos and tickets refer to it; the sort key follows the best known start.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.athlete import AthleteProfile
from apis.activities.errors import ActivityIncomplete
from apis.activities.measurement import Measurement
from apis.activities.models import ActivityId
from apis.activities.recordings import DeviceSettings, Streams
from apis.activities.stored import ActivityRow, StoredActivity
from apis.activities.stream_codec import decode_streams
from apis.serving.errors import TransactionConflict
from apis.serving.store import Item, Page, PutIfAbsent, Store, UpdateIf, encode_cursor, sort_time

ACTIVITY: Final = "ACT#"
METRICS: Final = "MET#"
PROFILE: Final = "PROFILE"
DEVICE: Final = "DEVICE"
AFTER: Final = "~"  # sorts after every digit and letter of a key
NEIGHBOURHOOD: Final = timedelta(minutes=10)  # wider than duplicates can drift apart, chained
PAGE: Final = 500
_ATTEMPTS: Final = 5
_ETAG_CHARS: Final = 32
_Found = TypeVar("_Found")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_TIME_CHARS, _ULID_CHARS = 10, 26


@dataclass(frozen=True, slots=True)
class Shelf:
    """One stored activity where it stands now."""

    stored: StoredActivity
    item: Item
    pointer_version: int

    @property
    def etag(self) -> str:
        """Names this state of the activity (RFC 9110 §8.8.3).

        Made of the content: versions begin anew when an activity is deleted and imported again.
        """
        digest = hashlib.sha256(self.stored.model_dump_json().encode()).hexdigest()
        return f'"{digest[:_ETAG_CHARS]}"'


@dataclass(frozen=True, slots=True)
class Span:
    """Sort keys of the rows between two starts, both included; open where a start is None."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def keys(self) -> tuple[str, str]:
        first = f"{ACTIVITY}{sort_time(self.since)}" if self.since else ACTIVITY
        last = f"{ACTIVITY}{sort_time(self.until)}#{AFTER}" if self.until else f"{ACTIVITY}{AFTER}"
        return first, last


@dataclass(frozen=True, slots=True)
class ActivityLibrary:
    """Reads the activities of one partition, which comes from the validated token."""

    store: Store
    partition: str

    def documents(
        self, span: Span, *, desc: bool = False, after: str | None = None, at_once: int = PAGE
    ) -> Iterator[Item]:
        """Rows by start as they are stored, without the cost of a model: for lists and analyses of many.

        Args:
            span: Of the starts.
            desc: The newest first.
            after: Sort key of the row to go on after.
            at_once: Rows read from the store at a time; few where only the first few are wanted.
        """
        return self.between(*span.keys, desc=desc, after=after, at_once=at_once)

    def rows(self, span: Span | None = None) -> list[ActivityRow]:
        """Activities by start with what analyses need; all of them by default."""
        return [ActivityRow.model_validate(item.doc) for item in self.documents(span or Span())]

    def metrics(self, span: Span | None = None) -> dict[ActivityId, StreamFindings]:
        """What the samples of activities say, but for splits and outline, by activity."""
        first, last = (key.replace(ACTIVITY, METRICS, 1) for key in (span or Span()).keys)
        return {
            ActivityId(item.sk.rpartition("#")[2]): StreamFindings.model_validate(item.doc)
            for item in self.between(first, last)
        }

    def earliest(self) -> ActivityRow | None:
        return self._edge(desc=False)

    def latest(self) -> ActivityRow | None:
        return self._edge(desc=True)

    def activity(self, activity_id: str) -> StoredActivity | None:
        """The activity with this id, also under the id of one that was merged into it."""
        shelf = self.shelf(activity_id)
        return shelf.stored if shelf else None

    def shelf(self, activity_id: str) -> Shelf | None:
        """The activity with this id and the versions of its items."""
        return self._settled(lambda: self._followed(activity_id))

    def present_id(self, activity_id: str) -> str | None:
        """The id that the activity has now: another one if it was merged into an older one, None if it is gone."""
        pointer = self.store.get(self.partition, pointer_key(activity_id))
        return None if pointer is None else str(pointer.doc["sk"]).rpartition("#")[2]

    def streams(self, stored: StoredActivity) -> Streams | None:
        """Samples of the activity's best source, if it has any."""
        parts = self.samples(stored)
        return decode_streams(parts) if parts else None

    def samples(self, stored: StoredActivity) -> list[str]:
        """The same, encoded; empty if there are none."""
        prefix = stream_prefix(stored.activity.id)
        return [item.doc["data"] for item in self.between(prefix, prefix + AFTER)]

    def around(self, start_at: datetime) -> list[Shelf]:
        """Stored activities that began at about this time."""
        span = Span(start_at - NEIGHBOURHOOD, start_at + NEIGHBOURHOOD)
        return self._settled(lambda: [self._shelf(item) for item in self.documents(span)])

    def profile(self) -> AthleteProfile:
        return _profile_of(self.store.get(self.partition, PROFILE))

    def change_profile(self, change: Callable[[AthleteProfile], AthleteProfile]) -> AthleteProfile:
        """Stores what `change` makes of the profile; somebody else's change in between is not undone.

        Raises:
            TransactionConflict: Others kept changing it.
        """
        for _ in range(_ATTEMPTS):
            current = self.store.get(self.partition, PROFILE)
            changed = change(_profile_of(current))
            item = Item(self.partition, PROFILE, changed.model_dump(mode="json", exclude_defaults=True))
            if self.store.update_if(item, version=current.version) if current else self.store.put_if_absent(item):
                return changed
        raise TransactionConflict(["stale"])

    def device(self) -> DeviceSettings | None:
        """What the athlete's watch believed, by its latest recording that says so."""
        item = self.store.get(self.partition, DEVICE)
        return DeviceSettings(**item.doc["settings"]) if item else None

    def save_device(self, settings: DeviceSettings, *, as_of: datetime) -> None:
        """Stores what a watch believed, unless something later is known.

        Raises:
            TransactionConflict: It changed in between.
        """
        current = self.store.get(self.partition, DEVICE)
        if current is None or current.doc["as_of"] < sort_time(as_of):
            self.put(DEVICE, {"as_of": sort_time(as_of), "settings": asdict(settings)})

    def put(self, sort_key: str, document: dict[str, Any]) -> None:
        """Stores one item whatever stands there.

        Raises:
            TransactionConflict: It changed in between.
        """
        current = self.store.get(self.partition, sort_key)
        item = Item(self.partition, sort_key, document)
        self.store.transact([UpdateIf(item, current.version) if current else PutIfAbsent(item)])

    def between(
        self, first: str, last: str, *, desc: bool = False, after: str | None = None, at_once: int = PAGE
    ) -> Iterator[Item]:
        """Items of the partition between two sort keys, both included."""
        while True:
            page = self._page((first, last), desc=desc, after=after, limit=at_once)
            yield from page.items
            if page.cursor is None:
                return
            after = page.items[-1].sk

    def _page(self, keys: tuple[str, str], *, desc: bool, after: str | None, limit: int) -> Page:
        cursor = encode_cursor(self.partition, after) if after else None
        return self.store.query(self.partition, keys, desc=desc, limit=limit, cursor=cursor)

    def _settled(self, read: Callable[[], _Found]) -> _Found:
        """What is read of items that belong together, again if somebody changed them meanwhile.

        Raises:
            ActivityIncomplete: Every time a part was missing.
        """
        for _ in range(_ATTEMPTS - 1):
            with suppress(ActivityIncomplete):
                return read()
        return read()

    def _followed(self, activity_id: str) -> Shelf | None:
        pointer = self.store.get(self.partition, pointer_key(activity_id)) if activity_id else None
        if pointer is None:
            return None
        item = self.store.get(self.partition, pointer.doc["sk"])
        if item is None:  # moved or deleted since
            raise ActivityIncomplete
        return self._shelf(item)

    def _shelf(self, item: Item) -> Shelf:
        activity_id = item.doc["activity"]["id"]
        detail = self.store.get(self.partition, detail_key(activity_id))
        pointer = self.store.get(self.partition, pointer_key(activity_id))
        if detail is None or pointer is None:
            raise ActivityIncomplete
        return Shelf(StoredActivity.joined(item.doc, detail.doc), item, pointer.version)

    def _edge(self, *, desc: bool) -> ActivityRow | None:
        page = self._page(Span().keys, desc=desc, after=None, limit=1)
        return ActivityRow.model_validate(page.items[0].doc) if page.items else None


def _profile_of(item: Item | None) -> AthleteProfile:
    return AthleteProfile.model_validate(item.doc) if item else AthleteProfile()


def row_key(stored: StoredActivity) -> str:
    return f"{ACTIVITY}{sort_time(stored.activity.start_date)}#{stored.activity.id}"


def metrics_key(row: str) -> str:
    """Where the metrics of a row stand."""
    return row.replace(ACTIVITY, METRICS, 1)


def detail_key(activity_id: str) -> str:
    return f"DTL#{activity_id}"


def pointer_key(activity_id: str) -> str:
    return f"AID#{activity_id}"


def stream_prefix(activity_id: str) -> str:
    return f"STR#{activity_id}#"


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
