"""Members of a zip archive from a stranger, counted while they are unpacked, whatever the directory claims."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from agent.terminal.importing.content import LARGEST_FILE_BYTES, TOO_LARGE
from agent.terminal.importing.errors import FileRefused

LARGEST_ARCHIVE_BYTES = 8_000_000_000  # unpacked, in all: ten years of a Garmin account are some 2 GB, packed twice
LARGEST_DIRECTORY_BYTES = 16 * 1024 * 1024
MOST_MEMBERS = 100_000
LARGEST_RATIO = 200  # GPX shrinks to a tenth or a twentieth, zeros to a thousandth
HARMLESS_BYTES = 1_000_000  # up to here a ratio means nothing
READ_BYTES = 1_000_000
ENCRYPTED = 0x1
# bzip2 and LZMA unpack whatever one read gives them in one piece, before it could be counted; no export uses them.
COUNTABLE = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError)
UNKNOWN_PACKING = "packed in an unknown way"


@dataclass
class Budget:
    """What one archive may still give, the archives inside it included. What was refused half-way counts too."""

    bytes_left: int
    members_left: int

    @classmethod
    def of_archive(cls, size: int) -> "Budget":
        """For an archive of `size` bytes. Members that share their packed bytes cannot multiply them: it is for all."""
        return cls(min(LARGEST_ARCHIVE_BYTES, max(HARMLESS_BYTES, LARGEST_RATIO * size)), MOST_MEMBERS)

    def admit(self, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        """The files of an archive.

        Raises:
            FileRefused: There are too many.
        """
        # Not is_dir(), which fails for a name that is empty.
        files = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(files) > self.members_left:
            raise FileRefused(f"more than {MOST_MEMBERS} files")
        self.members_left -= len(files)
        return files

    def spend(self, size: int) -> None:
        """Counts unpacked bytes.

        Raises:
            FileRefused: The archive gives more than it may.
        """
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise FileRefused("the archive unpacks to more than it may in all")


class BoundedReads(io.BufferedReader):
    """A file of which no large piece is read at once: that would be the directory of more names than are taken."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the directory is too large")
        return super().read(size)


@contextmanager
def opened(raw: io.RawIOBase) -> Iterator[zipfile.ZipFile]:
    """The archive in a file, which is closed with it.

    Raises:
        FileRefused: It is none.
    """
    with BoundedReads(raw) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (*DAMAGE, NotImplementedError) as error:
            raise FileRefused("not a readable zip archive") from error
        with archive:
            yield archive


def path_of(member: zipfile.ZipInfo) -> PurePosixPath:
    """Its path; programs on Windows write backslashes."""
    return PurePosixPath(member.filename.replace("\\", "/"))


def leads_out(member: zipfile.ZipInfo) -> bool:
    """Whether its name is absolute or climbs. Nothing is written under a member's name, but no export has such."""
    return bool(PureWindowsPath(member.filename).anchor) or ".." in path_of(member).parts


def content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    """All of a member.

    Raises:
        FileRefused: It is damaged, too large, or none that may be read.
    """
    pieces: list[bytes] = []
    size = 0
    for piece in chunks(archive, member, budget):
        size += len(piece)
        if size > LARGEST_FILE_BYTES:
            raise FileRefused(TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    """A member in pieces, counted: the sizes in the directory of an archive are claims.

    Raises:
        FileRefused: It is damaged, gives too much, or is none that may be read.
    """
    if refusal := _refusal(member):
        raise FileRefused(refusal)
    size = 0
    try:
        with archive.open(member) as packed:
            while piece := packed.read(READ_BYTES):
                size += len(piece)
                budget.spend(len(piece))
                if size > max(HARMLESS_BYTES, LARGEST_RATIO * member.compress_size):
                    raise FileRefused(f"unpacks to more than {LARGEST_RATIO} times its size")
                yield piece
    except NotImplementedError as error:
        raise FileRefused(UNKNOWN_PACKING) from error
    except DAMAGE as error:
        raise FileRefused("damaged in the archive") from error
    except OSError as error:
        raise FileRefused(f"cannot be read: {error.strerror}") from error


def _refusal(member: zipfile.ZipInfo) -> str | None:
    if leads_out(member):
        return "its name leads out of the archive"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link"
    if kind not in {0, stat.S_IFREG}:
        return "not a file"
    if member.flag_bits & ENCRYPTED:
        return "encrypted"
    return None if member.compress_type in COUNTABLE else UNKNOWN_PACKING
