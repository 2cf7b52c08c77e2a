"""What is tried after a deployment, tried on the stack of these tests. On AWS nobody has run it."""

import json
import threading
import webbrowser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from agent.terminal.access import GATEWAY, GATEWAY_SCOPES
from deploy.smoke.__main__ import main
from tests.support.running_stack import RunningStack

OUTCOMES = ("ok", "FAILED", "skipped")


@pytest.fixture
def line(stack: RunningStack, tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(stack.endpoints), encoding="utf-8")
    return path


def written(path: Path, token: str) -> str:
    path.write_text(token + "\n", encoding="utf-8")
    return str(path)


def outcomes(output: str) -> dict[str, str]:
    """Check to outcome; the last line sums up."""
    lines = [line.split(maxsplit=1) for line in output.splitlines()[:-1]]
    assert all(outcome in OUTCOMES for outcome, _ in lines)
    return {told.partition(":")[0]: outcome for outcome, told in lines}


def test_a_running_stack_passes_every_check_and_no_token_is_told(
    stack: RunningStack, line: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person, program = stack.token("aiko"), stack.token("aiko", GATEWAY, scopes=GATEWAY_SCOPES)
    files = written(tmp_path / "person", person), written(tmp_path / "program", program)
    code = main(["--stack", str(line), "--token-file", files[0], "--gateway-token-file", files[1]])
    told = capsys.readouterr()
    assert set(outcomes(told.out).values()) == {"ok"}, told.out
    assert code == 0
    assert told.out.endswith("none failed\n")
    for secret in (person, program, person.split(".")[2]):
        assert secret not in told.out + told.err


def test_a_token_for_another_part_fails_what_it_cannot_do_and_nothing_else(
    stack: RunningStack, line: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = written(tmp_path / "person", stack.token("aiko", "mcp-routes", scopes=("routes/read",)))
    assert main(["--stack", str(line), "--token-file", wrong]) == 1
    found = outcomes(capsys.readouterr().out)
    failed = {name for name, outcome in found.items() if outcome == "FAILED"}
    assert failed == {
        "coach-asks-activities",
        "coach-asks-routes",
        "coach-asks-support",
        "coach-believes-tokens-alone",
        "consent",
        "server-routes-refuses-a-token-for-the-coach",
    }
    assert found["gateway-lists"] == "skipped"


def test_without_a_token_a_person_signs_in_at_a_browser(
    stack: RunningStack, line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def browse(url: str, *_: Any) -> bool:
        def sign_in() -> None:
            with stack.person("aiko") as person:
                person.open(url)

        threading.Thread(target=sign_in).start()
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    assert main(["--stack", str(line)]) == 0
    found = outcomes(capsys.readouterr().out)
    assert found.pop("gateway-lists") == "skipped"
    assert set(found.values()) == {"ok"}


@pytest.mark.parametrize(
    "answered",
    [{"error": "access_denied"}, {"code": "somebody-elses", "state": "another"}],
    ids=["no", "another state"],
)
def test_an_answer_that_is_no_sign_in_of_ours_ends_it(
    answered: dict[str, str], line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(url: str, *_: Any) -> bool:
        asked = dict(parse_qsl(urlsplit(url).query))
        landing = f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], **answered})}"
        threading.Thread(target=lambda: httpx.get(landing, trust_env=False)).start()
        return True

    monkeypatch.setattr(webbrowser, "open", answer)
    assert main(["--stack", str(line)]) == 2
    told = capsys.readouterr()
    assert "the sign-in was refused" in told.err
    assert told.out == ""
