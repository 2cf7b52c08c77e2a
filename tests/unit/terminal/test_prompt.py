"""The prompt of `coach chat` on a terminal, driven through prompt_toolkit's own test input."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from agent.terminal.chatting import banner
from agent.terminal.events import Done, Event
from agent.terminal.home import open_home
from agent.terminal.person import Nobody
from agent.terminal.prompt import talk


class Unseen:
    """A view that shows nothing."""

    def show(self, event: Event) -> None:
        pass

    def end(self) -> None:
        pass


def prompts_sent(home: Path, typed: str) -> list[str]:
    sent: list[str] = []

    def send(payload: Mapping[str, Any]) -> Iterator[Event]:
        sent.append(payload["prompt"])
        yield Done(answer="", stop_reason="end_turn", ms=1)

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text(typed)
        assert talk(open_home(home), send, Unseen(), Nobody()) == 0
    return sent


@pytest.mark.parametrize("leaving", ["exit\r", "quit\r", "/exit\r", "/quit\r", "\x04"])
def test_a_word_or_ctrl_d_leaves_the_prompt(tmp_path: Path, leaving: str) -> None:
    assert prompts_sent(tmp_path / "home", f"one\r{leaving}two\r") == ["one"]


def test_help_is_shown_and_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prompts_sent(tmp_path / "home", "/help\r\x04") == []
    assert capsys.readouterr().err.count("Ctrl-D") == 1


def test_the_banner_of_a_terminal_says_how_to_leave() -> None:
    assert "Ctrl-D" in banner("maya", "offline", at_terminal=True)
    assert "Ctrl-D" not in banner("maya", "offline", at_terminal=False)
