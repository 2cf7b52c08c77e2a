import re
from typing import Any

import pytest

from agent.models.offline.calls import ToolOutcome
from agent.models.offline.composer import CLOSING, compose
from agent.models.offline.planner import plan
from tests.support.grounding import ungrounded
from tests.support.offline_coach import MOST_CALLS, SPECS, TODAY, answer, outcomes_for
from tests.support.tool_answers import (
    ANSWERS,
    RIDES_OF_ALL_TIME,
    activity,
    in_feet,
    metrics,
    profile,
    summary,
    trend,
    window,
)
from tests.unit.offline_model import golden, golden_analyses
from tests.unit.offline_model.golden import OF_OTHERS

FLAGSHIP = "Over the last 30 days, what is my average heart rate when it rains, and am I improving?"
CONVERSATIONS = [
    *([question] for each in (golden, golden_analyses) for question, _ in each.QUESTIONS + each.SEVERAL),
    *(conversation for each in (golden, golden_analyses) for conversation, _ in each.FOLLOW_UPS),
    *([question] for question in golden_analyses.LOOK_ALIKE),
]


@pytest.mark.parametrize("conversation", [pytest.param(each, id=" / ".join(each)) for each in CONVERSATIONS])
def test_every_number_of_an_answer_occurs_in_a_tool_result(conversation: list[str]) -> None:
    *history, question = conversation
    outcomes = outcomes_for(question, history, ANSWERS)
    text = compose(question, outcomes, tool_specs=SPECS, history=history, today=TODAY)
    if outcomes:  # examples of what to ask are not answers
        assert ungrounded(text, [outcome.data for outcome in outcomes], also=[*conversation, "2026-03-14"]) == []
    assert text.endswith(CLOSING)
    assert text.count("no language model") == 1
    assert not re.search(r"\bNone\b|\bnan\b", text)


@pytest.mark.parametrize("conversation", [pytest.param(each, id=" / ".join(each)) for each in CONVERSATIONS])
def test_an_athlete_who_likes_miles_reads_no_metric_length_but_the_same_numbers(conversation: list[str]) -> None:
    *history, question = conversation
    outcomes = outcomes_for(question, history, in_feet(ANSWERS))
    text = compose(question, outcomes, tool_specs=SPECS, history=history, today=TODAY)
    if not any("measurement_preference" in (outcome.data or {}) for outcome in outcomes):
        return  # routes, clubs, tickets: nobody says there what the athlete likes
    told = re.sub(r"of [\d.]+ km (?:or more|at most|to [\d.]+ km)", "", text)
    assert not re.search(r"\bkm\b|km/h|\d m of climbing", told)
    allowed = [*conversation, "2026-03-14"]
    assert ungrounded(text, [outcome.data for outcome in outcomes], also=allowed, feet=True) == []


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How far did I run last month?", "**54.5 mi**, 9 runs, 8:10 h moving, 1419 ft of climbing"),
        ("What's my average pace?", "average pace 9:00 min/mi"),
        ("average temperature of my runs", "average temperature 9 °C"),
        ("What was my last run?", "22.6 mi at 130 bpm, 1:31 h, 14.9 mph, 367 ft of climbing, 14 °C mild/dry"),
    ],
)
def test_lengths_are_written_in_miles_and_feet_and_temperatures_stay(question: str, told: str) -> None:
    assert told in answer(question, **in_feet(ANSWERS))


def test_differences_in_miles_are_of_the_shown_numbers() -> None:
    left, right = summary(), summary(distance_m=20_000.0, pace_s_per_km=300.0, total_elevation_gain_m=100.0)
    sides = [{**each, "measurement_preference": "feet"} for each in (left, right)]
    outcomes = [ToolOutcome("summarize_activities", {}, each) for each in sides]
    text = compose("Compare October with September", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "- distance: 54.5 mi against 12.4 mi, **42.1 mi more**" in text
    pace = compose("am I faster than last year", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "- average pace: 9:00 min/mi against 8:03 min/mi, **0:57 min/mi slower**" in pace


def test_a_table_in_miles() -> None:
    groups = [metrics(key="a", label="January 2026"), metrics(key="b", label="March 2026", total_elevation_gain_m=900)]
    told = {**summary(), "groups": groups, "group_count": 2, "measurement_preference": "feet"}
    text = answer("Which month did I climb the most?", summarize_activities=told)
    assert "| January 2026 | 9 | 54.5 mi | 8:10 h | 151.3 bpm | 9 of 9 | 1419 ft |" in text
    assert "Most climbing: **March 2026**, 2953 ft." in text


def test_a_table_that_was_cut_says_so() -> None:
    groups = [metrics(key=str(number), label=f"week {number}") for number in (260, 261)]
    text = answer("runs per week", summarize_activities={**summary(), "groups": groups, "group_count": 261})
    assert "These are the newest of 261. Name earlier dates for the others." in text
    text = answer("runs per week", summarize_activities={**summary(), "groups": groups, "group_count": 2})
    assert "newest" not in text


def test_a_question_in_miles_finds_routes_in_miles() -> None:
    assert "Tempelhofer Feld loop**: 6.1 mi, 69 ft of climbing" in answer("find a 6 mile route near Tempelhof")
    assert "Tempelhofer Feld loop**: 9.9 km, 21 m of climbing" in answer("find a 10 km route near Tempelhof")
    assert "6.1 mi" in answer("and near Wannsee?", "find a 6 mile route near Tempelhof")


def test_the_sensor_of_the_watch_is_named() -> None:
    text = answer("average temperature of my runs", summarize_activities=summary(device_temperature_count=3))
    assert "average temperature 9 °C (weather known for 9 of 9, for 3 of them by the watch alone)" in text
    found = page(activity(weather_source="device_sensor"))
    assert "14 °C by the watch mild/dry" in answer("my last ride", search_activities=found)


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


DOWNGRADED = {
    "verdict": "no_detectable_change",
    "verdict_reason": "the interval alone would say improving, but that depends on one run",
    "trend": {**trend()["trend"], "bpm_per_30d": -3.45, "ci95_low": -6.4, "ci95_high": -0.5},
    "stability": {"note": "depends on one run"},
}
WHY = (
    "interval \N{MINUS SIGN}6.4 to \N{MINUS SIGN}0.5, from 48 comparable runs, 17 of them in the window). "
    "Yet no change is claimed: the interval alone would say improving, but that depends on one run."
)


def test_a_verdict_weaker_than_its_interval_says_why() -> None:
    text = answer("Am I improving?", analyze_heart_rate_trend=trend(**DOWNGRADED))
    assert "**Improving?** **no detectable change**. Heart rate at the same effort changed by" in text
    assert WHY in text


def test_so_does_the_one_over_all_conditions() -> None:
    few = trend(condition="wet", verdict="not_enough_data", trend=None, all_conditions=trend(**DOWNGRADED))
    text = answer(FLAGSHIP, analyze_heart_rate_trend=few)
    assert WHY in text.partition("**In all conditions together:**")[2]


@pytest.mark.parametrize("interval", [{"ci95_low": -4.3, "ci95_high": 1.8}, {"ci95_low": -6.4, "ci95_high": -0.5}])
def test_a_verdict_that_its_interval_carries_needs_no_excuse(interval: dict[str, float]) -> None:
    verdict = "no_detectable_change" if interval["ci95_high"] > 0 else "improving"
    told = trend(verdict=verdict, trend={**trend()["trend"], **interval})
    assert "no change is claimed" not in answer("Am I improving?", analyze_heart_rate_trend=told)


@pytest.mark.parametrize("question", ["Am I improving in bad weather?", "average heart rate in nice weather"])
def test_weather_that_is_no_band_gets_the_bands_to_choose_from(question: str) -> None:
    text = answer(question)
    assert "Which weather do you mean: cold, cool, mild, warm, hot, humid, wet, dry or windy?" in text


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


def test_a_comparison_of_weather_is_about_pace_and_heart_rate_and_says_its_dates_once() -> None:
    year = {"window": window("last 12 months")}
    outcomes = [
        ToolOutcome("summarize_activities", {}, summary(pace_s_per_km=344.2) | year),
        ToolOutcome("summarize_activities", {}, summary(average_heartrate_bpm=149.0) | year),
    ]
    text = compose("Do I run slower when it is windy?", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "**When windy against all weather**" in text
    assert "- average pace: 5:44 min/km against 5:36 min/km, **0:08 min/km slower**" in text
    assert "- average heart rate: 151.3 bpm against 149.0 bpm, **2.3 bpm higher**" in text
    assert "- distance" not in text
    assert text.count("No dates were named, so these are the last 12 months.") == 1


def test_differences_are_of_two_numbers_of_the_results_and_nothing_else_is_new() -> None:
    left, right = summary(), summary(count=4, distance_m=20_000.0, moving_time_s=7_200.0, average_heartrate_bpm=148.0)
    outcomes = [ToolOutcome("summarize_activities", {}, each) for each in (left, right)]
    text = compose("Compare October with September", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    differences = ["5 activities", "67.7 km", "6:10 h", "3.3 bpm"]
    assert ungrounded(text, [left, right], also=["2026-03-14", *differences]) == []
    assert sorted(ungrounded(text, [left, right], also=["2026-03-14"])) == ["3.3", "5", "67.7", "6:10"]


def test_more_in_one_weather_compares_the_counts() -> None:
    outcomes = [ToolOutcome("summarize_activities", {}, each) for each in (summary(), summary(count=20))]
    text = compose("more runs in rain or in dry weather?", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "- runs: 9 against 20, **11 fewer**" in text


def test_a_question_for_advice_after_the_trend_repeats_nothing() -> None:
    text = answer("Am I improving? Also, should I change anything?")
    assert text.count("**Improving?**") == 1
    assert text.count("**What to change**") == 1


def test_an_empty_side_has_no_heart_rate_to_compare() -> None:
    nothing = summary(**dict.fromkeys(metrics(), 0) | {"average_heartrate_bpm": None})
    outcomes = [ToolOutcome("summarize_activities", {}, each) for each in (nothing, summary())]
    text = compose("Compare October with September", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "- activities: 0 against 9, **9 fewer**" in text
    assert "- average heart rate: not known for both" in text
    text = compose("Compare October with September", [outcomes[0]] * 2, tool_specs=SPECS, history=[], today=TODAY)
    assert "Both are empty, so there is nothing to compare." in text
    assert "against" not in text


def test_a_running_month_is_said_to_be_unfinished() -> None:
    text = answer("Did I run more this month than last month?")
    assert "This month is not over yet." in text


def test_each_question_of_a_line_is_answered_and_the_closing_line_comes_once() -> None:
    text = answer("How far did I run last month? And any clubs?")
    assert "**87.7 km**, 9 runs" in text
    assert "Kiez Runners (running, Berlin, 42 members)" in text
    assert text.count(CLOSING) == 1


def test_a_part_that_is_not_possible_does_not_hide_the_other() -> None:
    text = answer("How far did I run last month, and what's the weather tomorrow?")
    assert "**87.7 km**, 9 runs" in text
    assert "I have no weather forecast" in text


@pytest.mark.parametrize(
    "line",
    [
        "My chest hurts. How far did I run?",
        "How far did I run? I feel dizzy",
        "pain in my left arm",
        "Why do I feel dizzy? Which clubs am I in?",
        "why is my chest hurting",
        "Who gave me kudos on the run on which I fainted?",
    ],
)
def test_symptoms_anywhere_in_a_line_are_all_that_is_answered(line: str) -> None:
    text = answer(line)
    assert text.startswith("I cannot judge symptoms.")
    assert not re.search(r"\d", text)


def test_a_trend_of_rides_is_not_computed_and_that_is_said() -> None:
    text = answer("Am I getting fitter on the bike?")
    assert "is computed for runs only, not for rides." in text
    assert "Improving" not in text


def test_nothing_in_the_last_30_days_is_looked_for_in_all_time() -> None:
    outcomes = [
        ToolOutcome("summarize_activities", {}, summary(count=0)),
        ToolOutcome("summarize_activities", {}, summary(count=2) | {"window": window("all")}),
    ]
    text = compose("How often did I swim?", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert text.startswith("There are no swims in the last 30 days.")
    assert "**Swims** — all time, 2026-02-13 to 2026-03-14" in text
    assert "**2 swims**" in text
    assert "No dates were named" not in text


def test_a_share_is_two_counts_and_how_many_have_known_weather() -> None:
    outcomes = [
        ToolOutcome("summarize_activities", {}, summary(count=5)),
        ToolOutcome("summarize_activities", {}, summary(count=16, weather_count=14)),
    ]
    question = "What percentage of my runs were in the rain?"
    text = compose(question, outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "**5 of 16 runs** in the wet (weather known for 14 of 16)" in text


def test_a_breakdown_names_the_row_with_most_of_what_was_asked() -> None:
    groups = [metrics(key="a", label="January 2026"), metrics(key="b", label="March 2026", total_elevation_gain_m=900)]
    text = answer("Which month did I climb the most?", summarize_activities=summary() | {"groups": groups})
    assert "| climbing |" in text
    assert "| 432 m |" in text
    assert "Most climbing: **March 2026**, 900 m." in text
    assert "The first and the last month can be incomplete." in text


def test_activities_of_a_length_are_listed_with_how_many_there_are() -> None:
    text = answer("list rides longer than 50 km", search_activities=page(activity(distance_m=60_000.0)))
    assert text.startswith("Rides of 50 km or more, longest first:\n\n- ")
    assert "60.0 km" in text
    assert "These are the longest of 11." in text
    text = answer("rides between 20 and 40 km", search_activities=page(activity()))
    assert text.startswith("Rides of 20 km to 40 km, longest first:")
    text = answer("rides under 20 km", search_activities=page())
    assert text.startswith("There are no rides of 20 km at most.")


def test_a_server_that_does_not_filter_by_length_gives_no_wrong_answer() -> None:
    text = answer("my fastest ride over 50 km", search_activities=page(activity(distance_m=40_000.0)))
    assert text.startswith("The activities team cannot look for rides of 50 km or more yet.")
    assert "40.0" not in text


def test_a_length_is_said_in_the_unit_of_the_question_and_the_rest_in_the_athletes() -> None:
    ride = activity(distance_m=30 * 1609.344)
    text = answer("my longest ride over 20 miles", search_activities=page(ride))
    assert text.startswith("Your longest ride of 20 mi or more:")
    assert "48.3 km at 130 bpm" in text
    text = answer("my longest ride over 20 miles", search_activities={**page(ride), "measurement_preference": "feet"})
    assert "30.0 mi at 130 bpm, 1:31 h, 14.9 mph, 367 ft of climbing, 14 °C" in text


def test_an_average_for_each_activity_is_said_not_to_be_computed() -> None:
    text = answer("how far do I run on average")
    assert "**87.7 km**, 9 runs" in text
    assert "These are sums; I do not divide them by the number of runs." in text


def test_an_activity_unknown_to_the_socials_team_is_still_shown() -> None:
    outcomes = [
        ToolOutcome("search_activities", {}, ANSWERS["search_activities"]),
        ToolOutcome("get_activity_social", {}, None, "not_found", ""),
    ]
    text = compose("Who gave me kudos on my last ride?", outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert "Spree and back" in text
    assert "The socials team does not know this activity, so there are no kudos or comments to show." in text


def test_a_team_that_only_lacks_its_writing_tools_is_not_called_unreachable() -> None:
    specs = [{"name": "list_tickets"}]
    text = compose("Open a ticket: no sync at all", [], tool_specs=specs, history=[], today=TODAY)
    assert "Not done: this sign-in may not write to the support team." in text
    assert "unreachable" not in text


def test_a_team_without_any_tool_is_down_or_not_included() -> None:
    text = compose("Which clubs am I in?", [], tool_specs=[{"name": "search_routes"}], history=[], today=TODAY)
    assert "The socials team is unreachable right now, or this sign-in does not include it" in text


def test_a_place_that_was_not_accepted_is_named() -> None:
    failed = ToolOutcome("search_routes", {"near": "Alexanderplatz"}, None, "validation", "Check: near.")
    text = compose("easy route near Alexanderplatz", [failed], tool_specs=SPECS, history=[], today=TODAY)
    assert "The routes team may not know the place “Alexanderplatz”" in text
    assert "Check" not in text


def test_open_tickets_are_all_that_are_not_done_yet() -> None:
    states = ("new", "open", "pending", "solved", "closed")
    listed = {"tickets": [{"id": f"T-{state}", "subject": "No sync", "status": state} for state in states]}
    text = answer("Do I have open tickets?", list_tickets=listed)
    assert [state for state in states if f"T-{state}" in text] == ["new", "open", "pending"]
    assert "You have no open tickets." in answer("my open tickets", list_tickets={"tickets": listed["tickets"][3:]})


def test_one_comment_is_not_comments() -> None:
    feed = {"activities": [{"name": "Long run", "kudos_count": 2, "comment_count": 1}]}
    assert "Long run: 2 kudos, 1 comment\n" in answer("any new kudos?", list_activity_feed=feed)


def test_the_profile_names_units_and_origins() -> None:
    told = profile(
        lthr_bpm=172,
        ftp_w=250,
        sex="F",
        weight_kg=61.5,
        resting_heartrate_bpm=48,
        measured=["lthr_bpm"],
        heart_rate_zones_bpm=[114, 133, 152, 171],
    )
    text = answer("who am i", get_athlete_profile=told)
    for line in (
        "- name: Maya",
        "- units: kilometres",
        "- sex: female",
        "- weight: 61.5 kg",
        "- maximum heart rate: 188 bpm\n",
        "- threshold heart rate: 172 bpm (measured in a test)",
        "- threshold power: 250 W",
        "- heart rate zones begin at: 114, 133, 152, 171 bpm",
    ):
        assert line in text
    assert "missing" not in text


NO_ZONES = {"run": {"usable": False, "reason": "nothing is known"}, "ride": {"usable": False}}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (
            {"birth_year": None, "max_heartrate_bpm": None, "timezone": None, "zones": NO_ZONES},
            [
                "for heart rate zones: threshold heart rate or maximum heart rate",
                "for training load from heart rate: maximum heart rate and resting heart rate and sex",
                "for load from power: threshold power",
                "for the right day where a file names no place: time zone",
            ],
        ),
        ({"sex": "M", "ftp_w": 200}, ["for training load from heart rate: resting heart rate"]),
        ({"limits_heart_rate": True}, ["for load from power: threshold power"]),
        ({"sex": "F", "ftp_w": 200, "resting_heartrate_bpm": 50}, []),
    ],
)
def test_the_profile_says_what_a_missing_value_would_make_known(changes: dict[str, Any], missing: list[str]) -> None:
    text = answer("who am i", get_athlete_profile=profile(**changes))
    assert re.findall(r"^- (for .*)$", text, re.MULTILINE) == missing
    assert ("coach profile KEY=VALUE" in text) is bool(missing)


def test_an_estimate_and_a_setting_of_the_watch_are_named_as_such() -> None:
    told = profile(resting_heartrate_bpm=48, sex="F", ftp_w=200)
    told["origins"] |= {"max_heartrate_bpm": "estimated", "resting_heartrate_bpm": "device"}
    text = answer("who am i", get_athlete_profile=told)
    assert "- maximum heart rate: 188 bpm (estimated from age, give or take 10)" in text
    assert "- resting heart rate: 48 bpm (as your watch had it)" in text
    assert re.findall(r"^- (for .*)$", text, re.MULTILINE) == [
        "for zones and load that rest on more than age: maximum heart rate"
    ]


def test_zones_are_told_once_where_they_are_the_same_and_for_each_sport_where_not() -> None:
    text = answer("what are my heart rate zones?")
    assert "**Heart rate zones**\n\n- 2 from 113, 3 from 132 bpm (shares of your maximum heart rate)\n" in text
    told = profile()
    riding = {**told["zones"]["ride"], "method": "own_bounds", "zones": told["zones"]["ride"]["zones"][:2]}
    told["zones"] = {**told["zones"], "ride": riding}
    text = answer("what are my heart rate zones?", get_athlete_profile=told)
    assert "- running: 2 from 113, 3 from 132 bpm (shares of your maximum heart rate)" in text
    assert "- riding: 2 from 113 bpm (as you set them)" in text
    assert "**Heart rate zones**" not in answer("who am i", get_athlete_profile=profile(zones=NO_ZONES))


def test_settings_that_contradict_each_other_are_said() -> None:
    conflict = "the resting heart rate is not below the threshold heart rate"
    assert f"- {conflict}" in answer("who am i", get_athlete_profile=profile(conflicts=[conflict]))


def test_a_drug_that_limits_the_heart_rate_is_taken_seriously() -> None:
    text = answer("who am i", get_athlete_profile=profile(limits_heart_rate=True))
    assert "zones and loads made from heart rate do not hold" in text
    assert "drug" not in answer("who am i", get_athlete_profile=profile())


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


@pytest.mark.parametrize("question", OF_OTHERS)
def test_what_other_athletes_do_is_refused_and_nothing_of_the_athlete_is_taken_instead(question: str) -> None:
    assert answer(question).startswith("I can only see your own activities, not those of other athletes.")


def page(*rows: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {**ANSWERS["search_activities"], "activities": list(rows), "next_cursor": "c2" if more else None}


def test_the_fastest_of_a_length_is_one_and_several_are_a_list_in_the_asked_order() -> None:
    rows = page(*(activity(name=f"Run {name}", distance_m=11_000.0) for name in "AB"))
    text = answer("my fastest run over 10 km", search_activities=page(activity(name="Quick", distance_m=11_000.0)))
    assert text.startswith("Your fastest run of 10 km or more:\n\n- ")
    assert "Quick" in text
    assert "These are" not in text
    assert "Runs of 10 km or more, fastest first:" in answer("2 fastest runs over 10 km", search_activities=rows)


def test_a_list_goes_on_over_as_many_pages_as_it_needs_and_no_more() -> None:
    question = "show my last 5 rides"
    rows = iter("ABCDEFG")
    outcomes: list[ToolOutcome] = []
    while calls := plan(question, SPECS, [], TODAY, outcomes):
        (call,) = calls
        assert len(outcomes) <= MOST_CALLS
        found = page(*(activity(name=f"Ride {next(rows)}") for _ in range(min(call.arguments["limit"], 2))), more=True)
        outcomes.append(ToolOutcome(call.name, call.arguments, found))
    asked = [(outcome.arguments["limit"], outcome.arguments.get("cursor")) for outcome in outcomes]
    assert asked == [(5, None), (3, "c2"), (1, "c2")]
    text = compose(question, outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert re.findall("Ride [A-G]", text) == [f"Ride {name}" for name in "ABCDE"]
    assert "These are the newest of 11." in text


def test_a_list_whose_pages_never_end_is_answered_as_far_as_it_came() -> None:
    outcomes: list[ToolOutcome] = []
    while calls := plan("show my last 20 rides", SPECS, [], TODAY, outcomes):
        outcomes += [ToolOutcome(call.name, call.arguments, page(activity(), more=True)) for call in calls]
        assert len(outcomes) <= 4
    assert [outcome.arguments["limit"] for outcome in outcomes] == [20, 19, 18, 17]


def test_the_pages_of_two_lists_in_one_line_are_not_mixed_up() -> None:
    line = "show my last 3 rides; show my last 3 runs"
    outcomes: list[ToolOutcome] = []
    while calls := plan(line, SPECS, [], TODAY, outcomes):
        for call in calls:
            sport = call.arguments["sport_types"][0]
            number = 2 if "cursor" in call.arguments else 1
            found = {**page(activity(name=f"{sport} {number}"), more=number == 1), "next_cursor": f"c-{sport}"}
            outcomes.append(ToolOutcome(call.name, call.arguments, found))
        if len(outcomes) >= 6:
            break
    text = compose(line, outcomes, tool_specs=SPECS, history=[], today=TODAY)
    assert text.index("Ride 1") < text.index("Ride 2") < text.index("Run 1") < text.index("Run 2")


def test_the_run_with_the_most_kudos_is_named() -> None:
    feed = {
        "activities": [
            {"activity_id": "a1", "name": "Short", "start_date": "2026-03-08T08:00:00Z", "kudos_count": 2},
            {"activity_id": "a2", "name": "Big ride", "start_date": "2026-03-07T08:00:00Z", "kudos_count": 9},
            {"activity_id": "a3", "name": "Long", "start_date": "2026-03-06T08:00:00Z", "kudos_count": 7},
        ]
    }
    runs = page(activity(id="a1"), activity(id="a3"))
    text = answer("which run got the most kudos", list_activity_feed=feed, search_activities=runs)
    assert "**2026-03-06** Long: 7 kudos" in text
    assert "Big ride" not in text
    assert "Short" not in text
    assert "Big ride: 9 kudos" in answer("what got the most kudos?", list_activity_feed=feed)


def test_no_kudos_at_all_is_no_ranking() -> None:
    feed = {"activities": [{"activity_id": "a1", "name": "Run", "kudos_count": 0, "comment_count": 0}]}
    assert "No kudos" in answer("what got the most kudos?", list_activity_feed=feed)


def test_a_count_a_distance_and_a_heart_rate_are_one_answer() -> None:
    text = answer(
        "How many rides have I done in all, how far, at what average heart rate?",
        summarize_activities=RIDES_OF_ALL_TIME,
    )
    assert "**11 rides**, 575.8 km" in text
    assert "average heart rate **115.0 bpm**" in text
    assert "No dates were named" not in text


def test_a_help_passage_keeps_its_backticks_and_loses_fences_and_controls() -> None:
    passage = {"title": "⟦Import⟧", "text": "⟦Run `coach import PATH…` *now* for max_heartrate_bpm.\x1b[31m⟧"}
    text = answer("How do I import from Strava?", search_help={"passages": [passage]})
    assert "**Import**\n\nRun `coach import PATH…` *now* for max_heartrate_bpm." in text
    assert "\\" not in text
    assert not re.search("[⟦⟧\x1b]", text)


@pytest.mark.case("R09")
def test_a_help_passage_makes_no_link_and_no_heading() -> None:
    passage = {"title": "x", "text": "# ![x](http://evil.test/a.png) [y](http://evil.test) [z]: http://evil.test"}
    text = answer("How do I import from Strava?", search_help={"passages": [passage]})
    assert not re.search(r"\]\(|\]:|^#", text, re.MULTILINE)
