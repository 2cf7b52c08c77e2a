"""API Gateway's usage plan on a laptop: which API keys may call, and how often. It meters; the authorizer decides.

On AWS the service does this before the handler; here the shim asks, after the authorizer, as REST does.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable

from apis.serving.errors import KeyUnknown, UsageExceeded

HEADER = "x-api-key"
PERIOD_S = 60.0
REQUESTS_PER_PERIOD = 600


class UsagePlan:
    """Counts the requests of each key.

    Args:
        key_digests: SHA-256 of each key, hexadecimal: the keys themselves are nobody's business here.
        limit: Requests in one period.
        period_s: Length of a period, seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        key_digests: Iterable[str],
        *,
        limit: int = REQUESTS_PER_PERIOD,
        period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._digests = tuple(key_digests)
        self._limit = limit
        self._period_s = period_s
        self._clock = clock
        self._used: dict[str, tuple[float, int]] = {}

    def use(self, key: str | None) -> None:
        """Count one request.

        Raises:
            KeyUnknown: No key, or none of this plan.
            UsageExceeded: The key has used up its requests of this period.
        """
        digest = self._known(key)
        now = self._clock()
        began, count = self._used.get(digest, (now, 0))
        if now - began >= self._period_s:
            began, count = now, 0
        if count >= self._limit:
            raise UsageExceeded(retry_after_s=int(began + self._period_s - now) + 1)
        self._used[digest] = (began, count + 1)

    def used(self, key: str) -> int:
        """Requests of a key in its current period."""
        return self._used.get(_digest(key), (0.0, 0))[1]

    def _known(self, key: str | None) -> str:
        presented = _digest(key or "")
        # Every digest is compared, so that time tells nothing about which one came close.
        found = [digest for digest in self._digests if hmac.compare_digest(digest, presented)]
        if key is None or not found:
            raise KeyUnknown("no API key of this plan")
        return found[0]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
