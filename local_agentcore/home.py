"""COACH_HOME: where the state of a laptop's stack lives, readable by its owner alone.

| path | holds |
|---|---|
| run/ | stack.json of the running stack, the lock |
| keys/ | signing keys of the pools, athletes' sign-in keys, key-encryption key and access keys of the vault |
| data/ | one SQLite file per part |
| session/ | the terminal's tokens |
| traces/, logs/ | hop records, log files |
"""

import os
import stat
from pathlib import Path

from local_agentcore.errors import HomeUnsafe

FOLDERS = ("run", "keys", "keys/athletes", "data", "session", "traces", "logs")
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def prepare(home: Path) -> None:
    """Make the folders and check that nobody else can get at them.

    Raises:
        HomeUnsafe: A folder is a link, belongs to another user, or is open to others.
    """
    home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    _check(home)
    for name in FOLDERS:
        (home / name).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        _check(home / name)


def _check(folder: Path) -> None:
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode):
        raise HomeUnsafe(f"{folder} is not a folder of its own")
    if state.st_uid != os.getuid():
        raise HomeUnsafe(f"{folder} belongs to another user")
    if state.st_mode & 0o077:
        raise HomeUnsafe(f"{folder} is open to others; close it with: chmod 700 {folder}")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, all of it or nothing."""
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    new.replace(path)
