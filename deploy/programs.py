"""Programs that are started here, and what they write."""

import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.errors import ToolFailed, ToolMissing

ROOT: Final = Path(__file__).parents[1]
#: Where the programs of this virtual environment are.
OWN: Final = Path(sys.executable).parent
_LONGEST_S: Final = 600.0


def output_of(
    arguments: Sequence[str | Path],
    *,
    ends: Collection[int] = (0,),
    given: str | None = None,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a program writes to standard output.

    Args:
        arguments: The program and its arguments.
        ends: Exit codes with which it has done its work; findings may be one of them.
        given: Its standard input.
        folder: Where it is started.
        environment: Instead of this process's.

    Raises:
        ToolMissing: It is not installed.
        ToolFailed: It ended otherwise.
    """
    program = shutil.which(arguments[0])
    if program is None:
        raise ToolMissing(f"{Path(arguments[0]).name} is not installed; the target of make that needs it installs it")
    done = subprocess.run(  # noqa: S603 - a list of our own
        [program, *map(str, arguments[1:])],
        cwd=folder,
        env=None if environment is None else dict(environment),
        input=given,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    if done.returncode not in ends:
        raise ToolFailed(f"{Path(program).name} ended with {done.returncode}: {done.stderr[-2000:].strip()}")
    return done.stdout


def committed_files(*patterns: str) -> list[str]:
    """Files of the repository, relative to its root."""
    listed = output_of(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns])
    return [path for path in listed.split("\0") if path and (ROOT / path).is_file()]


def interpreter(version: str) -> Path | None:
    """A Python of this version on this machine, or None: where uv looks, else among those of pyenv."""
    try:
        return Path(output_of([OWN / "uv", "python", "find", "--offline", "--no-project", version]).strip())
    except ToolFailed:
        installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
        return installed[-1] if installed else None
