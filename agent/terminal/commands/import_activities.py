"""`coach import`."""

import argparse
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, Self

from agent.terminal.access import Access
from agent.terminal.athletes import OWNER, remember_import
from agent.terminal.errors import NothingFound, StackFailed, TerminalError
from agent.terminal.home import open_home
from agent.terminal.importing.found_file import FoundFile
from agent.terminal.importing.options import UploadOptions
from agent.terminal.importing.report import FileReport, ImportReport
from agent.terminal.importing.report_lines import report_lines
from agent.terminal.importing.search import Search, check_paths
from agent.terminal.late import late
from agent.terminal.protected_resource import check_resource
from agent.terminal.session_file import athlete_name
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import SignedInStack, stack_access
from agent.terminal.signed_out import require_session

AUDIENCE = "mcp-activities"
SCOPES = ("activities/read", "activities/write")
INTERRUPTED = 130


class View(Protocol):
    """Shows an import while it runs; entered for each part of it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def looking(self, path: str) -> None: ...

    def begin(self, total: int) -> None: ...

    def sending(self, path: str) -> None: ...

    def done(self) -> None: ...


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Imports into the owner's history, or into that of `--athlete`; 1 if nothing at all could be taken."""
    began = time.monotonic()
    athlete = athlete_name(arguments.athlete or OWNER)
    check_paths(arguments.paths)
    require_session(open_home(settings.home))
    view: View = late("importing.progress", "progress_bar")() if sys.stderr.isatty() else _Nothing()
    report = ImportReport()
    options = UploadOptions(
        dry_run=arguments.dry_run,
        rehearsal=str(uuid.uuid4()) if arguments.dry_run else None,
        home_timezone=settings.time_zone,
    )
    with Search(view.looking) as search:
        with view:
            files = search.files(arguments.paths)
        if not files:  # before a stack is started for nothing
            raise NothingFound(f"there is no activity file in {', '.join(arguments.paths)}")
        with stack_access(settings) as stack:
            url = _endpoint(stack)
            send = partial(_send, url, stack.access(athlete), files, options, report=report, view=view)
            stop = _stop(send, report)
            if athlete == OWNER and not arguments.dry_run and report.count("imported") + report.count("merged"):
                remember_import(stack.home)
            # Here, before a stack of this command's own takes its time to end.
            _print(report, arguments, elapsed_s=time.monotonic() - began)
            if stop is not None:
                _explain(stop, report.files, len(files), dry_run=arguments.dry_run)
    if stop is not None:
        return stop.exit_code if isinstance(stop, TerminalError) else INTERRUPTED
    return 1 if report.all_failed else 0


class _Nothing:
    """A view for a pipe, where the report alone is wanted."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def looking(self, path: str) -> None: ...

    def begin(self, total: int) -> None: ...

    def sending(self, path: str) -> None: ...

    def done(self) -> None: ...


def _endpoint(stack: SignedInStack) -> str:
    url = stack.endpoints.mcp.get("activities")
    if url is None:
        raise StackFailed("the activities server is not part of the running stack")
    check_resource(stack.http, url, stack.endpoints.issuer)
    return url


def _send(
    url: str,
    access: Access,
    files: Sequence[FoundFile],
    options: UploadOptions,
    *,
    report: ImportReport,
    view: View,
) -> None:
    def done(number: int, file: FileReport) -> None:
        report.record(number, file)
        view.done()

    def token(renew: bool) -> str:
        return access.token(AUDIENCE, SCOPES, renew=renew)

    view.begin(len(files))
    with view:
        late("importing.upload", "upload_all")(url, token, files, options, done=done, sending=view.sending)


def _stop(send: Callable[[], None], report: ImportReport) -> TerminalError | KeyboardInterrupt | None:
    """What ended the import before its end, if something was done until then."""
    try:
        send()
    except KeyboardInterrupt as interrupt:
        return interrupt
    except TerminalError as error:
        if report.files == 0:
            raise
        return error
    return None


def _print(report: ImportReport, arguments: argparse.Namespace, *, elapsed_s: float) -> None:
    lines = report_lines(report, dry_run=arguments.dry_run, elapsed_s=elapsed_s)
    for line in [report.json_line()] if arguments.json else lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _explain(stop: TerminalError | KeyboardInterrupt, done: int, total: int, *, dry_run: bool) -> None:
    """On standard error, so that under --json the report stays the only line."""
    if isinstance(stop, TerminalError):
        sys.stderr.write(f"coach: {stop}\n")
    what = f"stopped after {done:,} of {total:,} files" if done < total else "not every file got an answer"
    goes_on = "" if dry_run else "; run the same command again to continue"
    sys.stderr.write(f"coach: {what}{goes_on}\n")
