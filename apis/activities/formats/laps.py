"""Which samples each lap covers.

Both formats with laps repeat, skip or round their borders, so that samples are counted in the cleaned streams: a lap
begins with the first sample at or after its start and ends before the next one begins, or where a pause does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from apis.activities.formats.samples import Recording
from apis.activities.models import Lap

_ROUNDED_S: Final = 2.0  # start and length are rounded apart, each by up to a second


def with_samples(laps: Sequence[Lap], recording: Recording | None) -> tuple[Lap, ...]:
    """The laps with `start_index` and `end_index`, the latter included; without both where a lap has no sample."""
    if recording is None:
        return tuple(laps)
    spans = [_span(lap, after, recording) for lap, after in zip(laps, [*laps[1:], None], strict=False)]
    return tuple(lap if span is None else lap.model_copy(update=span) for lap, span in zip(laps, spans, strict=True))


def _span(lap: Lap, after: Lap | None, recording: Recording) -> dict[str, int] | None:
    if lap.start_date is None:
        return None
    time_s, start_s = recording.streams.time_s, _offset_s(lap.start_date, recording)
    first, ends = int(np.searchsorted(time_s, start_s)), [int(time_s.size)]
    if lap.elapsed_time is not None:
        ends.append(int(np.searchsorted(time_s, start_s + lap.elapsed_time + _ROUNDED_S, side="right")))
    if after is not None and after.start_date is not None and after.start_date > lap.start_date:
        ends.append(int(np.searchsorted(time_s, _offset_s(after.start_date, recording))))
    return {"start_index": first, "end_index": min(ends) - 1} if first < min(ends) else None


def _offset_s(at: datetime, recording: Recording) -> float:
    return (at - recording.start_at).total_seconds()
