"""Recordings made of a few samples, by seconds after `START`."""

from collections.abc import Mapping
from datetime import timedelta

from apis.activities.formats.samples import Recording, SampleLog, recording_of
from tests.support.activity_files import START


def recording(
    *samples: tuple[float, Mapping[str, float | None]],
    running: bool = False,
    damaged: bool = False,
    begun_s: float | None = None,
) -> Recording:
    """What becomes of these samples; `begun_s` is when the file says it was begun."""
    log = SampleLog()
    for at_s, values in samples:
        log.add(START + timedelta(seconds=at_s), values)
    begun = [] if begun_s is None else [START + timedelta(seconds=begun_s)]
    found = recording_of(log.samples(), running=running, damaged=damaged, begun=begun)
    assert found is not None
    return found
