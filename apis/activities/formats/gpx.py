"""GPX 1.0 and 1.1 tracks: positions and times, with heart rate, temperature and cadence in vendors' extensions.

A GPX has no totals of the device, so everything but the points is derived. Each `trk` is one activity; its
segments are one recording with pauses between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from apis.activities import sports
from apis.activities.errors import ClockNotSet, FileTooLarge, NoActivityInside, RouteWithoutTimes
from apis.activities.formats.markup import MarkupBroken, elements, instant, number, texts
from apis.activities.formats.samples import PLAUSIBLE, SampleLog, recording_of
from apis.activities.recordings import RecordedActivity

MAX_TRACKS: Final = 1000  # each is an activity that is measured

# Channels by the names that the vendors' extensions use, in lower case: TrackPointExtension v1 and v2 and ns3 of
# Garmin (hr, atemp, cad, speed), gpxdata of Cluetrust (hr, cadence, temp), pwr and gpxpx (power).
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "altitude_m": ("ele",),
    "heartrate_bpm": ("hr", "heartrate", "heartratebpm"),
    "temperature_c": ("atemp", "temp", "temperature"),
    "cadence_spm": ("cad", "cadence", "runcadence"),
    "power_w": ("power", "powerinwatts", "watts"),
    "speed_mps": ("speed",),
}


@dataclass(slots=True)
class _Track:
    """What one `trk` has told so far."""

    name: str | None = None
    sport: str | None = None
    samples: SampleLog = field(default_factory=SampleLog)
    without_position: int = 0
    without_time: int = 0


@dataclass(slots=True)
class _Reading:
    tracks: list[_Track] = field(default_factory=list)
    creator: str | None = None
    planned_points: int = 0
    damage: str | None = None


def read_gpx(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one GPX document, one per track that has timed points.

    Raises:
        RouteWithoutTimes: Points, but none with a time.
        NoActivityInside: No point at all.
        MarkupRefused: See `markup.elements`.
        FileTooLarge: More points or tracks than anybody records.
        ClockNotSet: The device never learned the date.
    """
    reading = _read(content)
    timed = [each for each in reading.tracks if len(each.samples)]
    found: list[RecordedActivity] = []
    for track in timed:
        suffix = f"#{len(found)}" if found else ""
        activity = _activity(reading, track, source_name=source_name, source_id=source_id + suffix)
        if activity is not None:
            found.append(activity)
    if found:
        return found
    if timed:
        raise ClockNotSet
    if reading.planned_points or any(track.without_time for track in reading.tracks):
        raise RouteWithoutTimes
    raise NoActivityInside(f"{NoActivityInside.reason}: {reading.damage}" if reading.damage else None)


def _read(content: bytes) -> _Reading:
    reading = _Reading()
    open_elements: list[str] = []
    try:
        for event, name, element in elements(content, whole={"trkpt"}):
            if event == "start":
                open_elements.append(name)
                _open(reading, name, element)
            else:
                open_elements.pop()
                _close(reading, name, element, parent=open_elements[-1] if open_elements else "")
    except MarkupBroken as err:
        reading.damage = str(err)
    return reading


def _open(reading: _Reading, name: str, element: Element) -> None:
    if name == "trk":
        if len(reading.tracks) >= MAX_TRACKS:
            raise FileTooLarge
        reading.tracks.append(_Track())
    elif name == "gpx":
        reading.creator = element.get("creator")


def _close(reading: _Reading, name: str, element: Element, *, parent: str) -> None:
    if name == "rtept":
        reading.planned_points += 1
    elif parent == "trk" and reading.tracks and name in ("name", "type"):
        text = (element.text or "").strip() or None
        setattr(reading.tracks[-1], "name" if name == "name" else "sport", text)
    elif name == "trkpt" and reading.tracks:
        _log_point(reading.tracks[-1], element)


def _log_point(track: _Track, point: Element) -> None:
    position = {"lat": number(point.get("lat")), "lon": number(point.get("lon"))}
    if any(value is None or abs(value) > PLAUSIBLE[name][1] for name, value in position.items()):
        track.without_position += 1
        return
    found = texts(point)
    at = instant(found.get("time"))
    if at is None:
        track.without_time += 1
        return
    channels = {channel: _first_number(found, names) for channel, names in _NAMES.items()}
    track.samples.add(at, {**position, **channels})


def _first_number(found: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    return next((value for name in names if (value := number(found.get(name))) is not None), None)


def _activity(reading: _Reading, track: _Track, *, source_name: str, source_id: str) -> RecordedActivity | None:
    sport_type = sports.from_word(track.sport)
    try:
        recording = recording_of(
            track.samples.samples(), running=sports.is_run(sport_type), damaged=reading.damage is not None
        )
    except ClockNotSet:  # costs this track and no other one
        return None
    if recording is None:
        return None
    skipped = track.without_position + track.without_time
    notes = [reading.damage] if reading.damage else []
    notes += [f"{skipped} points without position or time were skipped"] if skipped else []
    return RecordedActivity(
        kind="gpx",
        source_name=source_name,
        source_id=source_id,
        start_at=recording.start_at,
        sport_type=sport_type,
        name=track.name,
        streams=recording.streams,
        device_name=reading.creator,
        partial=bool(notes),
        reason="; ".join(notes) or None,
    )
