"""A target that fails again and again is left alone for a while, so that its callers get their answer at once."""

import time
from collections.abc import Callable

from local_agentcore.gateway.errors import TargetPaused

FAILURES_TO_OPEN = 5
PAUSE_S = 10.0


class Circuit:
    """Opens after failures in a row; after a pause one call tries, and its outcome decides for all.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._paused_until: float | None = None

    def enter(self) -> None:
        """Ask whether a call may be made now.

        Raises:
            TargetPaused: Not yet.
        """
        if self._paused_until is None:
            return
        if self._clock() < self._paused_until:
            raise TargetPaused("it has failed too often just now")
        self._paused_until = self._clock() + PAUSE_S  # this call tries; the others wait for what becomes of it

    def succeeded(self) -> None:
        self._failures = 0
        self._paused_until = None

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._paused_until = self._clock() + PAUSE_S
