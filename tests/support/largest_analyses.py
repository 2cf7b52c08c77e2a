"""The largest answers of the API's analyses of training load, best efforts and comparisons: see `largest_answers`."""

from datetime import date, timedelta
from typing import Any

from apis.activities.analytics.best_efforts import STANDARD_DISTANCES_M
from apis.activities.analytics.comparison_report import CAUTION, METHOD
from apis.activities.analytics.efforts_report import METHOD as EFFORTS_METHOD
from apis.activities.analytics.efforts_report import NOT_WHOLE_HEARTED, ONE_RUN_ONLY, OUT_OF_RANGE
from apis.activities.analytics.load_days import MOST_WEEKS
from apis.activities.analytics.training_load_answer import RATIO_NOTE
from apis.activities.analytics.training_load_report import MOST_ALERTS
from tests.support.largest_answers import NAME_CHARS, WINDOW, Json, text, zones

_LAST_DAY = date(2026, 11, 25)  # a Wednesday, the longest of the weekdays' names
_SETTING = {"value": 188.123, "origin": "estimated", "note": "estimate, ±10"}
_CONFLICT = "the resting heart rate is not below the threshold heart rate: the resting heart rate was not used"


def training_load() -> Json:
    """A load of six years with every alert, every note and every setting."""
    return {
        "window": WINDOW,
        "measurement_preference": "feet",
        "method": "hrTSS",
        "method_reason": "load from heart rate needs what the profile does not say: " + "maximal heart rate, " * 3,
        "params": load_params(),
        "total": {"load": 123456.789, "moving_time_s": 23456789.123, "activities": 12345},
        "form": {
            "date": "2026-11-25", "weekday": "Wednesday", "ctl": 123.456, "atl": 234.567, "tsb": -123.456,
            "ramp_ctl_per_7d": -12.345,
        },
        "weeks": [load_week(number) for number in range(MOST_WEEKS)],
        "weeks_left_out": 260,
        "variation": {
            "start_date": "2026-11-19", "end_date": "2026-11-25", "monotony": 12.345, "strain": 12345.678,
            "reason": "1234 activities of these days have an unknown load",
        },
        "workload_ratio": {
            "coupled_7_28": 1.234, "uncoupled_7_21": 1.345, "weighted": 1.456,
            "reason": "there are fewer than 28 days of history, or no load in them", "note": RATIO_NOTE,
        },
        "power": {
            "tss": 12345.678, "activities": 1234, "ftp_w": _SETTING, "reason": "the threshold power is not known",
        },
        "intensity": {
            "method": "threshold_shares", "lower_bounds_bpm": [100.123, 150.456, 180.789], "activities": 12345,
            "seconds": [12345678.123, 1234567.456, 123456.789], "shares": [0.812, 0.123, 0.065],
            "polarisation_index": 1.234,
            "reason": "the polarisation index is defined where most time is easy and no less is hard than between",
        },
        "spike_rule": {
            "runs": 12345, "checked": 12345,
            "not_checked": dict.fromkeys(("too_little_history", "no_run_in_the_30_days_before", "no_distance"), 1234),
            "longest_run_m": 123456.789, "spike_above_m": 135802.468, "statement": "the rule cannot be applied; " * 16,
        },
        "alerts": [load_alert(number) for number in range(MOST_ALERTS)],
        "alerts_left_out": 1234,
        "coverage": {
            "activities": 12345, "with_load": 12345, "from_averages": 12345, "partly_covered": 12345,
            "without": {"no_heartrate": 12345, "no_method": 12345},
        },
        "notes": [
            "12345 activities since 2020-11-25 have an unknown load: every sum here reads low",
            "loads from a mean heart rate read low, because the weighting is convex",
            "fewer than 42 days of history: fitness is still rising from its seed, the form alert is off",
            "the form alert is off: its limit holds for hrTSS, which needs the threshold heart rate",
            "the maximal heart rate is an estimate from age, ±10 bpm: so is every load",
            *[_CONFLICT] * 3,
        ],
    }  # fmt: skip


def load_params() -> Json:
    return {
        **dict.fromkeys(("max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm"), _SETTING),
        "sex": {"value": "F", "origin": "profile"}, "constants": "Banister a 0.86 b 1.67", "ctl_days": 42,
        "atl_days": 7, "seed": 0.0, "first_day": "2020-11-25", "days_of_history": 2557,
    }  # fmt: skip


def load_week(number: int) -> Json:
    start = date(2025, 11, 24) + timedelta(weeks=number)
    return {
        "week_start": start.isoformat(), "load": 1234.567, "activities": 123, "without_load": 123,
        "moving_time_s": 123456.789, "ctl": 123.456, "atl": 234.567, "tsb": -123.456,
    }  # fmt: skip


def load_alert(number: int) -> Json:
    return {
        "kind": "single_run_spike",
        "text": "a run 1234 % longer than the longest of the 30 days before; "
        "such runs were associated with more injuries",
        "value": 12.345, "hazard_ratio": 2.28, "distance_m": 123456.789, "longest_before_m": 10012.345,
        "activity_id": f"01JDXN6Z3M8Q4R7T9VWXYZ{number:04d}",
        "date": (_LAST_DAY - timedelta(weeks=number)).isoformat(), "weekday": "Wednesday",
    }  # fmt: skip


def best_efforts(script: str) -> Json:
    """Every standard distance, predictions with every reason, and a critical speed of many efforts."""
    efforts = [_effort(script, name, metres) for name, metres in STANDARD_DISTANCES_M.items()]
    return {
        "window": WINDOW,
        "measurement_preference": "feet",
        "best": efforts,
        "source": {**efforts[-1], "vdot": 49.812, "age_days": 1234},
        "predictions": [prediction(name) for name in ("5K", "10K", "Half-Marathon", "Marathon")],
        "reason": "no effort of 3.5 to 230 minutes over a standard distance",
        "critical_speed": {
            "speed_mps": 3.81234, "pace_s_per_km": 262.345, "reserve_m": 228.571, "efforts": efforts[:6],
            "reason": ONE_RUN_ONLY, "estimate": True,
        },
        "coverage": {"runs": 12345, "with_efforts": 12345},
        "method": EFFORTS_METHOD,
        "caution": NOT_WHOLE_HEARTED + "; under 18, nothing is predicted for longer races",
    }  # fmt: skip


def _effort(script: str, name: str, metres: float) -> Json:
    return {
        "distance": name, "distance_m": metres, "elapsed_time_s": 12345.678, "pace_s_per_km": 456.789,
        "activity_id": "01JDXN6Z3M8Q4R7T9VWXYZ0001", "activity_name": text(script, NAME_CHARS),
        "date": "2026-11-25", "weekday": "Wednesday",
    }  # fmt: skip


def prediction(name: str) -> Json:
    return {
        "distance": name, "distance_m": 21097.5, "riegel_s": 12345.678, "riegel_reason": OUT_OF_RANGE,
        "vdot_s": 12345.678, "cameron_s": 12345.678, "estimate": True,
    }  # fmt: skip


def comparison(script: str) -> Json:
    """Five activities with the time in ten zones each."""
    return {
        "activities": [compared(script, number) for number in range(5)],
        "measurement_preference": "feet",
        "differences_from_first": [difference(number) for number in range(1, 5)],
        "zones": zones(),
        "coverage": {"activities": 5, "with_heartrate": 5, "with_weather": 5},
        "method": METHOD,
        "caution": CAUTION,
    }


def compared(script: str, number: int) -> Json:
    shares: dict[str, Any] = {str(zone): 0.123 for zone in range(1, 11)}
    return {
        "id": f"01JDXN6Z3M8Q4R7T9VWXYZ{number:04d}", "name": text(script, NAME_CHARS), "date": "2026-11-25",
        "weekday": "Wednesday", "sport_type": "VirtualRun", "workout_type": 2, "distance_m": 123456.789,
        "moving_time_s": 23456.789, "average_speed_mps": 2.987, "pace_s_per_km": 334.784,
        "grade_adjusted_pace_s_per_km": 334.784, "average_heartrate_bpm": 148.234, "efficiency_factor": 1.234,
        "decoupling_percent": -12.345, "temperature_c": -12.345, "dew_point_c": -15.345,
        "weather_source": "device_sensor", "total_elevation_gain_m": 1234.567, "zone_shares": shares,
    }  # fmt: skip


def difference(number: int) -> Json:
    return {
        "id": f"01JDXN6Z3M8Q4R7T9VWXYZ{number:04d}", "heartrate_bpm": -12.345, "smallest_detectable_bpm": 5.234,
        "within_noise": False, "noise": "beyond noise", "reason": "no_heartrate", "pace_s_per_km": -123.456,
        "temperature_c": -12.345,
    }  # fmt: skip
