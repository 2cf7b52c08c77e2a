"""Which files `coach import` sends, and under which name they are reported.

Folders are walked and zip archives expanded here, in the terminal, because their content is the athlete's own
disk or a download: neither traversal nor links nor an archive that unpacks without end gets further.
"""

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from agent.terminal.errors import UsageWrong

ACTIVITY_SUFFIXES = (".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz")
EXPORT_TABLE = "activities.csv"
LARGEST_FILE_BYTES = 50_000_000
LARGEST_ARCHIVE_BYTES = 4_000_000_000
MOST_MEMBERS = 100_000
READ_BYTES = 1_000_000
ENCRYPTED = 0x1


@dataclass(frozen=True)
class ActivityFile:
    """One file to send.

    Attributes:
        path: Name in the report: the path, with the archive in front of a member's.
        content: Bytes as they are stored; None if the file is refused.
        refusal: Why it is not sent.
    """

    path: str
    content: bytes | None
    refusal: str | None = None

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def activity_files(paths: list[str]) -> Iterator[ActivityFile]:
    """Every activity file under the paths: files first, tables of a Strava export after the files they describe.

    Raises:
        UsageWrong: A path is empty or does not exist.
    """
    if not all(path.strip() for path in paths):
        raise UsageWrong("a path is empty")  # Path("") is the current folder
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise UsageWrong(f"there is no {missing[0]}")
    return _found(paths)


def _found(paths: list[str]) -> Iterator[ActivityFile]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from _in_folder(path)
        elif path.suffix.lower() == ".zip":
            yield from _in_archive(path)
        else:
            yield _file(path) if is_activity(path.name) else _refused(str(path), "not a FIT, GPX, TCX or Strava export")


def is_activity(name: str) -> bool:
    """Whether a file name says that it holds activities."""
    lower = name.lower()
    return lower.endswith(ACTIVITY_SUFFIXES) or lower == EXPORT_TABLE


def _is_wanted(path: PurePath) -> bool:
    """Without what macOS adds to archives and foreign disks: `__MACOSX/` and `._NAME` hold no activity."""
    return is_activity(path.name) and "__MACOSX" not in path.parts and not path.name.startswith("._")


def _in_folder(folder: Path) -> Iterator[ActivityFile]:
    wanted = (path for path in folder.rglob("*") if _is_wanted(path.relative_to(folder)))
    found = sorted(wanted, key=_table_last)
    for path in found:
        # A link inside a downloaded folder could name any file of the athlete.
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            yield _refused(str(path), "a link")
        elif path.is_file():
            yield _file(path)


def _file(path: Path) -> ActivityFile:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return _refused(str(path), "too large")
        return ActivityFile(str(path), path.read_bytes())
    except OSError as error:
        return _refused(str(path), f"cannot be read: {error.strerror}")


def _in_archive(path: Path) -> Iterator[ActivityFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_MEMBERS:
                yield _refused(str(path), f"more than {MOST_MEMBERS} files")
                return
            yield from _members(archive, path, members)
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        yield _refused(str(path), "not a readable zip archive")
    except OSError as error:
        yield _refused(str(path), f"cannot be read: {error.strerror}")


def _members(archive: zipfile.ZipFile, path: Path, members: list[zipfile.ZipInfo]) -> Iterator[ActivityFile]:
    left = LARGEST_ARCHIVE_BYTES
    wanted = [member for member in members if _is_wanted(PurePosixPath(member.filename))]
    for member in sorted(wanted, key=lambda member: _table_last(PurePosixPath(member.filename))):
        file = _member(archive, member, f"{path}/{member.filename}", min(left, LARGEST_FILE_BYTES))
        left -= len(file.content or b"")
        yield file


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, limit: int) -> ActivityFile:
    refusal = _member_refusal(member)
    if refusal:
        return _refused(path, refusal)
    try:
        content = _bounded_content(archive, member, limit)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        return _refused(
            path, "damaged in the archive" if not isinstance(error, NotImplementedError) else "packed in an unknown way"
        )
    return _refused(path, "too large when unpacked") if content is None else ActivityFile(path, content)


def _member_refusal(member: zipfile.ZipInfo) -> str | None:
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "its name leads out of the archive"  # nothing is written to disk, but such an archive is hostile
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link"
    return "encrypted" if member.flag_bits & ENCRYPTED else None


def _bounded_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes | None:
    """Counts while it unpacks: the size in the directory of an archive is a claim."""
    chunks: list[bytes] = []
    size = 0
    with archive.open(member) as packed:
        while chunk := packed.read(READ_BYTES):
            size += len(chunk)
            if size > limit:
                return None
            chunks.append(chunk)
    return b"".join(chunks)


def _table_last(path: Path | PurePosixPath) -> tuple[bool, str]:
    return path.name.lower() == EXPORT_TABLE, str(path)


def _refused(path: str, reason: str) -> ActivityFile:
    return ActivityFile(path, None, reason)
