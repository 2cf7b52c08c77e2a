"""Answers about best efforts and the race times that they suggest: estimates, with what they rest on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request

Answer = Mapping[str, Any]

_FORMULAS: Mapping[str, str] = {"riegel_s": "Riegel", "vdot_s": "VDOT", "cameron_s": "Cameron"}
_RANGE = "The span is that between the formulas, not a confidence interval; on the day it can be further off."


def efforts(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The fastest times over distances, or what they predict."""
    answer, units = succeeded(outcomes, "get_best_efforts_and_predictions")[-1], units_of(outcomes)
    told = {"predict": _predicted, "critical speed": _critical_speed}.get(request.text, _best)
    return "\n".join(told(request, answer, units))


def _best(request: Request, answer: Answer, units: Units) -> list[str]:
    best, days = {each["distance"]: each for each in answer["best"]}, wording.when(answer.get("window"))
    title = f"**Best efforts of your runs** — {days}"
    if not best:
        return [title, "", f"There are none: {_coverage(answer)}."]
    missing = [name for name in request.distances if name not in best]
    wanted = [best[name] for name in request.distances if name in best] or list(best.values())
    return [
        title,
        "",
        *(f"- {wording.quoted(name)}: there is no best effort over it" for name in missing),
        *(["", "These there are:", ""] if missing and len(wanted) == len(best) else []),
        *(f"- {_effort(each, units)}" for each in wanted),
        "",
        f"{wording.sentence(_coverage(answer))} An effort inside a longer run counts too.",
    ]


def _coverage(answer: Answer) -> str:
    coverage = answer["coverage"]
    return f"{coverage['with_efforts']} of {coverage['runs']} runs have samples to find best efforts in"


def _effort(effort: Mapping[str, Any], units: Units) -> str:
    time, pace = wording.clock(effort["elapsed_time_s"]), units.pace(effort.get("pace_s_per_km"))
    return f"{wording.quoted(str(effort['distance']))}: **{time}** ({pace}) on {wording.day_of(effort)}"


def _predicted(request: Request, answer: Answer, units: Units) -> list[str]:
    predictions = {each["distance"]: each for each in answer.get("predictions") or []}
    missing = [name for name in request.distances if name not in predictions]
    wanted = [predictions[name] for name in request.distances if name in predictions]
    title = f"**Estimated race times** — from runs of {wording.when(answer.get('window'))}"
    if not predictions:
        return [title, "", f"None can be given: {wording.quoted(str(answer.get('reason') or 'no reason is known'))}."]
    shown = wanted or ([] if missing else list(predictions.values()))
    return [
        title,
        "",
        *(f"- {_prediction(each)}" for each in shown),
        *(f"- For {wording.quoted(name)} no time is predicted{_instead(predictions)}." for name in missing),
        "",
        *_rests_on(answer, units),
        wording.sentence(answer.get("caution")),
        *([_RANGE] if shown else []),
    ]


def _instead(predictions: Mapping[str, Any]) -> str:
    return f"; there are estimates for {wording.sentence_list([wording.quoted(name) for name in predictions])}"


def _prediction(prediction: Mapping[str, Any]) -> str:
    """From the fastest to the slowest of the formulas that hold."""
    seconds = {name: prediction[field] for field, name in _FORMULAS.items() if prediction.get(field) is not None}
    low, high = wording.clock(min(seconds.values())), wording.clock(max(seconds.values()))
    span = low if low == high else f"{low} to {high}"
    each = ", ".join(f"{name} {wording.clock(value)}" for name, value in seconds.items())
    reason = prediction.get("riegel_reason")
    without = f"; Riegel: {wording.quoted(str(reason))}" if reason else ""
    return f"{wording.quoted(str(prediction['distance']))}: about **{span}** ({each}{without})"


def _rests_on(answer: Answer, units: Units) -> Iterator[str]:
    source = answer.get("source")
    if not source:
        return
    name = wording.quoted(str(source.get("activity_name") or ""), 80)
    where = f", in “{name}”" if name else ""
    age = source.get("age_days")
    ago = "" if age is None else f", {age} days ago"
    yield f"They rest on one effort: {_effort(source, units)}{where}{ago} (VDOT {source['vdot']:.1f}, an estimate)."


def _critical_speed(_request: Request, answer: Answer, units: Units) -> list[str]:
    found = answer.get("critical_speed") or {}
    title = f"**Critical speed** — from runs of {wording.when(answer.get('window'))}"
    if found.get("pace_s_per_km") is None:
        return [title, "", f"It is not known: {wording.quoted(str(found.get('reason') or 'no reason is given'))}."]
    over = [wording.quoted(str(each)) for each in found.get("efforts") or []]
    return [
        title,
        "",
        f"- about **{units.pace(found['pace_s_per_km'])}**; {units.height(found['reserve_m'])} can be run faster",
        f"- an estimate from the best efforts over {wording.sentence_list([*over])}",
        "",
        wording.sentence(answer.get("caution")),
    ]
