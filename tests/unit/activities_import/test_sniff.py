import gzip
import random
import tracemalloc

import pytest

from apis.activities.errors import FileEmpty, FileRefused, FileTooLarge, FormatUnknown
from apis.activities.formats.sniff import SizeLimits, read_file, unpack
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import (
    export_file,
    export_row,
    fit_file,
    garmin_file,
    garmin_item,
    gpx_file,
    steady,
    tcx_file,
)

RUN = steady(seconds=30)
FILES = {
    "fit": fit_file(RUN),
    "gpx": gpx_file(RUN),
    "tcx": tcx_file(RUN),
    "strava_csv": export_file([export_row(RUN)]),
    "garmin_json": garmin_file([garmin_item(RUN)]),
}


def kind_of(content: bytes, name: str = "misleading.txt") -> str:
    (found,) = read_file(content, name=name)
    assert isinstance(found, RecordedActivity)
    return found.kind


@pytest.mark.trap(29)
@pytest.mark.parametrize("kind", FILES)
def test_the_content_decides_not_the_extension(kind: str) -> None:
    assert kind_of(FILES[kind], name="activity.gpx") == kind


@pytest.mark.trap(29)
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("layers", [1, 2], ids=["gz", "double gz"])
def test_compressed_files_are_unpacked_as_often_as_needed(kind: str, layers: int) -> None:
    content = FILES[kind]
    for _ in range(layers):
        content = gzip.compress(content)
    assert kind_of(content) == kind


@pytest.mark.trap(30)
@pytest.mark.parametrize("kind", ["gpx", "tcx", "strava_csv", "garmin_json"])
def test_a_byte_order_mark_is_no_obstacle(kind: str) -> None:
    assert kind_of(b"\xef\xbb\xbf" + FILES[kind]) == kind


def test_the_same_content_has_the_same_identity_compressed_or_not() -> None:
    (plain,) = read_file(FILES["fit"], name="a.fit")
    (packed,) = read_file(gzip.compress(FILES["fit"]), name="b.fit.gz")
    assert isinstance(plain, RecordedActivity)
    assert isinstance(packed, RecordedActivity)
    assert plain.source_id == packed.source_id


@pytest.mark.trap(34)
@pytest.mark.parametrize("content", [b"", b"  \n", gzip.compress(b"")], ids=["0 bytes", "blanks", "0 bytes packed"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileEmpty):
        read_file(content, name="a")


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.7", b"<html></html>", bytes(64)])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(FormatUnknown):
        read_file(content, name="a.fit")


@pytest.mark.trap(32)
def test_a_zip_archive_is_refused_with_what_to_do() -> None:
    with pytest.raises(FileRefused, match="zip archive"):
        read_file(b"PK\x03\x04rest", name="export.zip")


@pytest.mark.trap(32)
def test_a_compression_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(FileTooLarge):
        unpack(bomb, SizeLimits(unpacked_bytes=1_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert len(unpack(b"x" * 1000, SizeLimits(unpacked_bytes=1000))) == 1000
    assert len(unpack(gzip.compress(b"x" * 1000), SizeLimits(unpacked_bytes=1000))) == 1000
    with pytest.raises(FileTooLarge):
        unpack(b"x" * 1001, SizeLimits(unpacked_bytes=1000))
    with pytest.raises(FileTooLarge):
        unpack(gzip.compress(b"x" * 1001), SizeLimits(unpacked_bytes=1000))


@pytest.mark.trap(32)
def test_too_many_layers_are_refused() -> None:
    content = FILES["fit"]
    for _ in range(4):
        content = gzip.compress(content)
    with pytest.raises(FileTooLarge):
        read_file(content, name="a")


def test_a_damaged_gzip_stream_is_refused() -> None:
    with pytest.raises(FileRefused, match="gzip"):
        read_file(b"\x1f\x8b" + bytes(20), name="a.gz")


@pytest.mark.trap(22)
def test_a_gzip_stream_cut_short_yields_what_it_holds() -> None:
    packed = gzip.compress(FILES["fit"])
    (found,) = read_file(packed[: len(packed) - 60], name="a.fit.gz")
    assert isinstance(found, RecordedActivity)
    assert found.partial
    assert (found.reason or "").startswith("the gzip stream is damaged; the file ends early, at byte ")


@pytest.mark.trap(23)
def test_a_wrong_checksum_of_the_compression_is_told() -> None:
    packed = bytearray(gzip.compress(FILES["gpx"]))
    packed[-5] ^= 0xFF
    (found,) = read_file(bytes(packed), name="a.gpx.gz")
    assert isinstance(found, RecordedActivity)
    assert (found.partial, found.reason) == (True, "the gzip stream is damaged")
    assert found.streams is not None
    assert len(found.streams) == 31


def test_bytes_before_the_damage_of_a_gzip_stream_are_kept() -> None:
    plain = random.Random(7).randbytes(200_000)  # noqa: S311 - bytes that do not compress, no secret
    packed = bytearray(gzip.compress(plain))
    packed[150_000:] = bytes(len(packed) - 150_000)
    kept = unpack(bytes(packed), SizeLimits())
    assert len(kept) > 149_000
    assert plain.startswith(kept[:149_000])


def test_a_damaged_stream_is_no_way_around_the_limit() -> None:
    packed = bytearray(gzip.compress(bytes(5_000_000)))
    packed[-5] ^= 0xFF
    with pytest.raises(FileTooLarge):
        unpack(bytes(packed), SizeLimits(unpacked_bytes=1_000_000))
