import gzip

import pytest

from apis.activities.errors import FileEmpty, FileRefused, FileTooLarge, FormatUnknown
from apis.activities.formats.sniff import SizeLimits, read_file, unpack
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady, tcx_file

RUN = steady(seconds=30)
FILES = {
    "fit": fit_file(RUN),
    "gpx": gpx_file(RUN),
    "tcx": tcx_file(RUN),
    "strava_csv": export_file([export_row(RUN)]),
}


def kind_of(content: bytes, name: str = "misleading.txt") -> str:
    (found,) = read_file(content, name=name)
    assert isinstance(found, RecordedActivity)
    return found.kind


@pytest.mark.parametrize("kind", FILES)
def test_the_content_decides_not_the_extension(kind: str) -> None:
    assert kind_of(FILES[kind], name="activity.gpx") == kind


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("layers", [1, 2], ids=["gz", "double gz"])
def test_compressed_files_are_unpacked_as_often_as_needed(kind: str, layers: int) -> None:
    content = FILES[kind]
    for _ in range(layers):
        content = gzip.compress(content)
    assert kind_of(content) == kind


@pytest.mark.parametrize("kind", ["gpx", "tcx", "strava_csv"])
def test_a_byte_order_mark_is_no_obstacle(kind: str) -> None:
    assert kind_of(b"\xef\xbb\xbf" + FILES[kind]) == kind


def test_the_same_content_has_the_same_identity_compressed_or_not() -> None:
    (plain,) = read_file(FILES["fit"], name="a.fit")
    (packed,) = read_file(gzip.compress(FILES["fit"]), name="b.fit.gz")
    assert isinstance(plain, RecordedActivity)
    assert isinstance(packed, RecordedActivity)
    assert plain.source_id == packed.source_id


@pytest.mark.parametrize("content", [b"", b"  \n", gzip.compress(b"")], ids=["0 bytes", "blanks", "0 bytes packed"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileEmpty):
        read_file(content, name="a")


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.7", b"<html></html>", bytes(64)])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(FormatUnknown):
        read_file(content, name="a.fit")


def test_a_zip_archive_is_refused_with_what_to_do() -> None:
    with pytest.raises(FileRefused, match="zip archive"):
        read_file(b"PK\x03\x04rest", name="export.zip")


def test_a_compression_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    with pytest.raises(FileTooLarge):
        unpack(bomb, SizeLimits(unpacked_bytes=1_000_000))


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert len(unpack(b"x" * 1000, SizeLimits(unpacked_bytes=1000))) == 1000
    assert len(unpack(gzip.compress(b"x" * 1000), SizeLimits(unpacked_bytes=1000))) == 1000
    with pytest.raises(FileTooLarge):
        unpack(b"x" * 1001, SizeLimits(unpacked_bytes=1000))
    with pytest.raises(FileTooLarge):
        unpack(gzip.compress(b"x" * 1001), SizeLimits(unpacked_bytes=1000))


def test_too_many_layers_are_refused() -> None:
    content = FILES["fit"]
    for _ in range(4):
        content = gzip.compress(content)
    with pytest.raises(FileTooLarge):
        read_file(content, name="a")


def test_a_damaged_gzip_stream_is_refused() -> None:
    with pytest.raises(FileRefused, match="gzip"):
        read_file(b"\x1f\x8b" + bytes(20), name="a.gz")


def test_a_gzip_stream_cut_short_yields_what_it_holds() -> None:
    packed = gzip.compress(FILES["fit"])
    (found,) = read_file(packed[: len(packed) - 60], name="a.fit.gz")
    assert isinstance(found, RecordedActivity)
    assert found.partial
