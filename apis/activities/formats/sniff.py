"""Which format a file has, by its content: extensions lie, and files arrive compressed once or twice."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from apis.activities.errors import FileEmpty, FileRefused, FileTooLarge, FormatUnknown
from apis.activities.formats.fit import read_fit
from apis.activities.formats.gpx import read_gpx
from apis.activities.formats.strava_export import RowRefused, looks_like_export, read_export
from apis.activities.formats.tcx import read_tcx
from apis.activities.recordings import RecordedActivity

MAX_UNPACKED_BYTES: Final = 32 * 1024 * 1024  # a day of GPX at one point a second
MAX_LAYERS: Final = 3

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UTF8_BOM = b"\xef\xbb\xbf"
_FIT_MAGIC, _FIT_MAGIC_AT = b".FIT", 8
_HEAD_BYTES = 4096
_LONGEST_HEADER_BYTES = 65_536  # headers may carry markup
_DIGEST_CHARS = 32


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Bytes after unpacking, and how many times a file may be compressed."""

    unpacked_bytes: int = MAX_UNPACKED_BYTES
    layers: int = MAX_LAYERS


def read_file(
    content: bytes, *, name: str, limits: SizeLimits | None = None
) -> Sequence[RecordedActivity | RowRefused]:
    """Everything one uploaded file holds.

    Args:
        content: The bytes as they were uploaded.
        name: For the report only; the format is never taken from it.
        limits: Against compression bombs.

    Raises:
        FileRefused: Nothing in it can become an activity; the subclass says why.
    """
    return read_unpacked(unpack(content, limits or SizeLimits()), name=name)


def source_id_of(plain: bytes) -> str:
    """Names a recording by its unpacked content."""
    return hashlib.sha256(plain).hexdigest()[:_DIGEST_CHARS]


def is_recording(plain: bytes) -> bool:
    """Whether this may be a recording with samples, and not a table or nothing at all."""
    return plain[_FIT_MAGIC_AT : _FIT_MAGIC_AT + len(_FIT_MAGIC)] == _FIT_MAGIC or plain.lstrip()[:1] == b"<"


def read_unpacked(plain: bytes, *, name: str) -> Sequence[RecordedActivity | RowRefused]:
    """Everything that a file holds which `unpack` has unpacked; see `read_file`.

    Raises:
        FileRefused: Nothing in it can become an activity; the subclass says why.
    """
    source_id = source_id_of(plain)
    if plain[_FIT_MAGIC_AT : _FIT_MAGIC_AT + len(_FIT_MAGIC)] == _FIT_MAGIC:
        return read_fit(plain, source_name=name, source_id=source_id)
    head = plain[:_HEAD_BYTES]
    if b"<gpx" in head or b":gpx" in head:
        return read_gpx(plain, source_name=name, source_id=source_id)
    if b"TrainingCenterDatabase" in head:
        return read_tcx(plain, source_name=name, source_id=source_id)
    first_line = plain[:_LONGEST_HEADER_BYTES].partition(b"\n")[0]
    if looks_like_export(first_line.decode("utf-8", errors="replace")):
        return read_export(plain, source_name=name)
    raise FormatUnknown


def unpack(content: bytes, limits: SizeLimits) -> bytes:
    """Removes gzip layers and the byte order mark.

    Raises:
        FileEmpty: Nothing is left.
        FileTooLarge: More than the limit, or more layers than anybody packs by accident.
        FileRefused: A damaged gzip stream or a zip archive.
    """
    for _ in range(limits.layers):
        if not content.startswith(_GZIP):
            break
        content = _gunzip(content, limits.unpacked_bytes)
    if content.startswith(_GZIP) or len(content) > limits.unpacked_bytes:
        raise FileTooLarge
    if content.startswith(_ZIP):
        raise FileRefused("this is a zip archive; import the files in it one by one")
    content = content.removeprefix(_UTF8_BOM)
    if not content.strip():
        raise FileEmpty
    return content


def _gunzip(content: bytes, limit: int) -> bytes:
    """Unpacks one layer, never more than the limit; a stream cut short yields what it still holds."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(content, limit)
    except zlib.error as err:
        raise FileRefused("the gzip stream is damaged") from err
    if stream.unconsumed_tail:
        raise FileTooLarge
    return plain
