"""Finds the running stack, or starts one as a child for the duration of a command.

    stack.json names a living, answering stack ──► use it
    else take run/stack.lock (flock)           ──► start the child; a reader thread waits for its endpoints line
    else somebody else is starting one         ──► wait for it, use it

The child leads its own session, so that Ctrl-C cancels a turn and not the stack; it ends when its standard
input closes, hence with this process, however that ends. The module imports nothing heavy: the child starts
before the rest of the command is imported.
"""

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from agent.terminal.endpoints import Endpoints, read_endpoints
from agent.terminal.errors import StackFailed, UsageWrong
from agent.terminal.home import Home, read_private
from agent.terminal.start_failure import last_words

STACK = (sys.executable, "-m", "local_agentcore.stack")
START_LIMIT_S = 60.0
STOP_LIMIT_S = 5.0
ANSWER_LIMIT_S = 2.0
POLL_S = 0.05


def stack_arguments(home: Home, port: int | None) -> list[str]:
    """Arguments of every start; without a port the stack keeps the one its home was made with."""
    return ["--home", str(home.root), *([] if port is None else ["--port", str(port)])]


def check_model(model: str) -> None:
    """Refuses a model that a stack could not be started with, before it is started."""
    if model != "offline":
        raise UsageWrong(f"COACH_MODEL={model!r}: only the model offline is available yet")


def running_stack(home: Home) -> Endpoints | None:
    """The stack that COACH_HOME/run/stack.json names, if its process lives and answers."""
    try:
        endpoints = read_endpoints(read_private(home.stack_file))
    except FileNotFoundError:
        return None
    alive = endpoints.pid is not None and is_alive(endpoints.pid)
    return endpoints if alive and answers(endpoints.issuer) else None


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists (signal 0 asks without sending)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # another user's process: not our stack
    return True


def answers(issuer: str) -> bool:
    """Whether the issuer serves its discovery document. A bare socket: no HTTP library is loaded yet."""
    url = urlsplit(issuer)
    request = (
        f"GET {url.path}/.well-known/openid-configuration HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n"
    )
    try:
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=ANSWER_LIMIT_S) as connection:
            connection.sendall(request.encode())
            with connection.makefile("rb") as answer:
                status = answer.readline()
                answer.read()  # to its end: a reset would be noise in the server's log
            return status.split()[1:2] == [b"200"]
    except OSError:
        return False


class StackProcess:
    """The stack that a command uses: somebody's running one, or its own child.

    Args:
        home: Checked state folder.
        port: Base port for a start, None for the home's own.
        command: Program and first arguments of the stack.
        start_limit_s: How long a start may take, seconds.
    """

    def __init__(
        self, home: Home, port: int | None, *, command: Sequence[str] = STACK, start_limit_s: float = START_LIMIT_S
    ) -> None:
        self._home = home
        self._port = port
        self._command = command
        self._start_limit_s = start_limit_s
        self._running: Endpoints | None = None
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Finds the running stack or starts one; returns at once."""
        self._running = running_stack(self._home)
        if self._running is None and (lock := try_lock(self._home.stack_lock)) is not None:
            self._start_under(lock)

    def endpoints(self) -> Endpoints:
        """Waits until the stack is ready.

        Raises:
            StackFailed: It ended before it was ready, or took too long.
        """
        deadline = time.monotonic() + self._start_limit_s
        while self._running is None and self._child is None:
            if time.monotonic() > deadline:
                raise StackFailed("another command has been starting the stack for too long; see coach doctor")
            time.sleep(POLL_S)
            self.begin()
        if self._running is None and self._child is not None:
            self._running = self._child.endpoints(self._start_limit_s)
        if self._running is None:
            raise StackFailed("the stack did not start")
        return self._running

    def again(self) -> Endpoints:
        """Endpoints after the stack stopped answering: the command that had started it may have ended."""
        self.close()
        self.begin()
        return self.endpoints()

    def close(self) -> None:
        """Ends the child, if there is one; somebody else's stack goes on."""
        if self._child is not None:
            self._child.stop()
        self._child = None
        self._running = None

    def _start_under(self, lock: int) -> None:
        self._running = running_stack(self._home)  # it may have become ready while we asked for the lock
        if self._running is not None:
            os.close(lock)
            return
        command = [*self._command, *stack_arguments(self._home, self._port), "--json", "--parent-pipe"]
        self._child = _Child(command, lock, self._home.logs / "stack-start.log")


class _Child:
    """The child process, and the thread that reads its endpoints line and then gives the lock back."""

    def __init__(self, command: Sequence[str], lock: int, log: Path) -> None:
        self._log = log
        self._line = b""
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, arguments as a list
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=descriptor,
                start_new_session=True,
            )
        except BaseException:
            os.close(lock)
            raise
        finally:
            os.close(descriptor)
        self._reader = threading.Thread(target=self._read, args=(lock,), name="stack-start", daemon=True)
        self._reader.start()

    def endpoints(self, limit_s: float) -> Endpoints:
        self._reader.join(limit_s)
        if self._reader.is_alive():
            raise StackFailed(f"the stack was not ready after {limit_s:.0f} s; its output is in {self._log}")
        if not self._line:
            raise StackFailed(f"the stack did not start: {self._last_words()}")
        return read_endpoints(self._line)

    def stop(self) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()  # while it reads, closing the pipe would wait for it
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self, lock: int) -> None:
        try:
            if self._process.stdout is not None:
                self._line = self._process.stdout.readline()
        finally:
            os.close(lock)

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_LIMIT_S)
        said = last_words(self._log, self._log.with_name("stack.log"))
        return said or f"it ended with exit code {self._process.returncode}"


def try_lock(path: Path) -> int | None:
    """The locked file, or None if another process holds the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
