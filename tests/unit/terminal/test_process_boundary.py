"""The command as a process: streams that are closed, full or not text, and a home that cannot be used."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.terminal.home import Home, open_home, write_private
from tests.support.runtime import FakeFront, make_athlete_key, serving

ROOT = Path(__file__).parents[3]
COACH = f"{sys.executable} -m agent.terminal"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


@pytest.fixture
def front(home: Home) -> Iterator[FakeFront]:
    with serving(FakeFront(athlete_keys={"maya": make_athlete_key(home.root, "maya")})) as front:
        write_private(home.stack_file, json.dumps(front.endpoints(pid=os.getpid())).encode())
        yield front


def shell(line: str, home: Path, *, locale: str = "C.UTF-8") -> tuple[int, str]:
    """Exit code and standard error of a command line in which `coach` is the command."""
    environment = {"PATH": os.defpath, "COACH_HOME": str(home), "PYTHONPATH": str(ROOT), "LC_ALL": locale}
    script = line.replace("coach", COACH)
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, check=False, env=environment, cwd=ROOT)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        pytest.param("coach ask q >&-", 1, "coach: standard output is closed\n", id="output closed"),
        pytest.param("coach chat <&-", 1, "coach: standard input is closed\n", id="input of chat closed"),
        pytest.param("coach ask - <&-", 1, "coach: standard input is closed\n", id="input of ask closed"),
        pytest.param("coach --version >&-", 1, "coach: standard output is closed\n", id="output of version closed"),
        pytest.param("coach --version >/dev/full", 1, "No space left on device\n", id="version to a full device"),
        pytest.param("coach token >/dev/full", 1, "No space left on device\n", id="token to a full device"),
        pytest.param("coach ask q >/dev/full", 1, "No space left on device\n", id="answer to a full device"),
        pytest.param(r"printf '\xff' | coach ask -", 2, "coach: the question is not UTF-8 text\n", id="ask no text"),
        pytest.param(r"coach ask $'\xff'", 2, "coach: the question is not UTF-8 text\n", id="argument no text"),
        pytest.param(r"printf '\xff\n' | coach chat", 2, "coach: the question is not UTF-8 text\n", id="chat no text"),
    ],
)
def test_a_stream_that_cannot_be_used_is_told_in_one_sentence(
    front: FakeFront, home: Home, line: str, code: int, told: str
) -> None:
    found, err = shell(line, home.root)
    assert (found, err.endswith(told)) == (code, True), err
    assert "Traceback" not in err
    assert "Exception" not in err


def test_text_that_is_not_utf_8_is_refused_in_the_c_locale_too(front: FakeFront, home: Home) -> None:
    assert shell(r"printf '\xff' | coach ask -", home.root, locale="C")[0] == 2
    assert front.invocations == []


@pytest.mark.parametrize("line", ["coach ask q <&-", "coach ask q 2>&-", "coach ask q <&- 2>&-"])
def test_a_closed_stream_that_is_not_needed_does_not_matter(front: FakeFront, home: Home, line: str) -> None:
    assert shell(line, home.root)[0] == 0


def test_nothing_is_told_when_both_streams_for_it_are_closed(front: FakeFront, home: Home) -> None:
    assert shell("coach ask q >&- 2>&-", home.root) == (1, "")


def test_a_reader_that_went_away_is_no_message(front: FakeFront, home: Home) -> None:
    code, err = shell("coach trace | true; exit ${PIPESTATUS[0]}", home.root)
    assert (code, "Traceback" in err) == (1, False)


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        pytest.param("ask q", "file", id="a plain file"),
        pytest.param("import file", "file/home", id="below a plain file"),
        pytest.param("trace", "/proc/no/home", id="cannot be made"),
    ],
)
def test_a_home_that_cannot_be_used_is_one_line(tmp_path: Path, command: str, folder: str) -> None:
    (tmp_path / "file").touch()
    code, err = shell(f"coach {command}".replace("file", str(tmp_path / "file")), tmp_path / folder)
    assert (code, err.count("\n"), err.startswith("coach: /")) == (1, 1, True), err


def test_a_home_that_may_only_be_read_is_one_line(home: Home) -> None:
    # Root may write anywhere; without its capabilities it is a user like any other.
    plain_user = "setpriv --inh-caps=-all --bounding-set=-all " if os.getuid() == 0 else ""
    home.session.chmod(0o500)
    code, err = shell(f"{plain_user}coach ask q", home.root)
    home.session.chmod(0o700)
    assert (code, err) == (
        1,
        f"coach: {home.session} cannot be written; make it writable, or choose another COACH_HOME\n",
    )


def test_doctor_calls_a_home_that_cannot_be_used_bad(tmp_path: Path) -> None:
    environment = {"COACH_HOME": "/proc/no/home", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*COACH.split(), "doctor"], capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    assert done.returncode == 1
    assert "BAD home: /proc/no/home cannot be made: No such file or directory\n" in done.stdout
    assert done.stderr == ""
