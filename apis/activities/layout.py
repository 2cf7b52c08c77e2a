"""What the items of an athlete look like, and how older ones are brought up to it: once, when the athlete is next seen.

Layout 1 kept an activity with its laps and sources in one item, and had neither tallies nor findings of the samples.
All but the findings follows from the measurements of its sources, so an activity is assembled anew under its old id.
Findings come when one of its files is imported again.

Layout 2 did not know where an activity was, and nothing waited for its weather. What needs the samples is left to
whoever looks up the weather: here an activity is only put among those that wait.

Layouts 1 to 3 had pointers of merged activities that nobody could find from the activity they lead to, so that these
were left behind when it moved or was deleted.
"""

from collections.abc import Iterable
from typing import Final

from apis.activities.assembly import Recorded, assemble
from apis.activities.library import AFTER, ActivityLibrary, Span, detail_key, pointer_key, row_key
from apis.activities.measurement import Measurement
from apis.activities.models import ActivityId
from apis.activities.shelving import Shelving
from apis.activities.stored import StoredActivity
from apis.activities.tallies import tally_writes
from apis.activities.weather.waiting import unplaced
from apis.serving.errors import PreconditionFailed, TransactionConflict
from apis.serving.store import DeleteIf, Item, PutIfAbsent, UpdateIf, Write

LAYOUT: Final = "LAYOUT"
CURRENT: Final = 4
_ATTEMPTS: Final = 5
_MEASUREMENTS: Final = "measurements"  # in the row of layout 1, and in no later one


def ensure_layout(library: ActivityLibrary) -> ActivityLibrary:
    """The library, with its items in the present layout.

    Raises:
        PreconditionFailed: Others kept changing the same activities.
    """
    for _ in range(_ATTEMPTS):
        mark = library.store.get(library.partition, LAYOUT)
        if mark is not None and mark.doc["layout"] >= CURRENT:
            return library
        try:
            _upgrade(library)
            library.put(LAYOUT, {"layout": CURRENT})
        except TransactionConflict:
            continue
    raise PreconditionFailed("Other requests are changing the same activities; try again.")


def _upgrade(library: ActivityLibrary) -> None:
    home_timezone = library.profile().timezone
    leading: dict[str, list[Item]] = {}
    for pointer in _pointers(library):
        leading.setdefault(pointer.doc["sk"], []).append(pointer)
    for item in list(library.documents(Span())):
        if _MEASUREMENTS in item.doc:
            stored = _assembled_anew(item, home_timezone)
            library.store.transact(_writes(library, item, stored, leading.get(item.sk, ())))
    for pointer in _pointers(library):
        _adopt(library, pointer)
    for row in library.documents(Span()):
        waiting = unplaced(library.partition, row.doc["activity"])
        if waiting is not None:
            library.store.put_if_absent(waiting)


def _pointers(library: ActivityLibrary) -> list[Item]:
    first = pointer_key("")
    return list(library.between(first, first + AFTER))


def _adopt(library: ActivityLibrary, pointer: Item) -> None:
    """Has an activity know every id that leads to it; what leads nowhere goes."""
    activity_id = ActivityId(pointer.sk.removeprefix(pointer_key("")))
    row = library.store.get(library.partition, pointer.doc["sk"])
    if row is None:
        library.store.transact([DeleteIf(pointer.pk, pointer.sk, pointer.version)])
    elif row.doc["activity"]["id"] != activity_id:
        shelf = library.shelf(row.doc["activity"]["id"])
        if shelf is not None and activity_id not in shelf.stored.aliases:
            aliases = (*shelf.stored.aliases, activity_id)
            Shelving(library).replace([shelf], shelf.stored.model_copy(update={"aliases": aliases}))


def _assembled_anew(item: Item, home_timezone: str | None) -> StoredActivity:
    known = Measurement.model_fields
    sources = [
        Measurement.model_validate({name: value for name, value in each.items() if name in known})
        for each in item.doc[_MEASUREMENTS]
    ]
    kept = item.doc.get("streams_of")
    # What the samples say is left out: computing it for a whole history would keep one request waiting for minutes.
    recorded = {kept: Recorded(None, None, _not_now)} if kept else {}
    return assemble(ActivityId(item.doc["activity"]["id"]), sources, recorded, home_timezone=home_timezone)


def _not_now() -> None:
    """No samples."""


def _writes(library: ActivityLibrary, item: Item, stored: StoredActivity, pointers: Iterable[Item]) -> list[Write]:
    partition, key = library.partition, row_key(stored)
    row = Item(partition, key, stored.row_document())
    detail = Item(partition, detail_key(stored.activity.id), stored.detail_document())
    followed = [UpdateIf(Item(partition, pointer.sk, {"sk": key}), pointer.version) for pointer in pointers]
    moved: list[Write] = [DeleteIf(partition, item.sk, item.version), PutIfAbsent(row), *followed]
    return [
        *([UpdateIf(row, item.version)] if key == item.sk else moved),
        PutIfAbsent(detail),
        *tally_writes(library.store, partition, gone=[], new=[stored.activity]),
    ]
