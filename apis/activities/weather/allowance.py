"""How often a weather service may still be asked today, and when again after it failed.

    WEATHER-PROVIDER    <name>    requests of the day (UTC), failures in a row, not to be asked before

Kept in the store, because a new process must not begin to count anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pydantic import AwareDatetime

from apis.activities.models import Record
from apis.serving.store import Item, Store

PARTITION: Final = "WEATHER-PROVIDER"
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
_ATTEMPTS: Final = 5
_MOST_DOUBLINGS: Final = 16  # keeps the power within what a timedelta can hold


Change = Callable[["ProviderState"], Mapping[str, object]]


class ProviderState(Record):
    """The document: what was asked on a day, and since when it failed."""

    day: date
    requests: int = 0
    failures: int = 0
    not_before: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """Accounts one service.

    Attributes:
        store: Where the account is.
        provider: Name of the service.
        requests_a_day: Most requests from midnight to midnight, UTC.
    """

    store: Store
    provider: str
    requests_a_day: int

    def closed_until(self, now: datetime) -> datetime | None:
        """The instant before which the service must not be asked; None if it may be asked now."""
        state = self._state(now)
        if state.not_before is not None and state.not_before > now:
            return state.not_before
        if state.requests >= self.requests_a_day:
            return datetime.combine(state.day + timedelta(days=1), time(), UTC)
        return None

    def spend(self, now: datetime) -> None:
        """Counts a request, before it is made."""
        self._change(now, lambda state: {"requests": state.requests + 1})

    def succeeded(self, now: datetime) -> None:
        """The service answers again."""
        if self._state(now).failures:
            self._change(now, lambda _: {"failures": 0, "not_before": None})

    def failed(self, now: datetime, *, retry_after_s: float | None) -> None:
        """The service did not answer: it is left alone, twice as long every time, or as long as it asks for."""
        asked_for = timedelta(seconds=retry_after_s or 0.0)

        def waits(state: ProviderState) -> dict[str, object]:
            own = backoff(state.failures, first=FIRST_WAIT, longest=LONGEST_WAIT)
            return {"failures": state.failures + 1, "not_before": now + max(own, asked_for)}

        self._change(now, waits)

    def _state(self, now: datetime) -> ProviderState:
        return self._of(self.store.get(PARTITION, self.provider), now)

    def _of(self, item: Item | None, now: datetime) -> ProviderState:
        today = now.astimezone(UTC).date()
        state = ProviderState.model_validate(item.doc) if item else ProviderState(day=today)
        return state if state.day == today else state.model_copy(update={"day": today, "requests": 0})

    def _change(self, now: datetime, change: Change) -> None:
        for _ in range(_ATTEMPTS):
            current = self.store.get(PARTITION, self.provider)
            state = self._of(current, now)
            new = state.model_copy(update=change(state))
            item = Item(PARTITION, self.provider, new.model_dump(mode="json"))
            if self.store.update_if(item, version=current.version) if current else self.store.put_if_absent(item):
                return


def backoff(failures: int, *, first: timedelta, longest: timedelta, factor: int = 2) -> timedelta:
    """How long to wait after some failures: `first`, then `factor` times as long every time, up to `longest`."""
    times: int = factor ** min(failures, _MOST_DOUBLINGS)
    return min(first * times, longest)
