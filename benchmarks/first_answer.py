"""Time from a cold terminal to the first answer, against the bare import of the two libraries that dominate it."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Figure

QUESTION = b"Over the last 30 days, what is my average heart rate when it rains, and am I improving?\n"
BARE = [sys.executable, "-c", "import boto3; from strands.tools.mcp import MCPClient"]
CHAT = [sys.executable, "-m", "agent.terminal", "chat"]
BASE_PORT = 18700
ROUNDS = 5


def run() -> Iterator[str]:
    """The ratio, and what it was made of."""
    with tempfile.TemporaryDirectory() as home:
        _first_answer_s(home)  # makes the home and loads the histories: not counted
        pairs = [(_first_answer_s(home), _bare_s()) for _ in range(ROUNDS)]
    answer_s, bare_s = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    ratio = median(answer / bare for answer, bare in pairs)
    says = f"second start to first answer ({answer_s:.2f} s) to the bare import ({bare_s:.2f} s)"
    yield str(Figure(says, ratio, 2.5))


def _first_answer_s(home: str) -> float:
    environment = {"COACH_HOME": home, "COACH_PORT": str(BASE_PORT), "PATH": "/usr/bin:/bin", "HOME": home}
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        CHAT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as chat:
        if chat.stdin is None or chat.stdout is None:
            raise RuntimeError("no pipes")
        chat.stdin.write(QUESTION)
        chat.stdin.close()
        answered = next(time.perf_counter() for line in chat.stdout if re.search(rb"\d bpm", line))
        chat.stdout.read()
    return answered - started


def _bare_s() -> float:
    started = time.perf_counter()
    subprocess.run(BARE, check=True)  # noqa: S603 - our own interpreter
    return time.perf_counter() - started
