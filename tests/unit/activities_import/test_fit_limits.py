"""A FIT stream may be hostile: what it costs is bounded before it is spent (security case I03)."""

import contextlib
import struct
import tracemalloc
from dataclasses import replace

import pytest

from apis.activities.errors import FileTooLarge, NoActivityInside, NotAnActivity
from apis.activities.formats import fit_chapters
from apis.activities.formats.fit import read_fit
from apis.activities.formats.fit_checksum import checksum
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import START, fit_file, steady
from tests.support.fit_encoder import FitBody, fit_crc, fit_time

RUN = steady(seconds=300)
UNKNOWN, EVENT, RAW_BBI = 0xFF00, 21, 372


def read(content: bytes) -> list[RecordedActivity]:
    return read_fit(content, source_name="a", source_id="a")


def stream(message: int, fields: list[tuple[int, int, int]], data: bytes, count: int) -> bytes:
    """A FIT file of one definition and `count` data messages of it."""
    layout = struct.pack("<BBBHB", 0x40, 0, 0, message, len(fields)) + b"".join(bytes(each) for each in fields)
    body = layout + (b"\x00" + data) * count
    return struct.pack("<BBHI4s", 12, 0x20, 2132, len(body), b".FIT") + body + b"\x00\x00"


def costs(content: bytes) -> int:
    """Steps that reading this stream takes."""
    reading = fit_chapters._Reading(content, steps_left=fit_chapters.MAX_STEPS)
    reading.next_chapter()
    return fit_chapters.MAX_STEPS - reading.steps_left


@pytest.mark.case("I03")
@pytest.mark.trap(45)
@pytest.mark.parametrize(
    ("message", "fields", "data", "steps"),
    [
        (UNKNOWN, [], b"", 3),
        (UNKNOWN, [(1, 1, 2)] * 255, b"\x01" * 255, 3 + 255 + 15),
        (UNKNOWN, [(1, 255, 2)] * 255, b"\x01" * 255 * 255, 3 + 255 + 4064),
        (EVENT, [(3, 1, 2)] * 255, b"\x01" * 255, 3 + 255 + 15 + 255 * (10 + 95)),
        (RAW_BBI, [(1, 15, 13)] * 255, b"\x01" * 255 * 15, 3 + 255 + 239 + 255 * 45),
    ],
    ids=["empty messages", "many fields", "long arrays", "fields compared with all others", "packed fields"],
)
def test_every_way_to_make_the_decoder_work_is_counted(
    message: int, fields: list[tuple[int, int, int]], data: bytes, steps: int
) -> None:
    one, three = (costs(stream(message, fields, data, count)) for count in (1, 3))
    assert (three - one) // 2 == steps


@pytest.mark.case("I03")
@pytest.mark.trap(45)
def test_a_stream_of_tiny_unknown_messages_ends_when_the_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_chapters, "MAX_STEPS", 50_000)
    endless = stream(UNKNOWN, [], b"", 2_000_000)
    with pytest.raises(FileTooLarge):
        read(endless)
    reading = fit_chapters._Reading(endless, steps_left=fit_chapters.MAX_STEPS)
    with pytest.raises(FileTooLarge):
        reading.next_chapter()
    assert -3 <= reading.steps_left < 0  # the message that went beyond the budget was the last one


def test_a_recording_of_55_hours_with_25_fields_is_within_the_budget() -> None:
    fields = [(number, 1, 2) for number in range(25)]
    per_record = (costs(stream(20, fields, bytes(25), 3)) - costs(stream(20, fields, bytes(25), 1))) // 2
    assert 200_000 * per_record < fit_chapters.MAX_STEPS


@pytest.mark.case("I03")
def test_each_file_of_a_chain_and_each_session_costs_what_an_activity_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_chapters, "MAX_STEPS", 10_000)
    with pytest.raises(FileTooLarge):
        read(stream(UNKNOWN, [], b"", 0) * 20)
    with pytest.raises(FileTooLarge):
        read(stream(18, [(2, 4, 0x86)], struct.pack("<I", fit_time(START)), 20))


@pytest.mark.case("I03")
@pytest.mark.parametrize(("message", "most"), [(18, 100), (19, 10_000)], ids=["sessions", "laps"])
def test_more_legs_or_laps_than_anybody_has_are_refused(message: int, most: int) -> None:
    data = struct.pack("<I", fit_time(START))
    assert read(stream(message, [(2, 4, 0x86)], data, most) if message == 18 else fit_file(RUN))
    with pytest.raises(FileTooLarge):
        read(stream(message, [(2, 4, 0x86)], data, most + 1))


@pytest.mark.case("I03")
@pytest.mark.trap(45)
def test_memory_grows_by_the_samples_that_are_kept_and_by_nothing_else() -> None:
    """A record of 60 fields, of which one is read, takes a row of 13 numbers and not 60 objects."""
    fields = [(253, 4, 0x86), *((number, 1, 2) for number in range(100, 159))]
    body = b"".join(b"\x00" + struct.pack("<I", fit_time(START) + at) + bytes(59) for at in range(1000))
    layout = struct.pack("<BBBHB", 0x40, 0, 0, 20, len(fields)) + b"".join(bytes(each) for each in fields)
    content = struct.pack("<BBHI4s", 12, 0x20, 2132, len(layout + body), b".FIT") + layout + body + b"\x00\x00"
    (activity,) = read(content)
    assert activity.streams is not None
    assert len(activity.streams) == 1000
    assert peak_bytes(content) < 3 * len(content) + 40 * 65_536 + 1000 * 13 * 8 * 4


@pytest.mark.case("I03")
def test_arrays_of_65_000_values_in_a_summary_are_not_kept() -> None:
    """Each message would keep half a megabyte."""
    five, ten = (stream(19, [(at, 255, 2) for at in range(255)], b"\x01" * 255 * 255, count) for count in (5, 10))
    assert peak_bytes(ten) - peak_bytes(five) < 3 * (len(ten) - len(five))


def peak_bytes(content: bytes) -> int:
    tracemalloc.start()
    with contextlib.suppress(NoActivityInside):
        read(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("size", [0, 255], ids=["nothing", "more than is there"])
@pytest.mark.case("I03")
def test_a_field_of_an_impossible_size_keeps_the_records_before_it(size: int) -> None:
    body = FitBody()
    for second in range(10):
        body.message(20, [(253, "u32", fit_time(START) + second), (3, "u8", 140)])
    body.content += struct.pack("<BBBHB", 0x41, 0, 0, 20, 1) + bytes([253, size, 0x86]) + b"\x01"
    (activity,) = read(body.sealed())
    assert activity.partial
    assert activity.streams is not None
    assert len(activity.streams) == 10


def test_a_file_about_something_else_is_not_decoded_any_further(monkeypatch: pytest.MonkeyPatch) -> None:
    body = FitBody()
    body.message(0, [(0, "enum", 32), (1, "u16", 1)])
    for second in range(1000):
        body.message(55, [(253, "u32", fit_time(START) + second)])
    monkeypatch.setattr(fit_chapters, "MAX_STEPS", 600)
    with pytest.raises(NotAnActivity):
        read(body.sealed())


@pytest.mark.parametrize("content", [b"", b"1", b"123456789", bytes(range(256)) * 7], ids=len)
def test_the_checksum_is_the_one_of_the_protocol(content: bytes) -> None:
    assert checksum(content) == fit_crc(content)


def test_the_checksum_has_its_published_check_value() -> None:
    assert checksum(b"123456789") == 0xBB3D


def test_many_developer_fields_are_read_past() -> None:
    (activity,) = read(fit_file(replace(RUN, ascent=3), developer_field="Form Power"))
    assert activity.totals.ascent_m == 3
