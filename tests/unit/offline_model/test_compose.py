import re
from datetime import date
from typing import Any

import pytest

from agent.models.offline.calls import TEAM_OF_TOOL, ToolOutcome
from agent.models.offline.composer import CLOSING, compose
from agent.models.offline.planner import plan
from tests.support.grounding import ungrounded
from tests.support.tool_answers import ANSWERS, RIDES_OF_ALL_TIME, activity, metrics, summary, trend, window
from tests.unit.offline_model.golden import FOLLOW_UPS, QUESTIONS

TODAY = date(2026, 3, 15)
SPECS = [{"name": name} for name in TEAM_OF_TOOL]
FLAGSHIP = "Over the last 30 days, what is my average heart rate when it rains, and am I improving?"
CONVERSATIONS = [[question] for question, _ in QUESTIONS] + [conversation for conversation, _ in FOLLOW_UPS]


def outcomes_for(question: str, history: list[str], answers: dict[str, Any]) -> list[ToolOutcome]:
    """All batches of a question, answered."""
    outcomes: list[ToolOutcome] = []
    while calls := plan(question, SPECS, history, TODAY, outcomes):
        outcomes += [ToolOutcome(call.name, call.arguments, answers[call.name]) for call in calls]
    return outcomes


def answer(question: str, *history: str, **answers: Any) -> str:
    outcomes = outcomes_for(question, list(history), ANSWERS | answers)
    return compose(question, outcomes, tool_specs=SPECS, history=list(history), today=TODAY)


@pytest.mark.parametrize("conversation", [pytest.param(each, id=" / ".join(each)) for each in CONVERSATIONS])
def test_every_number_of_an_answer_occurs_in_a_tool_result(conversation: list[str]) -> None:
    *history, question = conversation
    outcomes = outcomes_for(question, history, ANSWERS)
    text = compose(question, outcomes, tool_specs=SPECS, history=history, today=TODAY)
    if outcomes:  # examples of what to ask are not answers
        assert ungrounded(text, [outcome.data for outcome in outcomes], also=[question, "2026-03-14"]) == []
    assert text.endswith(CLOSING)
    assert text.count("no language model") == 1
    assert not re.search(r"\bNone\b|\bnan\b", text)


def test_the_grounding_check_finds_an_invented_number() -> None:
    assert ungrounded("9 runs at 152 bpm", [{"count": 9, "bpm": 151.26}]) == ["152"]


def test_the_flagship_answer_has_count_heart_rate_and_verdict() -> None:
    text = answer(FLAGSHIP)
    assert "**Runs in the wet** — last 30 days, 2026-02-13 to 2026-03-14" in text
    assert "**9 runs**, 87.7 km, 8:10 h moving, 432 m of climbing" in text
    assert "average heart rate **151.3 bpm**, weighted by time (9 of 9 have heart rate)" in text
    assert "**Improving in the wet?** **no detectable change**." in text
    assert "changed by \N{MINUS SIGN}1.2 bpm per 30 days (95 % interval \N{MINUS SIGN}4.3 to +1.8, from" in text
    assert "from 48 comparable runs, 17 of them in the window)" in text
    assert "The smallest change visible with these runs is 3.1 bpm per 30 days." in text
    assert "About 20 comparable runs over 60 days would show a change of 4 bpm." in text
    assert "Association, not cause" in text


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("improving", "**improving**."),
        ("worsening", "**worsening**."),
        ("no_detectable_change", "**no detectable change**."),
        ("not_enough_data", "**not enough data**."),
    ],
)
def test_verdicts_have_exactly_these_words(verdict: str, words: str) -> None:
    text = answer("Am I improving?", analyze_heart_rate_trend=trend(verdict=verdict))
    assert f"**Improving?** {words}" in text


def test_not_enough_data_gives_the_reason_and_what_would_settle_it_but_no_change() -> None:
    few = trend(verdict="not_enough_data", trend=None, smallest_change_visible_bpm_per_30d=None)
    text = answer("Am I improving?", analyze_heart_rate_trend=few | {"verdict_reason": "3 runs are too few"})
    assert "**not enough data**. 3 runs are too few. About 20 comparable runs" in text
    assert "changed by" not in text


def test_a_condition_with_few_runs_also_gets_the_verdict_over_all_conditions() -> None:
    whole = {key: trend()[key] for key in ("trend", "verdict", "smallest_change_visible_bpm_per_30d", "needs")}
    few = trend(condition="wet", verdict="not_enough_data", trend=None, all_conditions=whole)
    text = answer(FLAGSHIP, analyze_heart_rate_trend=few)
    assert "**Improving in the wet?** **not enough data**." in text
    assert "**In all conditions together:** **no detectable change**." in text


def test_partial_heart_rate_says_over_how_many_it_is() -> None:
    text = answer(
        "All my rides: how many, how far, and what average heart rate?", summarize_activities=RIDES_OF_ALL_TIME
    )
    assert "**11 rides**, 575.8 km" in text
    assert (
        "average heart rate **115.0 bpm**, weighted by time, over the 4 rides that have one (4 of 11 activities)"
        in text
    )


def test_no_heart_rate_at_all_is_said_and_never_zero() -> None:
    text = answer(
        "average heart rate of my runs", summarize_activities=summary(average_heartrate_bpm=None, heartrate_count=0)
    )
    assert "average heart rate: not known, none of the runs has heart rate" in text
    assert "0 bpm" not in text


def test_no_activities_is_said_without_any_mean() -> None:
    nothing = summary(**dict.fromkeys(metrics(), 0) | {"average_heartrate_bpm": None})
    text = answer("runs when it is hot", summarize_activities=nothing)
    assert "There are no runs when hot in the last 30 days. Nor are there any before; activities whose weather" in text
    assert "bpm" not in text


def test_the_ride_of_a_day_gives_distance_and_heart_rate() -> None:
    text = answer("How was my ride on 18 April 2020?")
    assert "**Saturday 2020-04-18** Spree and back (Ride): 36.3 km at 130 bpm, 1:31 h, 24.0 km/h, 112 m of" in text
    assert "14 °C mild/dry" in text


def test_an_activity_without_heart_rate_says_so() -> None:
    found = ANSWERS["search_activities"] | {"activities": [activity(average_heartrate_bpm=None)]}
    assert "(no heart rate)" in answer("my last ride", search_activities=found)


def test_a_comparison_gives_the_differences_of_the_shown_numbers() -> None:
    outcomes = [
        ToolOutcome("summarize_activities", {}, summary() | {"window": window("October 2025")}),
        ToolOutcome(
            "summarize_activities", {}, summary(count=4, distance_m=1.0) | {"window": window("September 2025")}
        ),
    ]
    text = compose("Compare October with September", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "**October 2025 against September 2025**" in text
    assert "- activities: 9 against 4, **5 more**" in text
    assert "- distance: 87.7 km against 0.0 km, **87.7 km more**" in text
    assert "- average heart rate: the same, 151.3 bpm" in text


def test_a_failed_call_names_its_team_and_the_rest_is_answered() -> None:
    outcomes = [
        ToolOutcome("summarize_activities", {}, summary()),
        ToolOutcome("analyze_heart_rate_trend", {}, None, "upstream_unavailable", "internal text"),
    ]
    text = compose(FLAGSHIP, outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "**9 runs**" in text
    assert "The activities team is unreachable right now, so that part is missing." in text
    assert "internal text" not in text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("forbidden", "this sign-in does not allow it"),
        ("unauthorized", "please sign in again"),
        ("rate_limited", "please try again in a moment"),
        ("not_found", "was found"),
        ("something new", "the request failed"),
    ],
)
def test_each_kind_of_failure_has_its_sentence(kind: str, words: str) -> None:
    outcomes = [ToolOutcome("list_clubs", {}, None, kind, "")]
    text = compose("Which clubs am I in?", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "The socials team gave no answer" in text
    assert words in text


def test_a_write_without_an_answer_may_have_happened() -> None:
    outcomes = [ToolOutcome("create_ticket", {}, None, "upstream_unavailable", "")]
    text = compose("Open a ticket: no sync at all", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "The support team did not confirm it. Whether it was done is unknown" in text
    assert "unreachable" not in text


def test_symptoms_get_the_emergency_sentence_and_no_number() -> None:
    text = answer("I had chest pain on my last run, what was my heart rate?")
    assert "call the local emergency number" in text
    assert not re.search(r"\d", text)


def test_what_is_not_possible_is_said_with_examples() -> None:
    text = answer("Tell me a joke")
    assert text.startswith("I did not understand that.")
    assert "- Compare October with September." in text


@pytest.mark.case("R09")
def test_links_and_controls_written_by_other_people_stay_plain_text() -> None:
    hostile = "\x1b]8;;http://evil.test\x07click\x1b]8;;\x07 ![x](http://evil.test/a.png) <b>hi</b>"
    social = ANSWERS["get_activity_social"] | {"comments": [{"athlete": "Eve", "text": hostile}]}
    text = answer("any comments on my last ride?", get_activity_social=social)
    assert "\x1b" not in text
    assert "](http" not in text.replace("\\]", "")
    assert "<b>" not in text.replace("\\<", "")
