"""Weather for activities after their import: asked of a service, written into each activity, at its own pace.

Not in the handler of an upload: handlers run one at a time, and a service that is slow or down must cost an import
nothing. Whatever goes wrong here, the activity keeps waiting.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from apis.activities.assembly import with_looked_up, with_sources
from apis.activities.errors import NoWeatherData, WeatherError
from apis.activities.layout import ensure_layout
from apis.activities.library import ActivityLibrary, Shelf
from apis.activities.shelving import Shelving
from apis.activities.weather.allowance import Allowance, backoff
from apis.activities.weather.cache import remember, remembered, week_key
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import LookedUp, Wanted, place_of
from apis.activities.weather.provider import WeatherProvider
from apis.activities.weather.waiting import PARTITION, Turn, turns, waiting_for
from apis.serving.errors import TransactionConflict
from apis.serving.store import DeleteIf, Store

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 6  # an hour, four, sixteen … after each other: more than two weeks in all
FIRST_AGAIN: Final = timedelta(hours=1)
AGAIN_FACTOR: Final = 4
FIRST_SETBACK: Final = timedelta(minutes=5)  # longer than the service is left alone, so that another one is next
LONGEST_SETBACK: Final = timedelta(days=1)
PAUSE_S: Final = 2.0  # between requests: at most 30 a minute and 1 800 an hour
_WRITES: Final = 8
Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class BackfillReport:
    """What one run did.

    Attributes:
        filled: Activities that have weather now.
        nothing: Activities of which the service will never know the weather.
        postponed: Activities that wait for a later attempt.
        dropped: Activities that do not want weather any more.
        placed: Activities of an earlier version whose place was found out, so that they may be asked about.
        requests: Questions put to the service.
        closed_until: Not to be asked before; None if the service may be asked now.
        more: Whether more activities may be due.
    """

    filled: int = 0
    nothing: int = 0
    postponed: int = 0
    dropped: int = 0
    placed: int = 0
    requests: int = 0
    closed_until: datetime | None = None
    more: bool = False

    def counts(self) -> dict[str, int]:
        """How many activities, by what became of them, and how many requests."""
        names = ("filled", "nothing", "postponed", "dropped", "placed", "requests")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class _Run:
    """What one run has learnt: answers by week of a square, and whether they are final."""

    report: BackfillReport = field(default_factory=BackfillReport)
    answers: dict[tuple[str, bool], HourlyWeather] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeatherBackfill:
    """Looks up the weather of activities that wait for it.

    Attributes:
        store: Of the activities.
        provider: The service.
        clock: The present instant, aware.
        pause_s: Between two requests.
        sleep: Waits; tests do not.
    """

    store: Store
    provider: WeatherProvider
    clock: Callable[[], datetime]
    pause_s: float = PAUSE_S
    sleep: Sleep = asyncio.sleep

    async def run_once(self, limit: int, *, until: datetime | None = None) -> BackfillReport:
        """Serves up to `limit` activities, the newest first.

        Calls of the store are short and on the caller's thread; other tasks have their turn between two activities.
        Two runs at once ask a little too much, and each writes what still is wanted.

        Args:
            limit: Most activities.
            until: No activity is begun from this instant on.
        """
        run = _Run()
        due = list(islice(turns(self.store, self.clock()), limit + 1))
        run.report.more = len(due) > limit
        for turn in due[:limit]:
            await self.sleep(0)
            if until is not None and self.clock() >= until:
                run.report.more = True
                break
            if turn.waiting.wanted is None:
                self._find_place(turn, run.report)
            else:
                await self._serve(turn, turn.waiting.wanted, run)
        return run.report

    async def _serve(self, turn: Turn, wanted: Wanted, run: _Run) -> None:
        try:
            answer = await self._look_up(wanted, run)
        except NoWeatherData:
            self._had_nothing(turn, wanted, run.report)
        except WeatherError as error:
            self._did_not_answer(turn, run.report, error)
        else:
            if answer is not None:
                self._write(turn, answer, run.report)

    async def _look_up(self, wanted: Wanted, run: _Run) -> LookedUp | None:
        """The answer; None if the service must not be asked now.

        Raises:
            WeatherError: There is none.
        """
        weather = remembered(self.store, wanted)
        if weather is not None:
            return LookedUp(wanted=wanted, weather=weather)
        key = week_key(wanted), self.provider.final_from(wanted) <= self.clock()
        if key not in run.answers:
            hours = await self._ask(wanted, run.report)
            if hours is None:
                return None
            run.answers[key] = hours
        weather = run.answers[key].at(wanted.at)
        if weather is None:
            raise NoWeatherData
        return LookedUp(wanted=wanted, weather=weather, final=run.answers[key].final)

    async def _ask(self, wanted: Wanted, report: BackfillReport) -> HourlyWeather | None:
        report.closed_until = self._allowance.closed_until(self.clock())
        if report.closed_until is not None:
            return None
        if report.requests:
            await self.sleep(self.pause_s)
        self._allowance.spend(self.clock())
        report.requests += 1
        hours = await self.provider.hours(wanted)
        self._allowance.succeeded(self.clock())
        remember(self.store, wanted, hours)
        return hours

    def _write(self, turn: Turn, answer: LookedUp, report: BackfillReport) -> None:
        if not self._shelved(turn, answer, report):
            return
        report.filled += 1
        if not answer.final:
            self._put_off(turn, attempts=0, setbacks=0, due=self.provider.final_from(answer.wanted))

    def _had_nothing(self, turn: Turn, wanted: Wanted, report: BackfillReport) -> None:
        """Asked again later, since archives follow days behind and gaps are filled; but not for ever."""
        attempts = turn.waiting.attempts + 1
        if attempts >= MOST_ATTEMPTS:
            nothing = LookedUp(wanted=wanted, weather=None)
            report.nothing += self._shelved(turn, nothing, report)
            return
        wait = backoff(turn.waiting.attempts, first=FIRST_AGAIN, longest=timedelta.max, factor=AGAIN_FACTOR)
        self._put_off(turn, attempts=attempts, setbacks=0, due=self.clock() + wait)
        report.postponed += 1

    def _did_not_answer(self, turn: Turn, report: BackfillReport, error: WeatherError) -> None:
        """Never counted as an attempt: a service that is down for a month loses nothing.

        The activity steps back as well as the service rests, so that one question that it cannot bear does not keep
        the others waiting.
        """
        now = self.clock()
        logger.warning("provider=<%s>, error=<%s> | no weather", self.provider.name, type(error).__name__)
        self._allowance.failed(now, retry_after_s=error.retry_after_s)
        wait = backoff(turn.waiting.setbacks, first=FIRST_SETBACK, longest=LONGEST_SETBACK)
        self._put_off(turn, setbacks=turn.waiting.setbacks + 1, due=now + wait)
        report.postponed += 1

    def _put_off(self, turn: Turn, **changes: Any) -> None:
        """An item that somebody has changed meanwhile asks something else, and keeps its own time."""
        self.store.update_if(turn.item(turn.waiting.model_copy(update=changes)), version=turn.version)

    def _find_place(self, turn: Turn, report: BackfillReport) -> None:
        """Reads the samples of an activity of an earlier version; its item then asks something, or goes."""
        library = self._library(turn)
        shelf = library.shelf(turn.activity_id)
        if shelf is None or shelf.stored.activity.id != turn.activity_id:
            self._drop(turn, shelf)
            report.dropped += 1
            return
        stored = shelf.stored
        place = place_of(library.streams(stored))
        sources = [
            each.model_copy(update={"place": each.place or place}) if each.source_id == stored.streams_of else each
            for each in stored.measurements
        ]
        placed = with_sources(stored, sources, home_timezone=library.profile().timezone)
        try:
            Shelving(library).replace([shelf], placed)
        except TransactionConflict:
            self._put_off(turn, due=self.clock() + FIRST_SETBACK)
            report.postponed += 1
        else:
            report.placed += 1
            report.more = True

    def _library(self, turn: Turn) -> ActivityLibrary:
        return ensure_layout(ActivityLibrary(self.store, turn.waiting.athlete))

    def _shelved(self, turn: Turn, answer: LookedUp, report: BackfillReport) -> bool:
        """Whether the answer is in the activity now, which others may be changing."""
        library = self._library(turn)
        for _ in range(_WRITES):
            shelf = library.shelf(turn.activity_id)
            if shelf is None or not _wants(shelf, turn):
                self._drop(turn, shelf)
                report.dropped += 1
                return False
            changed = with_looked_up(shelf.stored, answer, home_timezone=library.profile().timezone)
            try:
                Shelving(library).replace([shelf], changed)
            except TransactionConflict:
                continue
            return True
        self._put_off(turn, due=self.clock() + FIRST_SETBACK)
        report.postponed += 1
        return False

    def _drop(self, turn: Turn, shelf: Shelf | None) -> None:
        """Forgets an item that asks for nothing; one that asks for something else by now is not ours."""
        if shelf is None or shelf.stored.activity.id != turn.activity_id or waiting_for(shelf.stored) is None:
            with suppress(TransactionConflict):
                self.store.transact([DeleteIf(PARTITION, turn.activity_id, turn.version)])

    @property
    def _allowance(self) -> Allowance:
        return Allowance(self.store, self.provider.name, self.provider.requests_a_day)


def _wants(shelf: Shelf, turn: Turn) -> bool:
    return shelf.stored.activity.id == turn.activity_id and waiting_for(shelf.stored) == turn.waiting.wanted
