import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.terminal.endpoints import read_endpoints
from agent.terminal.errors import StackFailed
from agent.terminal.home import Home, open_home, write_private
from agent.terminal.stack_process import StackProcess, is_alive, running_stack
from local_agentcore.errors import PortOccupied
from tests.support.runtime import FakeFront, serving

ROOT = Path(__file__).parents[3]
FAKE = (sys.executable, str(ROOT / "tests" / "support" / "fake_stack.py"))
BOUND_S = 5.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


@pytest.fixture
def running(home: Home) -> Iterator[FakeFront]:
    with serving(FakeFront()) as front:
        write_private(home.stack_file, json.dumps(front.endpoints(pid=os.getpid())).encode())
        yield front


def fake(home: Home, *, port: int | None = None, start_limit_s: float = 20.0) -> StackProcess:
    return StackProcess(home, port, command=FAKE, start_limit_s=start_limit_s)


def starts(home: Home) -> list[str]:
    path = home.root / "starts"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + BOUND_S
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_a_running_stack_is_used_and_left_running(home: Home, running: FakeFront) -> None:
    with fake(home) as stack:
        assert stack.endpoints().issuer == running.issuer
    assert starts(home) == []
    assert running_stack(home) is not None


def test_without_one_a_child_is_started_for_the_duration_and_ended(home: Home) -> None:
    with fake(home, port=9700) as stack:
        endpoints = stack.endpoints()
        assert running_stack(home) == endpoints
    assert starts(home) == [f"{endpoints.pid} --home {home.root} --port 9700 --json --parent-pipe"]
    wait_until_gone(endpoints.pid or 0)


def test_the_output_of_a_start_is_private(home: Home) -> None:
    with fake(home) as stack:
        stack.endpoints()
    assert (home.logs / "stack-start.log").stat().st_mode & 0o777 == 0o600


def test_a_second_command_waits_for_the_start_of_the_first_and_uses_it(home: Home) -> None:
    with fake(home) as first, fake(home) as second:
        found: list[str] = []
        waiting = threading.Thread(target=lambda: found.append(second.endpoints().issuer))
        waiting.start()
        assert first.endpoints().issuer
        waiting.join(BOUND_S)
        assert found == [first.endpoints().issuer]
    assert len(starts(home)) == 1


def test_the_lock_is_free_again_once_the_child_is_ready_although_nobody_asked_yet(home: Home) -> None:
    with fake(home) as first:
        time.sleep(0)
        with fake(home) as second:
            assert second.endpoints() == first.endpoints()


def test_a_stack_that_went_away_with_its_command_is_started_again(home: Home) -> None:
    with fake(home) as second:
        with fake(home) as first:
            gone = first.endpoints()
            assert second.endpoints() == gone or len(starts(home)) == 1
        again = second.again()
        assert again.pid != gone.pid
        assert running_stack(home) == again


def test_a_stale_stack_file_of_a_dead_process_is_not_used(home: Home) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with serving(FakeFront()) as front:
        write_private(home.stack_file, json.dumps(front.endpoints(pid=ended.pid)).encode())
        assert running_stack(home) is None


def test_a_living_process_that_does_not_answer_is_not_used(home: Home) -> None:
    with serving(FakeFront()) as front:
        document = front.endpoints(pid=os.getpid())
    write_private(home.stack_file, json.dumps(document).encode())
    assert running_stack(home) is None


def test_a_start_that_fails_is_told_with_its_last_line(home: Home) -> None:
    (home.root / "fail-start").touch()
    with fake(home) as stack, pytest.raises(StackFailed, match="port 8700 of authorization_server is in use"):
        stack.endpoints()


def test_a_part_that_did_not_start_is_told_with_the_cause_that_the_log_ends_with(home: Home) -> None:
    (home.root / "fail-part").touch()
    log = (
        "INFO: starting\nTraceback (most recent call last):\nidentity.errors.KeyFileExposed: keys/x is open to others\n"
    )
    write_private(home.logs / "stack.log", log.encode())
    with fake(home) as stack, pytest.raises(StackFailed) as told:
        stack.endpoints()
    assert str(told.value) == (
        "the stack did not start: authorization_server did not start; the reason is in the log folder of COACH_HOME"
        " (keys/x is open to others)"
    )


def test_a_log_that_ends_with_no_error_adds_nothing(home: Home) -> None:
    (home.root / "fail-part").touch()
    write_private(home.logs / "stack.log", b"2026-11-23 05:44:24 INFO done\n")
    with fake(home) as stack, pytest.raises(StackFailed, match=r"log folder of COACH_HOME$"):
        stack.endpoints()


def test_the_advice_about_an_occupied_port_is_one_that_every_command_can_follow() -> None:
    advice = str(PortOccupied(8700, "authorization_server"))
    assert advice.startswith("port 8700 (authorization_server) is taken by another program;")
    assert "COACH_PORT" in advice
    assert "--port N for coach up" in advice


def test_a_start_that_hangs_is_given_up_and_the_child_is_ended(home: Home) -> None:
    (home.root / "never-ready").touch()
    with fake(home, start_limit_s=0.5) as stack, pytest.raises(StackFailed, match="not ready after"):
        stack.endpoints()
    wait_until_gone(int(starts(home)[0].split()[0]))


def test_the_child_ends_when_the_command_is_killed(home: Home, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from agent.terminal.home import open_home\n"
        "from agent.terminal.stack_process import StackProcess\n"
        f"with StackProcess(open_home(Path({str(home.root)!r})), None, command={FAKE!r}) as stack:\n"
        "    print(stack.endpoints().pid, flush=True); time.sleep(60)\n"
    )
    command = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert command.stdout is not None
    with command:
        child = int(command.stdout.readline())
        command.send_signal(signal.SIGKILL)
    wait_until_gone(child)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("{}", id="nothing in it"),
        pytest.param("no json", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param(json.dumps(FakeFront(base="http://evil.example").endpoints()), id="another computer"),
    ],
)
def test_a_line_that_names_no_stack_of_this_computer_is_refused(line: str) -> None:
    with pytest.raises(StackFailed):
        read_endpoints(line)
