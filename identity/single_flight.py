"""Many callers, one piece of work: callers that ask for the same thing at the same time share one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs at most one piece of work for each key at a time, on each event loop.

    A caller that goes away does not stop the work: others may wait for it.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[T]] = {}

    async def do(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, own or shared. Its error reaches every caller that waited for it."""
        place = (asyncio.get_running_loop(), key)
        flight = self._flights.get(place)
        if flight is None:
            flight = asyncio.ensure_future(_run(work))
            self._flights[place] = flight
            flight.add_done_callback(lambda done: self._land(place, done))
        return await asyncio.shield(flight)

    def _land(self, place: Hashable, flight: asyncio.Task[T]) -> None:
        del self._flights[place]
        if not flight.cancelled():
            flight.exception()  # retrieved, so that an error nobody waits for any more is not reported by the loop


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
