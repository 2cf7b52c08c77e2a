"""Worker processes that read uploaded files ahead of the handler, on a laptop.

Handlers run one at a time and keep the event loop: a long file read there would keep all four APIs waiting, and a
second processor idle. So the front of the handler lets a worker read the file first, within a limit of time and
memory, and the handler finds it read. On AWS each upload has a Lambda function to itself, with limits of its own.
"""

import asyncio
import json
import queue
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydantic import ValidationError

from apis.activities.errors import FileRefused
from apis.activities.formats.sniff import SizeLimits, Unpacked, is_recording, source_id_of, unpack_file
from apis.activities.preparation import PreparedFile, RefusedItem
from apis.activities.reading_worker import read_block, write_block

WORKER: Final = (sys.executable, "-m", "apis.activities.reading_worker")
TIME_LIMIT_S: Final = 120.0
IDLE_S: Final = 60.0  # then a worker gives its memory back
MOST_READY: Final = 64  # files whose request went away before the handler came
SMALL_BYTES: Final = 20_000  # such a file is read sooner than it is handed over
TOO_LONG: Final = "reading the file took too long"
FAILED: Final = "the file could not be read with the memory there is"


class ReadingWorker:
    """One process, started when it is first needed and ended when nobody needs it.

    Args:
        command: Starts it.
        time_limit_s: For one file; then the process is ended.
        idle_s: How long it waits for the next file.
    """

    def __init__(
        self, command: Sequence[str] = WORKER, *, time_limit_s: float = TIME_LIMIT_S, idle_s: float = IDLE_S
    ) -> None:
        self._command = tuple(command)
        self._time_limit_s = time_limit_s
        self._idle_s = idle_s
        self._busy = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._rest: threading.Timer | None = None

    def read(self, unpacked: Unpacked, name: str) -> PreparedFile:
        """What is in an unpacked file; refused as a whole if that cannot be found out within the limits. Blocks."""
        with self._busy:
            process = self._process or self._start()
            late = threading.Event()
            alarm = threading.Timer(self._time_limit_s, _stop, (process, late))
            alarm.start()
            answer = _asked(process, unpacked, name)
            alarm.cancel()
            if answer is None:
                self._end()
                refused = RefusedItem(name=name, reason=TOO_LONG if late.is_set() else FAILED)
                return PreparedFile(source_id=source_id_of(unpacked.plain), settled=False, items=(refused,))
            self._rest_later()
            return answer

    def close(self) -> None:
        """Ends the process, after the file that it is reading."""
        with self._busy:
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if self._rest is not None:
            self._rest.cancel()
        if process is not None:
            process.kill()
            process.communicate()

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = threading.Timer(self._idle_s, self._end_if_idle)
        self._rest.daemon = True
        self._rest.start()

    def _end_if_idle(self) -> None:
        if self._busy.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._busy.release()


class ReadAhead:
    """Files that workers have read, until the handler takes them.

    Args:
        workers: Each reads one file at a time.
    """

    def __init__(self, workers: Sequence[ReadingWorker]) -> None:
        self._workers = tuple(workers)
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="reading")
        self._free: queue.SimpleQueue[ReadingWorker] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._ready: OrderedDict[tuple[str, str], PreparedFile] = OrderedDict()

    async def read(self, content: bytes, name: str) -> None:
        """Has a worker read an upload, unless the handler is as quick: tables, small and unreadable files."""
        try:
            unpacked = unpack_file(content, SizeLimits())
        except FileRefused:
            return
        if len(unpacked.plain) > SMALL_BYTES and is_recording(unpacked.plain):
            prepared = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, unpacked, name)
            self._ready[source_id_of(unpacked.plain), name] = prepared
            while len(self._ready) > MOST_READY:
                self._ready.popitem(last=False)

    def take(self, source_id: str, name: str) -> PreparedFile | None:
        """The file with this content and name, if it was read ahead; only once."""
        return self._ready.pop((source_id, name), None)

    def close(self) -> None:
        """Ends the workers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _read(self, unpacked: Unpacked, name: str) -> PreparedFile:
        worker = self._free.get()
        try:
            return worker.read(unpacked, name)
        finally:
            self._free.put(worker)


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _asked(process: subprocess.Popen[bytes], unpacked: Unpacked, name: str) -> PreparedFile | None:
    if process.stdin is None or process.stdout is None:
        return None
    try:
        write_block(process.stdin, json.dumps({"name": name, "damage": unpacked.damage}).encode())
        write_block(process.stdin, unpacked.plain)
        answer = read_block(process.stdout)
        return None if answer is None else PreparedFile.model_validate_json(answer)
    except (OSError, ValidationError):  # it ended in the middle, or says something else
        return None
