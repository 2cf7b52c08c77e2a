"""`coach up --processes`: one process per part; one team's server dies and comes back while athletes chat."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.consent_walk import OUTCOME, Person
from tests.support.running_stack import free_ports

COACH = [sys.executable, "-m", "agent.terminal"]


@dataclass
class Chat:
    """A `coach chat` whose questions are written one by one."""

    process: subprocess.Popen[str]
    answers: queue.Queue[str]

    def ask(self, question: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        lines: list[str] = []
        while not lines or "no language model" not in lines[-1]:
            lines.append(self.answers.get(timeout=60))
        return "".join(lines)


def _read_lines(process: subprocess.Popen[str]) -> queue.Queue[str]:
    assert process.stdout is not None
    stdout, lines = process.stdout, queue.Queue[str]()

    def pump() -> None:
        for line in stdout:
            lines.put(line)

    threading.Thread(target=pump, daemon=True).start()
    return lines


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("processes-home")
    home.chmod(0o700)
    return {"COACH_HOME": str(home), "PATH": os.defpath, "HOME": str(home)}


@pytest.fixture(scope="module")
def endpoints(environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    command = [*COACH, "up", "--processes", "--json", "--port", str(free_ports().base)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as up:
        lines = _read_lines(up)
        try:
            yield json.loads(lines.get(timeout=120))
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(timeout=30)


@pytest.fixture
def chat(environment: dict[str, str], endpoints: dict[str, Any]) -> Iterator[Chat]:
    assert endpoints
    command = [*COACH, "chat", "--athlete", "maya"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield Chat(process, _read_lines(process))
        assert process.stdin is not None
        process.stdin.close()


def _connect_socials(environment: dict[str, str]) -> None:
    """Maya agrees, at a browser, that the coach reads at the socials issuer."""
    command = [*COACH, "ask", "--json", "--no-input", "--athlete", "maya", "Which clubs am I in?"]
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert asked.returncode == 3, asked.stderr
    events = [json.loads(line) for line in asked.stdout.splitlines()]
    keys = json.loads((Path(environment["COACH_HOME"]) / "keys" / "stack.json").read_text("utf-8"))
    with Person("maya", keys["athlete_password"]) as maya:
        for event in events:
            if event["type"] == "consent_required":
                assert maya.open(event["url"]).headers[OUTCOME] == "linked"


def test_a_killed_team_is_named_the_others_answer_and_it_comes_back(
    chat: Chat, endpoints: dict[str, Any], environment: dict[str, str]
) -> None:
    _connect_socials(environment)
    assert re.search(r"\d+ runs", chat.ask("How far did I run last month?"))

    os.kill(endpoints["pids"]["mcp-activities"], signal.SIGKILL)
    broken = chat.ask("How far did I run last month?")
    assert "activities" in broken
    assert re.search(r"unreachable|not reachable|cannot be reached|does not answer", broken)
    assert "km" not in broken
    assert "Tiergarten" in chat.ask("Which clubs am I in?")

    pid = _wait_for_another_pid(Path(environment["COACH_HOME"]), endpoints["pids"]["mcp-activities"])
    assert _answers_within(chat)
    assert pid != endpoints["pids"]["mcp-activities"]


def _wait_for_another_pid(home: Path, dead: int) -> int:
    """The supervisor announces the new process in stack.json; bounded."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pid = int(json.loads((home / "run" / "stack.json").read_text("utf-8"))["pids"]["mcp-activities"])
        if pid != dead:
            return pid
        time.sleep(0.25)
    raise AssertionError("the supervisor did not start the server again")


def _answers_within(chat: Chat, *, seconds: float = 60) -> bool:
    """Whether the coach uses the server again once it has started."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if re.search(r"\d+ runs", chat.ask("How far did I run last month?")):
            return True
        time.sleep(1)
    return False
