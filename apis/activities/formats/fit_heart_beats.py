"""Heart rate that a FIT file keeps in `hr` messages: a swim strap hands its beats over after the swim.

The strap counts 1/1024 s on a clock of its own, which a message with a timestamp ties to the time of day. Later
messages give the lowest 12 bits of that count only. Source: FIT SDK, "Heart rate plugin".
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from apis.activities.formats.fit_messages import Message
from apis.activities.formats.samples import CHANNELS, Samples

_TICKS_PER_S: Final = 1024
_BITS: Final = 12
_HOLDS_S: Final = 5.0  # how long a beat stands for the heart rate; at 25 bpm two beats are 2.4 s apart
_HEART_RATE: Final = CHANNELS.index("heartrate_bpm")


def with_heart_beats(samples: Samples, messages: Sequence[Message]) -> Samples:
    """The samples with the last beat's rate where the record itself has no heart rate."""
    beats = np.array(sorted(_beats(messages)))
    if not beats.size:
        return samples
    beat_s, bpm = beats.T
    last = np.searchsorted(beat_s, samples.at_s + 1.0, side="left") - 1  # records count whole seconds
    held = (last >= 0) & (samples.at_s - beat_s[last] <= _HOLDS_S) & np.isnan(samples.table[:, _HEART_RATE])
    table = samples.table.copy()
    table[held, _HEART_RATE] = bpm[last[held]]
    return replace(samples, table=table)


def _beats(messages: Sequence[Message]) -> Iterator[tuple[float, float]]:
    """Unix seconds and rate of each beat, as far as the strap's clock is tied to the time of day."""
    zero_s, ticks = None, 0
    for message in messages:
        stated = [round(each * _TICKS_PER_S) for each in message.each("event_timestamp") if isinstance(each, float)]
        tie = message.instant("timestamp")
        if tie is not None and stated:
            fraction_s = message.number("fractional_timestamp") or 0.0
            zero_s = tie.timestamp() + fraction_s - stated[0] / _TICKS_PER_S
        times = stated or _continued(ticks, message.each("event_timestamp_12"))
        ticks = times[-1] if times else ticks
        for time, rate in zip(times, message.each("filtered_bpm"), strict=False):
            if zero_s is not None and isinstance(rate, int) and rate > 0:
                yield zero_s + time / _TICKS_PER_S, float(rate)


def _continued(ticks: int, packed: Sequence[object]) -> list[int]:
    """Full counts after `ticks` from bytes of which each three hold two times of 12 bits."""
    content = bytes(each for each in packed if isinstance(each, int) and 0 <= each <= 0xFF)  # noqa: PLR2004 - a byte
    joined, period = int.from_bytes(content, "little"), 1 << _BITS
    found = []
    for index in range(8 * len(content) // _BITS):
        ticks += ((joined >> (_BITS * index)) - ticks) % period
        found.append(ticks)
    return found
