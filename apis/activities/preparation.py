"""The part of an import that needs nothing but the file: unpacked, read, measured, samples encoded and summed up.

It is most of the work of an import and touches neither store nor athlete, so it can be done elsewhere: by the Lambda
function itself, or on a laptop by worker processes (`reading_workers`), to which the outcome is JSON.
"""

from collections.abc import Sequence
from typing import Final

from apis.activities.analytics.stream_findings import StreamFindings, findings_of
from apis.activities.errors import FileRefused
from apis.activities.formats.sniff import read_unpacked, source_id_of
from apis.activities.formats.strava_export import RowRefused
from apis.activities.measurement import Measurement, measure
from apis.activities.merging import with_features
from apis.activities.models import Record
from apis.activities.recordings import DeviceSettings, RecordedActivity, Streams
from apis.activities.stream_codec import decode_streams, encode_streams

RECORDINGS: Final = frozenset({"fit", "gpx", "tcx"})


class PreparedActivity(Record):
    """One activity of a file; `samples` is empty, and `findings` None, where the file has none."""

    measurement: Measurement
    samples: tuple[str, ...] = ()
    findings: StreamFindings | None = None
    device_settings: DeviceSettings | None = None

    def streams(self) -> Streams | None:
        return decode_streams(self.samples) if self.samples else None


class RefusedItem(Record):
    """A row that cannot become an activity, or the whole file."""

    name: str
    reason: str


class PreparedFile(Record):
    """What a file holds, in file order.

    Attributes:
        source_id: Digest of the unpacked content.
        is_table: Its rows may change while its activities stay, so it is read anew each time.
        settled: Whether another attempt would find the same; not if time or memory ran out.
    """

    source_id: str
    is_table: bool = False
    settled: bool = True
    items: tuple[PreparedActivity | RefusedItem, ...]


def prepare_unpacked(plain: bytes, *, name: str, damage: str | None = None) -> PreparedFile:
    """Reads and measures a file that `unpack` has unpacked.

    Args:
        plain: Its content.
        name: Of the file, for the report.
        damage: What was wrong with its compression.
    """
    source_id = source_id_of(plain)
    try:
        found = read_unpacked(plain, name=name, damage=damage)
    except FileRefused as err:
        return PreparedFile(source_id=source_id, items=(RefusedItem(name=name, reason=str(err)),))
    return PreparedFile(source_id=source_id, is_table=_is_table(found), items=tuple(map(_prepared, found)))


def _is_table(found: Sequence[RecordedActivity | RowRefused]) -> bool:
    return any(isinstance(each, RowRefused) or each.kind not in RECORDINGS for each in found)


def _prepared(found: RecordedActivity | RowRefused) -> PreparedActivity | RefusedItem:
    if isinstance(found, RowRefused):
        return RefusedItem(name=found.source_name, reason=found.reason)
    measured = with_features(measure(found), found)
    if found.streams is None:
        return PreparedActivity(measurement=measured, device_settings=found.device_settings)
    return PreparedActivity(
        measurement=measured,
        samples=tuple(encode_streams(found.streams)),
        findings=findings_of(found.streams, sport_type=found.sport_type),
        device_settings=found.device_settings,
    )
