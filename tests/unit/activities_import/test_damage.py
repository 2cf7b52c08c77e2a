"""Whatever is done to a file, it is read, kept in part, or refused by name: never a crash, never a hang, and never a
whole record lost that precedes the damage (security case I03).

A record is a FIT `record` whose bytes end before the damage, a complete point of a GPX or TCX, a complete row of a
table, or a complete object of a list. Two records of one instant are one sample: that is the only thing that merges.
"""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis.activities.errors import FileRefused, FileTooLarge
from apis.activities.formats import fit_records, samples
from apis.activities.formats.sniff import read_file
from apis.activities.measurement import measure
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import (
    Workout,
    export_file,
    export_row,
    fit_body,
    fit_file,
    garmin_file,
    garmin_item,
    gpx_file,
    multisport_fit_body,
    steady,
    tcx_file,
)
from tests.support.fit_encoder import FitBody, fit_time

MAX_EXAMPLES = 60  # of each file in each test; a night of searching wants 10 000
STRIDE = 5  # bits between the ones that are tried in turn; coprime to 8, so that each bit of a byte has its turn
DEADLINE = timedelta(seconds=5)  # an example takes some milliseconds; a busy machine is no hang
SEARCH = settings(max_examples=MAX_EXAMPLES, deadline=DEADLINE, suppress_health_check=[HealthCheck.too_slow])

PLAIN = steady(seconds=40)
RUN = PLAIN.with_samples(replace(each, heartrate=100 + int(each.at_s)) for each in PLAIN.samples)
LEGS = [replace(RUN, sport="Swim"), replace(RUN, sport="Ride").shifted(41)]
WEATHER = (128, [(253, "u32", 1_146_810_600), (0, "enum", 0), (1, "s8", 18), (2, "enum", 3), (7, "u8", 60)])
PROFILE = (3, [(1, "enum", 1), (2, "u8", 40), (4, "u16", 700)])


@dataclass(frozen=True)
class Subject:
    """A whole file; which records end where, each as (second after the epoch, heart rate) or an id."""

    content: bytes
    records: Sequence[tuple[int, object]]

    def whole_before(self, damage: int) -> set[object]:
        return {record for end, record in self.records if end <= damage}


def of_fit(body: FitBody, workouts: Sequence[Workout], *, heart: bool = True) -> Subject:
    told = [
        (each.at(sample).timestamp(), float(sample.heartrate or 0) if heart else None)
        for each in workouts
        for sample in each.samples
    ]
    return Subject(body.sealed(), list(zip(body.record_ends, told, strict=True)))


def of_chain(first: Subject, second: Subject) -> Subject:
    later = [(len(first.content) + end, record) for end, record in second.records]
    return Subject(first.content + second.content, [*first.records, *later])


def of_points(content: bytes, closing: bytes, workout: Workout) -> Subject:
    ends, at = [], 0
    while (at := content.find(closing, at) + len(closing)) >= len(closing):
        ends.append(at)
    told = [(workout.at(sample).timestamp(), float(sample.heartrate or 0)) for sample in workout.samples]
    return Subject(content, list(zip(ends, told, strict=True)))


def of_rows(content: bytes, count: int) -> Subject:
    """The rows of a table whose names hold a line end each."""
    lines = content.split(b"\r\n")
    ends = [sum(len(line) + 2 for line in lines[: number + 2]) for number in range(count)]
    return Subject(content, [(end, f"strava:{number + 1}") for number, end in enumerate(ends)])


def of_items(content: bytes, count: int) -> Subject:
    ends = [content.index(f'"number": {number}\n'.encode()) for number in range(count)]
    return Subject(content, [(content.index(b"}", end) + 1, f"garmin:{at + 1}") for at, end in enumerate(ends)])


SUBJECTS = {
    "fit": of_fit(fit_body(RUN, developer_field="Form Power", messages=[WEATHER, PROFILE]), [RUN]),
    "fit with hr messages": of_fit(fit_body(RUN, hr_messages=True), [RUN], heart=False),
    "multisport fit": of_fit(multisport_fit_body(LEGS), LEGS),
    "chained fit": of_chain(of_fit(fit_body(RUN), [RUN]), of_fit(fit_body(RUN.shifted(9000)), [RUN.shifted(9000)])),
    "gpx": of_points(gpx_file(RUN), b"</trkpt>", RUN),
    "tcx": of_points(tcx_file(RUN, laps=1), b"</Trackpoint>", RUN),
    "strava": of_rows(
        export_file([export_row(RUN, identifier=str(number), Activity_Name="a\nb") for number in range(1, 6)]), 5
    ),
    "garmin": of_items(garmin_file([garmin_item(RUN, number + 1, number=number) for number in range(5)]), 5),
}
MAGIC = (b"", b"\x0e\x20\x54\x08\x00\x01\x00\x00.FIT\x00\x00", b"<gpx>", b"<TrainingCenterDatabase><Activity>")
HEADS = (
    *MAGIC,
    export_file([]),
    b'[{"summarizedActivitiesExport":[',
    b"\x1f\x8b\x08\x00",
    b"PK\x03\x04",
    b"\xef\xbb\xbf",
)


def read(content: bytes) -> list[RecordedActivity] | None:
    """What is read, measured as well, or `None` if the file was refused; anything else that is raised is a crash."""
    try:
        found = [each for each in read_file(content, name="a") if isinstance(each, RecordedActivity)]
    except FileRefused:
        return None
    for each in found:
        measure(each)
    return found


def records_of(found: Sequence[RecordedActivity] | None, *, heart: bool) -> set[object]:
    told: set[object] = set()
    for activity in found or []:
        told.add(activity.source_id)
        if activity.streams is None:
            continue
        began, bpm = activity.start_at.timestamp(), activity.streams.heartrate_bpm
        for at, each in enumerate(activity.streams.time_s.tolist()):
            told.add((began + each, None if bpm is None or not heart else float(bpm[at])))
    return told


@st.composite
def damages(draw: st.DrawFn, content: bytes) -> tuple[bytes, int]:
    """The content with up to six bits flipped, or cut, or both; and where the first damage is."""
    damaged = bytearray(content)
    places = draw(st.lists(st.integers(0, len(content) * 8 - 1), min_size=0, max_size=6, unique=True))
    for place in places:
        damaged[place // 8] ^= 1 << (place % 8)
    end = draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    return bytes(damaged[:end]), min([*(place // 8 for place in places), end])


@pytest.mark.case("I03")
@SEARCH
@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=2048))
def test_arbitrary_bytes_are_read_or_refused(head: bytes, tail: bytes) -> None:
    read(head + tail)


@pytest.mark.case("I03")
@pytest.mark.trap(22)
@pytest.mark.trap(23)
@pytest.mark.parametrize("kind", SUBJECTS)
@SEARCH
@given(data=st.data())
def test_no_record_before_the_damage_is_lost(kind: str, data: st.DataObject) -> None:
    subject = SUBJECTS[kind]
    damaged, first = data.draw(damages(subject.content))
    found = read(damaged)
    assert subject.whole_before(first) <= records_of(found, heart=kind != "fit with hr messages")


@pytest.mark.case("I03")
@pytest.mark.trap(23)
@pytest.mark.parametrize("before", [1, 2, 20])
def test_no_bit_of_a_later_definition_costs_an_earlier_record(before: int) -> None:
    """Devices define their records anew when a sensor joins; damage there makes nonsense of all that follow."""
    body = fit_body(RUN.with_samples(RUN.samples[:before]), session=False)
    begin = 14 + len(body.content)
    for sample in RUN.samples[before:]:
        body.message(20, [(253, "u32", fit_time(RUN.at(sample))), (5, "u32", 1), (3, "u8", sample.heartrate)])
    subject = of_fit(body, [RUN])
    for bit in range(8 * begin, 8 * (begin + 16)):
        damaged = bytearray(subject.content)
        damaged[bit // 8] ^= 1 << (bit % 8)
        assert subject.whole_before(begin) <= records_of(read(bytes(damaged)), heart=True), bit


@pytest.mark.case("I03")
@pytest.mark.trap(21)
@pytest.mark.parametrize("legs", [[RUN], LEGS], ids=["one session", "two sessions"])
def test_no_bit_of_a_summary_costs_a_record(legs: Sequence[Workout]) -> None:
    body = multisport_fit_body(legs)
    subject, begin = of_fit(body, legs), body.record_ends[-1]
    for bit in range(8 * begin, 8 * (len(subject.content) - 2), STRIDE):
        damaged = bytearray(subject.content)
        damaged[bit // 8] ^= 1 << (bit % 8)
        assert subject.whole_before(begin) <= records_of(read(bytes(damaged)), heart=True), bit


@pytest.mark.case("I03")
@pytest.mark.trap(29)
@pytest.mark.parametrize("kind", SUBJECTS)
@SEARCH
@given(data=st.data())
def test_no_record_before_the_damage_of_a_compressed_file_is_lost(kind: str, data: st.DataObject) -> None:
    subject = SUBJECTS[kind]
    packed = gzip.compress(subject.content, mtime=0)
    damaged, first = data.draw(damages(packed))
    whole = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed[:first])
    assert subject.content.startswith(whole)
    found = read(damaged)
    assert subject.whole_before(len(whole)) <= records_of(found, heart=kind != "fit with hr messages")


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_whole_file_gives_all_its_records_and_no_others(kind: str) -> None:
    subject = SUBJECTS[kind]
    told = records_of(read(subject.content), heart=kind != "fit with hr messages")
    expected = subject.whole_before(len(subject.content))
    assert {each for each in told if isinstance(each, tuple) or each in expected} == expected


@pytest.mark.case("I03")
@pytest.mark.trap(45)
@pytest.mark.parametrize("kind", ["fit", "gpx", "tcx"])
def test_more_samples_than_anybody_records_are_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"fit": fit_file(RUN), "gpx": gpx_file(RUN), "tcx": tcx_file(RUN, laps=1)}[kind]
    monkeypatch.setattr(samples, "MAX_SAMPLES", 41)
    monkeypatch.setattr(fit_records, "MAX_SAMPLES", 41)
    assert read_file(content, name=kind)
    monkeypatch.setattr(samples, "MAX_SAMPLES", 40)
    monkeypatch.setattr(fit_records, "MAX_SAMPLES", 40)
    with pytest.raises(FileTooLarge):
        read_file(content, name=kind)
