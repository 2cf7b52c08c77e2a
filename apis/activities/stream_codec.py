"""Streams as text small enough for a database: quantised, differenced, compressed, cut into items.

Each channel keeps the resolution its sensor has: whole steps, of which the differences are kept in the narrowest
integers that hold them, the bytes of equal weight together, because those compress. Where samples have no value a bit
for each sample says so. An hour and a half of everything a watch and a power meter record takes 10 characters a sample.
The text is cut because an item of the store is limited; the parts are joined before anything is decoded.

Texts without a mark are of the form before this one: the differences as JSON, a missing value as a number beyond all
others. They are read, and never written.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.recordings import FloatArray, Streams

PART_CHARS: Final = 300_000  # well below the store's limit for one item
MAX_DECODED_BYTES: Final = 64 * 1024 * 1024
_MARK: Final = "2:"  # no base64 begins so
_HEAD_LENGTH_BYTES: Final = 4
_WIDTHS: Final = ("<i1", "<i2", "<i4", "<i8")
_STEPS_PER_UNIT: Final = {
    "time_s": 1e3,
    "heartrate_bpm": 1.0,
    "distance_m": 1e2,
    "speed_mps": 1e3,
    "altitude_m": 1e1,
    "cadence_spm": 1e1,
    "temperature_c": 1e1,
    "power_w": 1.0,
    "lat": 1e7,
    "lon": 1e7,
}
_MISSING_BEFORE: Final = np.iinfo(np.int64).min // 4  # of the form before
Steps = NDArray[np.int64]


def encode_streams(streams: Streams) -> list[str]:
    """Text parts of at most `PART_CHARS` characters, in order."""
    channels, blocks = [], []
    for name, values in streams.channels().items():
        present = np.isfinite(values)
        first, width, differences = _differences(_steps(values, present, _STEPS_PER_UNIT[name]))
        gaps = b"" if present.all() else np.packbits(present).tobytes()
        channels.append([name, width, first, bool(gaps)])
        blocks += [differences, gaps]
    head = json.dumps({"samples": len(streams), "channels": channels}, separators=(",", ":")).encode()
    plain = b"".join([len(head).to_bytes(_HEAD_LENGTH_BYTES, "big"), head, *blocks])
    text = _MARK + base64.b64encode(zlib.compress(plain, level=6)).decode("ascii")
    return [text[start : start + PART_CHARS] for start in range(0, len(text), PART_CHARS)]


def decode_streams(parts: Sequence[str]) -> Streams:
    """The streams that `encode_streams` was given, to the resolution of each channel."""
    text = "".join(parts)
    if not text.startswith(_MARK):
        return _decode_form_before(text)
    plain = _unpacked(text.removeprefix(_MARK))
    head_end = _HEAD_LENGTH_BYTES + int.from_bytes(plain[:_HEAD_LENGTH_BYTES], "big")
    head = json.loads(plain[_HEAD_LENGTH_BYTES:head_end])
    return Streams(**dict(_channels(head, plain, head_end)))


def _unpacked(text: str) -> bytes:
    return zlib.decompressobj().decompress(base64.b64decode(text), MAX_DECODED_BYTES)


def _steps(values: FloatArray, present: NDArray[np.bool_], steps_per_unit: float) -> Steps:
    """Whole steps; a sample without a value repeats the one before it, so that it costs nothing."""
    known = np.rint(np.where(present, values, 0.0) * steps_per_unit).astype(np.int64)
    latest = np.maximum.accumulate(np.where(present, np.arange(values.size), -1))
    return np.where(latest >= 0, known[np.maximum(latest, 0)], 0)


def _differences(steps: Steps) -> tuple[int, str, bytes]:
    """The first step, the integer type of the differences, and these, bytes of equal weight together."""
    if not steps.size:
        return 0, _WIDTHS[0], b""
    differences = np.diff(steps, prepend=steps[0])
    least, most = int(differences.min()), int(differences.max())
    width = next(one for one in _WIDTHS if np.iinfo(one).min <= least and most <= np.iinfo(one).max)
    narrow = differences.astype(width)
    return int(steps[0]), width, narrow.view(np.uint8).reshape(-1, narrow.itemsize).T.tobytes()


def _channels(head: dict[str, Any], plain: bytes, start: int) -> Iterator[tuple[str, FloatArray]]:
    samples: int = head["samples"]
    for name, width, first, has_gaps in head["channels"]:
        size = np.dtype(width).itemsize
        weights = np.frombuffer(plain, np.uint8, samples * size, start).reshape(size, samples)
        start += samples * size
        differences = np.ascontiguousarray(weights.T).view(width).ravel()
        values = (first + np.cumsum(differences, dtype=np.int64)) / _STEPS_PER_UNIT[name]
        if has_gaps:
            gap_bytes = -(-samples // 8)
            present = np.unpackbits(np.frombuffer(plain, np.uint8, gap_bytes, start), count=samples)
            start += gap_bytes
            values[present == 0] = np.nan
        yield name, values


def _decode_form_before(text: str) -> Streams:
    channels = json.loads(_unpacked(text))
    return Streams(**{name: _values_before(deltas, _STEPS_PER_UNIT[name]) for name, deltas in channels.items()})


def _values_before(deltas: Sequence[int], steps_per_unit: float) -> FloatArray:
    steps = np.cumsum(np.array(deltas, dtype=np.int64))
    return np.where(steps == _MISSING_BEFORE, np.nan, steps / steps_per_unit)
