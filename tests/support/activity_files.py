"""Synthetic activity files with every trap the real ones have; nobody's track is in them.

One `Workout` describes what happened; `fit_file`, `gpx_file`, `tcx_file` and `export_file` write it in each format.
The FIT encoder is our own, so that the decoder under test is not its own oracle.
"""

import csv
import io
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from apis.activities.formats.export_columns import COLUMNS
from tests.support.fit_encoder import RECORD, FitBody, FitMessage, fit_time

START = datetime(2026, 5, 4, 6, 30, tzinfo=UTC)
SPORTS = {"Run": 1, "Ride": 2, "Swim": 5, "Hike": 17, "Transition": 3}
TREADMILL = 1


@dataclass(frozen=True)
class Sample:
    """One sample; `at_s` seconds after the workout's start."""

    at_s: float
    heartrate: int | None = 140
    distance: float | None = None
    lat: float | None = None
    lon: float | None = None
    altitude: float | None = None
    cadence: int | None = None
    temperature: int | None = None
    power: int | None = None


@dataclass(frozen=True)
class Workout:
    """What was done; every writer leaves out what its format cannot say.

    `timer_s` and `moving_s` are what the device's clocks show; the timer runs all the time unless it is given.
    `lap_ends_s` are the seconds at which laps end, before the last one.
    """

    samples: tuple[Sample, ...]
    start: datetime = START
    sport: str = "Run"
    sub_sport: int | None = None
    utc_offset_s: int | None = 7200
    device_heartrate: int | None = None
    ascent: int | None = None
    timer_s: float | None = None
    moving_s: float | None = None
    lap_ends_s: tuple[float, ...] = ()
    name: str = "Morning Run"

    @property
    def elapsed_s(self) -> float:
        return self.samples[-1].at_s

    @property
    def distance(self) -> float:
        return self.samples[-1].distance or 0.0

    def at(self, sample: Sample) -> datetime:
        return self.start + timedelta(seconds=sample.at_s)

    def shifted(self, seconds: float) -> "Workout":
        return replace(self, start=self.start + timedelta(seconds=seconds))

    def with_samples(self, samples: Iterable[Sample]) -> "Workout":
        return replace(self, samples=tuple(samples))


def steady(
    *,
    seconds: int = 1800,
    step_s: int = 1,
    speed: float = 3.0,
    heartrate: int | None = 140,
    lat: float | None = 52.5,
    **fields: object,
) -> Workout:
    """An even workout heading north from a made-up point in Berlin; `lat=None` is indoors."""
    metres_per_degree = 111_195.08
    samples = tuple(
        Sample(
            at_s=at_s,
            heartrate=heartrate,
            distance=round(speed * at_s, 2),
            lat=None if lat is None else lat + speed * at_s / metres_per_degree,
            lon=None if lat is None else 13.4,
            altitude=40.0,
            cadence=85,
            temperature=21,
        )
        for at_s in range(0, seconds + 1, step_s)
    )
    return Workout(samples, **fields)  # type: ignore[arg-type]  # the keywords of Workout


# --- FIT -------------------------------------------------------------------------------------------------------


def fit_file(
    workout: Workout,
    *,
    session: bool = True,
    developer_field: str | None = None,
    hr_messages: bool = False,
    clock_unset_samples: int = 0,
    messages: Iterable[FitMessage] = (),
) -> bytes:
    """A FIT activity file; see `fit_body`."""
    return fit_body(
        workout,
        session=session,
        developer_field=developer_field,
        hr_messages=hr_messages,
        clock_unset_samples=clock_unset_samples,
        messages=messages,
    ).sealed()


def fit_body(
    workout: Workout,
    *,
    session: bool = True,
    developer_field: str | None = None,
    hr_messages: bool = False,
    clock_unset_samples: int = 0,
    messages: Iterable[FitMessage] = (),
) -> FitBody:
    """What a FIT activity file holds.

    Args:
        workout: What to write.
        session: Write the `session` message.
        developer_field: Name of a developer field to put into every record, with the value 7.
        hr_messages: Put the heart rate into `hr` messages instead of records, as swim straps do.
        clock_unset_samples: That many first samples still count from 1989.
        messages: More messages, written before the records: weather, settings.
    """
    body = FitBody()
    body.message(0, [(0, "enum", 4), (1, "u16", 1), (4, "u32", fit_time(workout.start))])
    for number, fields in messages:
        body.message(number, fields)
    if developer_field:
        _describe_developer_field(body, developer_field)
    for index, sample in enumerate(workout.samples):
        at = fit_time(workout.at(sample))
        if index < clock_unset_samples:
            at = index
        _record(body, replace(sample, heartrate=None) if hr_messages else sample, at, developer=bool(developer_field))
    if hr_messages:
        _hr_messages(body, workout)
    _laps(body, workout)
    if session:
        _session(body, workout)
        _activity(body, workout)
    return body


def multisport_fit_file(legs: Sequence[Workout]) -> bytes:
    """Several sessions in one FIT file, one after the other."""
    return multisport_fit_body(legs).sealed()


def multisport_fit_body(legs: Sequence[Workout]) -> FitBody:
    body = FitBody()
    body.message(0, [(0, "enum", 4), (1, "u16", 1), (4, "u32", fit_time(legs[0].start))])
    for leg in legs:
        for sample in leg.samples:
            _record(body, sample, fit_time(leg.at(sample)), developer=False)
        _laps(body, leg)
        _session(body, leg)
    _activity(body, legs[-1])
    return body


def _scaled(value: float | None, scale: float, offset: float = 0.0) -> int | None:
    return None if value is None else round((value + offset) * scale)


def _record(body: FitBody, sample: Sample, at: int, *, developer: bool) -> None:
    semicircles = 2**31 / 180
    body.message(
        RECORD,
        [
            (253, "u32", at),
            (0, "s32", _scaled(sample.lat, semicircles)),
            (1, "s32", _scaled(sample.lon, semicircles)),
            (3, "u8", sample.heartrate),
            (4, "u8", sample.cadence),
            (5, "u32", _scaled(sample.distance, 100)),
            (7, "u16", sample.power),
            (13, "s8", sample.temperature),
            (78, "u32", _scaled(sample.altitude, 5, 500)),
        ],
        [(0, 7)] if developer else [],
    )


def _describe_developer_field(body: FitBody, name: str) -> None:
    body.raw(207, [(1, 0x0D, bytes(16)), (3, 0x02, b"\x00")])
    text = name.encode() + b"\x00"
    body.raw(206, [(0, 0x02, b"\x00"), (1, 0x02, b"\x00"), (2, 0x02, b"\x84"), (3, 0x07, text)])


def _hr_messages(body: FitBody, workout: Workout) -> None:
    """One `hr` message per sample: seconds since the strap's clock began, in 1/1024 s."""
    for sample in workout.samples:
        at = struct.pack("<I", fit_time(workout.at(sample)))
        ticks = struct.pack("<I", round(sample.at_s * 1024))
        bpm = bytes([sample.heartrate or 0])
        head: list[tuple[int, int, bytes]] = [(253, 0x86, at)] if sample.at_s == 0 else []
        body.raw(132, [*head, (6, 0x02, bpm), (9, 0x86, ticks)])


def _laps(body: FitBody, workout: Workout) -> None:
    for begin_s, end_s in pairwise((0.0, *workout.lap_ends_s, workout.elapsed_s)):
        part = [each for each in workout.samples if begin_s <= each.at_s <= end_s]
        body.message(
            19,
            [
                (253, "u32", fit_time(workout.start + timedelta(seconds=end_s))),
                (2, "u32", fit_time(workout.start + timedelta(seconds=begin_s))),
                (7, "u32", _scaled(end_s - begin_s, 1000)),
                (8, "u32", _scaled(end_s - begin_s, 1000)),
                (9, "u32", _scaled((part[-1].distance or 0.0) - (part[0].distance or 0.0), 100)),
            ],
        )


def _session(body: FitBody, workout: Workout) -> None:
    timer_s = workout.elapsed_s if workout.timer_s is None else workout.timer_s
    body.message(
        18,
        [
            (253, "u32", fit_time(workout.at(workout.samples[-1]))),
            (2, "u32", fit_time(workout.start)),
            (5, "enum", SPORTS.get(workout.sport, 0xFE)),
            (6, "enum", workout.sub_sport),
            (7, "u32", _scaled(workout.elapsed_s, 1000)),
            (8, "u32", _scaled(timer_s, 1000)),
            (59, "u32", _scaled(workout.moving_s, 1000)),
            (9, "u32", _scaled(workout.samples[-1].distance, 100)),
            (16, "u8", workout.device_heartrate),
            (22, "u16", workout.ascent),
        ],
    )


def _activity(body: FitBody, workout: Workout) -> None:
    end = fit_time(workout.at(workout.samples[-1]))
    local = None if workout.utc_offset_s is None else end + workout.utc_offset_s
    body.message(34, [(253, "u32", end), (5, "u32", local), (1, "u16", 1)])


# --- GPX and TCX -----------------------------------------------------------------------------------------------

GPX_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx creator="made up" version="1.1" '
    'xmlns="http://www.topografix.com/GPX/1/1" xmlns:v="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">\n'
)


def gpx_file(workout: Workout, *, sport: str | None = "running", times: bool = True, heart_tag: str = "v:hr") -> bytes:
    """A GPX track; a sample without a position becomes a point without one, which strict parsers refuse."""
    points = "\n".join(_gpx_point(workout, sample, times=times, heart_tag=heart_tag) for sample in workout.samples)
    kind = f"<type>{sport}</type>" if sport else ""
    return f"{GPX_HEAD}<trk><name>{workout.name}</name>{kind}<trkseg>\n{points}\n</trkseg></trk></gpx>".encode()


def _gpx_point(workout: Workout, sample: Sample, *, times: bool, heart_tag: str) -> str:
    place = "" if sample.lat is None else f' lat="{sample.lat:.8f}" lon="{sample.lon:.8f}"'
    time = f"<time>{_xml_time(workout.at(sample))}</time>" if times else ""
    heart = "" if sample.heartrate is None else f"<{heart_tag}>{sample.heartrate}</{heart_tag}>"
    heart = f"<extensions><v:TrackPointExtension>{heart}</v:TrackPointExtension></extensions>" if heart else ""
    altitude = "" if sample.altitude is None else f"<ele>{sample.altitude}</ele>"
    return f"<trkpt{place}>{altitude}{time}{heart}</trkpt>"


def tcx_file(workout: Workout, *, laps: int = 2, sport: str = "Running", trackpoints: bool = True) -> bytes:
    """A TCX activity whose laps repeat the trackpoint at their border."""
    size = max(1, len(workout.samples) // laps)
    borders = [index * size for index in range(laps)] + [len(workout.samples) - 1]
    parts = [workout.samples[begin : end + 1] for begin, end in pairwise(borders)]
    body = "".join(_tcx_lap(workout, part, trackpoints=trackpoints) for part in parts)
    return (
        '<?xml version="1.0"?><TrainingCenterDatabase '
        'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="{sport}"><Id>{_xml_time(workout.start)}</Id>{body}</Activity>'
        "</Activities></TrainingCenterDatabase>"
    ).encode()


def _tcx_lap(workout: Workout, part: Sequence[Sample], *, trackpoints: bool) -> str:
    seconds, metres = part[-1].at_s - part[0].at_s, (part[-1].distance or 0.0) - (part[0].distance or 0.0)
    points = "".join(_tcx_point(workout, sample) for sample in part) if trackpoints else ""
    return (
        f'<Lap StartTime="{_xml_time(workout.at(part[0]))}"><TotalTimeSeconds>{seconds}</TotalTimeSeconds>'
        f"<DistanceMeters>{metres}</DistanceMeters><Calories>50</Calories><Track>{points}</Track></Lap>"
    )


def _tcx_point(workout: Workout, sample: Sample) -> str:
    place = (
        ""
        if sample.lat is None
        else f"<Position><LatitudeDegrees>{sample.lat}</LatitudeDegrees>"
        f"<LongitudeDegrees>{sample.lon}</LongitudeDegrees></Position>"
    )
    heart = "" if sample.heartrate is None else f"<HeartRateBpm><Value>{sample.heartrate}</Value></HeartRateBpm>"
    return (
        f"<Trackpoint><Time>{_xml_time(workout.at(sample))}</Time>{place}"
        f"<AltitudeMeters>{sample.altitude}</AltitudeMeters><DistanceMeters>{sample.distance}</DistanceMeters>"
        f"{heart}</Trackpoint>"
    )


def _xml_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


# --- Strava export ---------------------------------------------------------------------------------------------

ExportRow = Mapping[tuple[str, int], str]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def export_date(at: datetime) -> str:
    """`May 23, 2023, 12:40:57 PM`, the English form."""
    half = "AM" if at.hour < 12 else "PM"
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S} {half}"


def export_row(workout: Workout, *, identifier: str = "9000000001", **cells: str) -> dict[tuple[str, int], str]:
    """Cells of one row by (column name, occurrence); `cells` add first occurrences, `_` standing for a blank."""
    row = {
        ("Activity ID", 1): identifier,
        ("Activity Date", 1): export_date(workout.start),
        ("Activity Name", 1): workout.name,
        ("Activity Type", 1): workout.sport,
        ("Elapsed Time", 1): str(round(workout.elapsed_s)),
        ("Elapsed Time", 2): str(round(workout.elapsed_s)),
        ("Moving Time", 1): str(round(workout.elapsed_s)),
        ("Distance", 1): f"{workout.distance / 1000:.2f}",
        ("Distance", 2): str(workout.distance),
        ("Filename", 1): f"activities/{identifier}.fit.gz",
        ("From Upload", 1): "1",
    }
    row.update({(name.replace("_", " "), 1): value for name, value in cells.items()})
    return row


def export_file(
    rows: Iterable[ExportRow], *, columns: int = len(COLUMNS), header: Sequence[str] | None = None, delimiter: str = ","
) -> bytes:
    """An `activities.csv` of a year with that many columns; `header` replaces the English names."""
    order = (*COLUMNS[: columns - 1], "Media")
    nth = [1 + order[:at].count(name) for at, name in enumerate(order)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header if header is not None else order)
    for row in rows:
        writer.writerow([row.get(key, "") for key in zip(order, nth, strict=True)])
    return out.getvalue().encode()


# --- Garmin export ---------------------------------------------------------------------------------------------


def garmin_item(workout: Workout, identifier: object = 20_000_000_001, **fields: object) -> dict[str, object]:
    """One object of `summarizedActivitiesExport`: centimetres, milliseconds, and speed in cm/ms."""
    begin_ms, duration_ms = workout.start.timestamp() * 1000, workout.elapsed_s * 1000
    return {
        "activityId": identifier,
        "name": workout.name,
        "activityType": {"Run": "running", "Ride": "road_biking"}.get(workout.sport, workout.sport),
        "sportType": "RUNNING",
        "beginTimestamp": begin_ms,
        "startTimeGmt": begin_ms,
        "startTimeLocal": begin_ms + (workout.utc_offset_s or 0) * 1000,
        "duration": duration_ms,
        "elapsedDuration": duration_ms,
        "distance": workout.distance * 100,
        "avgSpeed": workout.distance * 100 / duration_ms,
        "parent": False,
        "favorite": False,
    } | fields


def garmin_file(items: Iterable[object]) -> bytes:
    """`*_summarizedActivities.json` of Garmin's account export."""
    return json.dumps([{"summarizedActivitiesExport": list(items)}], indent=1).encode()
