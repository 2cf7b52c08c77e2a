"""How many requests one person, and one client for all its people, may make. Nobody is locked out: tokens come back."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from identity.tokens import Principal
from local_agentcore.gateway.errors import TooManyRequests

MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Attributes: per_s: Requests a second in the long run. burst: Requests at once after a pause."""

    per_s: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class RateLimits:
    """Token buckets for principals and for clients.

    Args:
        principal: For each (issuer, subject).
        client: For each client id, summed over its people.
        clock: Monotonic seconds.
    """

    def __init__(self, principal: Rate, client: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._principal = principal
        self._client = client
        self._clock = clock
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, principal: Principal) -> None:
        """Count one request.

        Raises:
            TooManyRequests: One of the two buckets is empty; nothing was taken from the other.
        """
        now = self._clock()
        wanted = (
            (("principal", principal.issuer, principal.subject), self._principal),
            (("client", principal.issuer, principal.client_id), self._client),
        )
        buckets = [(self._filled(key, rate, now), rate) for key, rate in wanted]
        waits = [(1 - bucket.left) / rate.per_s for bucket, rate in buckets if bucket.left < 1]
        if waits:
            raise TooManyRequests(max(1, math.ceil(max(waits))))
        for bucket, _ in buckets:
            bucket.left -= 1

    def _filled(self, key: Hashable, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate.burst, now)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        bucket.left = min(rate.burst, bucket.left + (now - bucket.at) * rate.per_s)
        bucket.at = now
        return bucket
