"""Questions and the calls they must lead to, asked on Sunday, 15 March 2026."""

from typing import Any

Calls = list[tuple[str, dict[str, Any]]]

RUNS = ["Run", "TrailRun", "VirtualRun"]
RIDES = ["Ride", "GravelRide", "MountainBikeRide", "VirtualRide", "EBikeRide", "EMountainBikeRide"]


def total(window: str = "last_30_days", sports: list[str] | None = None, *weather: str, **more: Any) -> tuple[str, Any]:
    arguments: dict[str, Any] = {"window": window}
    if sports:
        arguments["sport_types"] = sports
    if weather:
        arguments["weather"] = list(weather)
    return ("summarize_activities", arguments | more)


def table(group_by: str, window: str, sports: list[str] | None = None) -> tuple[str, Any]:
    return total(window, sports, group_by=group_by, response_format="detailed")


def one(order_by: str, order: str = "desc", window: str = "all", sports: list[str] | None = None) -> tuple[str, Any]:
    return search(window, sports, order_by=order_by, order=order, limit=1)


def search(window: str = "all", sports: list[str] | None = None, **more: Any) -> tuple[str, Any]:
    arguments: dict[str, Any] = {"window": window}
    if sports:
        arguments["sport_types"] = sports
    return ("search_activities", arguments | more)


def of_length(window: str, sports: list[str], low: int | None, high: int | None, **more: Any) -> tuple[str, Any]:
    limits = {"min_distance_m": low, "max_distance_m": high}
    return search(window, sports, **{name: metres for name, metres in limits.items() if metres is not None}, **more)


def fastest(sports: list[str], low: int | None, high: int | None = None, limit: int = 1) -> tuple[str, Any]:
    return of_length("all", sports, low, high, order_by="average_speed", order="desc", limit=limit)


def day(window: str, sports: list[str] | None = None) -> tuple[str, Any]:
    return search(window, sports, order="asc", limit=10)


def trend(window: str = "last_30_days", condition: str | None = None) -> Calls:
    weather = [condition] if condition else []
    arguments = {"window": window, "sport_types": ["Run"]} | ({"condition": condition} if condition else {})
    return [total(window, ["Run"], *weather), ("analyze_heart_rate_trend", arguments)]


def help_about(query: str) -> Calls:
    return [("search_help", {"query": query, "limit": 3})]


def routes(**arguments: Any) -> tuple[str, Any]:
    return ("search_routes", {"limit": 5, **arguments})


#: Of other people's activities: nothing is called, above all nothing of the athlete's own.
OF_OTHERS = [
    "give kudos to jonas's last run",
    "give kudos to jonas last run",
    "give kudos to Jonas for his last run",
    "kudos to jonas for the last run",
    "give kudos to my friend's last ride",
    "give kudos to my friend for the last ride",
    "give jonas kudos for the long ride",
    "please give jonas' last run kudos",
    "give him kudos for the last ride",
    "send kudos to Jonas on the private run",
    "give kudos to the last run of jonas",
    'comment "Great ride" on jonas\'s last ride',
    "comment great ride on jonas's last ride",
    "add a comment to Jonas's run: nice",
    "any comments on jonas's last run?",
    "who gave kudos to jonas's last run",
    "who gave kudos to jonas on the last run",
    "how many kudos did jonas get on his last run?",
    "show jonas's kudos",
    "show jonas's tickets",
    "jonas's last 3 runs",
    "jonas's three very long rides",
    "how far did jonas run last month",
    "has jonas run this week?",
]

QUESTIONS: list[tuple[str, Calls]] = [
    # totals, averages, counts
    ("How far did I run last month?", [total("last_month", RUNS)]),
    ("How many rides did I do in 2025?", [total("2025", RIDES)]),
    ("What was my average heart rate this week?", [total("this_week")]),
    ("How much did I climb in the last 3 months?", [total("last_3_months")]),
    ("total distance since January", [total("2026-01-01/2026-03-16")]),
    ("How many hours did I train this year?", [total("this_year")]),
    ("Average pace of my runs over the past two weeks", [total("last_2_weeks", RUNS)]),
    ("How many runs did I do in the rain?", [total("last_30_days", RUNS, "wet")]),
    ("average heart rate when it is hot and windy", [total("last_30_days", None, "hot", "windy")]),
    ("How often did I run when it was not raining last year?", [total("last_year", RUNS, "dry")]),
    ("How did I do in cold weather in October?", [total("2025-10", None, "cold")]),
    ("All my rides: how many, how far, and what average heart rate?", [total("all", RIDES)]),
    ("How many kilometres have I cycled in total?", [total("all", RIDES)]),
    ("What is my average heart rate over all rides?", [total("all", RIDES)]),
    ("How many rides have I done in all, how far, at what average heart rate?", [total("all", RIDES)]),
    ("average heart rate in all weather", [total()]),
    ("Summarise my training", [total()]),
    ("stats for the last 90 days", [total("last_90_days")]),
    ("distance in March 2025", [total("2025-03")]),
    ("How far did I swim last summer?", [total("2025-06-01/2025-09-01", ["Swim"])]),
    ("How far did I walk from 3 March to 10 March?", [total("2026-03-03/2026-03-11", ["Walk"])]),
    ("my trail runs in the last 6 weeks: total climb", [total("last_6_weeks", ["TrailRun"])]),
    ("How was last week?", [total("last_week")]),
    ("how many hikes between May and August 2025", [total("2025-05-01/2025-09-01", ["Hike"])]),
    ("distance over 2026-01-01/2026-02-01", [total("2026-01-01/2026-02-01")]),
    ("How far did I ride two months ago?", [total("2026-01", RIDES)]),
    ("What's my average pace?", [total("last_30_days", RUNS)]),
    ("how do I run on windy days", [total("last_30_days", RUNS, "windy")]),
    ("What is my max heart rate?", [total()]),
    ("tell me about my week", [total("this_week")]),
    ("how far did I run in the first week of October", [total("2025-10-01/2025-10-08", RUNS)]),
    ("how far did I run in the last week of January 2026", [total("2026-01-25/2026-02-01", RUNS)]),
    ("how many km did I run between 1 and 15 October", [total("2025-10-01/2025-10-16", RUNS)]),
    ("distance from 3 to 9 February 2026", [total("2026-02-03/2026-02-10")]),
    ("distance in the week before last", [total("2026-02-23/2026-03-02")]),
    ("What percentage of my runs were in the rain?", [total("last_30_days", RUNS, "wet"), total("last_30_days", RUNS)]),
    ("How many runs and rides did I do last month?", [total("last_month", RUNS), total("last_month", RIDES)]),
    # misspellings
    ("How far did I runn lst month?", [total("last_month", RUNS)]),
    ("avg hart rate in teh rian", [total("last_30_days", None, "wet")]),
    ("total distence in octobre", [total("2025-10")]),
    ("how many rids did I do this yaer", [total("this_year", RIDES)]),
    ("my longset ride", [one("distance", sports=RIDES)]),
    ("my fastset run", [one("average_speed", sports=RUNS)]),
    ("summry of last weeek", [total("last_week")]),
    ("am I imporving?", trend()),
    ("howw farr did i runn lasst weak", [total("last_week", RUNS)]),
    ("avrage hartrate lst month", [total("last_month")]),
    # by week, month, sport, weather
    ("runs per week", [table("week", "last_12_weeks", RUNS)]),
    ("Distance by month in 2025", [table("month", "2025")]),
    ("How many activities per sport this year?", [table("sport", "this_year")]),
    ("average heart rate by weather over the last year", [table("weather", "last_year")]),
    # one activity
    ("What was my last run?", [one("start_date", sports=RUNS)]),
    ("my latest activity", [one("start_date")]),
    ("What was my longest ride this year?", [one("distance", window="this_year", sports=RIDES)]),
    ("longest run by time", [one("moving_time", sports=RUNS)]),
    ("What is my fastest run ever?", [one("average_speed", sports=RUNS)]),
    ("how hot was it on my last ride", [one("start_date", sports=RIDES)]),
    ("Was it raining on my last run?", [one("start_date", sports=RUNS)]),
    ("my very first ride", [one("start_date", "asc", sports=RIDES)]),
    ("shortest run in 2025", [one("distance", "asc", "2025", RUNS)]),
    ("What about the ride of 2020-04-18?", [day("2020-04-18", RIDES)]),
    ("How was my ride on 18 April 2020?", [day("2020-04-18", RIDES)]),
    ("April 18th, 2020", [day("2020-04-18")]),
    ("What did I do yesterday?", [day("yesterday")]),
    ("How far did I run on Friday?", [day("2026-03-13", RUNS)]),
    ("What did I do 3 days ago?", [day("2026-03-12")]),
    ("Show my last 3 runs", [search("all", RUNS, limit=3)]),
    ("List my rides in October", [search("2025-10", RIDES, limit=10)]),
    ("my 3 longest rides", [search("all", RIDES, order_by="distance", order="desc", limit=3)]),
    ("list rides longer than 50 km", [of_length("all", RIDES, 50_000, None, order_by="distance", limit=20)]),
    ("runs over 15 km this year", [of_length("this_year", RUNS, 15_000, None, order_by="distance", limit=20)]),
    ("runs over 10 miles this year", [of_length("this_year", RUNS, 16_093, None, order_by="distance", limit=20)]),
    ("rides under 20 km", [of_length("all", RIDES, None, 20_000, order_by="distance", limit=20)]),
    ("show my runs between 10 and 15 km", [of_length("all", RUNS, 10_000, 15_000, order_by="distance", limit=20)]),
    ("my 3 fastest runs of 5 to 8 miles", [fastest(RUNS, 8_047, 12_875, limit=3)]),
    ("fastest run over 10 km", [fastest(RUNS, 10_000)]),
    ("my fastest run over 10 km", [fastest(RUNS, 10_000)]),
    ("my fastest run of at most 5 km", [fastest(RUNS, None, 5_000)]),
    (
        "my slowest ride over 30 km",
        [of_length("all", RIDES, 30_000, None, order_by="average_speed", order="asc", limit=1)],
    ),
    (
        "my last run of 10 km or more",
        [of_length("all", RUNS, 10_000, None, order_by="start_date", order="desc", limit=1)],
    ),
    ("fastest 5 runs", [search("all", RUNS, order_by="average_speed", order="desc", limit=5)]),
    ("5 fastest runs", [search("all", RUNS, order_by="average_speed", order="desc", limit=5)]),
    ("my three longest rides", [search("all", RIDES, order_by="distance", order="desc", limit=3)]),
    ("Today's run", [day("today", RUNS)]),
    # comparison
    ("Compare October with September", [total("2025-10"), total("2025-09")]),
    ("Did I run more this month than last month?", [total("this_month", RUNS), total("last_month", RUNS)]),
    ("more than last month?", [total("this_month"), total("last_month")]),
    (
        "Is my heart rate higher when it is hot than when it is cold?",
        [total("last_12_months", None, "hot"), total("last_12_months", None, "cold")],
    ),
    ("do i run slower when it is windy?", [total("last_12_months", RUNS, "windy"), total("last_12_months", RUNS)]),
    (
        "Is my heart rate higher in the rain?",
        [total("last_12_months", None, "wet"), total("last_12_months", None, "dry")],
    ),
    ("am I faster than last year", [total("this_year", RUNS), total("last_year", RUNS)]),
    ("do I do more running or riding?", [total("last_30_days", RUNS), total("last_30_days", RIDES)]),
    (
        "how was my training last month compared to the month before",
        [total("last_month"), total("2026-01")],
    ),
    ("does the heat affect my heart rate?", [total("last_12_months", None, "hot"), total("last_12_months")]),
    ("how many km did I do in 2025 vs 2024", [total("2025"), total("2024")]),
    ("2025 vs 2024 distance on the bike", [total("2025", RIDES), total("2024", RIDES)]),
    ("Compare my runs and rides this year", [total("this_year", RUNS), total("this_year", RIDES)]),
    # trend
    ("Over the last 30 days, what is my average heart rate when it rains, and am I improving?", trend(condition="wet")),
    ("Am I getting fitter?", trend()),
    ("Is my heart rate improving when it is hot, over the last 3 months?", trend("last_3_months", "hot")),
    ("Is my heart rate dropping?", trend()),
    ("Is my heart rate going down in the rain?", trend(condition="wet")),
    ("is my pulse getting lower this year", trend("this_year")),
    ("Should I change anything?", [*trend(), ("get_training_load", {"window": "last_30_days"})]),
    (
        "should I change anything about my training?",
        [*trend(), ("get_training_load", {"window": "last_30_days"})],
    ),
    # the analysis is of runs only
    ("Am I making progress on the bike this year?", [total("this_year", RIDES)]),
    ("What's the trend of my runs in 2025?", trend("2025")),
    # routes
    (
        "Find a flat 10 km route near Tempelhof",
        [routes(near="Tempelhof", min_distance_m=8000, max_distance_m=12000, max_climb_m=120)],
    ),
    (
        "a hilly gravel route for a ride, 40 to 60 km",
        [routes(min_distance_m=40000, max_distance_m=60000, min_climb_m=600, surface="gravel", sport="GravelRide")],
    ),
    ("routes under 8 km around Wannsee", [routes(near="Wannsee", max_distance_m=8000)]),
    ("Where can I run near tempelhof?", [routes(near="tempelhof", sport="Run")]),
    (
        "Find a flat run of about 10 km near Tempelhof",
        [routes(near="Tempelhof", min_distance_m=8000, max_distance_m=12000, max_climb_m=120, sport="Run")],
    ),
    (
        "suggest a ride around Wannsee, 20 km",
        [routes(near="Wannsee", min_distance_m=16000, max_distance_m=24000, sport="Ride")],
    ),
    ("where can I go for a hike around Potsdam", [routes(near="Potsdam", sport="Hike")]),
    ("trail around Wannsee at least 8 km", [routes(near="Wannsee", min_distance_m=8000, surface="trail")]),
    ("routes with lots of climbing near Boulder", [routes(near="Boulder", min_climb_m=150)]),
    ("Any nice walks near Grunewald?", [routes(near="Grunewald", sport="Walk")]),
    ("recommend a 5k", [routes(min_distance_m=4000, max_distance_m=6000)]),
    ("Find my longest run", [one("distance", sports=RUNS)]),
    ("Did I run near Tempelhof last month?", [total("last_month", RUNS)]),
    # clubs, kudos, comments
    ("Which clubs am I in?", [("list_clubs", {})]),
    ("Who gave me kudos on my last run?", [one("start_date", sports=RUNS)]),
    ("any comments on my longest ride?", [one("distance", sports=RIDES)]),
    ("what did people say about my last run", [one("start_date", sports=RUNS)]),
    ("Who gave me kudos recently?", [("list_activity_feed", {"limit": 10})]),
    (
        "which run got the most kudos",
        [("list_activity_feed", {"limit": 50}), search("all", RUNS, limit=50, response_format="detailed")],
    ),
    ("what got the most kudos?", [("list_activity_feed", {"limit": 50})]),
    ("Give kudos to my last ride", [one("start_date", sports=RIDES)]),
    ("give my last ride kudos", [one("start_date", sports=RIDES)]),
    ("give kudos to Friday's run", [one("start_date", window="2026-03-13", sports=RUNS)]),
    ('comment "Jonas\'s last run was faster" on my last ride', [one("start_date", sports=RIDES)]),
    ("comment see you at Jonas's on my last ride", [one("start_date", sports=RIDES)]),
    ('Comment "Great ride" on my last ride', [one("start_date", sports=RIDES)]),
    # support
    ("How do I import from Strava?", help_about("How do I import from Strava")),
    ("What does elevation gain mean?", help_about("What does elevation gain mean")),
    ("How is the average heart rate computed?", help_about("How is the average heart rate computed")),
    ("how are windows counted", help_about("how are windows counted")),
    ("what does the verdict mean", help_about("what does the verdict mean")),
    ("What is no detectable change?", help_about("What is no detectable change")),
    ("What is a privacy zone?", help_about("What is a privacy zone")),
    ("how do I import", help_about("how do I import")),
    ("import my Strava archive", help_about("import my Strava archive")),
    ("What is a windy day?", help_about("What is a windy day")),
    ("what does kudos mean", help_about("what does kudos mean")),
    ("do you store my location?", help_about("do you store my location")),
    ("is my data private", help_about("is my data private")),
    ("what data do you store about me", help_about("what data do you store about me")),
    ("how do I delete my account", help_about("how do I delete my account")),
    ("my watch does not sync, help", help_about("my watch does not sync, help")),
    ("I have a problem with my import", help_about("I have a problem with my import")),
    ("can I export my data?", help_about("can I export my data")),
    ("Show my tickets", [("list_tickets", {})]),
    ("my open tickets", [("list_tickets", {})]),
    ("my solved tickets", [("list_tickets", {"status": "solved"})]),
    ("how do I open a ticket", help_about("how do I open a ticket")),
    ("What about ticket T-12?", [("get_ticket", {"ticket_id": "T-12"})]),
    (
        "Open a ticket: my watch does not sync. Since Monday.",
        [
            (
                "create_ticket",
                {
                    "subject": "My watch does not sync",
                    "description": "my watch does not sync. Since Monday.",
                    "type": "question",
                },
            )
        ],
    ),
    (
        "Report a bug: the map is broken",
        [("create_ticket", {"subject": "The map is broken", "description": "the map is broken", "type": "problem"})],
    ),
    # profile
    ("Who am I?", [("get_athlete_profile", {})]),
    ("show my profile", [("get_athlete_profile", {})]),
    ("what is my name", [("get_athlete_profile", {})]),
    ("what are my heart rate zones?", [("get_athlete_profile", {})]),
    ("what's my ftp", [("get_athlete_profile", {})]),
    ("show my resting heart rate", [("get_athlete_profile", {})]),
    # nothing to call
    ("Hello!", []),
    ("What can you do?", []),
    ("Make me a marathon training plan", []),
    ("Am I improving in bad weather?", []),
    ("how long was I in my heart rate zones", []),
    ("What should I eat before a race?", []),
    ("I had chest pain on my last run, what was my heart rate?", []),
    ("Average heart rate when it is not windy", []),
    ("Tell me a joke", []),
    ("how far did I run on 31 February", []),
    ("leave the club", []),
    ("what races did I do", []),
    ("can I run a marathon", []),
    ("is it safe to run in the heat", []),
    ("who is the fastest runner in my club", []),
    ("how does jonas compare to me", []),
    ("my best run", []),
    ("is my heart rate too high?", []),
    ("what is a good heart rate for me?", []),
    ("give kudos to jonas", []),
    ("close my ticket", []),
    ("how much did I run before lunch", []),
    ("runs on weekends", []),
    ("how far did I run on Christmas", []),
    ("when was my last rest", []),
    ("which was my hilliest ride?", []),
    ("My chest hurts", []),
    ("there is pain in my chest. How far did I run?", []),
    ("I passed out on my last run", []),
    ("How many calories did I burn last week?", []),
    ("How many times did I run in the snow?", []),
    ("average heart rate in bad weather", []),
    ("delete my last run", []),
    ("can I pay for premium?", []),
    ("what's the weather tomorrow", []),
    ("will it rain on Saturday?", []),
    ("show me jonas' runs", []),
    ("How far did Jonas's last ride go?", []),
    *((question, []) for question in OF_OTHERS),
    ("how many rest days did I have", []),
    ("thanks", []),
    ("open a ticket", []),
]

#: Several questions in one line: each is answered.
SEVERAL: list[tuple[str, Calls]] = [
    ("how far did I run last month? and any clubs?", [total("last_month", RUNS), ("list_clubs", {})]),
    ("Which clubs am I in, and do I have open tickets?", [("list_clubs", {}), ("list_tickets", {})]),
    (
        "How far did I run last month and what was my longest ride?",
        [total("last_month", RUNS), one("distance", window="last_month", sports=RIDES)],
    ),
    (
        "How far did I ride last month? And the month before? Who gave me kudos recently?",
        [total("last_month", RIDES), total("2026-01", RIDES), ("list_activity_feed", {"limit": 10})],
    ),
    ("How far did I run last month, and what's the weather tomorrow?", [total("last_month", RUNS)]),
    ("Good morning! How far did I run last month?", [total("last_month", RUNS)]),
    ("Hi coach! How far did I run last month?", [total("last_month", RUNS)]),
    ("I was away for long. How far did I run in 2025?", [total("2025", RUNS)]),
    ("What was my longest run and who gave me kudos on it?", [one("distance", sports=RUNS)]),
    ("How far did I run last month, and what was my average heart rate?", [total("last_month", RUNS)]),
    ("Compare my runs and rides this year", [total("this_year", RUNS), total("this_year", RIDES)]),
    ("show the last 3 rides and my clubs", [search("all", RIDES, limit=3), ("list_clubs", {})]),
    ("show my clubs and my last 3 rides", [("list_clubs", {}), search("all", RIDES, limit=3)]),
    (
        "longest run; shortest run; last ride",
        [one("distance", sports=RUNS), one("distance", "asc", sports=RUNS), one("start_date", sports=RIDES)],
    ),
    ("give kudos to jonas's last run and comment nice", []),
    ('give kudos to my last ride and comment "Great run" on it', [one("start_date", sports=RIDES)]),
    ("how far did I run last month and my clubs", [total("last_month", RUNS), ("list_clubs", {})]),
    ("longest run; chest pain", []),
]

FOLLOW_UPS: list[tuple[list[str], Calls]] = [
    # the span before, of the same length
    (["How far did I run last month?", "And the month before?"], [total("2026-01", RUNS)]),
    (["How far did I run last month?", "And the month before?", "and before that?"], [total("2025-12", RUNS)]),
    (["How far did I run last month?", "and the year before?"], [total("2025-02", RUNS)]),
    (["How far did I run?", "and the 30 days before?"], [total("2026-01-15/2026-02-14", RUNS)]),
    (["How far did I run this month?", "and the month before"], [total("2026-02", RUNS)]),
    (["How far did I run last week?", "the week before"], [total("2026-02-23/2026-03-02", RUNS)]),
    (["How far did I run in 2025?", "the year before that"], [total("2024", RUNS)]),
    (["How far did I run last year?", "and the year before?"], [total("2024", RUNS)]),
    (["How far did I run in the last 3 months?", "and the 3 months before?"], [total("2025-09-16/2025-12-16", RUNS)]),
    (["How far did I run yesterday?", "and the day before?"], [day("2026-03-13", RUNS)]),
    (["How far did I run yesterday?", "and the week before?"], [day("2026-03-07", RUNS)]),
    (["How far did I swim last summer?", "and the year before?"], [total("2024-06-01/2024-09-01", ["Swim"])]),
    (["Compare this month with last month", "and the month before?"], [total("2026-01")]),
    (["Am I improving?", "and the month before?"], trend("2026-01-15/2026-02-14")),
    (["Which clubs am I in? How far did I run last month?", "and the month before?"], [total("2026-01", RUNS)]),
    (["How far did I run last month?", "and when it is hot?"], [total("last_month", RUNS, "hot")]),
    (["How far did I run last month?", "and last year?"], [total("last_year", RUNS)]),
    (["How far did I go last month?", "only rides"], [total("last_month", RIDES)]),
    (["How far did I run last month?", "what about walking?"], [total("last_month", ["Walk"])]),
    (["How far did I run last month?", "in 2025?"], [total("2025", RUNS)]),
    (["How far did I run last month?", "and yesterday?"], [day("yesterday", RUNS)]),
    (["How far did I run last month?", "and when it is hot?", "and last year?"], [total("last_year", RUNS, "hot")]),
    (
        ["How far did I run in October?", "compare that with September"],
        [total("2025-10", RUNS), total("2025-09", RUNS)],
    ),
    (["How far did I run in October?", "more than in September?"], [total("2025-10", RUNS), total("2025-09", RUNS)]),
    (["How many rides this year?", "and the longest?"], [one("distance", window="this_year", sports=RIDES)]),
    (
        ["How far did I run last month?", "and the month before?", "and by bike?", "What was the longest?"],
        [one("distance", window="2026-01", sports=RIDES)],
    ),
    (
        ["How far did I run in the rain in 2025?", "which was the fastest one?"],
        [search("2025", RUNS, weather=["wet"], order_by="average_speed", order="desc", limit=1)],
    ),
    (["How far did I run?", "what was the longest?"], [one("distance", window="last_30_days", sports=RUNS)]),
    (["How far did I run last month?", "What was my longest ride?"], [one("distance", sports=RIDES)]),
    (["show jonas's last run", "give kudos to it"], []),
    (["average heart rate in the rain", "and am I improving?"], trend(condition="wet")),
    (["Am I improving?", "and when it is hot?"], trend(condition="hot")),
    (["What was my longest run?", "only in 2025"], [one("distance", window="2025", sports=RUNS)]),
    (["What was my longest run?", "who gave me kudos on it?"], [one("distance", sports=RUNS)]),
    (["Which clubs am I in?", "How far did I run?"], [total("last_30_days", RUNS)]),
    (["How far did I run last month?", "Which clubs am I in?"], [("list_clubs", {})]),
    (
        ["Find a flat 10 km route near Tempelhof", "and near Wannsee?"],
        [routes(near="Wannsee", min_distance_m=8000, max_distance_m=12000, max_climb_m=120)],
    ),
    (
        ["Find a flat 10 km route near Tempelhof", "near Wannsee instead"],
        [routes(near="Wannsee", min_distance_m=8000, max_distance_m=12000, max_climb_m=120)],
    ),
    (["Find a route near Tempelhof", "How far did I run?"], [total("last_30_days", RUNS)]),
    (["runs per week", "and rides?"], [table("week", "last_12_weeks", RIDES)]),
    (
        ["list runs longer than 10 km", "only in 2025"],
        [of_length("2025", RUNS, 10_000, None, order_by="distance", limit=20)],
    ),
    (["How far did I run in 2025?", "How far did I ride last month?"], [total("last_month", RIDES)]),
]
