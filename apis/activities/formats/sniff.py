"""Which format a file has, by its content: extensions lie, and files arrive compressed once or twice."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from apis.activities.errors import FileEmpty, FileRefused, FileTooLarge, FormatUnknown
from apis.activities.formats.fit import read_fit
from apis.activities.formats.garmin_export import looks_like_garmin_export, read_garmin_export
from apis.activities.formats.gpx import read_gpx
from apis.activities.formats.strava_export import RowRefused, looks_like_export, read_export
from apis.activities.formats.tcx import read_tcx
from apis.activities.recordings import RecordedActivity

MAX_UNPACKED_BYTES: Final = 32 * 1024 * 1024  # a day of GPX at one point a second
MAX_LAYERS: Final = 3

_GZIP = b"\x1f\x8b"
_GZIP_DAMAGED = "the gzip stream is damaged"
_PIECE_BYTES = 16_384
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


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file without its compression, and what was wrong with that."""

    plain: bytes
    damage: str | None = None


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
    unpacked = unpack_file(content, limits or SizeLimits())
    return read_unpacked(unpacked.plain, name=name, damage=unpacked.damage)


def source_id_of(plain: bytes) -> str:
    """Names a recording by its unpacked content."""
    return hashlib.sha256(plain).hexdigest()[:_DIGEST_CHARS]


def is_recording(plain: bytes) -> bool:
    """Whether this may be a recording with samples, and not a table or nothing at all."""
    return plain[_FIT_MAGIC_AT : _FIT_MAGIC_AT + len(_FIT_MAGIC)] == _FIT_MAGIC or plain.lstrip()[:1] == b"<"


def read_unpacked(plain: bytes, *, name: str, damage: str | None = None) -> Sequence[RecordedActivity | RowRefused]:
    """Everything that a file holds which `unpack` has unpacked; see `read_file`.

    Args:
        plain: The content.
        name: For the report only.
        damage: What was wrong with the compression; each activity then is partial.

    Raises:
        FileRefused: Nothing in it can become an activity; the subclass says why.
    """
    found = _read(plain, name)
    return [_with_damage(each, damage) for each in found] if damage else found


def _read(plain: bytes, name: str) -> Sequence[RecordedActivity | RowRefused]:
    source_id = source_id_of(plain)
    if plain[_FIT_MAGIC_AT : _FIT_MAGIC_AT + len(_FIT_MAGIC)] == _FIT_MAGIC:
        return read_fit(plain, source_name=name, source_id=source_id)
    head = plain[:_HEAD_BYTES]
    if b"<gpx" in head or b":gpx" in head:
        return read_gpx(plain, source_name=name, source_id=source_id)
    if b"TrainingCenterDatabase" in head:
        return read_tcx(plain, source_name=name, source_id=source_id)
    beginning = plain[:_LONGEST_HEADER_BYTES].decode("utf-8", errors="replace")
    if looks_like_garmin_export(beginning):
        return read_garmin_export(plain, source_name=name)
    if looks_like_export(beginning):
        return read_export(plain, source_name=name)
    raise FormatUnknown


def unpack(content: bytes, limits: SizeLimits) -> bytes:
    """The content of `unpack_file`, for who does not tell damage."""
    return unpack_file(content, limits).plain


def unpack_file(content: bytes, limits: SizeLimits) -> Unpacked:
    """Removes gzip layers and the byte order mark; a damaged stream yields what stands before the damage.

    Raises:
        FileEmpty: Nothing is left.
        FileTooLarge: More than the limit, or more layers than anybody packs by accident.
        FileRefused: A damaged gzip stream that yields nothing, or a zip archive.
    """
    damage = None
    for _ in range(limits.layers):
        if not content.startswith(_GZIP):
            break
        content, whole = _gunzip(content, limits.unpacked_bytes)
        damage = damage if whole else _GZIP_DAMAGED
    if content.startswith(_GZIP) or len(content) > limits.unpacked_bytes:
        raise FileTooLarge
    if content.startswith(_ZIP):
        raise FileRefused("this is a zip archive; import the files in it one by one")
    content = content.removeprefix(_UTF8_BOM)
    if not content.strip():
        raise FileRefused(_GZIP_DAMAGED) if damage else FileEmpty
    return Unpacked(content, damage)


def _gunzip(content: bytes, limit: int) -> tuple[bytes, bool]:
    """Unpacks one layer, never more than the limit, up to its end or its damage; says whether it was whole."""
    stream, parts, size = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), list[bytes](), 0
    for begin in range(0, len(content), _PIECE_BYTES):
        piece, before = content[begin : begin + _PIECE_BYTES], stream.copy()
        try:
            parts.append(stream.decompress(piece, limit - size + 1))
        except zlib.error:
            parts.append(_before_damage(before, piece, limit - size))
            return b"".join(parts), False
        size += len(parts[-1])
        if size > limit:
            raise FileTooLarge
        if stream.eof:
            break
    return b"".join(parts), stream.eof


def _before_damage(stream: "zlib._Decompress", piece: bytes, limit: int) -> bytes:
    """What a damaged piece of a gzip stream still gives, byte by byte."""
    found = bytearray()
    for byte in piece:
        try:
            found += stream.decompress(bytes([byte]), limit - len(found) + 1)
        except zlib.error:
            break
    return bytes(found[:limit])


def _with_damage(found: RecordedActivity | RowRefused, damage: str) -> RecordedActivity | RowRefused:
    """The activity, which may lack what the damaged part of the compressed file held."""
    if isinstance(found, RowRefused):
        return found
    return replace(found, partial=True, reason=f"{damage}; {found.reason}" if found.reason else damage)
