"""The settings that `coach profile` knows: their names, how they are typed, how they are shown."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from agent.terminal.errors import UsageWrong
from agent.terminal.plain_text import one_line

MEASURABLE: Final = ("ftp_w", "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm")
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_ORIGINS: Final = {
    "measured": "measured in a test",
    "profile": "as you said",
    "device": "as your watch had it",
    "estimated": "estimated from age, give or take 10",
}


class _Unreadable(Exception):
    """A value that cannot be meant; the text says what would do."""


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = next((choice for choice in choices if choice.lower() == text.lower()), None)
        if found is None:
            raise _Unreadable(f"one of {', '.join(choices)}")
        return found

    return read


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise _Unreadable("a whole number")
    return int(text)


def _decimal(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", text):
        raise _Unreadable("a number, such as 61.5")
    return float(text)


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise _Unreadable("true or false")
    return _TRUTH[text.lower()]


def _bounds(text: str) -> list[int]:
    try:
        return [_whole(part.strip()) for part in text.split(",")]
    except _Unreadable as error:
        raise _Unreadable("lower bounds with commas, such as 114,133,152,171") from error


def _measured(text: str) -> list[str]:
    names = [part.strip() for part in text.split(",")]
    if not set(names) <= set(MEASURABLE):
        raise _Unreadable(f"some of {','.join(MEASURABLE)}")
    return names


SETTINGS: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": str,
    "timezone": str,
    "measurement_preference": _one_of("meters", "feet"),
    "birth_year": _whole,
    "sex": _one_of("F", "M"),
    "weight_kg": _decimal,
    "height_m": _decimal,
    "ftp_w": _whole,
    "max_heartrate_bpm": _whole,
    "resting_heartrate_bpm": _whole,
    "lthr_bpm": _whole,
    "measured": _measured,
    "heart_rate_zones_bpm": _bounds,
    "limits_heart_rate": _truth,
}


def changes_of(words: Sequence[str]) -> dict[str, Any]:
    """What `KEY=VALUE` words change; a key without a value is taken back, which is None.

    Raises:
        UsageWrong: A word is no change, a key is unknown or named twice, or a value cannot be meant.
    """
    changes: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if key not in SETTINGS:
            raise UsageWrong(f"{one_line(key, 60)!r} is no setting; there are: {', '.join(SETTINGS)}")
        if not equals:
            raise UsageWrong(f"write {key}=VALUE to change it, {key}= to take it back")
        if key in changes:
            raise UsageWrong(f"{key} is named twice")
        try:
            changes[key] = SETTINGS[key](text.strip()) if text.strip() else None
        except _Unreadable as error:
            raise UsageWrong(f"{key} must be {error}; nothing was changed") from error
    return changes


def lines_of(profile: Mapping[str, Any]) -> list[str]:
    """The settings for people: each with its origin, then the names of those that are not set."""
    origins = profile.get("origins") or {}
    lines = [_line(key, profile[key], origins.get(key)) for key in SETTINGS if _is_set(profile.get(key))]
    missing = [key for key in SETTINGS if key in (profile.get("missing") or [])]
    return [*lines, *([f"not set: {', '.join(missing)}"] if missing else [])]


def _is_set(value: Any) -> bool:
    return value is not None and value is not False and value != []


def _line(key: str, value: Any, origin: str | None) -> str:
    typed = (
        ",".join(map(str, value)) if isinstance(value, list) else str(value).lower() if value is True else str(value)
    )
    said = f" ({_ORIGINS.get(origin, one_line(origin))})" if origin else ""
    return f"{key}={one_line(typed)}{said}"
