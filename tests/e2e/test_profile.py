"""`coach profile` against the whole stack, and the coach that then words its answers in other units."""

import json
from typing import Any

import pytest

from tests.support.running_stack import RunningStack

QUESTION = "How far did I run in the last 12 months?"
# As the demo athlete was before: other tests ask as well.
UNDO = ("measurement_preference=meters", "lthr_bpm=", "measured=", "sex=M")


def shown(stack: RunningStack, *changes: str) -> dict[str, Any]:
    done = stack.coach("profile", "--json", "--athlete", "jonas", *changes)
    assert done.returncode == 0, done.stderr
    profile: dict[str, Any] = json.loads(done.stdout)
    return profile


@pytest.fixture
def before(stack: RunningStack) -> Any:
    yield shown(stack)
    shown(stack, *UNDO)


def test_a_changed_profile_is_kept_and_answers_come_in_miles(stack: RunningStack, before: dict[str, Any]) -> None:
    assert (before["measurement_preference"], before["lthr_bpm"]) == ("meters", None)
    changed = shown(stack, "measurement_preference=feet", "lthr_bpm=172", "measured=lthr_bpm", "sex=F")
    assert (changed["lthr_bpm"], changed["origins"]["lthr_bpm"]) == (172, "measured")
    printed = stack.coach("profile", "--athlete", "jonas").stdout.splitlines()
    assert "lthr_bpm=172 (measured in a test)" in printed
    assert printed[-1].startswith("not set: ")
    told = str(stack.ask("jonas", QUESTION)[-1]["answer"])
    assert " mi" in told
    assert " km" not in told
    assert "- threshold heart rate: 172 bpm (measured in a test)" in stack.ask("jonas", "Who am I?")[-1]["answer"]
    assert shown(stack, *UNDO)["lthr_bpm"] is None
    assert " km" in str(stack.ask("jonas", QUESTION)[-1]["answer"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("max_heartrate_bpm=19", "max_heartrate_bpm"),
        ("timezone=Europe/Atlantis", "timezone must be an IANA zone"),
        ("heart_rate_zones_bpm=150,140", "must rise"),
    ],
)
def test_what_the_server_does_not_accept_changes_nothing(
    stack: RunningStack, before: dict[str, Any], change: str, told: str
) -> None:
    done = stack.coach("profile", "--athlete", "jonas", "lthr_bpm=170", change)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.startswith("coach: ")
    assert shown(stack) == before


def test_a_session_of_an_earlier_import_may_also_read(stack: RunningStack, before: dict[str, Any]) -> None:
    session = stack.home / "session" / "jonas.json"
    document = json.loads(session.read_text("utf-8"))
    narrow = stack.token("jonas", "mcp-activities", scopes=("activities/write",))
    document[stack.blueprint.issuer_for("mcp-activities")]["mcp-activities"]["access_token"] = narrow
    session.write_text(json.dumps(document), encoding="utf-8")
    assert shown(stack) == before
