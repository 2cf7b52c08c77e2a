"""`coach import`."""

import argparse
import sys
from collections.abc import Iterator
from itertools import chain

from agent.terminal.activity_files import ActivityFile, activity_files
from agent.terminal.athletes import OWNER, remember_import
from agent.terminal.errors import NothingFound, StackFailed
from agent.terminal.home import open_home
from agent.terminal.import_report import ImportReport
from agent.terminal.late import late
from agent.terminal.plain_text import one_line
from agent.terminal.protected_resource import check_resource
from agent.terminal.session_file import athlete_name
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_in_stack import SignedInStack, stack_access
from agent.terminal.signed_out import require_session

AUDIENCE = "mcp-activities"
SCOPES = ("activities/write",)


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Imports into the owner's history, or into that of `--athlete`; 1 if nothing at all could be taken."""
    athlete = athlete_name(arguments.athlete or OWNER)
    files = activity_files(arguments.paths)
    require_session(open_home(settings.home))
    first = next(files, None)  # before a stack is started for nothing
    if first is None:
        raise NothingFound(f"there is no activity file in {', '.join(arguments.paths)}")
    with stack_access(settings) as stack:
        report = _upload(stack, athlete, chain([first], files), arguments, settings)
        if athlete == OWNER and not arguments.dry_run and report.count("imported") + report.count("merged"):
            remember_import(stack.home)
    for line in [report.json_line()] if arguments.json else report.lines(dry_run=arguments.dry_run):
        sys.stdout.write(line + "\n")
    return 1 if report.items and report.count("rejected") == len(report.items) else 0


def _upload(
    stack: SignedInStack,
    athlete: str,
    files: Iterator[ActivityFile],
    arguments: argparse.Namespace,
    settings: TerminalSettings,
) -> ImportReport:
    url = stack.endpoints.mcp.get("activities")
    if url is None:
        raise StackFailed("the activities server is not part of the running stack")
    check_resource(stack.http, url, stack.endpoints.issuer)
    access = stack.access(athlete)
    items = late("upload", "upload_all")(
        url,
        lambda: access.token(AUDIENCE, SCOPES),
        files,
        dry_run=arguments.dry_run,
        time_zone=settings.time_zone,
        tell=_tell if sys.stderr.isatty() else _say_nothing,
    )
    return ImportReport(items=items)


def _tell(path: str) -> None:
    sys.stderr.write(f"  {one_line(path)}\n")


def _say_nothing(_path: str) -> None:
    pass
