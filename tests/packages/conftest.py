"""Packages built for this machine's processor, and the whole stack that their twins work with."""

import os
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.packaging.build import build_all
from deploy.packaging.plan import PYTHON, packages
from deploy.programs import interpreter
from tests.support.running_stack import RunningStack, running_stack
from tests.support.serving import free_socket

TWINS = ("agent", "mcp-activities", "mcp-routes", "mcp-socials", "mcp-support")
_PATIENCE_S = 40.0


@dataclass(frozen=True)
class Twin:
    """A package that runs, as AgentCore Runtime would run it."""

    name: str
    folder: Path
    url: str


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every runtime's zip in an empty folder of its own."""
    folder = tmp_path_factory.mktemp("packages")
    build_all([each for each in packages() if each.name in TWINS], folder / "zips", "x86_64-manylinux_2_28")
    for name in TWINS:
        with zipfile.ZipFile(folder / "zips" / f"{name}.zip") as archive:
            archive.extractall(folder / name)
    return folder


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("coach-home")
    home.chmod(0o700)
    with running_stack(home) as running:
        yield running


@pytest.fixture(scope="session")
def start(unpacked: Path) -> Iterator[Callable[[str, dict[str, str], str], Twin]]:
    """Starts a twin with an environment and waits until it answers at a path."""
    python = interpreter(PYTHON)
    if python is None:
        pytest.skip(f"there is no Python {PYTHON}, for which the packages are made")
    with ExitStack() as running:

        def started(name: str, environment: dict[str, str], path: str) -> Twin:
            with free_socket() as listening:
                port = listening.getsockname()[1]
            folder, log = unpacked / name, unpacked / f"{name}.log"
            process = subprocess.Popen(
                # Nothing of this machine's libraries: no site, no variables, no user's folder.
                [python, "-S", "-E", "-s", "main.py"],
                cwd=folder,
                env={
                    "PATH": os.defpath,
                    **{key: value.replace("{PORT}", str(port)) for key, value in environment.items()},
                },
                stdout=running.enter_context(log.open("wb")),
                stderr=subprocess.STDOUT,
            )
            running.callback(process.wait, 10)
            running.callback(process.kill)
            twin = Twin(name, folder, f"http://127.0.0.1:{port}")
            wait_for(process, f"{twin.url}{path}", log)
            return twin

        yield started


def wait_for(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < give_up_at, log.read_text("utf-8")
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
