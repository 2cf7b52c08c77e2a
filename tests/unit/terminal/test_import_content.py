"""What of a file's content is compared and sent."""

import gzip
import hashlib
import os

import pytest

from agent.terminal.importing import content as subject
from agent.terminal.importing.content import GZIP_ABOVE_BYTES, LARGEST_FILE_BYTES, LARGEST_SENT_BYTES, Content
from agent.terminal.importing.errors import FileRefused

TRACK = b"<trkpt/>" * 1_000


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_a_file_has_one_digest_however_often_it_was_compressed(layers: int) -> None:
    stored = TRACK
    for _ in range(layers):
        stored = gzip.compress(stored)
    assert Content.of(stored).sha256() == hashlib.sha256(TRACK).hexdigest()


def test_a_byte_order_mark_makes_no_other_file() -> None:
    assert Content.of(gzip.compress(b"\xef\xbb\xbf" + TRACK)).sha256() == hashlib.sha256(TRACK).hexdigest()


def test_a_gzip_stream_that_was_cut_gives_what_it_still_holds() -> None:
    noise = os.urandom(100_000)
    unpacked = Content.of(gzip.compress(noise)[:50_000]).unpacked
    assert 40_000 < len(unpacked) < 60_000
    assert noise.startswith(unpacked)


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        pytest.param(b"", "the file has 0 bytes", id="nothing"),
        pytest.param(gzip.compress(b""), "the file has 0 bytes", id="nothing, compressed"),
        pytest.param(b"\x1f\x8b\x08 damaged", "the gzip stream is damaged", id="damaged"),
        pytest.param(
            gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x")))),
            "compressed more than 3 times",
            id="layers",
        ),
    ],
)
def test_what_cannot_be_unpacked_is_refused(stored: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        Content.of(stored)
    assert str(refused.value) == reason


@pytest.mark.case("I01")
def test_a_gzip_stream_without_end_is_refused_before_it_is_unpacked() -> None:
    zeros = gzip.compress(bytes(LARGEST_FILE_BYTES))
    assert len(Content.of(zeros).unpacked) == LARGEST_FILE_BYTES
    for bomb in (
        gzip.compress(bytes(LARGEST_FILE_BYTES + 1)),
        gzip.compress(gzip.compress(bytes(3 * LARGEST_FILE_BYTES))),
    ):
        with pytest.raises(FileRefused, match="larger than 32 MB when unpacked"):
            Content.of(bomb)


def test_a_large_file_is_compressed_and_a_small_or_compressed_one_is_sent_as_it_is() -> None:
    small, large = bytes(GZIP_ABOVE_BYTES), bytes(GZIP_ABOVE_BYTES + 1)
    packed = gzip.compress(os.urandom(GZIP_ABOVE_BYTES))
    assert Content.of(small).packed() == small
    assert gzip.decompress(Content.of(large).packed()) == large
    assert Content.of(packed).packed() == packed


def test_a_compressed_file_that_is_too_large_as_it_is_is_compressed_better() -> None:
    loose = gzip.compress(b"abcdefghij" * 500_000, compresslevel=0)
    assert len(loose) > LARGEST_SENT_BYTES
    packed = Content.of(loose).packed()
    assert len(packed) < 100_000
    assert gzip.decompress(packed) == b"abcdefghij" * 500_000


def test_a_file_that_is_too_large_even_when_compressed_is_refused_with_both_sizes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "LARGEST_SENT_BYTES", 1_500_000)
    noise = Content.of(os.urandom(2_000_000))
    with pytest.raises(FileRefused, match=r"^larger than 1\.5 MB even when compressed \(2\.0 MB\)$"):
        noise.packed()


def test_a_request_with_the_largest_file_fits_into_a_functions_event() -> None:
    """6 MB for the event of a Lambda function, in which the body is base64 (AWS Lambda quotas)."""
    base64_bytes = -(-LARGEST_SENT_BYTES // 3) * 4
    assert 6 * 1024 * 1024 - 500_000 < base64_bytes < 6 * 1024 * 1024 - 100_000
