"""The backfill beside the served API, and on a schedule."""

import asyncio
import logging
import sqlite3

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.activities.errors import ActivityIncomplete
from apis.activities.settings import ActivitiesApiSettings
from apis.activities.weather.backfill import BackfillReport
from apis.activities.weather.serving import WhileServing, backfilling, run_for_ever
from apis.serving.errors import PreconditionFailed, TransactionConflict
from apis.serving.sqlite_store import SqliteStore
from tests.support.api_client import settings_of
from tests.support.asgi_lifespan import lifespan
from tests.support.weather import NOW, MovingClock


class App:
    """Notes what it is told, and whether the task was still running."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            self.told.append(scope["type"])
            return
        while True:
            message = await receive()
            self.told.append(message["type"])
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


class Task:
    """Runs until it is cancelled, or fails at once."""

    def __init__(self, told: list[str], error: Exception | None = None) -> None:
        self.told, self.error, self.running = told, error, asyncio.Event()

    async def __call__(self) -> None:
        self.running.set()
        if self.error is not None:
            raise self.error
        try:
            await asyncio.Event().wait()
        finally:
            self.told.append("task ended")


async def test_the_task_runs_from_the_start_to_the_end_of_the_application() -> None:
    app = App()
    task = Task(app.told)
    async with lifespan(WhileServing(app, task)):
        async with asyncio.timeout(1):
            await task.running.wait()
        assert app.told == ["lifespan.startup"]
    assert app.told == ["lifespan.startup", "task ended", "lifespan.shutdown"]


async def test_a_task_that_fails_leaves_the_application_serving_and_says_its_kind_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App()
    task = Task(app.told, RuntimeError("52.5 13.4"))
    async with lifespan(WhileServing(app, task)):
        async with asyncio.timeout(1):
            await task.running.wait()
        await asyncio.sleep(0)
    assert app.told == ["lifespan.startup", "lifespan.shutdown"]
    assert caplog.messages == ["error=<RuntimeError> | weather is not looked up any more"]


async def test_requests_pass_by_the_task() -> None:
    app = App()
    task = Task(app.told)
    messages: asyncio.Queue[Message] = asyncio.Queue()
    await WhileServing(app, task)({"type": "http"}, messages.get, messages.put)
    assert app.told == ["http"]
    assert not task.running.is_set()


def test_without_a_service_there_is_nothing_beside_the_application(store: SqliteStore, clock: MovingClock) -> None:
    app: ASGIApp = App()
    settings = settings_of(ActivitiesApiSettings, "activities")
    assert backfilling(app, store, settings, clock) is app
    asked = settings.model_copy(update={"weather": "open-meteo"})
    assert isinstance(backfilling(app, store, asked, clock), WhileServing)


class Runs:
    """Answers run after run from a script, and stops the loop after the last."""

    def __init__(self, *script: BackfillReport | Exception) -> None:
        self.script = list(script)
        self.limits: list[int] = []

    async def __call__(self, limit: int) -> BackfillReport:
        self.limits.append(limit)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


async def until_the_script_ends(runs: Runs, *, interval_s: float = 0.0) -> None:
    with pytest.raises(IndexError):
        async with asyncio.timeout(2):
            await run_for_ever(runs, interval_s=interval_s)


@pytest.mark.parametrize(
    "error",
    [TransactionConflict(["stale"]), PreconditionFailed(), ActivityIncomplete(), sqlite3.OperationalError("locked")],
)
async def test_a_store_that_fails_does_not_end_the_runs(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs(error, BackfillReport())
    await until_the_script_ends(runs)
    assert runs.limits == [50, 50, 50]
    assert caplog.messages == [f"error=<{type(error).__name__}> | weather is looked up later"]


async def test_while_there_is_more_the_next_run_begins_at_once() -> None:
    await until_the_script_ends(Runs(BackfillReport(more=True), BackfillReport(more=True)), interval_s=60)


@pytest.mark.parametrize(
    "report",
    [BackfillReport(), BackfillReport(more=True, closed_until=NOW)],
    ids=["nothing due", "the service is left alone"],
)
async def test_otherwise_a_run_waits_for_its_time(report: BackfillReport) -> None:
    runs = Runs(report)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await run_for_ever(runs, interval_s=60)
    assert runs.limits == [50]


async def test_a_run_that_did_something_is_logged_with_its_counts_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await until_the_script_ends(Runs(BackfillReport(filled=2, requests=1), BackfillReport()))
    assert caplog.messages == [
        "filled=<2>, nothing=<0>, postponed=<0>, dropped=<0>, placed=<0>, requests=<1> | weather"
    ]
