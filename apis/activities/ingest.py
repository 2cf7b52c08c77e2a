"""An uploaded file becomes activities: read, measured, merged with what is there, stored, reported.

Each activity is one transaction. Importing the same file again changes nothing; a file that tells an activity that
is known already adds its source to it; a file that shows two stored activities to be one joins them.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from apis.activities.duplicates import Footprint, begins_alike, same_activity
from apis.activities.errors import ClockNotSet, FileRefused
from apis.activities.formats.samples import FIRST_PLAUSIBLE
from apis.activities.formats.sniff import read_file
from apis.activities.formats.strava_export import RowRefused
from apis.activities.library import ActivityLibrary, Shelf, StoredActivity, new_activity_id
from apis.activities.measurement import Measurement, measure
from apis.activities.merging import detail_of, features_of, merge, ranked, with_features
from apis.activities.models import ActivityId, Record
from apis.activities.recordings import RecordedActivity, Streams
from apis.activities.rehearsal import RehearsalLibrary
from apis.serving.errors import PreconditionFailed, TransactionConflict

ATTEMPTS: Final = 3
FUTURE_TOLERANCE: Final = timedelta(days=1)  # a watch set to another zone's date
KNOWN_ALREADY: Final = "already imported"
NOT_COMPARED: Final = "not yet compared with the other files of this import"


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


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it arrived, and how it is to be taken."""

    name: str
    content: bytes
    now: datetime
    dry_run: bool = False
    home_timezone: str | None = None


def import_file(library: ActivityLibrary, upload: Upload) -> ImportReport:
    """Imports everything one file holds.

    Args:
        library: Where the athlete's activities are.
        upload: The file; `home_timezone` places activities that know no zone, if the profile has none.

    Raises:
        PreconditionFailed: Other imports kept changing the same activity.
    """
    home_timezone = library.profile().timezone or upload.home_timezone
    target = RehearsalLibrary.of(library) if upload.dry_run else library
    try:
        found = read_file(upload.content, name=upload.name)
    except FileRefused as err:
        return ImportReport.of([ImportItem(name=upload.name, status="rejected", reason=str(err))])
    report = ImportReport.of([_import_one(target, upload, each, home_timezone) for each in found])
    if report.imported and upload.home_timezone and not upload.dry_run:
        _remember_timezone(library, upload.home_timezone)
    return report


def _import_one(
    library: ActivityLibrary, upload: Upload, found: RecordedActivity | RowRefused, home_timezone: str | None
) -> ImportItem:
    if isinstance(found, RowRefused):
        return ImportItem(name=found.source_name, status="rejected", reason=found.reason)
    if not FIRST_PLAUSIBLE <= found.start_at <= upload.now + FUTURE_TOLERANCE:
        return ImportItem(name=found.source_name, status="rejected", reason=ClockNotSet.reason)
    measured = with_features(measure(found), found)
    for _ in range(ATTEMPTS):
        try:
            item = _shelve(library, measured, found.streams, home_timezone)
        except TransactionConflict:
            continue
        if upload.dry_run and item.status == "imported" and item.reason is None:
            return item.model_copy(update={"reason": NOT_COMPARED})
        return item
    raise PreconditionFailed("Other imports are changing the same activity; try again.")


def _shelve(
    library: ActivityLibrary, measured: Measurement, streams: Streams | None, home_timezone: str | None
) -> ImportItem:
    shelves = _shelves_of(library, measured, streams)
    if not shelves:
        stored = _merged(new_activity_id(library.partition, measured), [measured], {measured.source_id}, home_timezone)
        library.insert(stored, streams)
        return _item(measured, "imported", stored)
    sources = _sources(shelves, measured)
    at_hand = {measured.source_id, *(each.stored.streams_of for each in shelves)}
    stored = _merged(shelves[0].stored.activity.id, sources, at_hand, home_timezone)
    if len(shelves) == 1 and set(shelves[0].stored.measurements) == set(sources):
        return _item(measured, "merged", stored, KNOWN_ALREADY)
    library.replace(shelves, stored, _samples_to_keep(library, shelves, stored, measured, streams))
    return _item(measured, "merged", stored)


def _shelves_of(library: ActivityLibrary, measured: Measurement, streams: Streams | None) -> list[Shelf]:
    """Stored activities that are the measured one, the oldest id first."""
    same = [
        shelf
        for shelf in library.around(measured.start_date)
        if _known(shelf.stored, measured) or _one_was_cut(library, shelf.stored, measured, streams)
    ]
    return sorted(same, key=lambda shelf: shelf.stored.activity.id)


def _known(stored: StoredActivity, measured: Measurement) -> bool:
    """Compared with every source, not with the merged activity, so that the order of imports cannot matter."""
    footprint = Footprint.of(measured)
    return any(
        each.source_id == measured.source_id or same_activity(Footprint.of(each), footprint)
        for each in stored.measurements
    )


def _one_was_cut(
    library: ActivityLibrary, stored: StoredActivity, measured: Measurement, streams: Streams | None
) -> bool:
    """Compared with the leading source alone: it is the whole recording, if there is one, and else the longest."""
    lead = stored.measurements[0]
    known, new = Footprint.of(lead), Footprint.of(measured)
    if begins_alike(known, new, streams):
        return True
    if not new.partial:
        return False  # spares reading the samples of every activity nearby
    return begins_alike(new, known, library.streams(stored) if lead.recorded else None)


def _sources(shelves: Sequence[Shelf], measured: Measurement) -> list[Measurement]:
    """All sources with the new one; an export row that changed replaces its older self."""
    everything = [each for shelf in shelves for each in shelf.stored.measurements]
    others = [each for each in everything if each.source_id != measured.source_id]
    older = next((each for each in everything if each.source_id == measured.source_id), None)
    if older is not None and older == measured.model_copy(update={"source_name": older.source_name}):
        return [*others, older]  # the same content under another file name
    return [*others, measured]


def _merged(
    activity_id: ActivityId, sources: Sequence[Measurement], at_hand: AbstractSet[str | None], home_timezone: str | None
) -> StoredActivity:
    """One activity of all its sources, with the samples of the best one whose samples are still `at_hand`."""
    activity = merge(activity_id, sources, home_timezone=home_timezone)
    with_samples = [each.source_id for each in ranked(sources) if each.recorded and each.source_id in at_hand]
    return StoredActivity(
        activity=activity,
        detail=detail_of(sources),
        measurements=tuple(ranked(sources)),
        features=features_of(activity, sources),
        streams_of=with_samples[0] if with_samples else None,
    )


def _samples_to_keep(
    library: ActivityLibrary,
    shelves: Sequence[Shelf],
    stored: StoredActivity,
    measured: Measurement,
    streams: Streams | None,
) -> Streams | None:
    """Samples to write, or `None` where the kept activity has the best ones already."""
    if stored.streams_of == shelves[0].stored.streams_of:
        return None
    if stored.streams_of == measured.source_id:
        return streams
    holder = next(shelf.stored for shelf in shelves if shelf.stored.streams_of == stored.streams_of)
    return library.streams(holder)


def _item(
    measured: Measurement, status: Literal["imported", "merged"], stored: StoredActivity, reason: str | None = None
) -> ImportItem:
    return ImportItem(
        name=measured.source_name,
        status=status,
        partial=measured.partial,
        reason=measured.partial_reason or reason,
        activity_id=stored.activity.id,
    )


def _remember_timezone(library: ActivityLibrary, timezone: str) -> None:
    profile = library.profile()
    if profile.timezone is None:
        library.save_profile(profile.model_copy(update={"timezone": timezone}))
