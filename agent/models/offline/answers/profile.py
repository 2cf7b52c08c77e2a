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


ZONE_METHODS: Mapping[str, str] = {
    "own_bounds": "as you set them",
    "threshold_shares": "shares of your threshold heart rate",
    "reserve_shares": "shares between resting and maximum heart rate",
    "max_shares": "shares of your maximum heart rate",
}
_SPORTS: Mapping[str, str] = {"run": "running", "ride": "riding"}

Profile = Mapping[str, Any]


def profile(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    data = succeeded(outcomes, "get_athlete_profile")[0]
    lines = [f"- {name}: {_value(key, data)}" for key, name in _NAMES.items() if data.get(key)]
    wanted = _would_make_known(data)
    blocks = [
        ["**Your profile**", "", *lines] if lines else ["Your profile is still empty."],
        [LIMITED] if data.get("limits_heart_rate") else _zones(data),
        [f"- {wording.quoted(conflict)}" for conflict in data.get("conflicts") or []],
        ["**What is missing**", "", *(f"- {line}" for line in wanted), "", HOW_TO] if wanted else [],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _value(key: str, data: Profile) -> str:
    value = data[key]
    text = ", ".join(map(str, value)) if isinstance(value, list) else _WORDS.get(str(value), str(value))
    origin = _ORIGINS.get(str((data.get("origins") or {}).get(key)))
    written = " ".join(part for part in (wording.quoted(text, 80), _UNITS.get(key)) if part)
    return f"{written} ({origin})" if origin else written


def _zones(data: Profile) -> list[str]:
    """Where the zones begin, for each sport or once where they are the same."""
    told = {sport: _bounds(report) for sport, report in (data.get("zones") or {}).items() if report.get("usable")}
    if not told:
        return []
    same = len(set(told.values())) == 1
    rows = (
        {"": next(iter(told.values()))} if same else {f"{_SPORTS.get(sport, '')}: ": row for sport, row in told.items()}
    )
    return ["**Heart rate zones**", "", *(f"- {sport}{row}" for sport, row in rows.items())]


def _bounds(report: Mapping[str, Any]) -> str:
    starts = [f"{wording.quoted(str(zone['name']))} from {zone['lower_bpm']:.0f}" for zone in report["zones"][1:]]
    return f"{wording.sentence_list([*starts])} bpm ({ZONE_METHODS.get(str(report.get('method')), 'method not known')})"


def _would_make_known(data: Profile) -> list[str]:
    """What is missing for heart-rate zones and training load, as the activities team computes them."""
    unknown = [key for key in _NAMES if not data.get(key)]
    origins = data.get("origins") or {}
    needed: dict[str, list[str]] = {
        "heart rate zones": [] if _has_zones(data) else ["threshold heart rate or maximum heart rate"],
        "training load from heart rate": _named(["max_heartrate_bpm", "resting_heartrate_bpm", "sex"], unknown),
        "zones and load that rest on more than age": (
            [_NAMES["max_heartrate_bpm"]] if origins.get("max_heartrate_bpm") == "estimated" else []
        ),
        "load from power": _named(["ftp_w"], unknown),
        "the right day where a file names no place": _named(["timezone"], unknown),
    }
    if data.get("limits_heart_rate"):  # what rests on heart rate does not hold, whatever is filled in
        needed = {what: names for what, names in needed.items() if what in _WITHOUT_HEART_RATE}
    return [f"for {what}: {' and '.join(names)}" for what, names in needed.items() if names]


_WITHOUT_HEART_RATE = frozenset({"load from power", "the right day where a file names no place"})


def _has_zones(data: Profile) -> bool:
    return any(report.get("usable") for report in (data.get("zones") or {}).values())


def _named(keys: Sequence[str], unknown: Sequence[str]) -> list[str]:
    return [_NAMES[key] for key in keys if key in unknown]
