"""Questions about load, best efforts, comparisons, parts of activities and what to change, and their calls.

Asked on Sunday, 15 March 2026.
"""

from typing import Any

from tests.unit.offline_model.golden import RIDES, RUNS, Calls, one, search, table, total, trend

FLAGSHIP_IN_FULL = (
    "over the last 30 days I did ten runs: what is my average heart rate in a given weather condition, am I improving "
    "or getting worse, what should I change?"
)


def load(window: str = "last_30_days") -> tuple[str, Any]:
    return ("get_training_load", {"window": window})


def efforts(window: str = "all") -> Calls:
    return [("get_best_efforts_and_predictions", {"window": window})]


def predicted(window: str = "last_12_months") -> Calls:
    return efforts(window)


def advice(window: str = "last_30_days", condition: str | None = None) -> Calls:
    return [*trend(window, condition), load(window)]


def newest(count: int, sports: list[str] | None = None, window: str = "all") -> tuple[str, Any]:
    return search(window, sports, order_by="start_date", order="desc", limit=count)


QUESTIONS: list[tuple[str, Calls]] = [
    (FLAGSHIP_IN_FULL, advice()),
    ("What is my average heart rate in a given weather condition?", [table("weather", "last_30_days")]),
    ("Am I improving in any weather?", trend()),
    # load
    ("How is my training load?", [load()]),
    ("how was my training load last week", [load("last_week")]),
    ("what is my form", [load()]),
    ("how is my form and fatigue this month?", [load("this_month")]),
    ("am I in good form?", [load()]),
    ("how fatigued am I", [load()]),
    ("am I overtraining", [load()]),
    ("am I overtrained, should I rest?", [load()]),
    ("am I overdoing it?", [load()]),
    ("am I training too hard?", [load()]),
    ("did I run too much last week?", [load("last_week")]),
    ("what's my CTL", [load()]),
    ("show me my TSB in October", [load("2025-10")]),
    ("what is my fitness level", [load()]),
    ("how is my fitness?", [load()]),
    ("how hard did I train in the last 6 weeks?", [load("last_6_weeks")]),
    ("is my training polarised?", [load()]),
    ("how is my traning load", [load()]),
    ("compare my training load this month with last month", [load("this_month"), load("last_month")]),
    ("is my fitness improving", trend()),
    # best efforts and predictions
    ("my fastest 5k", efforts()),
    ("whats my fastest 10k", efforts()),
    ("my fastest 5 km run this year", efforts("this_year")),
    ("my fastest run of 5 km", efforts()),
    ("my fastest 5k and 10k", efforts()),
    ("what is my best 10k time?", efforts()),
    ("my pb over the half marathon", efforts()),
    ("personal bests", efforts()),
    ("what are my personal records in 2025", efforts("2025")),
    ("fastest mile", efforts()),
    ("what could I run for a half marathon", predicted()),
    ("how fast can I run a marathon?", predicted()),
    ("how long would a marathon take me?", predicted()),
    ("predict my 10k time", predicted()),
    ("predict my marathon time from this year", predicted("this_year")),
    ("what are my race predictions", predicted()),
    ("what is my critical speed", predicted()),
    # side by side
    ("compare my last two runs", [newest(2, RUNS)]),
    ("compare my last 3 rides", [newest(3, RIDES)]),
    ("compare my last ten runs", [newest(5, RUNS)]),
    ("compare my last run with the one before", [newest(2, RUNS)]),
    ("compare my last run and the one before it", [newest(2, RUNS)]),
    ("how does my last ride compare to the previous one?", [newest(2, RIDES)]),
    ("what is the difference between my last two runs?", [newest(2, RUNS)]),
    ("compare my two longest runs", [search("all", RUNS, order_by="distance", order="desc", limit=2)]),
    ("compare my longest and my fastest run", [one("distance", sports=RUNS), one("average_speed", sports=RUNS)]),
    ("compare my last run with my last ride", [one("start_date", sports=RUNS), one("start_date", sports=RIDES)]),
    (
        "compare my run of yesterday with my run on Monday",
        [one("distance", window="yesterday", sports=RUNS), one("distance", window="2026-03-09", sports=RUNS)],
    ),
    # parts of one activity
    ("splits of my last run", [one("start_date", sports=RUNS)]),
    ("what was my fastest split on my last run", [one("start_date", sports=RUNS)]),
    ("show me the laps of my longest ride this year", [one("distance", window="this_year", sports=RIDES)]),
    ("time in zones on my last run", [one("start_date", sports=RUNS)]),
    ("how long was I in my heart rate zones on my last run?", [one("start_date", sports=RUNS)]),
    ("how much time was I in zone 2 yesterday", [one("start_date", window="yesterday")]),
    ("best efforts of my last run", [one("start_date", sports=RUNS)]),
    ("what are my heart rate zones?", [("get_athlete_profile", {})]),
    ("what is my zone 2", [("get_athlete_profile", {})]),
    ("what time zone am I in", [("get_athlete_profile", {})]),
    # what to change
    ("what should I change?", advice()),
    ("am I improving, what should I do?", advice()),
    ("am I getting worse in the heat, and what should I change?", advice(condition="hot")),
    ("how can I get faster?", advice()),
]

#: Words that look alike: none of the analyses is asked for.
LOOK_ALIKE = [
    "load the file",
    "load my runs",
    "the page does not load",
    "why is the load so slow",
    "a load of questions about my rides",
    "form a club",
    "fill in the form",
    "I filled in my form",
    "in the form of a table, show my runs",
    "show my runs in form of a table",
    "how is my running form",
    "form of payment",
    "compare the prices",
    "compare my last two tickets",
    "compare my clubs",
    "compare October with September",
    "compare my last two weeks",
    "split the bill",
    "split my rides by week",
    "split my last run in two",
    "time zone of my last run",
    "how many laps did I swim",
    "how long was I in my heart rate zones",
    "what are my power zones",
    "what is a privacy zone",
    "what is the world record for 5k",
    "best time to run",
    "best times to train",
    "recommend a 5k",
    "find a fast 5k route",
    "fastest 5 runs",
    "my fastest run over 10 km",
    "my fastest 40k on the bike",
    "can I run a marathon",
    "record my run",
    "the bus was late, what should I do before a race?",
    "what should I do today?",
    "how can I change my max heart rate?",
    "what does TSB mean",
    "how is training load computed",
    "jonas's training load",
    "what is jonas's fastest 5k",
    "splits of jonas's last run",
    "compare my last run with jonas's last run",
    "I have chest pain, how is my training load?",
    "my knee hurts, what should I change?",
    "I have constant fatigue",
    "how is my training load tomorrow",
]

SEVERAL: list[tuple[str, Calls]] = [
    ("How is my training load and what should I change?", [load(), *trend()]),
    ("Am I improving and how is my training load?", advice()),
    ("Am I improving in the rain? Also, should I change anything?", advice(condition="wet")),
    ("what's my fastest 5k and what could I run for a marathon?", [*efforts(), *predicted()]),
    ("my fastest 5k and my longest ride", [*efforts(), one("distance", sports=RIDES)]),
    ("how far did I run last month? and my training load?", [total("last_month", RUNS), load("last_month")]),
]

FOLLOW_UPS: list[tuple[list[str], Calls]] = [
    (["How is my training load?", "and last month?"], [load("last_month")]),
    (["How is my training load this month?", "and the month before?"], [load("2026-02")]),
    (["my fastest 5k", "and 10k?"], efforts()),
    (["my fastest 5k", "and in 2025?"], efforts("2025")),
    (["what could I run for a 10k?", "and a half marathon?"], predicted()),
    (["Am I improving?", "what should I change?"], advice()),
    (["Am I improving in 2025?", "and what should I change?"], advice("2025")),
    (["What was my longest run?", "and the splits?"], [one("distance", sports=RUNS)]),
    (["What was my longest run?", "time in zones?"], [one("distance", sports=RUNS)]),
    (["What was my last run?", "compare it with the one before"], [newest(2, RUNS)]),
    (["What was my longest run?", "compare it with the one before"], []),
    (["How far did I run last month?", "compare my last run with the one before"], [newest(2, RUNS)]),
]
