"""The demo athletes tell who they are at the first start, and never again."""

import json
from typing import Any

from local_agentcore.demo_athletes import DEMO_ATHLETES
from local_agentcore.demo_profiles import settings_of
from local_agentcore.first_start import tell_demo_profiles
from tests.support.running_stack import RunningStack


def profile(stack: RunningStack, athlete: str, *changes: str) -> dict[str, Any]:
    done = stack.coach("profile", *changes, "--athlete", athlete, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_demo_athlete_has_a_profile_with_zones(stack: RunningStack) -> None:
    for name, athlete in DEMO_ATHLETES.items():
        found = profile(stack, name)
        said = settings_of(athlete)
        assert {key: found[key] for key in said} == said
        assert {found["origins"][key] for key in ("max_heartrate_bpm", "sex")} == {"profile"}
        assert found["zones"]["run"]["zones"]


def test_what_was_taken_back_or_changed_stays_so_at_the_next_start(stack: RunningStack) -> None:
    before = profile(stack, "jonas")
    try:
        profile(stack, "jonas", "weight_kg=", "resting_heartrate_bpm=48")
        tell_demo_profiles(stack.blueprint)
        after = profile(stack, "jonas")
        assert (after["weight_kg"], after["resting_heartrate_bpm"]) == (None, 48)
    finally:
        profile(
            stack, "jonas",
            *(f"{key}={before[key]}" for key in ("weight_kg", "resting_heartrate_bpm")),
        )  # fmt: skip


def test_a_home_of_an_earlier_version_is_told_what_is_missing_and_keeps_what_is_set(stack: RunningStack) -> None:
    before = profile(stack, "jonas")
    try:
        profile(stack, "jonas", "weight_kg=", "resting_heartrate_bpm=48")
        stack.blueprint.database("activities").with_suffix(".demo-profiles").unlink()
        tell_demo_profiles(stack.blueprint)
        after = profile(stack, "jonas")
        assert (after["weight_kg"], after["resting_heartrate_bpm"]) == (before["weight_kg"], 48)
    finally:
        profile(stack, "jonas", f"resting_heartrate_bpm={before['resting_heartrate_bpm']}")


def test_a_profile_that_contradicts_the_demo_one_is_kept_and_does_not_stop_the_start(stack: RunningStack) -> None:
    before = profile(stack, "jonas")
    try:
        profile(stack, "jonas", "max_heartrate_bpm=", "lthr_bpm=190")
        stack.blueprint.database("activities").with_suffix(".demo-profiles").unlink()
        tell_demo_profiles(stack.blueprint)
        after = profile(stack, "jonas")
        assert after["lthr_bpm"] == 190
        assert after["origins"].get("max_heartrate_bpm") != "profile"
    finally:
        profile(stack, "jonas", "lthr_bpm=", f"max_heartrate_bpm={before['max_heartrate_bpm']}")
