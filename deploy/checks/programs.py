"""Programs that checks start."""

import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from deploy.checks.errors import ToolFailed, ToolMissing

ROOT: Final = Path(__file__).parents[2]
#: Where the programs of this virtual environment are.
OWN: Final = Path(sys.executable).parent
_LONGEST_S: Final = 300.0


def output_of(
    arguments: Sequence[str], *, ends: Collection[int] = (0,), given: str | None = None, folder: Path = ROOT
) -> str:
    """What a program writes to standard output.

    Args:
        arguments: The program and its arguments.
        ends: Exit codes with which it has done its work; findings may be one of them.
        given: Its standard input.
        folder: Where it is started.

    Raises:
        ToolMissing: It is not installed.
        ToolFailed: It ended otherwise.
    """
    program = shutil.which(arguments[0])
    if program is None:
        raise ToolMissing(f"{Path(arguments[0]).name} is not installed; make check-aws installs what it needs")
    done = subprocess.run(  # noqa: S603 - names of this package
        [program, *arguments[1:]],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    if done.returncode not in ends:
        raise ToolFailed(f"{Path(program).name} ended with {done.returncode}: {done.stderr[-500:].strip()}")
    return done.stdout


def committed_files(*patterns: str) -> list[str]:
    """Files of the repository, relative to its root."""
    listed = output_of(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns])
    return [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
