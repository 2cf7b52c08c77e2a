"""The files of an import on their way to the activities server, several at a time, never all in memory.

One task reads: it takes the next files, removes their gzip layers in a thread, asks the server which of them it has
already, and compresses what has to be sent. The others send. Tables go alone: a table touches the activities of many
recordings, and an upload that meets another one at the same activity may have to give up.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mcp.shared.exceptions import MCPError

from agent.terminal.errors import UploadRefused
from agent.terminal.importing.calls import MOST_DIGESTS, ActivityCalls, Patience
from agent.terminal.importing.connection import FreshBearer, Token, connected
from agent.terminal.importing.content import Content
from agent.terminal.importing.errors import FileRefused, NoAnswer
from agent.terminal.importing.found_file import FoundFile
from agent.terminal.importing.options import UploadOptions
from agent.terminal.importing.report import FileReport, UploadedItem

# A stack on a laptop reads one file at a time, whatever is sent: 1 to 4 took the same time there, 8 a quarter longer.
# In the cloud each upload is an invocation of its own, and what several hide is the way there and back.
IN_FLIGHT = 4
BATCH_BYTES = 16 * 1024 * 1024  # of one question to the server; with what is on its way, under 150 MB
PATIENCE = Patience()
UNANSWERED_IN_A_ROW = 2 * IN_FLIGHT  # then nobody is there; a single file may be what brings a server down

Done = Callable[[int, FileReport], None]
Sending = Callable[[str], None]


def upload_all(
    url: str,
    token: Token,
    files: Sequence[FoundFile],
    options: UploadOptions,
    *,
    done: Done,
    sending: Sending | None = None,
    patience: Patience | None = None,
) -> None:
    """Sends the files. What was done is told at once, so that nothing of it is lost however this ends.

    Args:
        url: MCP endpoint.
        token: Gives an access token for it; called with True after one was refused.
        files: Read one by one, in their order.
        options: For every file.
        done: Told what became of each file, with its number from 0.
        sending: Told the path of each file that is sent next.
        patience: How often a call is repeated.

    Raises:
        TerminalError: There is no token, or no longer one.
        UploadRefused: The server is not there, is none, or does not answer any more.
    """
    bearer = FreshBearer(token)
    journey = _Journey(bearer, options, done, sending or (lambda _: None))
    try:
        asyncio.run(_upload(url, bearer, files, journey, patience or PATIENCE))
    except (MCPError, ExceptionGroup) as error:
        if isinstance(error, ExceptionGroup) and error.split(MCPError)[1] is not None:
            raise  # something else than the server: a defect
        raise bearer.failure or UploadRefused("the activities server did not take the upload") from error


async def _upload(
    url: str, bearer: FreshBearer, files: Sequence[FoundFile], journey: "_Journey", patience: Patience
) -> None:
    async with connected(url, bearer) as client:
        calls = ActivityCalls(client, patience)
        await journey.run(calls, iter(enumerate(files)), asks=await calls.offers_list())
    journey.check()


@dataclass(frozen=True)
class _Parcel:
    """A file that was read, with the number that gives it its place in the report; no digest for a table."""

    number: int
    file: FoundFile
    content: Content
    digest: str | None


@dataclass(frozen=True)
class _Packed:
    number: int
    file: FoundFile
    content: bytes


class _Journey:
    def __init__(self, bearer: FreshBearer, options: UploadOptions, done: Done, sending: Sending) -> None:
        self._bearer = bearer
        self._options = options
        self._done = done
        self._sending = sending
        self._ready = asyncio.Queue[_Packed | None](maxsize=IN_FLIGHT)
        self._unanswered = 0
        self._unanswered_in_a_row = 0

    async def run(self, calls: ActivityCalls, files: Iterator[tuple[int, FoundFile]], *, asks: bool) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._prepare(calls, files, asks=asks))
            for _ in range(IN_FLIGHT):
                tasks.create_task(self._send_what_is_ready(calls))

    def check(self) -> None:
        """Raises what made the import incomplete."""
        if self._bearer.failure is not None:
            raise self._bearer.failure
        if self._is_over:
            raise UploadRefused("the activities server does not answer any more")
        if self._unanswered:
            raise UploadRefused("the activities server did not answer for every file")

    @property
    def _is_over(self) -> bool:
        return self._bearer.failure is not None or self._unanswered_in_a_row >= UNANSWERED_IN_A_ROW

    async def _prepare(self, calls: ActivityCalls, files: Iterator[tuple[int, FoundFile]], *, asks: bool) -> None:
        while not self._is_over and (batch := await self._next_batch(files)):
            known = await _known(calls, batch) if asks else {}
            for parcel in batch:
                if items := known.get(parcel.digest or ""):
                    self._done(parcel.number, FileReport.of_known(parcel.file.path, parcel.file.name, items))
                else:
                    await self._make_ready(parcel)
        for _ in range(IN_FLIGHT):
            await self._ready.put(None)

    async def _next_batch(self, files: Iterator[tuple[int, FoundFile]]) -> list[_Parcel]:
        """The next files that can be read; empty after the last one."""
        batch: list[_Parcel] = []
        size = 0
        for number, file in files:
            try:
                parcel = await asyncio.to_thread(_read, number, file)
            except FileRefused as refusal:
                self._done(number, FileReport.rejected(file.path, str(refusal)))
                continue
            batch.append(parcel)
            size += len(parcel.content.unpacked)
            if len(batch) == MOST_DIGESTS or size >= BATCH_BYTES:
                break
        return batch

    async def _make_ready(self, parcel: _Parcel) -> None:
        try:
            content = await asyncio.to_thread(parcel.content.packed)
        except FileRefused as refusal:
            self._done(parcel.number, FileReport.rejected(parcel.file.path, str(refusal)))
            return
        alone = not parcel.file.is_recording
        if alone:
            await self._ready.join()
        await self._ready.put(_Packed(parcel.number, parcel.file, content))
        if alone:
            await self._ready.join()

    async def _send_what_is_ready(self, calls: ActivityCalls) -> None:
        while (packed := await self._ready.get()) is not None:
            if not self._is_over:
                await self._send(calls, packed)
            self._ready.task_done()

    async def _send(self, calls: ActivityCalls, packed: _Packed) -> None:
        path, name = packed.file.path, packed.file.name
        self._sending(path)
        try:
            result = await calls.upload(name, packed.content, self._options)
        except FileRefused as refusal:
            if self._bearer.failure is not None:
                return  # it was not the file that was refused
            report = FileReport.rejected(path, str(refusal))
            self._unanswered_in_a_row = 0
        except NoAnswer as none:
            report = FileReport.rejected(path, str(none))
            self._unanswered += 1
            self._unanswered_in_a_row += 1
        else:
            report = FileReport.of_upload(path, name, result)
            self._unanswered_in_a_row = 0
        self._done(packed.number, report)


async def _known(calls: ActivityCalls, batch: Sequence[_Parcel]) -> dict[str, list[UploadedItem]]:
    digests = list(dict.fromkeys(parcel.digest for parcel in batch if parcel.digest is not None))
    try:
        return await calls.known(digests) if digests else {}
    except NoAnswer:
        return {}  # the uploads will find out whether anybody is there


def _read(number: int, file: FoundFile) -> _Parcel:
    content = Content.of(file.read())
    return _Parcel(number, file, content, content.sha256() if file.is_recording else None)
