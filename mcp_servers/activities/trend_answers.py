"""What is told of the heart-rate trend: verdict and interval first, then what they rest on."""

from functools import partial
from typing import Any, Final

from mcp_servers.activities.quantities import Json
from mcp_servers.serving.budget import MOST_TOKENS, ResponseFormat, most_that_fits
from mcp_servers.serving.results import OpenOutput, clean

FEW_EXCLUDED: Final = 5
# What a concise answer leaves out: how it was computed, and what the words in use do not need.
_METHOD: Final = frozenset({"method", "params", "timezone"})
_OF_A_CHANGE: Final = ("bpm_per_30d", "ci95_low", "ci95_high", "n", "n_window", "dropped_terms")
_OF_A_CONDITION: Final = ("condition", "n", "mean_hr_bpm", "mean_pace_s_per_km", "mean_temperature_c", "unadjusted")
_OF_ALL_CONDITIONS: Final = ("trend", "verdict", "verdict_reason", "smallest_change_visible_bpm_per_30d", "needs")


class Trend(OpenOutput):
    """The trend as the API gives it; `trend` is null where there is not enough data, and `excluded` may be cut."""

    window: Json


def trend_answer(document: Json, response_format: ResponseFormat) -> Trend:
    """The API's trend as it is told, with as many of the excluded runs as fit."""
    known: Json = clean(document)
    excluded = known.get("excluded") or []
    answer = known if response_format == "detailed" else _concise(known)
    most = len(excluded) if response_format == "detailed" else min(len(excluded), FEW_EXCLUDED)
    there_are = sum((known.get("excluded_counts") or {}).values()) or len(excluded)
    build = partial(_answer, answer, excluded, there_are)
    return build(most_that_fits(build, most, MOST_TOKENS[response_format]))


def _answer(answer: Json, excluded: list[Json], there_are: int, count: int) -> Trend:
    shown: Json = {"excluded": excluded[:count]} if excluded else {}
    if count < there_are:
        shown["note"] = (
            f"The newest {count} of {there_are} excluded runs; excluded_counts counts all. For the others use "
            "earlier windows, a smaller history_days or response_format detailed."
        )
    return Trend.model_validate({**answer, **shown})


def _concise(trend: Json) -> Json:
    kept = {name: value for name, value in trend.items() if name not in _METHOD}
    for name, names in (("trend", _OF_A_CHANGE), ("all_conditions", _OF_ALL_CONDITIONS)):
        if name in kept:
            kept[name] = _some(kept[name], names)
    if isinstance(whole := kept.get("all_conditions"), dict):
        kept["all_conditions"] = {**whole, "trend": _some(whole.get("trend"), _OF_A_CHANGE)}
    if "by_condition" in kept:
        kept["by_condition"] = [_some(row, _OF_A_CONDITION) for row in kept["by_condition"]]
    if "stability" in kept:
        kept["stability"] = _some(kept["stability"], ("note",))
    if "bands" in kept:
        kept["bands"] = _some(kept["bands"], (trend.get("condition") or "",))
    return kept


def _some(document: Any, names: tuple[str, ...]) -> Any:
    """The named members that a document has; what is no document stays."""
    if not isinstance(document, dict):
        return document
    return {name: document[name] for name in names if name in document}
