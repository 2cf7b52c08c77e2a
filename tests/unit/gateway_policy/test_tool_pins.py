"""The words of the tools that were accepted are those that the teams publish.

After an intended change of a tool, read what it says now, then: python tests/unit/gateway_policy/test_tool_pins.py
"""

from pathlib import Path

import pytest

from gateway_config.errors import ConfigInvalid, ConfigUnreadable
from gateway_config.tool_pins import read_tool_pins, write_tool_pins
from local_agentcore.gateway.admission.fingerprints import fingerprint
from mcp_servers.serving.tools_lock import TEAMS
from tests.support.gateway_policies import api_tools, team_tools


def published_pins() -> dict[str, str]:
    tools = [*api_tools(), *(each for team in TEAMS for each in team_tools(team))]
    return {each.name: fingerprint(each.own_name, each.document) for each in tools}


@pytest.mark.case("M10")
def test_what_was_accepted_is_what_the_teams_publish() -> None:
    assert dict(read_tool_pins()) == published_pins()


def test_pins_are_written_whole_and_read_again(tmp_path: Path) -> None:
    write_tool_pins(published_pins(), tmp_path)
    assert dict(read_tool_pins(tmp_path)) == published_pins()
    assert [file.name for file in tmp_path.iterdir()] == ["tool_pins.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}', '{"a": "sha256:0"}'])
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tool_pins.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigInvalid, match=r"tool_pins\.json"):
        read_tool_pins(tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadable, match=r"tool_pins\.json"):
        read_tool_pins(tmp_path)


if __name__ == "__main__":
    write_tool_pins(published_pins())
