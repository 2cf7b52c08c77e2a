"""The command line on a pseudo terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path


class Terminal:
    """The command line on a pseudo terminal, and a person who reads before they type."""

    def __init__(self, home: Path, *arguments: str, term: str = "dumb") -> None:
        leading, following = pty.openpty()
        self._descriptor = leading
        self.screen = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent.terminal", *arguments],
            stdin=following,
            stdout=following,
            stderr=following,
            env={"COACH_HOME": str(home), "PATH": os.defpath, "HOME": str(home), "NO_COLOR": "1", "TERM": term},
            start_new_session=True,
        )
        os.close(following)

    def read_until(self, words: str) -> None:
        """Waits until the screen shows these words."""
        deadline = time.monotonic() + 60
        while words not in self.screen and time.monotonic() < deadline and self._read(1.0):
            pass
        assert words in self.screen, self.screen

    def answer(self, asked: str, word: str) -> None:
        """Types a word once the screen shows the question."""
        self.read_until(asked)
        os.write(self._descriptor, f"{word}\n".encode())

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        while self._read(60.0):
            pass
        os.close(self._descriptor)
        return self._process.wait(30)

    def _read(self, limit_s: float) -> bool:
        if not select.select([self._descriptor], [], [], limit_s)[0]:
            return self._process.poll() is None
        try:
            text = os.read(self._descriptor, 65_536).decode(errors="replace")
        except OSError:  # the other side closed: the command ended
            return False
        self.screen += text
        return bool(text)
