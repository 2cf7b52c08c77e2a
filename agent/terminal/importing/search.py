"""The files under the paths of an import, in the order of the report. Contents are read when their turn comes.

Folders are walked and archives opened here, in the terminal, because they are the athlete's own disk or a download:
neither links nor names nor what unpacks without end gets further.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Self

from agent.terminal.errors import UsageWrong
from agent.terminal.importing.archives import Archive
from agent.terminal.importing.content import LARGEST_FILE_BYTES, TOO_LARGE
from agent.terminal.importing.errors import FileRefused
from agent.terminal.importing.found_file import FoundFile, refused
from agent.terminal.importing.layouts import Layout, is_activity, is_archive, is_table, table_last
from agent.terminal.importing.sniffing import HEAD_BYTES, holds_activities, is_zip

NOTHING_KNOWN = "not a FIT, GPX or TCX file, nor an export of Strava or Garmin"


class Search:
    """Finds files; archives stay open until the search is closed.

    Args:
        looking: Told each path before it is looked through, which may take seconds.
    """

    def __init__(self, looking: Callable[[str], None]) -> None:
        self._looking = looking
        self._archives = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archives.close()

    def files(self, paths: list[str]) -> list[FoundFile]:
        """Every file under the paths that holds activities: recordings first, then the tables that name them."""
        return [file for path in paths for file in self._under(Path(path))]

    def _under(self, path: Path) -> Iterator[FoundFile]:
        self._looking(str(path))
        if path.is_dir():
            yield from self._in_folder(path)
            return
        try:
            head = _read(path, HEAD_BYTES, whole=False)
        except FileRefused as refusal:
            yield refused(label_of(path), str(refusal))
            return
        if is_zip(head) or (is_archive(path.name) and not holds_activities(path.name, head)):
            yield from self._in_archive(path)
        else:
            yield FoundFile(label_of(path), partial(_named, path))

    def _in_archive(self, path: Path) -> Iterator[FoundFile]:
        try:
            archive = Archive(path)
            self._archives.callback(archive.close)
            yield from archive.found(label_of(path))
        except FileRefused as refusal:
            yield refused(label_of(path), str(refusal))

    def _in_folder(self, folder: Path) -> Iterator[FoundFile]:
        unreadable: list[OSError] = []
        names = [
            PurePosixPath(Path(parent, name).relative_to(folder))
            for parent, _, files in os.walk(folder, onerror=unreadable.append)
            for name in files
        ]
        layout = Layout(names, within=PurePosixPath(folder.resolve()))
        for name in sorted((name for name in names if layout.takes(name)), key=table_last):
            yield from self._of_folder(folder / name)
        for error in unreadable:
            yield refused(label_of(Path(error.filename)), f"cannot be read: {error.strerror}")

    def _of_folder(self, path: Path) -> Iterator[FoundFile]:
        # A link inside a downloaded folder could name any file of the athlete.
        if path.is_symlink():
            yield refused(label_of(path), "a link")
        elif is_archive(path.name):
            self._looking(str(path))
            yield from self._in_archive(path)
        else:
            yield FoundFile(label_of(path), partial(_read, path, LARGEST_FILE_BYTES, follow=False))


def check_paths(paths: list[str]) -> None:
    """Whether there is something under each path.

    Raises:
        UsageWrong: A path is empty or does not exist.
    """
    if not all(path.strip() for path in paths):
        raise UsageWrong("a path is empty")  # Path("") is the current folder
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise UsageWrong(f"there is no {missing[0]}")


def label_of(path: PurePath) -> str:
    """A path as text that can be written and sent: bytes of a name that are not UTF-8 become question marks."""
    return os.fsencode(path).decode(errors="replace")


def _named(path: Path) -> bytes:
    content = _read(path, LARGEST_FILE_BYTES)
    if is_activity(path.name) or is_table(path.name) or holds_activities(path.name, content):
        return content
    raise FileRefused(NOTHING_KNOWN)


def _read(path: Path, limit: int, *, whole: bool = True, follow: bool = True) -> bytes:
    """Up to `limit` bytes of a file; a pipe or a device would never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileRefused("not a file")
            content = file.read(limit + whole)
    except OSError as error:
        reason = "a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise FileRefused(reason) from error
    if len(content) > limit:
        raise FileRefused(TOO_LARGE)
    return content
