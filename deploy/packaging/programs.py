"""The programs that build: uv, and an interpreter of the target version for bytecode."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.packaging.errors import ToolFailed

UV = Path(sys.executable).with_name("uv")


def run(command: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a program writes.

    Raises:
        ToolFailed: It ended with an error.
    """
    done = subprocess.run(  # noqa: S603 - a list of our own
        [str(each) for each in command],
        cwd=cwd,
        env=None if environment is None else dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolFailed(f"{Path(command[0]).name} {command[1]}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def interpreter(version: str, root: Path) -> Path | None:
    """An interpreter of this version on this machine, or None: where uv looks, else among those of pyenv."""
    try:
        return Path(run([UV, "python", "find", "--offline", "--no-project", version], cwd=root).strip())
    except ToolFailed:
        installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
        return installed[-1] if installed else None
