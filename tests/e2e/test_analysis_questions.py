"""Questions about load, best efforts, single activities and what to change, through every hop."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local_agentcore.demo_athletes import DEMO_ATHLETES
from local_agentcore.demo_profiles import settings_of
from tests.support.grounding import ungrounded
from tests.support.running_stack import RunningStack

FLAGSHIP_IN_FULL = (
    "over the last 30 days I did ten runs: what is my average heart rate in a given weather condition, am I improving "
    "or getting worse, what should I change?"
)
VERDICTS = ("improving", "worsening", "no detectable change", "not enough data")
SETTINGS = {"sex": "F", "max_heartrate_bpm": "188", "resting_heartrate_bpm": "50", "lthr_bpm": "170"}
# As the first start told them; other tests ask as well.
TOLD = {name: str(value) for name, value in settings_of(DEMO_ATHLETES["maya"]).items()}


def change(stack: RunningStack, **settings: str) -> None:
    done = stack.coach("profile", "--athlete", "maya", *(f"{key}={value}" for key, value in settings.items()))
    assert done.returncode == 0, done.stderr


@pytest.fixture
def known(stack: RunningStack) -> Iterator[None]:
    """An athlete whose settings allow loads with all that can be said of them."""
    change(stack, **SETTINGS)
    yield
    change(stack, lthr_bpm="", **{name: TOLD[name] for name in SETTINGS if name in TOLD})


@pytest.fixture
def unknown(stack: RunningStack) -> Iterator[None]:
    """An athlete who said nothing of their heart."""
    names = [name for name in SETTINGS if name in TOLD] + ["birth_year"]
    change(stack, **dict.fromkeys(names, ""))
    yield
    change(stack, **{name: TOLD[name] for name in names})


@pytest.fixture
def minor(stack: RunningStack) -> Iterator[None]:
    change(stack, birth_year="2012")
    yield
    change(stack, birth_year=TOLD["birth_year"])


@pytest.fixture
def miles(stack: RunningStack) -> Iterator[None]:
    change(stack, measurement_preference="feet")
    yield
    change(stack, measurement_preference="meters")


def asked(stack: RunningStack, question: str, *, feet: bool = False) -> tuple[str, list[str]]:
    """The answer and the tools it came from; every number of it occurs in a tool's result."""
    events = stack.ask("maya", question)
    assert [event for event in events if event["type"] == "error"] == []
    results: list[dict[str, Any]] = [event["result"] for event in events if event["type"] == "tool_end"]
    answer = str(next(event["answer"] for event in events if event["type"] == "done"))
    last_days = [_last_day(result["window"]["end_date"]) for result in results if "window" in result]
    assert ungrounded(answer, results, also=[question, *last_days], feet=feet) == []
    return answer, [event["tool"] for event in events if event["type"] == "tool_start"]


def _last_day(end: str) -> str:
    year, month, day = (int(part) for part in end.split("-"))
    assert day > 1
    return f"{year}-{month:02d}-{day - 1:02d}"


@pytest.mark.usefixtures("unknown")
def test_the_flagship_question_in_full_is_answered_in_full(stack: RunningStack) -> None:
    answer, tools = asked(stack, FLAGSHIP_IN_FULL)
    assert set(tools) == {"summarize_activities", "analyze_heart_rate_trend", "get_training_load"}
    rows = re.findall(r"^\| (\w+) \| (\d+) \| 1\d\d\.\d bpm \|", answer, re.MULTILINE)
    assert rows[0][0] == "all"
    assert len(rows) > 3
    assert re.search(r"Comparable are \d+ of \d+ runs \(\d+ with heart rate, \d+ with weather\)", answer)
    assert any(f"**{verdict}**" in answer for verdict in VERDICTS)
    assert "95 % interval" in answer
    assert "**What to change**" in answer
    assert "**The data supports no change.**" in answer
    assert "coach profile max_heartrate_bpm=VALUE resting_heartrate_bpm=VALUE sex=VALUE" in answer


@pytest.mark.usefixtures("known")
def test_with_settings_the_load_rules_speak_too(stack: RunningStack) -> None:
    answer, _ = asked(stack, FLAGSHIP_IN_FULL)
    assert "No rule of the training load raised an alert. **The data supports no change.**" in answer
    assert "coach profile" not in answer


@pytest.mark.usefixtures("unknown")
def test_an_unknown_load_names_the_settings(stack: RunningStack) -> None:
    answer, tools = asked(stack, "How is my training load?")
    assert tools == ["get_training_load"]
    assert "Your load is not known." in answer
    assert "Set it in a terminal: coach profile max_heartrate_bpm=VALUE" in answer


@pytest.mark.usefixtures("known")
def test_a_known_load_has_form_and_basis(stack: RunningStack) -> None:
    answer, _ = asked(stack, "what is my form?")
    assert re.search(r"load \*\*\d+ hrTSS\*\* over \d+ of \d+ activities", answer)
    assert re.search(r"fitness \(CTL\) \d+\.\d, fatigue \(ATL\) \d+\.\d, \*\*form \(TSB\)", answer)
    assert "That does not mean that the training is safe." in answer


def test_a_best_effort_and_what_it_predicts(stack: RunningStack) -> None:
    answer, tools = asked(stack, "my fastest 5k")
    assert tools == ["get_best_efforts_and_predictions"]
    assert re.search(r"- 5K: \*\*2\d:\d\d\*\* \(\d:\d\d min/km\) on \w+day 2026-\d\d-\d\d", answer)
    answer, _ = asked(stack, "what could I run for a half marathon?")
    assert re.search(r"- Half-Marathon: about \*\*\d:\d\d:\d\d to \d:\d\d:\d\d\*\* \(Riegel", answer)
    assert "They rest on one effort" in answer


@pytest.mark.usefixtures("minor")
def test_a_minor_gets_no_time_for_a_half_marathon(stack: RunningStack) -> None:
    answer, _ = asked(stack, "what could I run for a half marathon?")
    assert "For Half-Marathon no time is predicted" in answer
    assert "under 18, nothing is predicted for longer races" in answer
    assert "about **" not in answer


@pytest.mark.usefixtures("miles")
@pytest.mark.parametrize("question", ["compare my last two runs", "splits of my last run", "How is my training load?"])
def test_an_athlete_who_likes_miles_reads_miles(stack: RunningStack, question: str) -> None:
    answer, _ = asked(stack, question, feet=True)
    assert " mi" in answer
    assert not re.search(r"\bkm\b", answer)


@pytest.mark.parametrize("question", ["compare my last two runs", "compare my last run with the one before"])
def test_two_runs_are_compared(stack: RunningStack, question: str) -> None:
    answer, tools = asked(stack, question)
    assert tools == ["search_activities", "compare_activities"]
    assert re.search(r"\*\*\w+day 2026-11-22 against \w+day 2026-11-18:\*\* heart rate .{1,2}\d+\.\d bpm", answer)
    assert "**within noise**" in answer


@pytest.mark.usefixtures("known")
def test_splits_and_time_in_zones_of_the_last_run(stack: RunningStack) -> None:
    answer, tools = asked(stack, "splits of my last run")
    assert tools == ["search_activities", "get_activity"]
    assert "| 18 | 1.0 km | 5:46 |" in answer
    answer, tools = asked(stack, "time in zones on my last run")
    assert tools == ["search_activities", "get_activity"]
    assert re.search(r"- zone 2 \(144 to 153 bpm\): \d:\d\d:\d\d, \d\d %", answer)
