"""Changed policy files, taken into use or refused."""

import logging
import os
from pathlib import Path

import pytest

from gateway_config.tool_pins import read_tool_pins, write_tool_pins
from local_agentcore.gateway.admission.fingerprints import fingerprint
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.reloading import Reload, pin_reload, policy_reload
from tests.support.gateway_policies import ARN, caller, policy_folder, read_policies, tool

SEARCH = tool("search")
OPEN = '@id("open") permit (principal, action in AgentCore::Action::"routes", GATEWAY);'
SHUT = '@id("shut") forbid (principal, action, GATEWAY);'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policy_folder(tmp_path, OPEN)


@pytest.fixture
def engine(folder: Path) -> ToolPolicies:
    made = ToolPolicies(read_policies(folder), ARN, "ENFORCE")
    made.admit("routes", [SEARCH])
    return made


@pytest.fixture
def reload(folder: Path, engine: ToolPolicies) -> Reload:
    return policy_reload(engine, folder, lambda: read_policies(folder))


def write(folder: Path, text: str, name: str = "test.cedar") -> None:
    policy_folder(folder, text, name)
    file = folder / "tool_policies" / name
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 10_000_000))


def test_a_changed_a_new_and_a_deleted_file_are_noticed(folder: Path, engine: ToolPolicies, reload: Reload) -> None:
    assert not reload.look()
    write(folder, SHUT, "other.cedar")
    assert reload.look()
    assert engine.decide(caller(), SEARCH, {}).reason == "shut"
    (folder / "tool_policies" / "other.cedar").unlink()
    assert reload.look()
    assert engine.decide(caller(), SEARCH, {}).allowed


@pytest.mark.case("P07")
def test_a_broken_file_is_said_once_and_the_last_good_policies_stay(
    folder: Path, engine: ToolPolicies, reload: Reload, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, SHUT.replace("forbid", "forbidden"))
    with caplog.at_level(logging.ERROR):
        assert not reload.look()
        assert not reload.look()
    assert caplog.text.count("the last good ones stay") == 1
    assert engine.decide(caller(), SEARCH, {}).allowed
    write(folder, SHUT)
    assert reload.look()
    assert not engine.decide(caller(), SEARCH, {}).allowed


def test_a_file_that_names_a_tool_that_is_not_there_is_refused(
    folder: Path, engine: ToolPolicies, reload: Reload
) -> None:
    write(folder, OPEN.replace('in AgentCore::Action::"routes"', '== AgentCore::Action::"routes___gone"'))
    assert not reload.look()
    assert engine.decide(caller(), SEARCH, {}).allowed


def test_a_tool_that_was_accepted_is_offered_without_a_restart(tmp_path: Path) -> None:
    write_tool_pins({}, tmp_path)
    keeper = Gatekeeper(read_tool_pins(tmp_path))
    reload = pin_reload(keeper, tmp_path, lambda: read_tool_pins(tmp_path))
    assert keeper.admit([SEARCH]) == []
    write_tool_pins({SEARCH.name: fingerprint(SEARCH.own_name, SEARCH.document)}, tmp_path)
    assert reload.look()
    assert keeper.admit([SEARCH]) == [SEARCH]
    (tmp_path / "tool_pins.json").unlink()
    assert not reload.look()
    assert keeper.admit([SEARCH]) == [SEARCH]
