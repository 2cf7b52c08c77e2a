"""FIT files of watches and bike computers, read with fitdecode.

Damage never costs what was read before it: a wrong checksum, an early end or a broken second header leaves every
record before it and marks the activities `partial`. One file may hold several activities: chained files, or the
legs of a multisport session.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apis.activities import sports
from apis.activities.errors import NoActivityInside
from apis.activities.formats.fit_messages import Chapter, Message, read_chapters
from apis.activities.formats.samples import Recording, SampleLog, recording_of
from apis.activities.models import Lap
from apis.activities.recordings import DeviceTotals, Labels, RecordedActivity

_SEMICIRCLE_DEG = 180.0 / 2**31
_QUARTER_HOUR_S = 900
_LARGEST_OFFSET_S = 15 * 3600


def read_fit(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one FIT stream, in file order.

    Args:
        content: The file, uncompressed.
        source_name: The file's name, for the athlete.
        source_id: Digest of the content; activities after the first get a suffix.

    Raises:
        NoActivityInside: Not one usable record or session could be read.
        ClockNotSet: The device never learned the date.
        FileTooLarge: More records than anybody records in one go.
    """
    found: list[RecordedActivity] = []
    chapters = read_chapters(content)
    for chapter in chapters:
        for session in _sessions(chapter):
            suffix = f"#{len(found)}" if found else ""
            activity = _activity(chapter, session, source_name=source_name, source_id=source_id + suffix)
            if activity is not None:
                found.append(activity)
    if not found:
        damage = next((chapter.damage for chapter in chapters if chapter.damage), None)
        raise NoActivityInside(f"{NoActivityInside.reason}: {damage}" if damage else None)
    return found


def _sessions(chapter: Chapter) -> Sequence[Message]:
    """Sessions of one file; a damaged file may have lost its only one, which is then what `sport` says."""
    stated = chapter.of("session")
    if not stated:
        return chapter.of("sport")[:1] or [Message()]
    return [each for each in stated if each.text("sport") != "transition"]


def _activity(chapter: Chapter, session: Message, *, source_name: str, source_id: str) -> RecordedActivity | None:
    records, laps = chapter.of("record"), chapter.of("lap")
    if len(chapter.of("session")) > 1:
        records = [each for each in records if _began_in(session, each.instant("timestamp"), last_s=1)]
        laps = [each for each in laps if _began_in(session, each.instant("start_time"))]
    recording = recording_of(_samples(records, chapter.of("hr")))
    start_at = _start(session, recording)
    if start_at is None:
        return None
    sub_sport = session.text("sub_sport")
    return RecordedActivity(
        kind="fit",
        source_name=source_name,
        source_id=source_id,
        start_at=start_at,
        sport_type=sports.from_fit(session.text("sport"), sub_sport),
        utc_offset_s=_utc_offset_s(chapter.of("activity")),
        totals=_totals(session),
        streams=recording.streams if recording else None,
        laps=tuple(_lap(index, each) for index, each in enumerate(laps)),
        labels=Labels(trainer=sports.is_indoor(sub_sport)),
        device_name=_device_name(chapter),
        partial=chapter.damage is not None,
        reason=chapter.damage,
    )


def _start(session: Message, recording: Recording | None) -> datetime | None:
    """The session's start, unless its clock was not set yet when the first records were."""
    stated = session.instant("start_time")
    if stated is None:
        return recording.start_at if recording else None
    if recording is not None and abs(stated - recording.start_at) > timedelta(days=1):
        return recording.start_at
    return stated


def _began_in(session: Message, at: datetime | None, *, last_s: float = 0.0) -> bool:
    """Says whether this instant lies in one session of several, its end left to the next one."""
    start = session.instant("start_time")
    if at is None or start is None:
        return False
    return start <= at < start + timedelta(seconds=(session.number("total_elapsed_time") or 0.0) + last_s)


def _samples(records: Sequence[Message], hr_messages: Sequence[Message]) -> SampleLog:
    log = SampleLog()
    beats = _heart_beats(hr_messages)
    for record in records:
        at = record.instant("timestamp")
        if at is not None:
            log.add(at, _channels(record, beats.get(int(at.timestamp()))))
    return log


def _channels(record: Message, beats_bpm: float | None) -> dict[str, float | None]:
    heart_rate, cadence = record.number("heart_rate"), record.number("cadence")
    return {
        "heartrate_bpm": beats_bpm if heart_rate is None else heart_rate,
        "distance_m": record.number("distance"),
        "speed_mps": record.number("enhanced_speed", "speed"),
        "altitude_m": record.number("enhanced_altitude", "altitude"),
        "cadence_spm": None if cadence is None else cadence + (record.number("fractional_cadence") or 0.0),
        "temperature_c": record.number("temperature"),
        "power_w": record.number("power"),
        "lat": _degrees(record.number("position_lat")),
        "lon": _degrees(record.number("position_long")),
    }


def _degrees(semicircles: float | None) -> float | None:
    return None if semicircles is None else semicircles * _SEMICIRCLE_DEG


def _heart_beats(messages: Sequence[Message]) -> dict[int, float]:
    """Heart rate by Unix second from `hr` messages: a swim strap hands its beats over after the swim.

    The strap counts on a clock of its own, which the first message ties to a timestamp. fitdecode gives later,
    compressed times as dates whose zero it cannot know, so these are tied to the same timestamp by their first.
    """
    tie = next((at for each in messages if (at := each.instant("timestamp")) is not None), None)
    if tie is None:
        return {}
    beats: dict[int, float] = {}
    zeros: dict[bool, float] = {}
    for message in messages:
        for time, rate in zip(message.each("event_timestamp"), message.each("filtered_bpm"), strict=False):
            if not (isinstance(time, datetime | int | float) and isinstance(rate, int) and rate > 0):
                continue
            dated = isinstance(time, datetime)
            at_s = time.timestamp() if isinstance(time, datetime) else float(time)
            beats[int(tie.timestamp() + at_s - zeros.setdefault(dated, at_s))] = float(rate)
    return beats


def _totals(session: Message) -> DeviceTotals:
    return DeviceTotals(
        distance_m=session.number("total_distance"),
        elapsed_s=session.number("total_elapsed_time"),
        timer_s=session.number("total_timer_time"),
        moving_s=session.number("total_moving_time"),
        ascent_m=session.number("total_ascent"),
        average_heartrate_bpm=session.positive("avg_heart_rate"),
        max_heartrate_bpm=session.positive("max_heart_rate"),
        average_speed_mps=session.number("enhanced_avg_speed", "avg_speed"),
        max_speed_mps=session.number("enhanced_max_speed", "max_speed"),
        average_cadence_spm=session.number("avg_running_cadence", "avg_cadence"),
        average_temperature_c=session.number("avg_temperature"),
        average_power_w=session.number("avg_power"),
        calories_kcal=session.positive("total_calories"),
    )


def _lap(index: int, lap: Message) -> Lap:
    return Lap(
        lap_index=index + 1,
        start_date=lap.instant("start_time"),
        elapsed_time=lap.number("total_elapsed_time"),
        moving_time=lap.number("total_timer_time"),
        distance=lap.number("total_distance"),
        total_elevation_gain=lap.number("total_ascent"),
        average_speed=lap.number("enhanced_avg_speed", "avg_speed"),
        average_heartrate=lap.positive("avg_heart_rate"),
        max_heartrate=lap.positive("max_heart_rate"),
    )


def _utc_offset_s(activities: Sequence[Message]) -> int | None:
    """Offset of the wall clock from UTC: `local_timestamp` - `timestamp`, to the quarter of an hour."""
    for message in activities:
        at, local = message.instant("timestamp"), message.instant("local_timestamp")
        if at is not None and local is not None:
            offset = round((local - at).total_seconds() / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
            if abs(offset) <= _LARGEST_OFFSET_S:
                return offset
    return None


def _device_name(chapter: Chapter) -> str | None:
    for message in chapter.of("file_id"):
        words = (message.text("manufacturer"), message.text("garmin_product", "product_name"))
        return " ".join(word for word in words if word) or None
    return None
