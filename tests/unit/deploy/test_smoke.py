"""Each check after a deployment fails where something is wrong, and only there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.environments import read_environments
from deploy.errors import PlacesUnknown
from deploy.names import TEAMS
from deploy.smoke.__main__ import main
from deploy.smoke.calls import Caller
from deploy.smoke.checks import Seen, Trial, run
from deploy.smoke.places import Places, from_outputs, from_stack_line
from tests.support.smoked_system import PERSON, PROGRAM, TOOLS, SmokedSystem, smoked_system
from tests.support.templates import stacks

DOORS = ("coach", "gateway", *(f"server-{team}" for team in TEAMS))


@pytest.fixture
def system() -> Iterator[SmokedSystem]:
    with smoked_system() as found:
        yield found


def seen(places: Places, *, gateway_token: str | None = PROGRAM) -> dict[str, Seen]:
    with Caller() as caller:
        return {each.name: each for each in run(Trial(places, caller, PERSON, gateway_token))}


def failed(system: SmokedSystem, **places: Any) -> set[str]:
    return {name for name, each in seen(system.places(**places)).items() if each.outcome == "FAILED"}


def test_nothing_fails_where_nothing_is_wrong(system: SmokedSystem) -> None:
    found = seen(system.places())
    assert {each.outcome for each in found.values()} == {"ok"}
    assert len(found) == 4 + 2 + 3 * len(DOORS) - 1 + 3 * len(TEAMS)


@pytest.mark.parametrize("team", ["activities", "routes", "support"])
def test_a_tool_that_fails_is_seen(system: SmokedSystem, team: str) -> None:
    system.fails = {team}
    assert failed(system) == {f"coach-asks-{team}"}


def test_a_coach_that_says_nothing_is_seen(system: SmokedSystem) -> None:
    system.speechless = True
    assert failed(system) == {"coach-asks-activities", "coach-asks-routes", "coach-asks-support"}


def test_a_coach_that_believes_a_header_is_seen(system: SmokedSystem) -> None:
    system.believes_headers = True
    assert failed(system) == {"coach-believes-tokens-alone"}


def test_a_coach_that_refuses_a_header_is_good_as_well(system: SmokedSystem) -> None:
    system.refuses_named_users = True
    found = seen(system.places())["coach-believes-tokens-alone"]
    assert (found.outcome, found.what) == ("ok", "a named user is refused (HTTP 403)")


def test_a_consent_that_leads_elsewhere_is_seen_and_its_link_is_not_told(system: SmokedSystem) -> None:
    system.consents = "https://vault.example.evil"
    found = seen(system.places())["consent"]
    assert (found.outcome, found.what) == ("FAILED", "the link to agree leads elsewhere than to the token vault")


def test_a_consent_that_nobody_is_asked_for_is_seen(system: SmokedSystem) -> None:
    system.forgets_consent = True
    assert failed(system) == {"consent"}


def test_who_has_agreed_already_needs_no_link(system: SmokedSystem) -> None:
    system.asks_for_consent = False
    assert failed(system) == set()


def test_a_tool_that_nobody_accepted_is_named(system: SmokedSystem) -> None:
    system.tools = (*TOOLS, "activities___delete_everything")
    found = seen(system.places())["gateway-lists"]
    assert (found.outcome, found.what) == ("FAILED", "tools that nobody accepted: activities___delete_everything")


def test_a_team_without_tools_at_the_gateway_is_named(system: SmokedSystem) -> None:
    system.tools = TOOLS[:2]
    found = seen(system.places())["gateway-lists"]
    assert (found.outcome, found.what) == ("FAILED", "no tool of support")


def test_a_list_that_never_ends_is_seen(system: SmokedSystem) -> None:
    system.tools = TOOLS * 10
    assert failed(system) == {"gateway-lists"}


def test_without_a_programs_token_the_list_is_skipped_and_said_so(system: SmokedSystem) -> None:
    found = seen(system.places(), gateway_token=None)
    assert [name for name, each in found.items() if each.outcome == "skipped"] == ["gateway-lists"]


@pytest.mark.parametrize("door", DOORS)
def test_an_open_door_is_seen(system: SmokedSystem, door: str) -> None:
    system.open_to = {door}
    expected = {f"{door}-refuses-nobody", f"{door}-refuses-a-forger"}
    assert failed(system) == expected | ({f"{door}-refuses-a-token-for-the-coach"} if door != "coach" else set())


@pytest.mark.parametrize("team", TEAMS)
def test_an_open_api_is_seen(system: SmokedSystem, team: str) -> None:
    system.open_to = {f"api-{team}"}
    whom = ("nobody", "a-forger", "a-token-for-the-coach")
    assert failed(system) == {f"api-{team}-refuses-{each}" for each in whom}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_that_does_not_say_where_to_get_a_token_is_seen(system: SmokedSystem, door: str) -> None:
    system.silent = {door}
    assert failed(system) == {f"{door}-refuses-nobody"}


def test_nobody_has_to_answer_at_private_apis_and_everybody_at_public_ones(system: SmokedSystem) -> None:
    nowhere = dict.fromkeys(TEAMS, "http://127.0.0.1:9")
    assert failed(system, apis=nowhere, apis_are_private=True) == set()
    assert len(failed(system, apis=nowhere)) == 3 * len(TEAMS)


def test_a_private_api_that_lets_somebody_in_is_seen(system: SmokedSystem) -> None:
    system.open_to = {"api-routes"}
    assert len(failed(system, apis_are_private=True)) == 3


def outputs() -> dict[str, dict[str, str]]:
    """What a deployment of the templates writes: every output that they have, with some value."""
    return {
        f"fitness-{name}": {output: f"https://{output.lower()}.example" for output in template.get("Outputs", {})}
        for name, template in stacks("sandbox").items()
    }


def test_all_places_are_among_the_outputs_of_the_stacks() -> None:
    sandbox = read_environments().sandbox
    places = from_outputs(json.dumps(outputs()), sandbox)
    assert places.coach == "https://coachurl.example"
    assert places.servers["support"] == "https://mcpsupporturl.example"
    assert places.apis["routes"] == "https://routesurl.example"
    assert places.consents == f"https://bedrock-agentcore.{sandbox.region}.amazonaws.com"
    assert places.apis_are_private is sandbox.private_apis


def test_an_output_that_is_missing_is_named() -> None:
    found = outputs()
    del found["fitness-agentcore"]["GatewayUrl"]
    with pytest.raises(PlacesUnknown, match="the output GatewayUrl of fitness-agentcore is missing"):
        from_outputs(json.dumps(found), read_environments().sandbox)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no JSON", '{"agent": 1}'])
def test_what_describes_no_system_is_refused(text: str) -> None:
    with pytest.raises(PlacesUnknown):
        from_stack_line(text)
    with pytest.raises(PlacesUnknown):
        from_outputs(text, read_environments().sandbox)


@pytest.mark.parametrize("content", ["", "two tokens", "t\u00f6ken"])
def test_a_file_without_a_token_is_refused_before_anything_is_tried(
    content: str, system: SmokedSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, line = tmp_path / "token", tmp_path / "stack.json"
    token.write_text(content, encoding="utf-8")
    places = system.places()
    described = {"issuer": places.issuer, "agent": places.coach, "gateway": places.gateway, "vault": places.consents}
    line.write_text(json.dumps({**described, "mcp": places.servers, "apis": places.apis}), encoding="utf-8")
    assert main(["--stack", str(line), "--token-file", str(token)]) == 2
    told = capsys.readouterr()
    assert told.err == f"{token} does not hold one token\n"
    assert told.out == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--environment", "sandbox", "--outputs", str(tmp_path / "outputs.json")]) == 2
    assert "outputs.json cannot be read: No such file or directory" in capsys.readouterr().err
