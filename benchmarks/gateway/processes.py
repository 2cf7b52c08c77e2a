"""Programs of a measurement: started, waited for, read in `/proc`, and ended by closing their standard input."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from local_agentcore.errors import PortOccupied
from local_agentcore.ports import Ports

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 8.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_USER_TICKS, _RESIDENT_PAGES = 11, 1  # of what stands behind the name in `stat`, and in `statm`


class NotStarted(RuntimeError):
    """A program of a measurement ended, or does not answer."""


@dataclass(frozen=True)
class Program:
    """A running process."""

    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_s(self) -> float:
        """Processor time of the process so far, of all its threads, in steps of 10 ms."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return sum(int(ticks) for ticks in stat[_USER_TICKS : _USER_TICKS + 2]) / _TICKS_PER_S

    def resident_bytes(self) -> int:
        """Memory that the process has now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[_RESIDENT_PAGES]) * _PAGE_BYTES


def can_measure() -> bool:
    """Whether this machine says what a process uses."""
    return Path("/proc/self/stat").exists()


@contextmanager
def running(
    command: Sequence[str], answers: str, *, environment: Mapping[str, str] | None = None, log: IO[bytes] | None = None
) -> Iterator[Program]:
    """A program, from its first answer to the end of the block.

    Args:
        command: Beginning with the interpreter.
        answers: URL that says something, whatever it is, once the program is up.
        environment: Beside PATH.
        log: Takes what the program writes.

    Raises:
        NotStarted: It ended, or does not answer.
    """
    out = log or subprocess.DEVNULL
    variables = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **(environment or {})}
    with subprocess.Popen(  # noqa: S603 - our own programs, and peers from the package index
        command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=out, stderr=out
    ) as process:
        try:
            _wait_until_it_answers(process, answers)
            yield Program(process)
        finally:
            _end(process)


def free_ports() -> Ports:
    """Ports of a whole stack that nobody uses at the moment."""
    while True:
        # Below the ephemeral range: an outgoing connection must not take a port between this look and the start.
        ports = Ports(20_000 + 50 * secrets.randbelow(250))
        try:
            ports.require_free()
        except PortOccupied:
            continue
        return ports


def own(module: str, *arguments: str) -> list[str]:
    """A command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise NotStarted(" ".join(map(str, process.args))) from None  # type: ignore[arg-type]
            time.sleep(0.05)
        else:
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
