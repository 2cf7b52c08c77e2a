"""How the coach reaches the teams' tools is one setting of the stack."""

import pytest

from local_agentcore import stack
from local_agentcore.blueprint import Blueprint, open_home
from local_agentcore.settings import StackSettings
from local_agentcore.stack import endpoints
from tests.support.running_stack import free_ports


@pytest.fixture(scope="module")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Blueprint:
    return open_home(tmp_path_factory.mktemp("stack") / "home", free_ports().base)


@pytest.mark.parametrize(("value", "tools"), [(None, "gateway"), ("gateway", "gateway"), ("direct", "direct")])
def test_the_environment_says_how_the_tools_are_reached(
    blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch, value: str | None, tools: str
) -> None:
    if value is not None:
        monkeypatch.setenv("COACH_TOOLS", value)
    settings = StackSettings(home=blueprint.home)
    planned = stack._planned(stack._options([], settings), settings)
    assert planned.tools == tools
    assert endpoints(planned, {})["tools"] == tools


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_TOOLS", "nearby")
    with pytest.raises(ValueError, match="gateway"):
        StackSettings()
