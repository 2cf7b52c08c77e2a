"""What became of files that were taken before: an upload is known again by its content and is not read twice.

The record goes when an activity of the file is deleted, so that importing the file brings it back; and it counts only
for the readers that made it, so that better ones get another chance. Tables (exports of many rows) have no record:
their rows change while their activities stay.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from apis.activities.library import ActivityLibrary
from apis.activities.measurement import Measurement
from apis.activities.models import Record
from apis.activities.preparation import RECORDINGS

PREFIX: Final = "UPL#"
READERS: Final = 2  # raised when the readers of files learn something
KNOWN_ALREADY: Final = "already imported"
SOURCE_ID_CHARS: Final = 32


class ImportItem(Record):
    """What became of one file, or of one activity or row in it."""

    name: str
    status: Literal["imported", "merged", "rejected"]
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class ImportReport(Record):
    """What became of an upload; `partial` counts items of which a part was lost, whatever their status."""

    imported: int
    merged: int
    partial: int
    rejected: int
    items: tuple[ImportItem, ...]

    @classmethod
    def of(cls, items: Sequence[ImportItem]) -> "ImportReport":
        count = [each.status for each in items].count
        return cls(
            imported=count("imported"),
            merged=count("merged"),
            partial=sum(each.partial for each in items),
            rejected=count("rejected"),
            items=tuple(items),
        )


def known_items(library: ActivityLibrary, source_id: str, *, name: str | None = None) -> tuple[ImportItem, ...] | None:
    """What became of the file with this content, as an import of it would report now; None if it is new.

    Args:
        library: The athlete's.
        source_id: Digest of the unpacked content; only its first 32 characters count.
        name: The file's name this time; without one, the name it had then.
    """
    item = library.store.get(library.partition, PREFIX + source_id[:SOURCE_ID_CHARS])
    if item is None or item.doc["readers"] != READERS:
        return None
    items = [ImportItem.model_validate(each) for each in item.doc["items"]]
    present = {one: library.present_id(one) for one in (each.activity_id for each in items) if one is not None}
    if None in present.values():
        return None  # deleted while the file was being imported
    return tuple(_again(each, name, present) for each in items)


def remember(library: ActivityLibrary, source_id: str, report: ImportReport) -> None:
    """Keeps what became of a file.

    Raises:
        TransactionConflict: The same file was imported twice at once; the other one's record stands.
    """
    items = [each.model_dump(mode="json", exclude_defaults=True) for each in report.items]
    library.put(PREFIX + source_id[:SOURCE_ID_CHARS], {"readers": READERS, "items": items})


def upload_keys(measurements: Iterable[Measurement]) -> set[str]:
    """Sort keys of the records of the files that an activity was read from."""
    return {PREFIX + each.source_id.partition("#")[0] for each in measurements if each.kind in RECORDINGS}


def _again(item: ImportItem, name: str | None, present: Mapping[str, str | None]) -> ImportItem:
    named = item.model_copy(update={"name": name or item.name})
    if item.activity_id is None:
        return named
    reason = item.reason if item.partial else KNOWN_ALREADY
    changed = {"status": "merged", "reason": reason, "activity_id": present[item.activity_id]}
    return named.model_copy(update=changed)
