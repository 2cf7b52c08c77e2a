"""Files read ahead in processes of their own: the same outcome, within limits of time and memory."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from apis.activities.formats.sniff import Unpacked, source_id_of
from apis.activities.preparation import PreparedActivity, PreparedFile, RefusedItem, prepare_unpacked
from apis.activities.reading_workers import FAILED, TOO_LONG, ReadAhead, ReadingWorker
from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady

FIT = fit_file(steady(seconds=900))
GARBAGE = "import sys; sys.stdin.buffer.read(1); sys.stdout.write('hello, hello'); sys.stdout.flush()"
GREEDY = (
    "import resource\n"
    "from apis.activities.reading_worker import MEMORY_BYTES\n"
    "resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))\n"
    "bytearray(MEMORY_BYTES)"
)


@pytest.fixture
def made() -> Iterator[Callable[..., ReadingWorker]]:
    workers: list[ReadingWorker] = []

    def make(*program: str, **limits: float) -> ReadingWorker:
        command = {"command": (sys.executable, "-c", *program)} if program else {}
        workers.append(ReadingWorker(**command, **limits))  # type: ignore[arg-type]  # limits are seconds
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


def reason(prepared: PreparedFile) -> str:
    (item,) = prepared.items
    assert isinstance(item, RefusedItem)
    return item.reason


def test_a_worker_finds_what_the_handler_would_find(made: Callable[..., ReadingWorker]) -> None:
    worker = made()
    for plain, name in ((FIT, "run.fit"), (gpx_file(steady(seconds=60)), "run.gpx"), (b"hello", "notes.txt")):
        assert worker.read(Unpacked(plain), name) == prepare_unpacked(plain, name=name)


def test_a_worker_is_told_what_was_wrong_with_the_compression(made: Callable[..., ReadingWorker]) -> None:
    (item,) = made().read(Unpacked(FIT, "cut"), "run.fit.gz").items
    assert isinstance(item, PreparedActivity)
    assert (item.measurement.partial, item.measurement.partial_reason) == (True, "cut")


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_is_read(made: Callable[..., ReadingWorker]) -> None:
    slow = made("import time; time.sleep(60)", time_limit_s=0.2)
    began = time.monotonic()
    prepared = slow.read(Unpacked(FIT), "run.fit")
    assert (reason(prepared), prepared.source_id) == (TOO_LONG, source_id_of(FIT))
    assert time.monotonic() - began < 30
    assert reason(slow.read(Unpacked(FIT), "run.fit")) == TOO_LONG  # a new process, not a broken pipe


@pytest.mark.case("I03")
@pytest.mark.parametrize("program", [GREEDY, "raise SystemExit(1)", GARBAGE], ids=["memory", "dies", "garbage"])
def test_a_worker_that_dies_or_talks_nonsense_refuses_the_file(
    made: Callable[..., ReadingWorker], program: str
) -> None:
    assert reason(made(program, time_limit_s=30.0).read(Unpacked(FIT), "run.fit")) == FAILED


def test_an_idle_worker_gives_its_memory_back_and_comes_again(made: Callable[..., ReadingWorker]) -> None:
    worker = made(idle_s=0.05)
    first = worker.read(Unpacked(FIT), "run.fit")
    for _ in range(200):
        if not processes_of(worker):
            break
        threading.Event().wait(0.05)
    assert processes_of(worker) == []
    assert worker.read(Unpacked(FIT), "run.fit") == first


def processes_of(worker: ReadingWorker) -> list[subprocess.Popen[bytes]]:
    return [each for each in [worker._process] if each is not None]


class CountingWorker(ReadingWorker):
    """Reads in this process, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def read(self, unpacked: Unpacked, name: str) -> PreparedFile:
        self.names.append(name)
        return prepare_unpacked(unpacked.plain, name=name, damage=unpacked.damage)


@pytest.fixture
def counting() -> CountingWorker:
    return CountingWorker()


@pytest.fixture
def reader(counting: CountingWorker) -> Iterator[ReadAhead]:
    made = ReadAhead([counting])
    yield made
    made.close()


async def test_a_file_that_was_read_ahead_is_taken_once_by_content_and_name(reader: ReadAhead) -> None:
    await reader.read(FIT, "run.fit")
    assert reader.take(source_id_of(FIT), "other.fit") is None
    taken = reader.take(source_id_of(FIT), "run.fit")
    assert taken == prepare_unpacked(FIT, name="run.fit")
    assert reader.take(source_id_of(FIT), "run.fit") is None


async def test_tables_small_files_and_nonsense_are_left_to_the_handler(
    reader: ReadAhead, counting: CountingWorker
) -> None:
    table = export_file([export_row(steady(seconds=60).shifted(60.0 * at)) for at in range(200)])
    for content in (table, fit_file(steady(seconds=5)), b"x" * 100_000, b""):
        await reader.read(content, "file")
    assert counting.names == []


class EmptyHanded(CountingWorker):
    def read(self, unpacked: Unpacked, name: str) -> PreparedFile:  # noqa: ARG002 - nothing is read
        return PreparedFile(source_id=source_id_of(unpacked.plain), items=())


async def test_what_nobody_takes_is_forgotten() -> None:
    reader = ReadAhead([EmptyHanded()])
    names = [f"{number}.fit" for number in range(70)]
    for name in names:
        await reader.read(FIT, name)
    assert [reader.take(source_id_of(FIT), name) is None for name in names].count(False) == 64
    reader.close()


async def test_files_are_read_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)

    class Meeting(CountingWorker):
        def read(self, unpacked: Unpacked, name: str) -> PreparedFile:
            both.wait()
            return super().read(unpacked, name)

    reader = ReadAhead([Meeting(), Meeting()])
    await asyncio.gather(reader.read(FIT, "a.fit"), reader.read(FIT, "b.fit"))
    reader.close()
    assert reader.take(source_id_of(FIT), "a.fit") is not None
    assert reader.take(source_id_of(FIT), "b.fit") is not None
