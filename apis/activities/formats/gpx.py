"""GPX 1.0 and 1.1 tracks: positions and times, with heart rate, temperature and cadence in vendors' extensions.

A GPX has no totals of the device, so everything but the points is derived. Each `trk` is one activity; its
segments are one recording with pauses between them.
"""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from apis.activities import sports
from apis.activities.errors import NoActivityInside, RouteWithoutTimes
from apis.activities.formats.markup import MarkupBroken, elements, instant, number, texts
from apis.activities.formats.samples import SampleLog, recording_of
from apis.activities.recordings import RecordedActivity

_MAX_LAT, _MAX_LON = 90.0, 180.0


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
        ClockNotSet: The device never learned the date.
    """
    reading = _read(content)
    found = [
        _activity(reading, track, source_name=source_name, source_id=f"{source_id}#{index}" if index else source_id)
        for index, track in enumerate(each for each in reading.tracks if len(each.samples))
    ]
    if found:
        return found
    if reading.planned_points or any(track.without_time for track in reading.tracks):
        raise RouteWithoutTimes
    raise NoActivityInside(f"{NoActivityInside.reason}: {reading.damage}" if reading.damage else None)


def _read(content: bytes) -> _Reading:
    reading = _Reading()
    open_elements: list[str] = []
    try:
        for event, name, element in elements(content):
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
        element.clear()
    elif name == "trkseg":
        element.clear()


def _log_point(track: _Track, point: Element) -> None:
    lat, lon = number(point.get("lat")), number(point.get("lon"))
    if lat is None or lon is None or abs(lat) > _MAX_LAT or abs(lon) > _MAX_LON:
        track.without_position += 1
        return
    found = texts(point)
    at = instant(found.get("time"))
    if at is None:
        track.without_time += 1
        return
    track.samples.add(
        at,
        {
            "lat": lat,
            "lon": lon,
            "altitude_m": number(found.get("ele")),
            "heartrate_bpm": number(found.get("hr", found.get("heartrate"))),
            "temperature_c": number(found.get("atemp", found.get("temp"))),
            "cadence_spm": number(found.get("cad", found.get("cadence"))),
            "power_w": number(found.get("power", found.get("powerinwatts"))),
        },
    )


def _activity(reading: _Reading, track: _Track, *, source_name: str, source_id: str) -> RecordedActivity:
    recording = recording_of(track.samples)
    if recording is None:  # the caller passes tracks with samples only
        raise NoActivityInside
    skipped = track.without_position + track.without_time
    notes = [reading.damage] if reading.damage else []
    notes += [f"{skipped} points without position or time were skipped"] if skipped else []
    return RecordedActivity(
        kind="gpx",
        source_name=source_name,
        source_id=source_id,
        start_at=recording.start_at,
        sport_type=sports.from_word(track.sport),
        name=track.name,
        streams=recording.streams,
        device_name=reading.creator,
        partial=bool(notes),
        reason="; ".join(notes) or None,
    )
