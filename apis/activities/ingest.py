"""An uploaded file becomes activities: read, measured, merged with what is there, stored, reported.

Each activity is one transaction. Importing the same file again changes nothing; a file that tells an activity that
is known already adds its source to it; a file that shows two stored activities to be one joins them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal

from apis.activities.assembly import Recorded, assemble, joined, recorded_of
from apis.activities.duplicates import MAX_HOURS_SHIFTED, Footprint, begins_alike, hour_shifted, same_activity
from apis.activities.errors import ClockNotSet, FileRefused
from apis.activities.formats.samples import FIRST_PLAUSIBLE
from apis.activities.formats.sniff import SizeLimits, source_id_of, unpack_file
from apis.activities.library import ActivityLibrary, Shelf, Span, new_activity_id
from apis.activities.measurement import Measurement
from apis.activities.preparation import PreparedActivity, PreparedFile, RefusedItem, prepare_unpacked
from apis.activities.shelving import Shelving
from apis.activities.stored import StoredActivity
from apis.activities.tallies import held_tallies
from apis.activities.uploads import KNOWN_ALREADY, ImportItem, ImportReport, known_items, remember
from apis.serving.errors import PreconditionFailed, TransactionConflict

Ahead = Callable[[str, str], PreparedFile | None]
ATTEMPTS: Final = 16  # imports that run side by side change the tally of one year
SHIFTED: Final = "looks like another activity, whole hours apart, and was not merged with it"
_ZONE_UNKNOWN: Final = frozenset({"profile", "none"})
FUTURE_TOLERANCE: Final = timedelta(days=1)  # a watch set to another zone's date


def nothing_ahead(_source_id: str, _name: str) -> None:
    """Nobody has read the file yet."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it arrived, and how it is to be taken."""

    name: str
    content: bytes
    now: datetime
    home_timezone: str | None = None


def import_file(library: ActivityLibrary, upload: Upload, *, ahead: Ahead = nothing_ahead) -> ImportReport:
    """Imports everything one file holds.

    Args:
        library: Where the athlete's activities are; over an `OverlayStore` this is a rehearsal.
        upload: The file; `home_timezone` places activities that know no zone, if the profile has none.
        ahead: Gives the file with this digest and name, if somebody has read it already.

    Raises:
        PreconditionFailed: Other imports kept changing the same activities.
    """
    try:
        unpacked = unpack_file(upload.content, SizeLimits())
    except FileRefused as err:
        return ImportReport.of([_refused(RefusedItem(name=upload.name, reason=str(err)))])
    source_id = source_id_of(unpacked.plain)
    read = ahead(source_id, upload.name)
    known = known_items(library, source_id, name=upload.name)
    if known is not None:
        return ImportReport.of(known)
    prepared = read or prepare_unpacked(unpacked.plain, name=upload.name, damage=unpacked.damage)
    return _import_prepared(library, upload, prepared)


def _import_prepared(library: ActivityLibrary, upload: Upload, prepared: PreparedFile) -> ImportReport:
    home_timezone = library.profile().timezone or upload.home_timezone
    report = ImportReport.of([_import_one(library, upload, each, home_timezone) for each in prepared.items])
    _remember_device(library, prepared)
    if report.imported and upload.home_timezone:
        _remember_timezone(library, upload.home_timezone)
    if (
        not prepared.is_table
        and prepared.settled
        and not any(each.reason == ClockNotSet.reason for each in report.items)
    ):
        _remember(library, prepared.source_id, report)
    return report


def _refused(item: RefusedItem) -> ImportItem:
    return ImportItem(name=item.name, status="rejected", reason=item.reason)


def _import_one(
    library: ActivityLibrary, upload: Upload, found: PreparedActivity | RefusedItem, home_timezone: str | None
) -> ImportItem:
    if isinstance(found, RefusedItem):
        return _refused(found)
    measured = found.measurement
    if not FIRST_PLAUSIBLE <= measured.start_date <= upload.now + FUTURE_TOLERANCE:
        return _refused(RefusedItem(name=measured.source_name, reason=ClockNotSet.reason))
    for _ in range(ATTEMPTS):
        try:
            return _shelve(library, found, home_timezone)
        except TransactionConflict:
            continue
    raise PreconditionFailed("Other imports are changing the same activities; try again.")


def _shelve(library: ActivityLibrary, found: PreparedActivity, home_timezone: str | None) -> ImportItem:
    measured = found.measurement
    shelving = Shelving(library, held_tallies(library.store, library.partition, measured.start_date))
    shelves = _shelves_of(library, found)
    known = [each.stored for each in shelves]
    recorded = _recorded(library, known, found)
    if not known:
        new_id = new_activity_id(library.partition, measured)
        stored = assemble(new_id, [measured], recorded, home_timezone=home_timezone)
        shelving.insert(stored, found.samples)
        return _item(measured, "imported", stored, _shifted_copy(library, measured))
    stored = joined(known, measured, recorded, home_timezone=home_timezone)
    if len(known) == 1 and _tells_nothing_new(known[0], stored):
        return _item(measured, "merged", stored, KNOWN_ALREADY)
    shelving.replace(shelves, stored, _samples_to_keep(library, known, stored, found))
    return _item(measured, "merged", stored)


def _recorded(
    library: ActivityLibrary, known: Sequence[StoredActivity], found: PreparedActivity
) -> dict[str, Recorded]:
    """The recordings whose samples exist: those of the stored activities, and the new one."""
    measured = found.measurement
    new = {measured.source_id: Recorded(found.findings, measured.sport_type, found.streams)} if found.samples else {}
    return {
        **new,
        **{
            source_id: recorded
            for stored in known
            for source_id, recorded in recorded_of(stored, partial(library.streams, stored)).items()
            if recorded.findings is not None or source_id not in new
        },
    }


def _tells_nothing_new(known: StoredActivity, stored: StoredActivity) -> bool:
    """Whether nothing but the order of the sources, which follows from them, could differ."""
    return set(known.measurements) == set(stored.measurements) and known.findings == stored.findings


def _shelves_of(library: ActivityLibrary, found: PreparedActivity) -> list[Shelf]:
    """Stored activities that are the measured one, the oldest id first."""
    same = [
        shelf
        for shelf in library.around(found.measurement.start_date)
        if _known(shelf.stored, found.measurement) or _one_was_cut(library, shelf.stored, found)
    ]
    return sorted(same, key=lambda shelf: shelf.stored.activity.id)


def _known(stored: StoredActivity, measured: Measurement) -> bool:
    """Compared with every source, not with the merged activity, so that the order of imports cannot matter."""
    footprint = Footprint.of(measured)
    return any(
        each.source_id == measured.source_id or same_activity(Footprint.of(each), footprint)
        for each in stored.measurements
    )


def _one_was_cut(library: ActivityLibrary, stored: StoredActivity, found: PreparedActivity) -> bool:
    """Compared with the leading source alone: it is the whole recording, if there is one, and else the longest."""
    lead = stored.measurements[0]
    known, new = Footprint.of(lead), Footprint.of(found.measurement)
    # Samples are read for the few that were cut, not for every activity nearby.
    if known.partial and begins_alike(known, new, found.streams()):
        return True
    return new.partial and begins_alike(new, known, library.streams(stored) if lead.recorded else None)


def _shifted_copy(library: ActivityLibrary, measured: Measurement) -> str | None:
    """A hint at an activity of another origin that is the same but for whole hours: the athlete has to decide."""
    new, span = Footprint.of(measured), timedelta(hours=MAX_HOURS_SHIFTED)
    nearby = library.rows(Span(measured.start_date - span, measured.start_date + span))
    unsure = [each for each in nearby if not new.zone_known or each.activity.timezone_source in _ZONE_UNKNOWN]
    for row in unsure:
        stored = library.activity(row.activity.id)
        for source in stored.measurements if stored else ():
            if source.kind != measured.kind and hour_shifted(Footprint.of(source), new):
                return f"{SHIFTED}: {row.activity.start_date_local:%Y-%m-%d %H:%M}, {row.activity.name}"
    return None


def _samples_to_keep(
    library: ActivityLibrary, known: Sequence[StoredActivity], stored: StoredActivity, found: PreparedActivity
) -> Sequence[str]:
    """Encoded samples to write, or none where the kept activity has the best ones already."""
    if stored.streams_of == known[0].streams_of:
        return ()
    if stored.streams_of == found.measurement.source_id:
        return found.samples
    return library.samples(next(each for each in known if each.streams_of == stored.streams_of))


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


def _remember_device(library: ActivityLibrary, prepared: PreparedFile) -> None:
    """Keeps what the watch believed about its athlete; what it wrote later wins."""
    for each in prepared.items:
        if isinstance(each, PreparedActivity) and each.device_settings is not None:
            with suppress(TransactionConflict):  # another import of the same watch came first
                library.save_device(each.device_settings, as_of=each.measurement.start_date)


def _remember_timezone(library: ActivityLibrary, timezone: str) -> None:
    """The first one stays; where the profile keeps changing, the next import says it again."""
    with suppress(TransactionConflict):
        library.change_profile(lambda profile: profile.model_copy(update={"timezone": profile.timezone or timezone}))
