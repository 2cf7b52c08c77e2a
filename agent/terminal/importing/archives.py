"""A zip archive and the archives inside it, one level deep, under one budget.

An archive inside is copied to a file without a name, one at a time, because its directory stands at its end. It is
copied twice, once to find what it holds and once to read it: the copies of a whole Garmin export at the same time
would take as much disk as the export.
"""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePosixPath

from agent.terminal.importing.errors import FileRefused
from agent.terminal.importing.found_file import FoundFile, refused
from agent.terminal.importing.layouts import Layout, is_activity, is_archive, is_of_a_mac, is_table, table_last
from agent.terminal.importing.zip_members import Budget, chunks, content, leads_out, opened, path_of

ONE_LEVEL = "archives are opened one level deep"


class Archive:
    """One archive, open until it is closed. Used by one thread at a time.

    Args:
        path: Of the archive.

    Raises:
        FileRefused: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._open = ExitStack()
        self._open_inside = ExitStack()
        self._inside: tuple[zipfile.ZipInfo, zipfile.ZipFile] | None = None
        try:
            raw = path.open("rb", buffering=0)
            self._budget = Budget.of_archive(path.stat().st_size)
        except OSError as error:
            raise FileRefused(f"cannot be read: {error.strerror}") from error
        self._archive = self._open.enter_context(opened(raw))

    def close(self) -> None:
        self._open_inside.close()
        self._open.close()

    def found(self, label: str) -> Iterator[FoundFile]:
        """The files that hold activities.

        Args:
            label: Name of the archive in the report.

        Raises:
            FileRefused: There are too many.
        """
        for member in _taken(self._budget.admit(self._archive)):
            inner_label = f"{label}/{member.filename}"
            if is_archive(member.filename):
                yield from self._found_inside(member, inner_label)
            else:
                yield FoundFile(inner_label, partial(content, self._archive, member, self._budget))

    def _found_inside(self, outer: zipfile.ZipInfo, label: str) -> Iterator[FoundFile]:
        try:
            members = self._budget.admit(self._inside_of(outer, self._budget))
        except FileRefused as refusal:
            yield refused(label, str(refusal))
            return
        for member in _taken(members, within=path_of(outer)):
            inner_label = f"{label}/{member.filename}"
            if is_archive(member.filename):
                yield refused(inner_label, ONE_LEVEL)
            else:
                yield FoundFile(inner_label, partial(self._content_inside, outer, member))

    def _content_inside(self, outer: zipfile.ZipInfo, member: zipfile.ZipInfo) -> bytes:
        counted = Budget.of_archive(outer.compress_size)  # when it was searched; the same bytes come again
        return content(self._inside_of(outer, counted), member, self._budget)

    def _inside_of(self, outer: zipfile.ZipInfo, budget: Budget) -> zipfile.ZipFile:
        """The archive inside; the one before is given up."""
        if self._inside is None or self._inside[0] is not outer:
            self._open_inside.close()
            self._inside = None
            self._inside = outer, self._open_inside.enter_context(opened(self._copy(outer, budget)))
        return self._inside[1]

    def _copy(self, outer: zipfile.ZipInfo, budget: Budget) -> io.RawIOBase:
        with ExitStack() as broken_off:
            try:
                copy = broken_off.enter_context(tempfile.TemporaryFile())
                for piece in chunks(self._archive, outer, budget):
                    copy.write(piece)
                copy.seek(0)  # writes what is buffered
            except OSError as error:
                raise FileRefused(f"cannot be unpacked: {error.strerror}") from error
            broken_off.pop_all()
            return copy.detach()


def _taken(members: list[zipfile.ZipInfo], *, within: PurePosixPath | None = None) -> list[zipfile.ZipInfo]:
    """Those that hold activities, and those whose hostile name has to be reported; tables after the recordings."""
    layout = Layout([path_of(member) for member in members], within=within, opens_archives=True)
    taken = [member for member in members if _is_hostile(member) or layout.takes(path_of(member))]
    return sorted(taken, key=lambda member: table_last(path_of(member)))


def _is_hostile(member: zipfile.ZipInfo) -> bool:
    path = path_of(member)
    called_so = is_activity(path.name) or is_table(path.name)
    return called_so and leads_out(member) and not is_of_a_mac(path)
