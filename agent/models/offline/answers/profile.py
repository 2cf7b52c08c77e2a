"""Answers about the athlete's own profile."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request

_FIELDS: Mapping[str, str] = {
    "name": "name",
    "timezone": "time zone",
    "measurement_preference": "units",
    "birth_year": "born in",
    "max_heartrate_bpm": "maximum heart rate (bpm)",
}


_EMPTY: Mapping[str, str] = {"name": "name", "birth_year": "birth year", "max_heartrate_bpm": "maximum heart rate"}
_UNITS: Mapping[str, str] = {"meters": "kilometres", "feet": "miles"}


def profile(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    data = succeeded(outcomes, "get_athlete_profile")[0]
    known = data.get("athlete", data)
    lines = [f"- {label}: {_value(key, known[key])}" for key, label in _FIELDS.items() if known.get(key)]
    empty = [label for key, label in _EMPTY.items() if not known.get(key)]
    missing = ["", f"Not filled in: {wording.sentence_list([*empty])}."] if empty else []
    return "\n".join(["**Your profile**", "", *lines, *missing]) if lines else "Your profile is still empty."


def _value(key: str, value: Any) -> str:
    written = _UNITS.get(str(value), str(value)) if key == "measurement_preference" else str(value)
    return wording.quoted(written, 80)
