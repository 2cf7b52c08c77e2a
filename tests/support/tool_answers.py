"""Tool results in the shapes of the four teams' servers, with numbers that a test can recognise."""

from typing import Any

from tests.support.analysis_answers import best_efforts, compared, parts, training_load


def window(label: str = "last 30 days", start: str = "2026-02-13", end: str = "2026-03-15") -> dict[str, Any]:
    return {"label": label, "start_date": start, "end_date": end, "timezone": "Europe/Berlin", "days": 30}


def metrics(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "count": 9,
        "distance_m": 87_654.0,
        "moving_time_s": 29_400.0,
        "elapsed_time_s": 30_000.0,
        "total_elevation_gain_m": 432.4,
        "average_heartrate_bpm": 151.26,
        "heartrate_count": 9,
        "heartrate_time_s": 29_000.0,
        "max_heartrate_bpm": 181.0,
        "average_speed_mps": 2.98,
        "pace_s_per_km": 335.6,
        "average_temperature_c": 9.4,
        "longest_distance_m": 18_020.0,
        "weather_count": 9,
    }
    return {**values, **changes}


def summary(**changes: Any) -> dict[str, Any]:
    total = metrics(**changes)
    return {
        "window": window(),
        "measurement_preference": "meters",
        "filters": {"sport_types": ["Run"], "weather": []},
        "bands": {},
        "group_by": "none",
        "groups": [],
        "group_count": 0,
        "total": total,
        "coverage": {
            "activities": total["count"],
            "with_heartrate": total["heartrate_count"],
            "with_weather": total["weather_count"],
        },
    }


RIDES_OF_ALL_TIME = summary(
    count=11,
    distance_m=575_812.0,
    moving_time_s=90_000.0,
    average_heartrate_bpm=115.02,
    heartrate_count=4,
    pace_s_per_km=None,
    average_temperature_c=None,
    weather_count=0,
)


def trend(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "window": window(),
        "timezone": "Europe/Berlin",
        "sport_type": "Run",
        "condition": None,
        "nearest_condition": None,
        "bands": {},
        "coverage": {"runs": 21, "with_heartrate": 20, "with_weather": 21, "comparable": 17},
        "by_condition": [
            {"condition": "all", "n": 17, "mean_hr_bpm": 151.4, "mean_pace_s_per_km": 338.0},
            {"condition": "wet", "n": 6, "mean_hr_bpm": 152.1, "sd_bpm": 3.0, "mean_temperature_c": 7.7},
            {"condition": "hot", "n": 0, "mean_hr_bpm": None},
        ],
        "adjusted_mean_hr_bpm": None,
        "trend": {
            "bpm_per_30d": -1.24,
            "ci95_low": -4.31,
            "ci95_high": 1.83,
            "n": 48,
            "n_window": 17,
            "residual_sd_bpm": 3.1,
            "terms": ["time", "speed"],
            "dropped_terms": [],
            "heat_bpm_per_c": 0.4,
        },
        "smallest_change_visible_bpm_per_30d": 3.07,
        "verdict": "no_detectable_change",
        "verdict_reason": "the interval contains 0",
        "stability": None,
        "needs": "about 20 comparable runs over 60 days would show a change of 4 bpm",
        "warnings": [],
        "all_conditions": None,
        "excluded": [],
        "method": "least squares",
        "caution": "association, not cause: sleep, illness and the sensor also move heart rate",
    }
    return {**values, **changes}


def activity(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": "act-2020",
        "name": "Spree and back",
        "sport_type": "Ride",
        "start_date": "2020-04-18T08:02:11Z",
        "start_date_local": "2020-04-18T10:02:11",
        "timezone": "Europe/Berlin",
        "weekday": "Saturday",
        "distance_m": 36_312.0,
        "moving_time_s": 5_433.0,
        "elapsed_time_s": 5_800.0,
        "total_elevation_gain_m": 112.0,
        "average_speed_mps": 6.68,
        "pace_s_per_km": None,
        "average_heartrate_bpm": 129.8,
        "max_heartrate_bpm": 158.0,
        "average_temperature_c": 14.2,
        "weather": ["mild", "dry"],
    }
    return {**values, **changes}


def profile(**changes: Any) -> dict[str, Any]:
    """A profile as the server tells it; `changes` are its values, origins and what is missing follow from them."""
    told: dict[str, Any] = {
        **dict.fromkeys((*_PROFILE, "name")),
        "name": "Maya",
        "timezone": "Europe/Berlin",
        "measurement_preference": "meters",
        "birth_year": 1991,
        "max_heartrate_bpm": 188,
        "measured": [],
        "limits_heart_rate": False,
        **changes,
    }
    stated = [name for name in _PROFILE if told[name] is not None and name != "timezone"]
    zones = {
        "usable": True,
        "method": "max_shares",
        "rests_on": {"max_heartrate_bpm": "profile"},
        "zones": [
            {"name": str(number), "lower_bpm": lower, "upper_bpm": upper}
            for number, lower, upper in ((1, 0, 112.8), (2, 112.8, 131.6), (3, 131.6, None))
        ],
    }
    return {
        "zones": {"run": zones, "ride": zones},
        "conflicts": [],
        **told,
        "origins": {name: "measured" if name in told["measured"] else "profile" for name in stated},
        "missing": [name for name in _PROFILE if told[name] is None],
    }


def in_feet(answers: dict[str, Any]) -> dict[str, Any]:
    """The same results for an athlete who likes miles: the numbers stay, only the preference is another."""
    told = {
        name: {**answer, "measurement_preference": "feet"} if "measurement_preference" in answer else answer
        for name, answer in answers.items()
    }
    return {**told, "get_activity": {**told["get_activity"], **parts("mi")}}  # it also tells paces as text


_PROFILE = (
    "timezone", "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm", "ftp_w", "weight_kg", "height_m", "sex",
    "birth_year", "heart_rate_zones_bpm",
)  # fmt: skip
ROUTE = {
    "id": "r1",
    "name": "Tempelhofer Feld loop",
    "sport": "Run",
    "surface": "paved",
    "distance_m": 9_870.0,
    "elevation_gain_m": 21.0,
    "climb_category": 0,
    "start_place": "Tempelhof",
    "shade": "low",
    "loop": True,
    "description": "flat",
}
ANSWERS: dict[str, Any] = {
    "search_activities": {
        "window": window("all", "2020-01-01", "2026-03-15"),
        "measurement_preference": "meters",
        "activities": [activity()],
        "total_count": 11,
        "next_cursor": None,
    },
    "get_activity": {**activity(), **parts()},
    "summarize_activities": summary(),
    "analyze_heart_rate_trend": trend(),
    "get_training_load": training_load(),
    "get_best_efforts_and_predictions": best_efforts(),
    "compare_activities": compared(),
    "get_athlete_profile": profile(),
    "search_routes": {"routes": [ROUTE], "total_count": 3, "next_cursor": None},
    "get_route": ROUTE,
    "list_clubs": {
        "clubs": [{"id": "c1", "name": "Kiez Runners", "sport_type": "running", "city": "Berlin", "member_count": 42}]
    },
    "list_activity_feed": {
        "activities": [
            {
                "activity_id": "a1",
                "name": "Long run",
                "start_date": "2026-03-08T08:00:00Z",
                "kudos_count": 7,
                "comment_count": 2,
            }
        ]
    },
    "get_activity_social": {
        "activity_id": "act-2020",
        "kudos_count": 2,
        "kudos": [{"athlete": "Jonas"}, {"athlete": "Aiko"}],
        "comments": [{"id": "k1", "athlete": "Jonas", "text": "Strong!", "created_at": "2020-04-18T12:00:00Z"}],
    },
    "give_kudos": {"activity_id": "act-2020", "kudos_count": 3},
    "add_comment": {"id": "k2", "activity_id": "act-2020", "text": "Great ride"},
    "search_help": {
        "passages": [{"article_id": "h1", "title": "Import from Strava", "text": "Download the export.", "score": 2.1}]
    },
    "list_tickets": {"tickets": [{"id": "T-12", "subject": "Watch does not sync", "status": "open"}]},
    "get_ticket": {"id": "T-12", "subject": "Watch does not sync", "status": "open", "description": "Since Monday."},
    "create_ticket": {"id": "T-13", "subject": "My watch does not sync", "status": "open"},
}
