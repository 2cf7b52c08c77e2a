"""The README says what is true: its transcript is what the stack answers, its files and targets exist.

After an intended change of the answer: `python tests/e2e/test_readme.py` writes the transcript anew.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.support.running_stack import RunningStack, free_ports, running_stack

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r'```console\n\$ echo "(?P<question>[^"]+)" \| make chat\n(?P<answer>.*?)```\n', re.DOTALL)


def answered(stack: RunningStack, question: str) -> str:
    """What `echo QUESTION | make chat` prints, at the stack's present."""
    done = stack.coach("chat", "--athlete", "maya", stdin=f"{question}\n")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() + "\n"


def block() -> re.Match[str]:
    found = BLOCK.search(README.read_text(encoding="utf-8"))
    assert found is not None
    return found


def test_the_transcript_is_what_the_stack_answers(stack: RunningStack) -> None:
    assert block()["answer"] == answered(stack, block()["question"])


def test_every_target_and_folder_that_is_named_exists() -> None:
    text = README.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for path in re.findall(
        r"`((?:agent|apis|docs|gateway_config|identity|local_agentcore|mcp_servers|tests)/[^` ]*)`", text
    ):
        assert any(name == path or name.startswith(path.rstrip("/") + "/") for name in listed), path


def test_make_chat_answers_from_a_home_of_its_own(tmp_path: Path) -> None:
    # The first README command as a new user runs it, at the real present and from an empty home.
    question = block()["question"]
    environment = {
        "COACH_HOME": str(tmp_path / "home"),
        "COACH_PORT": str(free_ports().base),
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        ["make", "--no-print-directory", "chat"],
        cwd=ROOT,
        input=f"{question}\n",
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\b\d+ runs?\b", done.stdout)
    assert re.search(r"\d bpm", done.stdout)
    assert re.search(r"improving|worsening|no detectable change|not enough data", done.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as fresh:
        old = block()
        text = README.read_text(encoding="utf-8")
        start, end = old.span("answer")
        README.write_text(text[:start] + answered(fresh, old["question"]) + text[end:], encoding="utf-8")
