"""An uploaded file becomes activities: read, measured, merged with what is there, stored, reported.

Each activity is one transaction. Importing the same file again changes nothing; a file that tells an activity that
is known already adds its source to it; a file that shows two stored activities to be one joins them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from apis.activities.assembly import assemble, joined
from apis.activities.duplicates import Footprint, begins_alike, same_activity
from apis.activities.errors import ClockNotSet, FileRefused
from apis.activities.formats.samples import FIRST_PLAUSIBLE
from apis.activities.formats.sniff import SizeLimits, read_unpacked, source_id_of, unpack
from apis.activities.formats.strava_export import RowRefused
from apis.activities.library import ActivityLibrary, Shelf, new_activity_id
from apis.activities.measurement import Measurement, measure
from apis.activities.merging import with_features
from apis.activities.recordings import RecordedActivity, Streams
from apis.activities.shelving import Shelving
from apis.activities.stored import StoredActivity
from apis.activities.uploads import KNOWN_ALREADY, RECORDINGS, ImportItem, ImportReport, known_items, remember
from apis.serving.errors import PreconditionFailed, TransactionConflict

ATTEMPTS: Final = 8  # imports that run side by side change the tally of one year
FUTURE_TOLERANCE: Final = timedelta(days=1)  # a watch set to another zone's date


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it arrived, and how it is to be taken."""

    name: str
    content: bytes
    now: datetime
    home_timezone: str | None = None


def import_file(library: ActivityLibrary, upload: Upload) -> ImportReport:
    """Imports everything one file holds.

    Args:
        library: Where the athlete's activities are; over an `OverlayStore` this is a rehearsal.
        upload: The file; `home_timezone` places activities that know no zone, if the profile has none.

    Raises:
        PreconditionFailed: Other imports kept changing the same activity.
    """
    try:
        plain = unpack(upload.content, SizeLimits())
    except FileRefused as err:
        return _refused(upload, err)
    source_id = source_id_of(plain)
    known = known_items(library, source_id, name=upload.name)
    if known is not None:
        return ImportReport.of(known)
    report, is_table = _import_unpacked(library, upload, plain)
    if not is_table:
        _remember(library, source_id, report)
    return report


def _import_unpacked(library: ActivityLibrary, upload: Upload, plain: bytes) -> tuple[ImportReport, bool]:
    """The report, and whether the file is a table: its rows may change while its activities stay."""
    try:
        found = read_unpacked(plain, name=upload.name)
    except FileRefused as err:
        return _refused(upload, err), False
    is_table = any(isinstance(each, RowRefused) or each.kind not in RECORDINGS for each in found)
    return _import_all(library, upload, found), is_table


def _import_all(
    library: ActivityLibrary, upload: Upload, found: Sequence[RecordedActivity | RowRefused]
) -> ImportReport:
    home_timezone = library.profile().timezone or upload.home_timezone
    report = ImportReport.of([_import_one(library, upload, each, home_timezone) for each in found])
    if report.imported and upload.home_timezone:
        _remember_timezone(library, upload.home_timezone)
    return report


def _refused(upload: Upload, error: FileRefused) -> ImportReport:
    return ImportReport.of([ImportItem(name=upload.name, status="rejected", reason=str(error))])


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
            return _shelve(library, measured, found.streams, home_timezone)
        except TransactionConflict:
            continue
    raise PreconditionFailed("Other imports are changing the same activities; try again.")


def _shelve(
    library: ActivityLibrary, measured: Measurement, streams: Streams | None, home_timezone: str | None
) -> ImportItem:
    shelves = _shelves_of(library, measured, streams)
    known = [each.stored for each in shelves]
    if not known:
        new_id = new_activity_id(library.partition, measured)
        stored = assemble(new_id, [measured], at_hand={measured.source_id}, home_timezone=home_timezone)
        Shelving(library).insert(stored, streams)
        return _item(measured, "imported", stored)
    stored = joined(known, measured, home_timezone=home_timezone)
    if len(known) == 1 and set(known[0].measurements) == set(stored.measurements):
        return _item(measured, "merged", stored, KNOWN_ALREADY)
    Shelving(library).replace(shelves, stored, _samples_to_keep(library, known, stored, measured, streams))
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


def _samples_to_keep(
    library: ActivityLibrary,
    known: Sequence[StoredActivity],
    stored: StoredActivity,
    measured: Measurement,
    streams: Streams | None,
) -> Streams | None:
    """Samples to write, or `None` where the kept activity has the best ones already."""
    if stored.streams_of == known[0].streams_of:
        return None
    if stored.streams_of == measured.source_id:
        return streams
    return library.streams(next(each for each in known if each.streams_of == stored.streams_of))


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


def _remember(library: ActivityLibrary, source_id: str, report: ImportReport) -> None:
    try:
        remember(library, source_id, report)
    except TransactionConflict:  # the same file was taken twice at once, and the other import keeps the record
        return


def _remember_timezone(library: ActivityLibrary, timezone: str) -> None:
    profile = library.profile()
    if profile.timezone is None:
        library.save_profile(profile.model_copy(update={"timezone": timezone}))
