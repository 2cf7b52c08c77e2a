"""Providers that did not answer just now: they are not asked again at once for the same thing (X13)."""

from collections.abc import Callable, Hashable

from identity.vault.errors import ProviderUnavailable

MOST_KEPT = 1024


class RecentFailures:
    """Remembers failures for a moment.

    Args:
        clock: Epoch seconds.
        life_s: How long a failure stands for the next answer.
    """

    def __init__(self, *, clock: Callable[[], float], life_s: float) -> None:
        self._clock = clock
        self._life_s = life_s
        self._failures: dict[Hashable, tuple[str, float]] = {}

    def check(self, key: Hashable) -> None:
        """Do nothing unless this failed just now.

        Raises:
            ProviderUnavailable: It did.
        """
        failed = self._failures.get(key)
        if failed is not None and self._clock() < failed[1]:
            raise ProviderUnavailable(failed[0])

    def remember(self, key: Hashable, error: ProviderUnavailable) -> None:
        """Keep a failure, in place of all older ones if they have become too many."""
        if len(self._failures) >= MOST_KEPT:
            self._failures.clear()
        self._failures[key] = (str(error), self._clock() + self._life_s)
