"""FIT files of watches and bike computers, read with fitdecode.

Damage never costs what was read before it: a wrong checksum, an early end or a broken second header leaves every
record before it and marks the activities `partial`. One file may hold several activities: chained files, or the
legs of a multisport session.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from apis.activities import sports
from apis.activities.errors import ClockNotSet, FileRefused, NoActivityInside, NotAnActivity
from apis.activities.formats.fit_chapters import Chapter, read_chapters
from apis.activities.formats.fit_messages import Message
from apis.activities.formats.fit_sessions import Leg, legs_of
from apis.activities.formats.fit_settings import settings_of
from apis.activities.formats.fit_totals import laps_of, totals_of
from apis.activities.formats.fit_weather import weather_at
from apis.activities.formats.samples import Recording, recording_of
from apis.activities.models import LatLng, Weather
from apis.activities.recordings import DeviceTotals, Labels, RecordedActivity, Streams

_QUARTER_HOUR_S: Final = 900
_LARGEST_OFFSET_S: Final = 15 * 3600
_START_DRIFT: Final = timedelta(days=1)  # a session may begin long before its first record, but on the same day


def read_fit(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one FIT stream, in file order.

    Args:
        content: The file, uncompressed.
        source_name: The file's name, for the athlete.
        source_id: Digest of the content; activities after the first get a suffix.

    Raises:
        NotAnActivity: The device wrote it about something else.
        NoActivityInside: Not one usable record or session could be read.
        ClockNotSet: The device never learned the date.
        FileTooLarge: More than anybody records in one go.
    """
    chapters = read_chapters(content)
    found: list[RecordedActivity] = []
    refusal: FileRefused | None = None
    for chapter in chapters:
        for leg in legs_of(chapter):
            suffix = f"#{len(found)}" if found else ""
            try:
                activity = _activity(chapter, leg, source_name=source_name, source_id=source_id + suffix)
            except ClockNotSet as err:  # costs this leg and no other one
                refusal = err
                continue
            if activity is not None:
                found.append(activity)
    if not found:
        raise refusal or _nothing_inside(chapters)
    return found


def _nothing_inside(chapters: Sequence[Chapter]) -> FileRefused:
    if any(chapter.other_type for chapter in chapters):
        return NotAnActivity()
    damage = next((chapter.damage for chapter in chapters if chapter.damage), None)
    return NoActivityInside(f"{NoActivityInside.reason}: {damage}" if damage else None)


def _activity(chapter: Chapter, leg: Leg, *, source_name: str, source_id: str) -> RecordedActivity | None:
    session, sub_sport = leg.session, leg.session.text("sub_sport")
    sport_type, indoor = sports.from_fit(session.text("sport"), sub_sport), sports.is_indoor(sub_sport)
    recording = recording_of(
        leg.samples,
        running=sports.is_run(sport_type),
        damaged=chapter.damage is not None,
        begun=_beginnings(chapter, session),
    )
    start_at, totals = _start(chapter, session, recording), totals_of(session)
    if start_at is None:
        return None
    return RecordedActivity(
        kind="fit",
        source_name=source_name,
        source_id=source_id,
        start_at=start_at,
        sport_type=sport_type,
        utc_offset_s=_utc_offset_s(chapter.of("activity")),
        totals=totals,
        streams=recording.streams if recording else None,
        laps=laps_of(leg.laps, recording),
        labels=Labels(trainer=indoor),
        weather=None if indoor else _weather(chapter, start_at, totals, recording),
        device_name=_device_name(chapter),
        device_settings=settings_of(chapter, session, start_at),
        partial=chapter.damage is not None,
        reason=chapter.damage,
    )


def _beginnings(chapter: Chapter, session: Message) -> list[datetime]:
    """What the file itself says of the beginning, beside its records."""
    stated = [each.instant("time_created") for each in chapter.of("file_id")] + [session.instant("start_time")]
    return [each for each in stated if each is not None]


def _start(chapter: Chapter, session: Message, recording: Recording | None) -> datetime | None:
    """The session's start; the first record's if the clock was not set yet, or if damage may have changed it."""
    stated = session.instant("start_time")
    if recording is None:
        return stated
    believable = stated is not None and chapter.damage is None and abs(stated - recording.start_at) <= _START_DRIFT
    return stated if believable else recording.start_at


def _utc_offset_s(activities: Sequence[Message]) -> int | None:
    """Offset of the wall clock from UTC: `local_timestamp` - `timestamp`, to the quarter of an hour."""
    for message in activities:
        at, local = message.instant("timestamp"), message.instant("local_timestamp")
        if at is not None and local is not None:
            offset = round((local - at).total_seconds() / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
            if abs(offset) <= _LARGEST_OFFSET_S:
                return offset
    return None


def _weather(chapter: Chapter, start_at: datetime, totals: DeviceTotals, recording: Recording | None) -> Weather | None:
    elapsed_s = recording.duration_s if recording else totals.elapsed_s or 0.0
    place = _half_way(recording.streams) if recording else None
    return weather_at(chapter.of("weather_conditions"), start_at + timedelta(seconds=elapsed_s / 2), place)


def _half_way(streams: Streams) -> LatLng | None:
    if streams.lat is None or streams.lon is None:
        return None
    known = np.flatnonzero(np.isfinite(streams.lat) & np.isfinite(streams.lon))
    if not known.size:
        return None
    middle = known[known.size // 2]
    return float(streams.lat[middle]), float(streams.lon[middle])


def _device_name(chapter: Chapter) -> str | None:
    for message in chapter.of("file_id"):
        words = (message.text("manufacturer"), message.text("garmin_product", "product_name"))
        return " ".join(word for word in words if word) or None
    return None
