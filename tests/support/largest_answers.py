"""The largest answers that the activities API can give: every optional field, the longest texts, as many rows as go.

Built as dicts so that a test can hold their members against the API's own models: a field that is added there and
not here makes that test fail.
"""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from apis.activities.analytics.exclusions import REASONS, ComparisonLimits
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands

Json = dict[str, Any]

NAME_CHARS, DESCRIPTION_CHARS, LABEL_CHARS = 200, 2_000, 100
# One word in scripts of one to four bytes a character.
SCRIPTS = {
    "latin": "Long Run ",
    "cyrillic": "Долгая пробежка ",
    "devanagari": "सुबह की लंबी दौड़ ",
    "chinese": "清晨长跑训练",
    "emoji": "🏃🏽🌧🔥",
}
CANARY_LAT, CANARY_LON, CANARY_POLYLINE = 52.516273, 13.377704, "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
WINDOW: Json = {
    "label": "2021-11-29 to 2026-11-30 (end excluded)",
    "start_date": "2021-11-29",
    "end_date": "2026-11-30",
    "timezone": "America/Argentina/ComodRivadavia",
    "days": 1827,
}
CURSOR = "c" * 120
BANDS = WeatherBands(wet_codes=frozenset(range(500, 532))).echo()


def text(script: str, length: int) -> str:
    """So many characters of a script."""
    return (SCRIPTS[script] * length)[:length]


def weather() -> Json:
    return {
        "condition": "thunderstorm", "condition_code": 500,
        "temperature_c": -12.34567, "apparent_temperature_c": -20.34567,
        "dew_point_c": -15.34567, "relative_humidity": 0.87654, "wind_speed_mps": 12.34567, "wind_gust_mps": 23.45678,
        "wind_bearing_deg": 234.56789, "precipitation_mm_per_h": 1.23456, "pressure_hpa": 1013.25678,
        "cloud_cover": 0.98765, "uv_index": 3.45678, "visibility_m": 16093.44321, "is_day": True,
        "observed_at": "2026-11-30T05:30:00Z", "station_distance_m": 23456.78901, "source": "device_sensor",
        "bands": ["cold", "humid", "wet", "windy"],
    }  # fmt: skip


def activity(script: str, number: int = 0) -> Json:
    """One activity with every field."""
    day = date(2026, 11, 29) - timedelta(days=number)
    return {
        "id": f"01JDXN6Z3M8Q4R7T9VWXYZ{number:04d}", "name": text(script, NAME_CHARS),
        "sport_type": "HighIntensityIntervalTraining", "workout_type": 1,
        "start_date": f"{day}T05:30:00.123456Z", "start_date_local": f"{day}T07:30:00.123456",
        "timezone": "America/Argentina/ComodRivadavia", "timezone_source": "device_offset", "utc_offset": -10800,
        "weekday": "Wednesday", "distance": 123456.78901 + number, "moving_time": 23456.78901,
        "elapsed_time": 34567.89012, "timer_time": 23456.78901, "total_elevation_gain": 1234.56789,
        "elevation_method": text(script, LABEL_CHARS), "elev_high": 2345.67891, "elev_low": -123.45678,
        "average_speed": 5.2631234, "max_speed": 17.5678901, "has_heartrate": True, "average_heartrate": 148.23456,
        "average_heartrate_method": "time_weighted", "time_weighted_heartrate": 148.23456,
        "heartrate_time": 23456.78901, "max_heartrate": 191.23456, "average_cadence": 85.67891,
        "average_temp": 24.56789, "average_watts": 234.56789, "weighted_average_watts": 245.67891,
        "kilojoules": 1234.56789, "device_watts": True, "suffer_score": 234.56789, "perceived_exertion": 7.5,
        "calories": 2345.67891, "trainer": True, "commute": True, "manual": True, "private": True,
        "visibility": "followers_only", "hide_from_home": True, "flagged": True, "gear": text(script, LABEL_CHARS),
        "gear_id": "g1234567890", "device_name": text(script, LABEL_CHARS),
        "description": text(script, DESCRIPTION_CHARS), "start_latlng": [CANARY_LAT, CANARY_LON],
        "end_latlng": [CANARY_LAT, CANARY_LON], "partial": True, "partial_reason": text(script, 300),
        "sources": [{"kind": "strava_csv", "name": text(script, 255)} for _ in range(8)], "weather": weather(),
    }  # fmt: skip


def detail(script: str, *, laps: int = 400) -> Json:
    """One activity with its parts: so many laps, a day of splits, all best efforts."""
    return {
        **activity(script),
        "sport_type": "TrailRun",
        "measurement_preference": "feet",
        "laps": [_lap(script, number) for number in range(1, laps + 1)],
        "splits_metric": [_split(number, 1000.0) for number in range(1, laps + 1)],
        "splits_standard": [_split(number, 1609.344) for number in range(1, laps + 1)],
        "best_efforts": [
            {"name": text(script, 40), "distance": 400.0 * number, "elapsed_time": 71.23456 * number,
             "start_index": 123456, "end_index": 234567}
            for number in range(1, 20)
        ],
        "summary_polyline": CANARY_POLYLINE,
    }  # fmt: skip


def _lap(script: str, number: int) -> Json:
    return {
        "lap_index": number, "name": text(script, NAME_CHARS), "start_date": "2026-11-30T05:30:00Z",
        "start_index": 123456, "end_index": 234567, "elapsed_time": 345.67891, "moving_time": 334.56789,
        "distance": 1000.56789 + number, "total_elevation_gain": 12.34567,
        # The fastest lap and the highest mean heart rate are where no even spread would look.
        "average_speed": 9.87654 if number == 238 else 2.98765 + number / 10_000, "max_speed": 4.56789,
        "average_heartrate": 201.23456 if number == 111 else 148.23456, "max_heartrate": 171.23456,
        "average_cadence": 85.67891, "average_watts": 234.56789,
    }  # fmt: skip


def _split(number: int, length_m: float) -> Json:
    return {
        "split": number, "distance": length_m, "elapsed_time": 345.67891, "moving_time": 334.56789,
        "elevation_difference": -12.34567, "average_speed": 2.98765, "average_grade_adjusted_speed": 3.12345,
        "average_heartrate": 148.23456,
    }  # fmt: skip


def page(script: str, rows: int = 50) -> Json:
    """A page of a list."""
    return {
        "window": WINDOW,
        "bands": BANDS,
        "measurement_preference": "feet",
        "activities": [activity(script, number) for number in range(rows)],
        "total_count": 123_456,
        "next_cursor": CURSOR,
        "coverage": {"activities": 123_456, "with_heartrate": 123_456, "with_weather": 123_456},
    }


def metrics() -> Json:
    return {
        "count": 1234, "distance_m": 12345678.901, "moving_time_s": 2345678.901, "elapsed_time_s": 3456789.012,
        "total_elevation_gain_m": 123456.789, "average_heartrate_bpm": 148.234, "heartrate_count": 1234,
        "heartrate_time_s": 2345678.901, "max_heartrate_bpm": 201.234, "average_speed_mps": 2.987,
        "pace_s_per_km": 334.784, "average_temperature_c": -12.345, "longest_distance_m": 123456.789,
        "weather_count": 1234, "device_temperature_count": 1234,
    }  # fmt: skip


def summary(group_by: str, groups: int) -> Json:
    """A summary with so many groups."""
    return {
        "window": WINDOW,
        "measurement_preference": "feet",
        "filters": {"sport_types": ["HighIntensityIntervalTraining"] * 20, "weather": list(BAND_NAMES)},
        "bands": BANDS,
        "group_by": group_by,
        "groups": [{"key": key, "label": label, **metrics()} for key, label in _groups(group_by, groups)],
        "total": metrics(),
        "coverage": {"activities": 123_456, "with_heartrate": 123_456, "with_weather": 123_456},
    }


def _groups(group_by: str, count: int) -> list[tuple[str, str]]:
    if group_by == "weather":
        return [(name, name) for name in (*BAND_NAMES, "no_weather")]
    days = [date(2021, 11, 29) + timedelta(weeks=week) for week in range(count)]
    if group_by == "month":
        months = list(dict.fromkeys(day.replace(day=1) for day in days))
        return [(f"{day:%Y-%m}", f"{day:%B %Y}") for day in months]
    if group_by == "sport":
        return [("HighIntensityIntervalTraining", "HighIntensityIntervalTraining")] * count
    return [(day.isoformat(), f"week of {day:%d %b %Y}") for day in days]


def _trend_answer() -> Json:
    return {
        "adjusted_mean_hr_bpm": {
            "bpm": 148.234, "ci95_low": 146.123, "ci95_high": 150.345, "reference_pace_s_per_km": 334.784,
            "reference_temperature_c": 15.0, "reference_duration_s": 2712.345,
        },
        "trend": {
            "bpm_per_30d": -3.456, "ci95_low": -6.412, "ci95_high": -0.512, "n": 1234, "n_window": 1234,
            "residual_sd_bpm": 3.123, "terms": ["level", "change", "history", "speed", "heat", "duration"],
            "dropped_terms": [
                {"term": name, "reason": "it hardly varied among the compared runs, or only together with others"}
                for name in ("heat", "duration", "history")
            ],
            "heat_bpm_per_c": 1.234, "speed_bpm_per_mps": 21.345,
        },
        "smallest_change_visible_bpm_per_30d": 2.951,
        "verdict": "no_detectable_change",
        "verdict_reason": (
            "the interval alone would say improving, but that depends on one run and depends on method; "
            "heat could not be adjusted for, and window and history were not equally warm"
        ),
        "stability": {
            "hc3_ci95_low": -6.412, "hc3_ci95_high": 0.512, "leave_one_out_agrees": False,
            "efficiency_factor_agrees": False, "note": "depends on one run and depends on method",
        },
        "needs": "about 120 comparable runs over 365 days would show a change of 4 bpm per 30 days",
        "warnings": ["most temperatures are from the device's own sensor, which the body warms"] * 3,
    }  # fmt: skip


def trend() -> Json:
    """A trend with every condition, sixty excluded runs, and the same analysis over all conditions."""
    days = [date(2026, 11, 29) - timedelta(days=number) for number in range(60)]
    return {
        **_trend_answer(),
        "window": WINDOW,
        "timezone": WINDOW["timezone"],
        "sport_type": "VirtualRun",
        "condition": "humid",
        "nearest_condition": {"condition": "warm", "n": 1234},
        "bands": BANDS,
        "coverage": {
            "runs": 1234, "with_heartrate": 1234, "with_weather": 1234, "comparable": 1234,
            "comparable_in_condition": 1234, "history_runs": 1234, "history_comparable": 1234, "grade_adjusted": 1234,
            "device_temperature": 1234,
        },
        "by_condition": [
            {"condition": name, "n": 1234, "mean_hr_bpm": 148.234, "sd_bpm": 3.123, "mean_pace_s_per_km": 334.784,
             "mean_temperature_c": -12.345, "unadjusted": True}
            for name in ("all", *BAND_NAMES)
        ],
        "all_conditions": _trend_answer(),
        "excluded": [
            {"id": f"01JDXN6Z3M8Q4R7T9VWXYZ{number:04d}", "date": day.isoformat(), "in_window": True,
             "weekday": f"{day:%A}", "reason": "low_hr_coverage"}
            for number, day in enumerate(days)
        ],
        "excluded_counts": dict.fromkeys(REASONS, 1234),
        "params": {
            "history_days": 3650, "reference_temperature_c": 15.0, "confidence": 0.95, "max_heartrate_bpm": 190.0,
            "limits": asdict(ComparisonLimits()), "basis": "averages",
        },
        "method": "least squares over window and earlier runs: " + "heart rate on days and speed, " * 15,
        "caution": "association, not cause: sleep, illness, caffeine, hydration and the sensor also move heart rate",
    }  # fmt: skip


def zones() -> Json:
    """As many zones as an athlete can have, with the time in each."""
    setting = {"value": 188.123, "origin": "estimated", "note": "estimate, ±10"}
    return {
        "usable": True, "reason": "x" * 200, "method": "reserve_shares", "discipline": "ride",
        "params": {"max_heartrate_bpm": setting, "resting_heartrate_bpm": setting},
        "zones": [
            {"name": str(number), "lower_bpm": 100.123 + number, "upper_bpm": 101.123 + number, "seconds": 12345.678,
             "share": 0.123}
            for number in range(1, 11)
        ],
    }  # fmt: skip


def athlete_zones() -> Json:
    """Zones for both sports, every setting known to the watch alone, and every two of them contradicting."""
    number = {"value": 188.123, "origin": "device", "note": "estimate, ±10"}
    names = ("max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm", "ftp_w", "weight_kg")
    conflict = "the resting heart rate is not below the threshold heart rate: the resting heart rate was not used"
    return {
        "settings": {
            **dict.fromkeys(names, number),
            "sex": {"value": "F", "origin": "device"},
            "own_zone_bounds_bpm": [100, 110, 120, 130, 140, 150, 160, 170, 180],
            "limits_heart_rate": True,
            "conflicts": [conflict] * 3,
        },
        "run": zones(),
        "ride": zones(),
    }


def profile() -> Json:
    """A profile in which everything is said."""
    return {
        "name": text("chinese", 100), "timezone": WINDOW["timezone"], "measurement_preference": "feet",
        "birth_year": 1991, "sex": "F", "weight_kg": 61.5, "height_m": 1.72, "ftp_w": 250, "max_heartrate_bpm": 190,
        "resting_heartrate_bpm": 48, "lthr_bpm": 172,
        "measured": ["ftp_w", "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm"],
        "heart_rate_zones_bpm": [100, 110, 120, 130, 140, 150, 160, 170, 180], "limits_heart_rate": True,
    }  # fmt: skip
