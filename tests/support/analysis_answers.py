"""Results of the analysing tools of the activities team, in their concise shapes, with recognisable numbers."""

from typing import Any


def _window(label: str = "last 30 days", start: str = "2026-02-13", end: str = "2026-03-15") -> dict[str, Any]:
    return {"label": label, "start_date": start, "end_date": end, "timezone": "Europe/Berlin", "days": 30}


TOO_SHORT_HISTORY = (
    "the rule cannot be applied to 3, with less than 30 days of history before: make runs longer in gradual steps"
)
SPIKE = {
    "kind": "single_run_spike",
    "text": "a run 25 % longer than the longest of the 30 days before; such runs were associated with more injuries",
    "value": 1.25,
    "hazard_ratio": 1.64,
    "distance_m": 15_000.0,
    "longest_before_m": 12_000.0,
    "activity_id": "run-9",
    "date": "2026-03-08",
    "weekday": "Sunday",
}
FORM = {
    "kind": "form",
    "text": "form (TSB) has been below -25 for 5 days: consider easier days",
    "value": -27.3,
    "date": "2026-03-14",
    "weekday": "Saturday",
}
UNKNOWN_LOAD: dict[str, Any] = {
    "method": None,
    "method_reason": "load from heart rate needs what the profile does not say: maximal heart rate and sex",
    "form": None,
    "variation": None,
    "workload_ratio": None,
    "intensity": {"shares": None, "reason": "neither threshold nor maximal heart rate is known"},
    "notes": [],
    "rests_on": {},
}


def training_load(**changes: Any) -> dict[str, Any]:
    """A known load without alerts."""
    values: dict[str, Any] = {
        "window": _window(),
        "measurement_preference": "meters",
        "method": "hrTSS",
        "method_reason": None,
        "total": {"load": 412.4, "moving_time_s": 29_400, "activities": 10, "summary": "load 412"},
        "weeks": [],
        "weeks_left_out": 0,
        "form": {
            "date": "2026-03-14", "weekday": "Saturday", "ctl": 45.23, "atl": 51.87, "tsb": -6.64,
            "ramp_ctl_per_7d": 2.12, "summary": "form",
        },
        "variation": {
            "start_date": "2026-03-08", "end_date": "2026-03-14", "monotony": 1.43, "strain": 520.2, "reason": None,
        },
        "workload_ratio": {"coupled_7_28": 1.12, "reason": None, "note": "context only"},
        "power": {"tss": None, "activities": 0, "reason": "no ride has power"},
        "intensity": {
            "method": "threshold_shares", "activities": 8, "reason": None,
            "shares": {"easy": 0.71, "between_thresholds": 0.19, "hard": 0.1},
        },
        "spike_rule": {
            "runs": 7, "checked": 7, "not_checked": {}, "longest_run_m": 15_000.0, "spike_above_m": 16_500.0,
            "statement": "0 of 7 runs were more than 10 % longer than the longest of the 30 days before",
        },
        "alerts": [],
        "alerts_left_out": 0,
        "coverage": {
            "activities": 10, "with_load": 9, "from_averages": 0, "partly_covered": 0, "without": {"no_heartrate": 1},
        },
        "notes": ["1 activities since 2025-02-13 have an unknown load: every sum here reads low"],
        "note": None,
        "rests_on": {"max_heartrate_bpm": "profile", "lthr_bpm": "measured", "sex": "profile"},
    }  # fmt: skip
    return {**values, **changes}


def effort(distance: str, seconds: float, pace: float, **changes: Any) -> dict[str, Any]:
    values = {
        "distance": distance, "elapsed_time_s": seconds, "pace_s_per_km": pace, "activity_id": "run-5",
        "date": "2026-02-21", "weekday": "Saturday", "summary": "quick",
    }  # fmt: skip
    return {**values, **changes}


HALF = {"distance": "Half-Marathon", "riegel_s": 6177.8, "vdot_s": 6174.0, "cameron_s": 6167.7}
MARATHON = {
    "distance": "Marathon", "riegel_s": None, "vdot_s": 14_000.0, "cameron_s": 14_100.0,
    "riegel_reason": "outside the 3.5 to 230 minutes for which Riegel's formula is valid",
}  # fmt: skip
SHORT = [
    {"distance": "5K", "riegel_s": 1343.0, "vdot_s": 1343.0, "cameron_s": 1343.0},
    {"distance": "10K", "riegel_s": 2800.0, "vdot_s": 2785.1, "cameron_s": 2797.4},
]
ESTIMATES = "estimates: efforts inside runs that were not whole-hearted make every prediction too slow"


def best_efforts(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "window": _window("last 12 months", "2025-03-16", "2026-03-15"),
        "measurement_preference": "meters",
        "best": [effort("1K", 254.7, 254.7), effort("5K", 1343.0, 268.6), effort("10K", 2909.1, 290.9)],
        "source": {**effort("5K", 1343.0, 268.6), "activity_name": "Club run", "vdot": 43.6, "age_days": 22},
        "predictions": [*SHORT, HALF, MARATHON],
        "reason": None,
        "critical_speed": {
            "speed_mps": 3.682, "pace_s_per_km": 271.6, "reserve_m": 123.4, "efforts": ["1K", "1 mile"], "reason": None,
        },
        "coverage": {"runs": 48, "with_efforts": 22},
        "caution": ESTIMATES,
    }  # fmt: skip
    return {**values, **changes}


def minor(**changes: Any) -> dict[str, Any]:
    """Of an athlete under 18: nothing longer than 10 km is predicted."""
    caution = f"{ESTIMATES}; under 18, nothing is predicted for longer races"
    return best_efforts(**{"predictions": SHORT, "caution": caution, **changes})


def compared(**changes: Any) -> dict[str, Any]:
    """A later run against an earlier one."""
    rows = [
        _row("run-1", "2026-03-10", "Tuesday", average_heartrate_bpm=144.8),
        _row("run-2", "2026-03-12", "Thursday", average_heartrate_bpm=147.8, pace_s_per_km=344.1, temperature_c=5.7),
    ]
    difference = {
        "id": "run-2", "date": "2026-03-12", "weekday": "Thursday", "heartrate_bpm": 3.0,
        "smallest_detectable_bpm": 5.1, "noise": "within noise", "reason": None, "pace_s_per_km": 20.1,
        "temperature_c": -2.1, "summary": "+3.0 bpm",
    }  # fmt: skip
    values: dict[str, Any] = {
        "measurement_preference": "meters",
        "activities": rows,
        "differences_from_first": [{**difference, **changes}],
        "coverage": {"activities": 2, "with_heartrate": 2, "with_weather": 2},
        "caution": "pace, hills, heat and duration also move heart rate: a difference is not a change of fitness",
        "zones": {"usable": True, "method": "threshold_shares", "rests_on": {"lthr_bpm": "profile"}},
    }
    return values


def _row(row_id: str, day: str, weekday: str, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": row_id, "name": "Along the canal", "date": day, "weekday": weekday, "sport_type": "Run",
        "distance_m": 7_621.1, "moving_time_s": 2_469, "pace_s_per_km": 324.0,
        "grade_adjusted_pace_s_per_km": 319.9, "average_heartrate_bpm": 144.8, "efficiency_factor": 1.293,
        "decoupling_percent": 2.04, "temperature_c": 7.8, "dew_point_c": 6.2, "total_elevation_gain_m": 31.5,
        "zone_shares": {"1": 0.4, "2": 0.6},
    }  # fmt: skip
    return {**values, **changes}


ZONES: dict[str, Any] = {
    "usable": True,
    "method": "threshold_shares",
    "rests_on": {"lthr_bpm": "profile"},
    "zones": [
        {"name": "1", "lower_bpm": 0, "upper_bpm": 144.5, "time_s": 390, "share": 0.06},
        {"name": "2", "lower_bpm": 144.5, "upper_bpm": 152.4, "time_s": 5787, "share": 0.93},
        {"name": "5c", "lower_bpm": 180.2, "upper_bpm": None, "time_s": 0, "share": 0.0},
    ],
}
NO_ZONES = {
    "usable": False,
    "reason": "neither zones nor threshold nor maximal heart rate are known, nor a birth year",
}


def parts(units: str = "km", **changes: Any) -> dict[str, Any]:
    """The parts of one activity; paces are told in the athlete's own units."""
    pace = f"5:45 min/{units}"
    stretch = {"distance_m": 1000.0 if units == "km" else 1609.3, "moving_time_s": 345.2, "pace": pace}
    values = {
        "available": {"laps": 1, "splits": 2, "best_efforts": 1},
        "splits": [{"split": 1, **stretch, "average_heartrate_bpm": 143.1}, {"split": 2, **stretch}],
        "laps": [{"lap_index": 1, **stretch, "average_heartrate_bpm": 146.8}],
        "best_efforts": [{"name": "1K", "distance_m": 1000.0, "elapsed_time_s": 340.4, "pace": pace}],
        "heart_rate_zones": ZONES,
        "measurement_preference": "meters" if units == "km" else "feet",
    }
    return {**values, **changes}
