"""What the four servers publish: few tools, small definitions, no way to say who one is."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from mcp_servers.serving.tools_lock import TEAMS, lock_path, lock_text, published_tools

IDENTITY_LIKE = re.compile(
    r"token|secret|password|api_?key|credential|user|athlete_id|owner|sub$|subject_id|bearer|url"
)


@pytest.mark.case("M10")
@pytest.mark.parametrize("team", TEAMS)
def test_the_published_tools_are_those_of_the_lock_file(team: str) -> None:
    """After an intended change: python -m mcp_servers.serving.tools_lock."""
    assert lock_path(team).read_text(encoding="utf-8") == lock_text(team)


def test_definitions_stay_within_the_budget() -> None:
    """What a model is shown: at most 8 tools a server, 25 in all, 5000 tokens (of four characters) of definitions."""
    tools = {team: [tool for tool in published_tools(team) if tool["_meta"]["audience"] == "model"] for team in TEAMS}
    parts = ("name", "description", "inputSchema", "outputSchema")
    size = sum(
        len(json.dumps(tool[part], separators=(",", ":")))
        for listed in tools.values()
        for tool in listed
        for part in parts
    )

    assert max(len(listed) for listed in tools.values()) <= 8
    assert sum(len(listed) for listed in tools.values()) <= 25
    assert size / 4 <= 5_000


@pytest.mark.parametrize("team", TEAMS)
def test_no_tool_takes_an_identity_a_credential_or_a_url(team: str) -> None:
    names = [name for tool in published_tools(team) for name in tool["inputSchema"]["properties"]]

    assert [name for name in names if IDENTITY_LIKE.search(name)] == []


@pytest.mark.parametrize("team", TEAMS)
def test_every_schema_is_whole_by_itself(team: str) -> None:
    """A client that meets a reference into definitions that are not there refuses the tool, or the whole list."""
    for tool in published_tools(team):
        Draft202012Validator.check_schema(tool["inputSchema"])
        assert "$ref" not in json.dumps(tool)


def test_a_setting_is_changed_or_taken_back_by_the_published_schema() -> None:
    (tool,) = (each for each in published_tools("activities") if each["name"] == "update_athlete_profile")
    accepted = Draft202012Validator(tool["inputSchema"])
    assert accepted.is_valid({"changes": {"sex": "F", "weight_kg": 61.5, "measured": ["lthr_bpm"]}})
    assert accepted.is_valid({"changes": {"sex": None, "weight_kg": None}})
    assert not accepted.is_valid({"changes": {"sex": "X"}})
    assert not accepted.is_valid({"changes": {"weight_kg": "61"}})


def test_names_are_unique_across_teams() -> None:
    names = [tool["name"] for team in TEAMS for tool in published_tools(team)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("team", TEAMS)
def test_annotations_are_explicit_and_writes_can_be_tried_out(team: str) -> None:
    for tool in published_tools(team):
        writes = not tool["annotations"]["readOnlyHint"]
        assert tool["annotations"].keys() == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert tool["annotations"]["destructiveHint"] is False
        assert writes is ("dry_run" in tool["inputSchema"]["properties"])
        assert tool["_meta"]["scopes"] == [f"{team}/{'write' if writes else 'read'}"]


def test_importing_is_for_programs() -> None:
    audiences = {tool["name"]: tool["_meta"]["audience"] for team in TEAMS for tool in published_tools(team)}

    assert [name for name, audience in audiences.items() if audience != "model"] == [
        "update_athlete_profile",
        "upload_activities",
        "list_uploads",
    ]
