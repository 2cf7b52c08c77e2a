"""One process per part, restarted when it dies: a crash of one team's server leaves the others answering."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

import httpx

from local_agentcore.blueprint import Blueprint
from local_agentcore.errors import PartDied
from local_agentcore.first_start import complete
from local_agentcore.parts import part_names

logger = logging.getLogger(__name__)
RESTART_AFTER_S = 5.0
START_TIMEOUT_S = 90.0
Announce = Callable[[Blueprint, Mapping[str, int]], None]


class Supervisor:
    """Starts every part as a process of its own and starts those again that die.

    Args:
        blueprint: The stack.
        model: Value of COACH_MODEL.
        clock: Monotonic seconds.
    """

    def __init__(self, blueprint: Blueprint, model: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._blueprint = blueprint
        self._model = model
        self._clock = clock
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._died_at: dict[str, float] = {}

    def start(self) -> None:
        """Start all parts and wait until each answers.

        Raises:
            PartDied: One did not.
        """
        for part in part_names():
            self._processes[part] = self._spawn(part)
        deadline = self._clock() + START_TIMEOUT_S
        for part in part_names():
            while not self._answers(part):
                if self._processes[part].poll() is not None or self._clock() > deadline:
                    raise PartDied(part)
                time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        return {part: process.pid for part, process in self._processes.items()}

    def restart_the_dead(self) -> bool:
        """Start parts again that have been dead for long enough. Whether any was started."""
        started = False
        for part, process in list(self._processes.items()):
            if process.poll() is None:
                continue
            died_at = self._died_at.setdefault(part, self._clock())
            if self._clock() - died_at < RESTART_AFTER_S:
                continue
            logger.warning("part=<%s>, exit_code=<%s> | restarting", part, process.returncode)
            self._processes[part] = self._spawn(part)
            del self._died_at[part]
            started = True
        return started

    def stop(self) -> None:
        """End all parts: politely, then not."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, part: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "local_agentcore.stack", "--only", part, "--parent-pipe"]
        options = ["--home", str(self._blueprint.home), "--model", self._model]
        # The pipe is never written to: it closes with this process, and the part with it.
        return subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - our own modules

    def _answers(self, part: str) -> bool:
        name = "api-activities" if part == "apis" else part
        try:
            httpx.get(self._blueprint.ports.url(name), timeout=2, trust_env=False)
        except httpx.TransportError:
            return False
        return True


def supervise(blueprint: Blueprint, model: str, stopping: threading.Event, announce: Announce) -> int:
    """Run all parts as processes until `stopping`.

    Args:
        blueprint: The stack.
        model: Value of COACH_MODEL.
        stopping: Set by a signal.
        announce: Told the process ids, again after every restart.
    """
    blueprint.ports.require_free()
    supervisor = Supervisor(blueprint, model)
    try:
        supervisor.start()
        complete(blueprint)
        announce(blueprint, supervisor.pids())
        while not stopping.wait(0.25):
            if supervisor.restart_the_dead():
                announce(blueprint, supervisor.pids())
    finally:
        supervisor.stop()
        (blueprint.home / "run" / "stack.json").unlink(missing_ok=True)
    logger.info("pid=<%s> | stopped", os.getpid())
    return 0
