"""Answers about the athlete's own settings: what is set, where from, and what a missing one would make known."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request

_NAMES: Mapping[str, str] = {
    "name": "name",
    "timezone": "time zone",
    "measurement_preference": "units",
    "birth_year": "born in",
    "sex": "sex",
    "weight_kg": "weight",
    "height_m": "height",
    "max_heartrate_bpm": "maximum heart rate",
    "resting_heartrate_bpm": "resting heart rate",
    "lthr_bpm": "threshold heart rate",
    "ftp_w": "threshold power",
    "heart_rate_zones_bpm": "heart rate zones begin at",
}
_UNITS: Mapping[str, str] = {
    "weight_kg": "kg",
    "height_m": "m",
    "max_heartrate_bpm": "bpm",
    "resting_heartrate_bpm": "bpm",
    "lthr_bpm": "bpm",
    "ftp_w": "W",
    "heart_rate_zones_bpm": "bpm",
}
_WORDS: Mapping[str, str] = {"meters": "kilometres", "feet": "miles", "F": "female", "M": "male"}
# "You say so" goes without saying; the others do not.
_ORIGINS: Mapping[str, str] = {
    "measured": "measured in a test",
    "device": "as your watch had it",
    "estimated": "estimated from age, give or take 10",
}
LIMITED = (
    "You take a drug that limits the heart rate: zones and loads made from heart rate do not hold then. "
    "Ask a clinician which limits apply to you."
)
HOW_TO = "Set them in a terminal: coach profile KEY=VALUE. coach profile alone lists the keys."


def profile(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    data = succeeded(outcomes, "get_athlete_profile")[0]
    lines = [f"- {name}: {_value(key, data)}" for key, name in _NAMES.items() if data.get(key)]
    wanted = _would_make_known(data)
    blocks = [
        ["**Your profile**", "", *lines] if lines else ["Your profile is still empty."],
        [LIMITED] if data.get("limits_heart_rate") else [],
        ["**What is missing**", "", *(f"- {line}" for line in wanted), "", HOW_TO] if wanted else [],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _value(key: str, data: Mapping[str, Any]) -> str:
    value = data[key]
    text = ", ".join(map(str, value)) if isinstance(value, list) else _WORDS.get(str(value), str(value))
    origin = _ORIGINS.get(str((data.get("origins") or {}).get(key)))
    written = " ".join(part for part in (wording.quoted(text, 80), _UNITS.get(key)) if part)
    return f"{written} ({origin})" if origin else written


def _would_make_known(data: Mapping[str, Any]) -> list[str]:
    """What is missing for heart-rate zones and training load, as the activities team computes them."""
    unknown = [key for key in _NAMES if not data.get(key)]
    needed: dict[str, list[str]] = {}
    aged = "birth_year" not in unknown
    if not aged and {"lthr_bpm", "max_heartrate_bpm", "heart_rate_zones_bpm"} <= set(unknown):
        needed["heart rate zones"] = ["threshold heart rate or maximum heart rate"]
    load = ["resting_heartrate_bpm", "sex", *([] if aged else ["max_heartrate_bpm"])]
    needed["training load from heart rate"] = [_NAMES[key] for key in load if key in unknown]
    needed["zones and load that rest on a test, not on age"] = (
        [_NAMES["max_heartrate_bpm"]] if aged and "max_heartrate_bpm" in unknown else []
    )
    needed["load from power"] = [_NAMES[key] for key in ["ftp_w"] if key in unknown]
    needed["times of day where a file names no place"] = [_NAMES[key] for key in ["timezone"] if key in unknown]
    return [f"for {what}: {' and '.join(names)}" for what, names in needed.items() if names]
