import re
from typing import Any

import pytest

from agent.models.offline.calls import ToolOutcome
from agent.models.offline.composer import compose
from tests.support.analysis_answers import (
    ESTIMATES,
    FORM,
    NO_ZONES,
    SPIKE,
    TOO_SHORT_HISTORY,
    UNKNOWN_LOAD,
    best_efforts,
    compared,
    minor,
    parts,
    training_load,
)
from tests.support.grounding import ungrounded
from tests.support.offline_coach import SPECS, TODAY, answer, outcomes_for
from tests.support.tool_answers import ANSWERS, activity, in_feet, trend
from tests.unit.offline_model.golden_analyses import FLAGSHIP_IN_FULL

MINUS = "\N{MINUS SIGN}"
NO_CHANGE = "**The data supports no change.**"
NO_METHOD = "load from heart rate needs what the profile does not say: "
#: Results that differ from the usual ones, for the questions that they answer.
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("How is my training load?", {"get_training_load": training_load(**UNKNOWN_LOAD)}),
    ("How is my training load?", {"get_training_load": training_load(alerts=[FORM, SPIKE], alerts_left_out=2)}),
    ("What should I change?", {"get_training_load": training_load(alerts=[SPIKE])}),
    ("What should I change?", {"get_training_load": training_load(**UNKNOWN_LOAD)}),
    ("What should I change?", {"get_training_load": None}),
    ("what could I run for a half marathon?", {"get_best_efforts_and_predictions": minor()}),
    ("what could I run for a marathon?", {}),
    ("compare my last two runs", {"compare_activities": compared(noise="beyond noise", heartrate_bpm=-8.3)}),
    ("compare my last two runs", {"compare_activities": None}),
    ("splits and laps of my last run", {}),
    ("time in zones on my last run", {"get_activity": {**activity(), **parts(heart_rate_zones=NO_ZONES)}}),
]


def two_runs() -> dict[str, Any]:
    return {**ANSWERS["search_activities"], "activities": [activity(id="run-2"), activity(id="run-1")]}


def load(**changes: Any) -> str:
    return answer("How is my training load?", get_training_load=training_load(**changes))


@pytest.mark.parametrize("feet", [False, True], ids=["kilometres", "miles"])
@pytest.mark.parametrize(("question", "changes"), VARIANTS, ids=[f"{n} {q}" for n, (q, _) in enumerate(VARIANTS)])
def test_every_number_occurs_in_a_tool_result_whatever_the_tools_say(
    question: str, changes: dict[str, Any], *, feet: bool
) -> None:
    answers = {**ANSWERS, "search_activities": two_runs(), **changes}
    told = {name: each for name, each in answers.items() if each is not None}
    answers |= in_feet(told) if feet else {}
    outcomes = outcomes_for(question, [], answers)
    text = compose(question, outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert ungrounded(text, [each.data for each in outcomes], also=[question, "2026-03-14"], feet=feet) == []
    assert not re.search(r"\bNone\b|\bnan\b", text)
    assert not (feet and re.search(r"\bkm\b", text))


def test_a_known_load_is_told_with_its_unit_coverage_form_and_basis() -> None:
    text = load()
    assert "**Training load** — last 30 days, 2026-02-13 to 2026-03-14" in text
    assert "- load **412 hrTSS** over 9 of 10 activities, 8:10 h moving" in text
    assert "- 1 without a load (no heart rate): unknown, not zero, so sums read low" in text
    assert (
        f"- fitness (CTL) 45.2, fatigue (ATL) 51.9, **form (TSB) {MINUS}6.6** on Saturday 2026-03-14; "
        "fitness changed by +2.1 within a week" in text
    )
    assert "- monotony 1.4, strain 520 (2026-03-08 to 2026-03-14)" in text
    assert "easy 71 %, between thresholds 19 %, hard 10 %" in text
    assert "The load is hrTSS, from heart rate and your maximum heart rate (as you said), threshold heart rate" in text
    assert "they count training, they do not measure how fit or tired you are" in text
    assert "- 1 activities since 2025-02-13 have an unknown load: every sum here reads low." in text


def test_no_alert_is_not_called_safe() -> None:
    assert "**Alerts:** none. That does not mean that the training is safe." in load()


def test_alerts_are_told_in_their_own_words_with_day_and_lengths_in_the_athletes_unit() -> None:
    text = load(alerts=[FORM, SPIKE], alerts_left_out=2)
    assert f"- Saturday 2026-03-14: {FORM['text']}" in text
    assert f"- Sunday 2026-03-08: {SPIKE['text']} (15.0 km after at most 12.0 km)" in text
    assert "- and 2 more, of earlier runs" in text
    assert "Alerts:** none" not in text
    miles = in_feet({**ANSWERS, "get_training_load": training_load(alerts=[SPIKE])})
    assert "(9.3 mi after at most 7.5 mi)" in answer("How is my training load?", **miles)


@pytest.mark.parametrize(
    ("missing", "settings"),
    [
        ("sex", "coach profile sex=VALUE"),
        ("maximal heart rate and sex", "coach profile max_heartrate_bpm=VALUE sex=VALUE"),
        ("resting heart rate", "coach profile resting_heartrate_bpm=VALUE"),
    ],
)
def test_an_unknown_load_says_which_setting_would_make_it_known(missing: str, settings: str) -> None:
    text = load(**{**UNKNOWN_LOAD, "method_reason": NO_METHOD + missing})
    assert f"Your load is not known. L{NO_METHOD[1:]}{missing}. Set it in a terminal: {settings}\n" in text
    assert "but only the rule for single long runs could be applied" in text
    assert "CTL" not in text


def test_a_drug_that_limits_the_heart_rate_is_no_missing_setting() -> None:
    text = load(**{**UNKNOWN_LOAD, "method_reason": "a drug limits the heart rate, so loads made from it do not hold"})
    assert "A drug limits the heart rate, so loads made from it do not hold." in text
    assert "coach profile" not in text


def test_overtraining_is_not_diagnosed() -> None:
    text = answer("am I overtraining?")
    assert text.startswith("No number here can tell whether you are overtraining; with symptoms, ask a doctor.")
    assert "**form (TSB)" in text


def test_a_load_of_one_sport_is_said_to_be_that_of_all() -> None:
    assert "Load is counted over all sports and all weather together." in answer("training load of my runs")
    assert "all sports" not in load()


def test_the_flagship_question_in_full_gets_conditions_trend_and_what_to_change() -> None:
    text = answer(FLAGSHIP_IN_FULL)
    assert "average heart rate **151.3 bpm**, weighted by time (9 of 9 have heart rate)" in text
    assert "| all | 17 | 151.4 bpm | 5:38 min/km | not known |" in text
    assert "| wet | 6 | 152.1 bpm | not known | 8 °C |" in text
    assert "| hot | 0 | not known | not known | not known |" in text
    assert "not adjusted for pace" in text
    assert "Comparable are 17 of 21 runs (20 with heart rate, 21 with weather)." in text
    assert f"95 % interval {MINUS}4.3 to +1.8, from 48 comparable runs, 17 of them in the window" in text
    assert "**Improving?** **no detectable change**." in text
    assert "The trend shows no detectable change. No rule of the training load raised an alert. " + NO_CHANGE in text
    assert "This is no medical advice" in text


def test_conditions_are_listed_only_where_the_weather_is_asked_for_without_a_name() -> None:
    assert "Mean heart rate by weather" not in answer("Am I improving?")
    assert "Mean heart rate by weather" not in answer("Am I improving when it is hot?")
    empty = trend(by_condition=[{"condition": "all", "n": 0, "mean_hr_bpm": None}])
    text = answer("Am I improving in any weather?", analyze_heart_rate_trend=empty)
    assert "**By weather:** no comparable run in this window." in text


def test_warnings_and_exclusions_of_the_trend_are_told() -> None:
    warned = trend(warnings=["3 of 17 temperatures were measured by the device itself"], excluded_counts={"race": 4})
    text = answer("Am I improving?", analyze_heart_rate_trend=warned)
    assert "- Note: 3 of 17 temperatures were measured by the device itself." in text
    assert "Left out of this span and the months before: race 4." in text


@pytest.mark.parametrize("verdict", ["improving", "worsening", "no_detectable_change", "not_enough_data"])
def test_no_verdict_alone_asks_for_a_change(verdict: str) -> None:
    text = answer("What should I change?", analyze_heart_rate_trend=trend(verdict=verdict))
    assert NO_CHANGE in text


@pytest.mark.parametrize("alert", [FORM, SPIKE])
def test_an_alert_is_the_hint_and_its_words_are_not_made_stronger(alert: dict[str, Any]) -> None:
    text = answer("What should I change?", get_training_load=training_load(alerts=[alert]))
    hints = text.partition("**What to change**")[2]
    assert alert["text"] in hints
    assert NO_CHANGE not in text
    assert ("one of more than 16.5 km would be such a spike" in hints) is (alert is SPIKE)
    assert not re.search(r"\b(?:must|will|injured|because|caused?)\b", hints.replace("not a cause", ""))


def test_too_little_history_gets_the_rules_own_hint_of_gradual_steps() -> None:
    rule = {"runs": 3, "checked": 0, "statement": TOO_SHORT_HISTORY, "longest_run_m": None, "spike_above_m": None}
    text = answer("What should I change?", get_training_load=training_load(spike_rule=rule))
    assert f"- Single long runs: {TOO_SHORT_HISTORY}." in text
    assert NO_CHANGE not in text


def test_what_could_not_be_checked_is_said_before_nothing_is_advised() -> None:
    text = answer("What should I change?", get_training_load=training_load(**UNKNOWN_LOAD))
    assert "raised no alert; the other rules of the load could not be applied. " + NO_CHANGE in text
    assert "coach profile max_heartrate_bpm=VALUE sex=VALUE" in text
    text = answer("What should I change?", get_training_load=None)
    assert "The training load could not be read. " + NO_CHANGE in text
    assert "The activities team is unreachable right now" in text


def test_a_best_effort_has_time_pace_and_date() -> None:
    text = answer("my fastest 5k")
    assert "**Best efforts of your runs** — last 12 months, 2025-03-16 to 2026-03-14" in text
    assert "- 5K: **22:23** (4:29 min/km) on Saturday 2026-02-21" in text
    assert "10K" not in text
    assert "22 of 48 runs have samples to find best efforts in." in text
    miles = answer("my fastest 5k", **in_feet(ANSWERS))
    assert "- 5K: **22:23** (7:12 min/mi) on Saturday 2026-02-21" in miles


@pytest.mark.parametrize(("question", "name"), [("my fastest 3k", "3k"), ("my fastest marathon", "Marathon")])
def test_a_distance_without_a_best_effort_is_said_and_the_others_are_shown(question: str, name: str) -> None:
    text = answer(question)
    assert f"- {name}: there is no best effort over it" in text
    assert "- 5K: **22:23**" in text


def test_no_samples_at_all_is_no_best_effort() -> None:
    nothing = best_efforts(best=[], source=None, predictions=[], reason="no effort of 3.5 to 230 minutes")
    text = answer("my fastest 5k", get_best_efforts_and_predictions=nothing)
    assert "There are none: 22 of 48 runs have samples" in text
    text = answer("what could I run for a 10k?", get_best_efforts_and_predictions=nothing)
    assert "None can be given: no effort of 3.5 to 230 minutes." in text


def test_a_prediction_is_a_span_between_formulas_with_the_effort_it_rests_on() -> None:
    text = answer("what could I run for a half marathon?")
    assert "- Half-Marathon: about **1:42:48 to 1:42:58** (Riegel 1:42:58, VDOT 1:42:54, Cameron 1:42:48)" in text
    assert "They rest on one effort: 5K: **22:23** (4:29 min/km) on Saturday 2026-02-21, in “Club run”, 22 days" in text
    assert "(VDOT 43.6, an estimate)" in text
    assert f"E{ESTIMATES[1:]}." in text
    assert "not a confidence interval" in text
    assert "Marathon: about **3" not in text


def test_a_formula_that_does_not_hold_says_why() -> None:
    text = answer("how fast could I run a marathon?")
    assert "- Marathon: about **3:53:20 to 3:55:00** (VDOT 3:53:20, Cameron 3:55:00; Riegel: outside the 3.5" in text


@pytest.mark.parametrize("distance", ["half marathon", "marathon"])
def test_a_minor_gets_no_time_for_a_long_race_and_is_told_so(distance: str) -> None:
    text = answer(f"what could I run for a {distance}?", get_best_efforts_and_predictions=minor())
    assert "no time is predicted; there are estimates for 5K, 10K." in text
    assert "under 18, nothing is predicted for longer races." in text
    assert "about **" not in text
    assert not re.search(r"\b\d:\d\d:\d\d\b", text)


def test_critical_speed_is_an_estimate_or_not_known() -> None:
    text = answer("what is my critical speed?")
    assert "- about **4:32 min/km**; 123 m can be run faster" in text
    assert "an estimate from the best efforts over 1K, 1 mile" in text
    one_run: dict[str, Any] = {
        "speed_mps": None,
        "pace_s_per_km": None,
        "reserve_m": None,
        "efforts": [],
        "reason": "one run only",
    }
    told = best_efforts(critical_speed=one_run)
    assert "It is not known: one run only." in answer("my critical speed", get_best_efforts_and_predictions=told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "heart rate +3.0 bpm, **within noise**: two single activities must differ by 5.1 bpm"),
        (
            {"noise": "beyond noise", "heartrate_bpm": -8.3},
            f"heart rate {MINUS}8.3 bpm, **beyond noise** (more than 5.1",
        ),
        ({"heartrate_bpm": None, "reason": "no_heartrate"}, "heart rate cannot be compared: not both have one"),
        ({"heartrate_bpm": None, "reason": "other_sport"}, "heart rate is not compared between sports"),
    ],
)
def test_a_comparison_says_what_a_difference_of_heart_rates_is_worth(change: dict[str, Any], words: str) -> None:
    told = {"search_activities": two_runs(), "compare_activities": compared(**change)}
    text = answer("compare my last two runs", **told)
    assert f"**Thursday 2026-03-12 against Tuesday 2026-03-10:** {words}" in text
    assert "0:20 min/km slower; 2 °C colder" in text
    assert "Pace, hills, heat and duration also move heart rate: a difference is not a change of fitness." in text
    assert "| average heart rate | 144.8 bpm | 147.8 bpm |" in text
    assert "| share of time in zones | 1: 40 %, 2: 60 % |" in text


def test_one_activity_is_nothing_to_compare_and_none_is_said() -> None:
    one = {**two_runs(), "activities": [activity(id="run-1")]}
    text = answer("compare my last two runs", search_activities=one)
    assert text.startswith("There is only one such run, so nothing to compare:\n\n- **Saturday 2020-04-18**")
    none = {**two_runs(), "activities": []}
    assert answer("compare my last two runs", search_activities=none).startswith("There are no runs to compare.")


def test_more_than_five_are_not_all_compared_and_that_is_said() -> None:
    assert "at most five side by side" in answer("compare my last ten runs", search_activities=two_runs())
    assert "at most five" not in answer("compare my last two runs", search_activities=two_runs())


def test_a_failed_comparison_shows_what_was_found() -> None:
    text = answer("compare my last two runs", search_activities=two_runs(), compare_activities=None)
    assert text.count("Spree and back") == 2
    assert "The activities team is unreachable right now" in text


def test_splits_and_laps_are_tables_with_what_is_missing() -> None:
    text = answer("splits and laps of my last run")
    assert "| 1 | 1.0 km | 5:45 | 5:45 min/km | 143 bpm |" in text
    assert "| 2 | 1.0 km | 5:45 | 5:45 min/km | not known |" in text
    assert "**Laps**" in text
    assert "| 1 | 1.0 mi | 5:45 | 5:45 min/mi |" in answer("splits of my last run", **in_feet(ANSWERS))
    without = {**activity(), **parts(splits=[])}
    assert "**Splits:** none are recorded for it." in answer("splits of my last run", get_activity=without)


def test_time_in_zones_has_bounds_shares_and_what_they_rest_on() -> None:
    text = answer("time in zones on my last run")
    assert "- zone 1 (below 144 bpm): 6:30, 6 %" in text
    assert "- zone 2 (144 to 152 bpm): 1:36:27, 93 %" in text
    assert "- zone 5c (from 180 bpm): 0:00, 0 %" in text
    assert "The bounds are shares of your threshold heart rate." in text


def test_unknown_zones_name_the_settings_of_which_one_is_enough() -> None:
    told = {**activity(), **parts(heart_rate_zones=NO_ZONES)}
    text = answer("time in zones on my last run", get_activity=told)
    assert (
        "Set one of them in a terminal: coach profile lthr_bpm=VALUE or max_heartrate_bpm=VALUE or birth_year" in text
    )
    assert "%" not in text


@pytest.mark.case("R09")
def test_names_in_a_comparison_and_in_a_prediction_make_no_link_and_no_column() -> None:
    hostile = "a | b ](http://evil.test) ⟦ignore⟧ <b>"
    rows = compared()
    rows["activities"] = [{**row, "name": hostile} for row in rows["activities"]]
    text = answer("compare my last two runs", search_activities=two_runs(), compare_activities=rows)
    source = {**best_efforts()["source"], "activity_name": hostile}
    text += answer("predict my 10k time", get_best_efforts_and_predictions=best_efforts(source=source))
    assert "](http" not in text.replace("\\]", "")
    assert " | b" not in text.replace("\\|", "")
    assert "⟦" not in text


def test_without_the_tool_of_the_load_the_trend_is_still_answered() -> None:
    specs = [spec for spec in SPECS if spec["name"] != "get_training_load"]
    outcomes = [ToolOutcome("analyze_heart_rate_trend", {}, trend())]
    text = compose("What should I change?", outcomes, tool_specs=specs, history=[], today=TODAY)
    assert "**Improving?** **no detectable change**." in text
    assert "The training load could not be read. " + NO_CHANGE in text
