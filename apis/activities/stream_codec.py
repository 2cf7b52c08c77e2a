"""Streams as text small enough for a database: quantised, differenced, compressed, cut into items.

Each channel keeps the resolution its sensor has. A ride of 5 000 samples takes about 60 KB. The text is cut because
an item of the store is limited; the parts are joined before anything is decoded.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from apis.activities.recordings import FloatArray, Streams

PART_CHARS: Final = 300_000  # well below the store's limit for one item
MAX_DECODED_BYTES: Final = 64 * 1024 * 1024
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
_MISSING: Final = np.iinfo(np.int64).min // 4  # far from any quantised value, and safe to difference


def encode_streams(streams: Streams) -> list[str]:
    """Text parts of at most `PART_CHARS` characters, in order."""
    channels = {name: _deltas(values, _STEPS_PER_UNIT[name]).tolist() for name, values in streams.channels().items()}
    packed = zlib.compress(json.dumps(channels, separators=(",", ":")).encode(), level=6)
    text = base64.b64encode(packed).decode("ascii")
    return [text[start : start + PART_CHARS] for start in range(0, len(text), PART_CHARS)]


def decode_streams(parts: Sequence[str]) -> Streams:
    """The streams that `encode_streams` was given, to the resolution of each channel."""
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(base64.b64decode("".join(parts)), MAX_DECODED_BYTES)
    channels = json.loads(plain)
    return Streams(**{name: _values(deltas, _STEPS_PER_UNIT[name]) for name, deltas in channels.items()})


def _deltas(values: FloatArray, steps_per_unit: float) -> np.ndarray:
    present = np.isfinite(values)
    steps = np.where(present, np.rint(np.where(present, values, 0.0) * steps_per_unit), _MISSING).astype(np.int64)
    return np.diff(steps, prepend=0)


def _values(deltas: Sequence[int], steps_per_unit: float) -> FloatArray:
    steps = np.cumsum(np.array(deltas, dtype=np.int64))
    return np.where(steps == _MISSING, np.nan, steps / steps_per_unit)
