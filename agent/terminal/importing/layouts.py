"""Which names in a folder or an archive hold activities, by the layouts of the exports that people download.

Strava    `activities.csv` beside `activities/`; also routes (which have no times), photographs, a dozen other tables
Garmin    `DI_CONNECT/DI-Connect-Uploaded-Files/*.zip` with the recordings, `*_summarizedActivities.json` in
          `DI_CONNECT/DI-Connect-Fitness` with their names; also hundreds of other documents
otherwise everything that is called like an activity or like one of the two tables
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

ACTIVITY_SUFFIXES = (".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz")
ARCHIVE_SUFFIX = ".zip"
STRAVA_TABLE = "activities.csv"
STRAVA_RECORDINGS = "activities"
STRAVA_PROFILE = "profile.csv"
GARMIN_ROOT = "di_connect"
GARMIN_RECORDINGS = frozenset({"di-connect-uploaded-files", "di-connect-fitness-uploaded-files"})  # now, and before
GARMIN_SUMMARIES = "di-connect-fitness"
GARMIN_TABLE_SUFFIX = "summarizedactivities.json"


def is_activity(name: str) -> bool:
    """Whether a file name says that it is a recording."""
    return name.lower().endswith(ACTIVITY_SUFFIXES)


def is_table(name: str) -> bool:
    """Whether a file name says that it lists activities whose recordings are other files."""
    lower = name.lower()
    return lower == STRAVA_TABLE or lower.endswith(GARMIN_TABLE_SUFFIX)


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_SUFFIX)


def is_of_a_mac(path: PurePosixPath) -> bool:
    """What macOS adds to archives and foreign disks, `__MACOSX/` and `._NAME`, holds no activity."""
    return "__MACOSX" in path.parts or path.name.startswith("._")


class Layout:
    """What to take of one tree of names.

    Args:
        paths: Every file in the tree, relative to its root.
        within: Path of the root itself, if known: it may lie inside a Garmin export.
        opens_archives: Whether archives in the tree are taken everywhere, or in Garmin's export alone.
    """

    def __init__(
        self,
        paths: Iterable[PurePosixPath],
        *,
        within: PurePosixPath | None = None,
        opens_archives: bool = False,
    ) -> None:
        self._within = _lowered(within).parts if within is not None else ()
        self._opens_archives = opens_archives
        self._strava_roots = _strava_roots([_lowered(path) for path in paths])

    def takes(self, path: PurePosixPath) -> bool:
        """Whether the file is sent, or opened if it is an archive."""
        if is_of_a_mac(path):
            return False
        path = _lowered(path)
        root = next((parent for parent in path.parents if parent in self._strava_roots), None)
        if root is not None:
            return _is_of_strava(path.relative_to(root))
        folders = {*self._within, *path.parts[:-1]}
        if folders & {GARMIN_ROOT, GARMIN_SUMMARIES, *GARMIN_RECORDINGS}:
            return _is_of_garmin(path.name, folders)
        return is_activity(path.name) or is_table(path.name) or (self._opens_archives and is_archive(path.name))


def _strava_roots(paths: list[PurePosixPath]) -> frozenset[PurePosixPath]:
    """Folders of `activities.csv` with something beside it that Strava puts there."""
    folders = {parent for path in paths for parent in path.parents}
    files = set(paths)
    tables = (path.parent for path in paths if path.name == STRAVA_TABLE)
    return frozenset(root for root in tables if root / STRAVA_RECORDINGS in folders or root / STRAVA_PROFILE in files)


def _is_of_strava(path: PurePosixPath) -> bool:
    recorded = path.parts[0] == STRAVA_RECORDINGS and is_activity(path.name)
    return recorded or path == PurePosixPath(STRAVA_TABLE)


def _is_of_garmin(name: str, folders: set[str]) -> bool:
    if GARMIN_RECORDINGS & folders:
        return is_activity(name) or is_archive(name)
    return name.endswith(GARMIN_TABLE_SUFFIX)


def table_last(path: PurePosixPath) -> tuple[bool, str]:
    """Sorts recordings before the tables that name them."""
    return is_table(path.name), str(path)


def _lowered(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(str(path).lower())
