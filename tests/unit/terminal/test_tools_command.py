"""What `coach tools accept` writes down."""

from pathlib import Path

import pytest

from agent.terminal.commands.tools import accepted
from agent.terminal.errors import UsageWrong
from gateway_config.tool_pins import read_tool_pins, write_tool_pins

OLD, NEW = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"
ROWS = [
    {"tool": "routes___changed", "standing": "changed", "fingerprint": NEW, "reason": "", "description": ""},
    {"tool": "routes___fresh", "standing": "new", "fingerprint": NEW, "reason": "", "description": ""},
    {"tool": "routes___bad", "standing": "refused", "fingerprint": NEW, "reason": "it hides", "description": ""},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tool_pins({"routes___changed": OLD, "routes___other": OLD}, tmp_path)
    return tmp_path


def test_what_is_named_is_accepted_as_it_is_now_and_the_rest_stays(folder: Path) -> None:
    accepted(ROWS, ["routes___changed"], folder)
    assert read_tool_pins(folder) == {"routes___changed": NEW, "routes___other": OLD}
    accepted(ROWS, ["routes___fresh"], folder)
    assert read_tool_pins(folder) == {"routes___changed": NEW, "routes___fresh": NEW, "routes___other": OLD}


@pytest.mark.parametrize(("name", "said"), [("routes___bad", "it hides"), ("routes___gone", "there is no tool")])
def test_one_that_cannot_be_accepted_leaves_everything_as_it_was(folder: Path, name: str, said: str) -> None:
    with pytest.raises(UsageWrong, match=said):
        accepted(ROWS, ["routes___changed", name], folder)
    assert read_tool_pins(folder) == {"routes___changed": OLD, "routes___other": OLD}
