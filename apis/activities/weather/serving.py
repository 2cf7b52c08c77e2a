"""The backfill while the API is served on a laptop, and as a scheduled Lambda function.

On a laptop it is a task of the API's own event loop, so it uses the store between two requests and never during one.
On AWS nothing runs between requests: a schedule invokes `scheduled_handler`, which does one run.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.activities.errors import ActivityIncomplete
from apis.activities.handler_settings import ActivitiesHandlerSettings
from apis.activities.weather.backfill import PAUSE_S, BackfillReport, WeatherBackfill
from apis.activities.weather.open_meteo import DEADLINE_S, OpenMeteo, open_client
from apis.serving.errors import PreconditionFailed, StoreError
from apis.serving.store import Store

logger = logging.getLogger(__name__)

AT_ONCE: Final = 50
INTERVAL_S: Final = 30.0
LAST_ACTIVITY: Final = timedelta(seconds=DEADLINE_S + PAUSE_S + 10)  # asking and writing, at worst
Clock = Callable[[], datetime]
RunOnce = Callable[[int], Awaitable[BackfillReport]]


def backfilling(app: ASGIApp, store: Store, settings: ActivitiesHandlerSettings, clock: Clock) -> ASGIApp:
    """The application with the backfill beside it, if the settings name a service; else the application itself."""
    if settings.weather == "none":
        return app

    async def run() -> None:
        async with open_client() as http:
            service = OpenMeteo(http, clock, settings.open_meteo_archive_url, settings.open_meteo_forecast_url)
            await run_for_ever(WeatherBackfill(store, service, clock).run_once)

    return WhileServing(app, run)


def scheduled_handler(
    store: Store, settings: ActivitiesHandlerSettings, clock: Clock
) -> Callable[[dict[str, Any], Any], dict[str, int]]:
    """The Lambda handler that a schedule invokes: one run, and how many activities it served.

    The run ends before Lambda would end it, and does no harm beside another one: a schedule may invoke it again while
    it runs, and does so when it has failed.
    """

    async def run(until: datetime) -> BackfillReport:
        if settings.weather == "none":
            return BackfillReport()
        async with open_client() as http:
            service = OpenMeteo(http, clock, settings.open_meteo_archive_url, settings.open_meteo_forecast_url)
            return await WeatherBackfill(store, service, clock).run_once(AT_ONCE, until=until)

    def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
        remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
        return asyncio.run(run(clock() + remaining - LAST_ACTIVITY)).counts()

    return handler


@dataclass(frozen=True, slots=True)
class WhileServing:
    """ASGI application with a task that runs between its start and its end.

    Attributes:
        app: The application; all but the lifespan passes by.
        run: The task; cancelled before the application is told to shut down.
    """

    app: ASGIApp
    run: Callable[[], Awaitable[None]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        task = asyncio.ensure_future(self.run())
        task.add_done_callback(_say_why_it_ended)

        async def receive_after_the_task() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await _stopped(task)
            return message

        try:
            await self.app(scope, receive_after_the_task, send)
        finally:
            await _stopped(task)


async def run_for_ever(run_once: RunOnce, *, interval_s: float = INTERVAL_S) -> None:
    """Run again and again: at once while there is more to do, else after a while."""
    while True:
        more = False
        try:
            report = await run_once(AT_ONCE)
            more = report.more and report.closed_until is None
            counts = report.counts()
            if any(counts.values()):
                logger.info("%s | weather", ", ".join(f"{name}=<{count}>" for name, count in counts.items()))
        except (StoreError, PreconditionFailed, ActivityIncomplete, sqlite3.Error) as error:
            # Nothing is lost: what was not written still waits.
            logger.warning("error=<%s> | weather is looked up later", type(error).__name__)
        await asyncio.sleep(0 if more else interval_s)


async def _stopped(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


def _say_why_it_ended(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("error=<%s> | weather is not looked up any more", type(error).__name__)
