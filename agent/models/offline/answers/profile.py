"""Answers about the athlete's own profile."""

from collections.abc import Mapping, Sequence

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


def profile(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    data = succeeded(outcomes, "get_athlete_profile")[0]
    known = data.get("athlete", data)
    lines = [f"- {label}: {wording.quoted(str(known[key]), 80)}" for key, label in _FIELDS.items() if known.get(key)]
    return "\n".join(["**Your profile**", "", *lines]) if lines else "Your profile is still empty."
