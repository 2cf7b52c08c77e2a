"""The API's quantities with the unit in the name, and with no more digits than they are known to."""

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

_SUFFIXES: Final[Mapping[str, str]] = {
    "distance": "_m",
    "moving_time": "_s",
    "elapsed_time": "_s",
    "timer_time": "_s",
    "total_elevation_gain": "_m",
    "elevation_difference": "_m",
    "elev_high": "_m",
    "elev_low": "_m",
    "average_speed": "_mps",
    "max_speed": "_mps",
    "average_grade_adjusted_speed": "_mps",
    "average_heartrate": "_bpm",
    "max_heartrate": "_bpm",
    "heartrate_time": "_s",
    "average_cadence": "_per_min",
    "average_watts": "_w",
    "weighted_average_watts": "_w",
    "kilojoules": "_kj",
    "calories": "_kcal",
}
_DIGITS: Final[Mapping[str, int]] = {"_mps": 3}
_USUAL_DIGITS: Final = 1
# Names of the API's analyses that carry their unit, or are known to no more than one digit.
_UNITS: Final = ("_s", "_m", "_mps", "_bpm", "_c", "_w", "_per_km", "_percent")
_TRAINING: Final = frozenset({"load", "ctl", "atl", "tsb", "ramp_ctl_per_7d", "strain", "tss", "vdot"})


def with_unit(name: str) -> str:
    """A field of the API as the tools name it; names with a unit of their own stay."""
    return name + _SUFFIXES.get(name, "")


def quantities(document: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    """The named fields of an API object, under their names with units. Missing is null."""
    return {with_unit(name): rounded(document.get(name), _SUFFIXES.get(name, "")) for name in names}


def rounded(value: Any, suffix: str = "") -> Any:
    """A number without digits that nobody measured; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    shortened = round(value, _DIGITS.get(suffix, _USUAL_DIGITS))
    return int(shortened) if shortened == int(shortened) else shortened


def usual_digits(document: Any, name: str = "") -> Any:
    """A document of the API's analyses without digits that nobody measured; ratios and shares keep theirs.

    Args:
        document: Its members carry their units in their names.
        name: Of the member that it is.
    """
    if isinstance(document, dict):
        return {each: usual_digits(value, each) for each, value in document.items()}
    if isinstance(document, list):
        return [usual_digits(each, name) for each in document]
    if name.endswith(_UNITS) or name in _TRAINING:
        return rounded(document, "_mps" if name.endswith("_mps") else "")
    return document


def pace_s_per_km(speed_mps: float | None) -> float | int | None:
    """Seconds for a kilometre; None where there is no speed."""
    pace: float | int | None = rounded(1000 / speed_mps) if speed_mps else None
    return pace
