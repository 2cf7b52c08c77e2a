"""COACH_HOME: the terminal's state folder, private to the user.

Keys and refresh tokens lie in it, so a folder or file that is a link, belongs to somebody else, or is open to
group or others is refused instead of repaired: whoever could write there may have done so already.
"""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agent.terminal.errors import HomeNotPrivate, HomeUnusable

FOLDERS = ("run", "keys", "keys/athletes", "data", "session", "traces", "logs")
OTHERS = 0o077


@dataclass(frozen=True)
class Home:
    """A checked state folder; make one with `open_home`."""

    root: Path

    @property
    def stack_file(self) -> Path:
        return self.root / "run" / "stack.json"

    @property
    def stack_lock(self) -> Path:
        return self.root / "run" / "stack.lock"

    @property
    def session(self) -> Path:
        return self.root / "session"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def hops(self) -> Path:
        return self.root / "traces" / "hops.jsonl"

    @property
    def vault_keys(self) -> Path:
        return self.root / "keys" / "vault-keys.json"

    @property
    def stack_secrets(self) -> Path:
        return self.root / "keys" / "stack.json"

    def pool_keys(self, pool: str) -> Path:
        return self.root / "keys" / f"{pool}.jwks"

    def athlete_key(self, athlete: str) -> Path:
        return self.root / "keys" / "athletes" / f"{athlete}.pem"


def open_home(root: Path) -> Home:
    """Creates what is missing of the state folder (0700) and checks the rest.

    Raises:
        HomeNotPrivate: A folder is a link, not a folder, not the user's, or open to others.
        HomeUnusable: A folder cannot be made or written.
    """
    for folder in (root, *(root / name for name in FOLDERS)):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            pass  # by something that is no folder, which the check says
        except OSError as error:
            raise HomeUnusable(f"{folder} cannot be made: {error.strerror}") from error
        check_private(folder, os.lstat(folder), directory=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise HomeUnusable(f"{folder} cannot be written; make it writable, or choose another COACH_HOME")
    return Home(root)


def check_private(path: Path, status: os.stat_result, *, directory: bool) -> None:
    """Raises HomeNotPrivate unless `path` is a plain folder or file of this user, closed to others."""
    expected = stat.S_ISDIR if directory else stat.S_ISREG
    if not expected(status.st_mode):
        raise HomeNotPrivate(f"{path} is not a plain {'folder' if directory else 'file'} (links are refused)")
    if status.st_uid != os.getuid():
        raise HomeNotPrivate(f"{path} belongs to another user")
    if status.st_mode & OTHERS:
        mode = "700" if directory else "600"
        raise HomeNotPrivate(f"{path} is open to other users; if you trust its content: chmod {mode} {path}")


def read_private(path: Path) -> bytes:
    """Content of a private file, checked on the open descriptor so that it cannot be exchanged in between.

    Raises:
        HomeNotPrivate: The file is a link, not the user's, or open to others.
        FileNotFoundError: There is none.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise HomeNotPrivate(f"{path} cannot be read as a plain file (links are refused)") from error
    with os.fdopen(descriptor, "rb") as file:
        check_private(path, os.fstat(descriptor), directory=False)
        return file.read()


def write_private(path: Path, content: bytes) -> None:
    """Replaces a file atomically by one with mode 0600: a crash leaves the old or the new content."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
