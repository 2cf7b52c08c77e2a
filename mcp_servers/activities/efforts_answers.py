"""What is told of best efforts and of what they predict: times as runners say them, and what they rest on."""

from typing import Final

from identity.untrusted_text import NAME_LENGTH, plain
from mcp_servers.activities.quantities import Json, usual_digits
from mcp_servers.activities.readable import Units, clock, units_of
from mcp_servers.serving.budget import ResponseFormat
from mcp_servers.serving.results import OpenOutput, clean

_FORMULAS: Final = {"riegel_s": "Riegel", "vdot_s": "VDOT", "cameron_s": "Cameron"}
# What follows from the other members of a row or of the answer.
_NOT_CONCISE: Final = frozenset({"distance_m", "activity_name", "estimate"})


class BestEfforts(OpenOutput):
    """Best efforts as the API gives them; `source` is the one that the predictions rest on, null with a reason."""

    window: Json
    measurement_preference: str | None = None
    best: list[Json]
    source: Json | None = None
    predictions: list[Json]
    caution: str | None = None
    coverage: Json


def efforts_answer(document: Json, response_format: ResponseFormat) -> BestEfforts:
    """The API's best efforts as they are told. There are at most 14 distances, so all of them fit."""
    known, units = clean(document), units_of(document)
    concise = response_format == "concise"
    dropped = _NOT_CONCISE if concise else frozenset()
    source, critical = known.get("source"), known.get("critical_speed")
    answer: Json = {
        **known,
        "best": [_without(_effort(each, units), dropped) for each in known.get("best") or []],
        "source": _effort(source, units) if source else None,
        "predictions": [_without(_prediction(each), dropped) for each in known.get("predictions") or []],
        "critical_speed": _without(_critical_speed(critical, units), dropped) if critical else None,
    }
    return BestEfforts.model_validate(usual_digits(_without(answer, frozenset({"method"})) if concise else answer))


def _effort(effort: Json, units: Units) -> Json:
    pace = units.pace_of(effort.get("pace_s_per_km"))
    return {
        **effort,
        "activity_name": plain(effort.get("activity_name") or "", NAME_LENGTH),
        "summary": ", ".join(part for part in (clock(effort["elapsed_time_s"]), pace) if part),
    }


def _prediction(prediction: Json) -> Json:
    """One race by every formula that holds for it; a reason that is null needs no words."""
    told = {name: value for name, value in prediction.items() if name != "riegel_reason" or value is not None}
    times = [f"{name} {clock(prediction[field])}" for field, name in _FORMULAS.items() if prediction.get(field)]
    return {**told, "summary": ", ".join(times)}


def _critical_speed(estimate: Json, units: Units) -> Json:
    """The efforts that it rests on are among the best: their distances name them."""
    distances = [each.get("distance") for each in estimate.get("efforts") or []]
    return {**estimate, "efforts": distances, "summary": units.pace_of(estimate.get("pace_s_per_km"))}


def _without(document: Json, names: frozenset[str]) -> Json:
    return {name: value for name, value in document.items() if name not in names}
