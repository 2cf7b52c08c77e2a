"""The decisions that `gateway_config/decisions/tools` writes down, by the shipped policies."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway_config.documents import FOLDER
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.tools import GatewayTool
from mcp_servers.serving.tools_lock import TEAMS
from tests.support.gateway_policies import ARN, api_tools, caller, shipped_policies, team_tools

DECISIONS = FOLDER / "decisions" / "tools"
FILES = sorted(DECISIONS.glob("*/*.json"))


@pytest.fixture(scope="module")
def tools() -> Mapping[str, GatewayTool]:
    return {each.name: each for each in [*api_tools(), *(each for team in TEAMS for each in team_tools(team))]}


@pytest.fixture(scope="module")
def engine(tools: Mapping[str, GatewayTool]) -> ToolPolicies:
    made = ToolPolicies(shipped_policies(), ARN, "ENFORCE")
    for target in {each.target.name for each in tools.values()}:
        made.admit(target, [each for each in tools.values() if each.target.name == target])
    return made


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_policies_decide_as_the_file_says(
    file: Path, engine: ToolPolicies, tools: Mapping[str, GatewayTool]
) -> None:
    decision = read(file)
    who = decision["caller"]
    principal = caller(who["scope"], who["subject"], who["client_id"], who.get("groups", ()))
    found = engine.verdict(principal, tools[decision["tool"]], decision["arguments"])
    assert (found.allowed, list(found.policies)) == (file.parent.name == "ALLOW", decision["policies"])


def test_every_policy_decides_at_least_one_file() -> None:
    decided = {name for file in FILES for name in read(file)["policies"]}
    assert {policy.name for policy in shipped_policies()} - decided == set()


@pytest.mark.parametrize("team", TEAMS)
def test_every_team_has_files_of_both_kinds(team: str) -> None:
    kinds = {file.parent.name for file in FILES if read(file)["tool"].startswith(f"{team}___")}
    assert kinds == {"ALLOW", "DENY"}
