"""FIT files of watches and bike computers, read with fitdecode.

Damage never costs what was read before it: a wrong checksum, an early end or a broken second header leaves every
record before it and marks the activities `partial`. One file may hold several activities: chained files, or the
legs of a multisport session.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import fitdecode

from apis.activities import sports
from apis.activities.errors import NoActivityInside
from apis.activities.formats.samples import Recording, SampleLog, recording_of
from apis.activities.models import DeviceTotals, Labels, Lap, RecordedActivity

Message = dict[str, Any]

_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_SEMICIRCLE_DEG = 180.0 / 2**31
_QUARTER_HOUR_S = 900
_LARGEST_OFFSET_S = 15 * 3600
_KEPT = frozenset({"file_id", "device_info", "record", "lap", "session", "activity", "hr", "sport"})


@dataclass(slots=True)
class _Chapter:
    """The messages of one FIT file inside a (chained) stream, by name."""

    messages: dict[str, list[Message]] = field(default_factory=dict)
    damage: str | None = None

    def of(self, name: str) -> list[Message]:
        return self.messages.get(name, [])


def read_fit(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one FIT stream, in file order.

    Args:
        content: The file, uncompressed.
        source_name: The file's name, for the athlete.
        source_id: Digest of the content; activities after the first get a suffix.

    Raises:
        NoActivityInside: Not one usable record or session could be read.
        ClockNotSet: The device never learned the date.
    """
    found: list[RecordedActivity] = []
    chapters = _read_chapters(content)
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


def _read_chapters(content: bytes) -> list[_Chapter]:
    """Decodes until the end or the first damage that stops the decoder, whichever comes first."""
    chapters = [_Chapter()]
    try:
        for frame in _frames(content):
            if isinstance(frame, fitdecode.FitHeader) and chapters[-1].messages:
                chapters.append(_Chapter())
            elif isinstance(frame, fitdecode.FitDataMessage) and frame.name in _KEPT:
                chapters[-1].messages.setdefault(frame.name, []).append(_values(frame))
            elif isinstance(frame, fitdecode.FitCRC) and not frame.matched:
                chapters[-1].damage = "the checksum at the end of the file is wrong"
    except fitdecode.FitEOFError as err:
        chapters[-1].damage = f"the file ends early, at byte {err.offset}"
    except fitdecode.FitHeaderError:
        chapters[-1].damage = "a broken header follows the last good record"
    except (fitdecode.FitError, ValueError, TypeError, AssertionError, LookupError, OverflowError):
        # fitdecode lets what its struct and date conversions raise on nonsense escape as it is
        chapters[-1].damage = "a message cannot be decoded; what follows it is lost"
    return chapters


def _frames(content: bytes) -> Iterator[Any]:
    with fitdecode.FitReader(
        content,
        check_crc=fitdecode.CrcCheck.READONLY,  # judged per file here: raising would lose the files chained after it
        error_handling=fitdecode.ErrorHandling.IGNORE,  # undefined developer fields
    ) as reader:
        yield from reader


def _values(frame: Any) -> Message:
    """Native fields by name; a developer field may carry a native field's name and is left out.

    A field that occurs several times (heart rate of `hr`) becomes a list.
    """
    values: Message = {}
    for each in frame.fields:
        if each.value is None or (each.field is not None and each.field.field_type == "devfield"):
            continue
        if each.name in values and frame.name == "hr":
            values[each.name] = [*_as_list(values[each.name]), *_as_list(each.value)]
        else:
            values[each.name] = each.value
    return values


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _sessions(chapter: _Chapter) -> Sequence[Message]:
    """Sessions of one file; a damaged file may have lost its only one, which is then empty."""
    sessions = [each for each in chapter.of("session") if each.get("sport") != "transition"]
    if sessions or chapter.of("session"):
        return sessions
    return [{**{key: value for each in chapter.of("sport") for key, value in each.items()}}]


def _activity(chapter: _Chapter, session: Message, *, source_name: str, source_id: str) -> RecordedActivity | None:
    alone = len(chapter.of("session")) <= 1
    records = chapter.of("record") if alone else [each for each in chapter.of("record") if _inside(each, session)]
    recording = recording_of(_samples(records, chapter.of("hr")))
    start_at = _start(session, recording)
    if start_at is None:
        return None
    sub_sport = session.get("sub_sport")
    laps = chapter.of("lap") if alone else [each for each in chapter.of("lap") if _inside(each, session)]
    return RecordedActivity(
        kind="fit",
        source_name=source_name,
        source_id=source_id,
        start_at=start_at,
        sport_type=sports.from_fit(session.get("sport"), sub_sport),
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
    stated = session.get("start_time")
    if not isinstance(stated, datetime):
        return recording.start_at if recording else None
    if recording is not None and abs(stated - recording.start_at) > timedelta(days=1):
        return recording.start_at
    return stated


def _inside(message: Message, session: Message) -> bool:
    """Says whether a message belongs to one session of several; laps count by when they began."""
    at, start = message.get("start_time", message.get("timestamp")), session.get("start_time")
    if not (isinstance(at, datetime) and isinstance(start, datetime)):
        return False
    elapsed = timedelta(seconds=float(session.get("total_elapsed_time", 0.0)))
    return start <= at < start + elapsed + timedelta(seconds=0 if "start_time" in message else 1)


def _samples(records: Sequence[Message], hr_messages: Sequence[Message]) -> SampleLog:
    log = SampleLog()
    beats = _heart_beats(hr_messages)
    for record in records:
        at = record.get("timestamp")
        if isinstance(at, int):  # before the clock is set: seconds since power-on, which count from FIT's epoch
            at = _EPOCH + timedelta(seconds=at)
        if isinstance(at, datetime):
            log.add(at, _channels(record, beats.get(int(at.timestamp()))))
    return log


def _channels(record: Message, beats_bpm: float | None) -> dict[str, float | None]:
    cadence = record.get("cadence")
    return {
        "heartrate_bpm": record.get("heart_rate", beats_bpm),
        "distance_m": record.get("distance"),
        "speed_mps": record.get("enhanced_speed", record.get("speed")),
        "altitude_m": record.get("enhanced_altitude", record.get("altitude")),
        "cadence_spm": None if cadence is None else cadence + record.get("fractional_cadence", 0.0),
        "temperature_c": record.get("temperature"),
        "power_w": record.get("power"),
        "lat": _degrees(record.get("position_lat")),
        "lon": _degrees(record.get("position_long")),
    }


def _degrees(semicircles: float | None) -> float | None:
    return None if semicircles is None else semicircles * _SEMICIRCLE_DEG


def _heart_beats(messages: Sequence[Message]) -> dict[int, float]:
    """Heart rate by Unix second from `hr` messages: a swim strap hands its beats over after the swim.

    The strap counts on a clock of its own, which the first message ties to a timestamp. fitdecode gives later,
    compressed times as dates whose zero it cannot know, so these are tied to the same timestamp by their first.
    """
    tie = next((each["timestamp"] for each in messages if isinstance(each.get("timestamp"), datetime)), None)
    if tie is None:
        return {}
    beats: dict[int, float] = {}
    zeros: dict[bool, float] = {}
    for message in messages:
        times = [_seconds(each) for each in _as_list(message.get("event_timestamp", []))]
        rates = _as_list(message.get("filtered_bpm", []))
        for (dated, at_s), rate in zip(times, rates, strict=False):
            zero = zeros.setdefault(dated, at_s)
            beats[int(tie.timestamp() + at_s - zero)] = float(rate or "nan")
    return beats


def _seconds(time: datetime | float) -> tuple[bool, float]:
    """Whether a strap's time was given as a date, and its seconds."""
    return (True, time.timestamp()) if isinstance(time, datetime) else (False, float(time))


def _totals(session: Message) -> DeviceTotals:
    return DeviceTotals(
        distance_m=session.get("total_distance"),
        elapsed_s=session.get("total_elapsed_time"),
        timer_s=session.get("total_timer_time"),
        moving_s=session.get("total_moving_time"),
        ascent_m=session.get("total_ascent"),
        average_heartrate_bpm=session.get("avg_heart_rate") or None,
        max_heartrate_bpm=session.get("max_heart_rate") or None,
        average_speed_mps=session.get("enhanced_avg_speed", session.get("avg_speed")),
        max_speed_mps=session.get("enhanced_max_speed", session.get("max_speed")),
        average_cadence_spm=session.get("avg_running_cadence", session.get("avg_cadence")),
        average_temperature_c=session.get("avg_temperature"),
        average_power_w=session.get("avg_power"),
        calories_kcal=session.get("total_calories") or None,
    )


def _lap(index: int, lap: Message) -> Lap:
    start = lap.get("start_time")
    return Lap(
        lap_index=index + 1,
        start_date=start if isinstance(start, datetime) else None,
        elapsed_time=lap.get("total_elapsed_time"),
        moving_time=lap.get("total_timer_time"),
        distance=lap.get("total_distance"),
        total_elevation_gain=lap.get("total_ascent"),
        average_speed=lap.get("enhanced_avg_speed", lap.get("avg_speed")),
        average_heartrate=lap.get("avg_heart_rate") or None,
        max_heartrate=lap.get("max_heart_rate") or None,
    )


def _utc_offset_s(activities: Sequence[Message]) -> int | None:
    """Offset of the wall clock from UTC: `local_timestamp` - `timestamp`, to the quarter of an hour."""
    for message in activities:
        at, local = message.get("timestamp"), message.get("local_timestamp")
        if isinstance(at, datetime) and isinstance(local, datetime):
            offset = round((local - at).total_seconds() / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
            if abs(offset) <= _LARGEST_OFFSET_S:
                return offset
    return None


def _device_name(chapter: _Chapter) -> str | None:
    for message in chapter.of("file_id"):
        words = [message.get("manufacturer"), message.get("garmin_product", message.get("product_name"))]
        return " ".join(str(word) for word in words if isinstance(word, str)) or None
    return None
