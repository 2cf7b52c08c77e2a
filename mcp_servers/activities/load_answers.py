"""What is told of the training load: what is known of it, the newest weeks, and the alerts that evidence supports."""

from datetime import date
from functools import partial
from typing import Final

from mcp_servers.activities.quantities import Json, usual_digits
from mcp_servers.activities.readable import Units, clock, count_of, units_of
from mcp_servers.serving.budget import MOST_TOKENS, ResponseFormat, most_that_fits
from mcp_servers.serving.results import OpenOutput, clean

MOST_ALERTS: Final = 3  # of a concise answer; the API's order puts form and monotony first, then the newest runs
INTENSITIES: Final = ("easy", "between_thresholds", "hard")
# What the loads rest on; a concise answer tells the origins alone.
_SETTINGS: Final = ("max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm", "sex")
_OF_A_WEEK: Final = ("load", "activities", "without_load", "moving_time_s", "tsb")
_OF_RATIOS: Final = ("coupled_7_28", "reason", "note")


class TrainingLoad(OpenOutput):
    """The training load as the API gives it; of weeks and alerts the newest, where not all of them fit."""

    window: Json
    measurement_preference: str | None = None
    method: str | None = None
    total: Json
    weeks: list[Json]
    alerts: list[Json]
    coverage: Json
    note: str | None = None


def load_answer(document: Json, response_format: ResponseFormat) -> TrainingLoad:
    """The API's training load as it is told, with as many weeks as fit."""
    known, units = clean(document), units_of(document)
    concise = response_format == "concise"
    alerts = [_alert(each, units) for each in known.get("alerts") or []]
    shown = alerts[:MOST_ALERTS] if concise else alerts
    answer: Json = {
        **known,
        "total": {**known["total"], "summary": _total_line(known["total"])} if known.get("total") else {},
        "form": _form(known.get("form")),
        "intensity": _intensity(known.get("intensity") or {}),
        "spike_rule": _spike_rule(known.get("spike_rule") or {}, units),
        "alerts": shown,
        "alerts_left_out": (known.get("alerts_left_out") or 0) + len(alerts) - len(shown),
    }
    weeks = [_week(each, concise=concise) for each in known.get("weeks") or []]
    build = partial(_with_weeks, usual_digits(_concise(answer) if concise else answer), usual_digits(weeks), concise)
    return build(most_that_fits(build, len(weeks), MOST_TOKENS[response_format]))


def _with_weeks(answer: Json, weeks: list[Json], concise: bool, count: int) -> TrainingLoad:
    """With so many weeks, the newest."""
    left_out = (answer.get("weeks_left_out") or 0) + len(weeks) - count
    told: Json = {**answer, "weeks": weeks[len(weeks) - count :], "weeks_left_out": left_out}
    return TrainingLoad.model_validate({**told, "note": _note(told, concise=concise)})


def _note(told: Json, *, concise: bool) -> str | None:
    weeks, left_out, alerts = len(told["weeks"]), told["weeks_left_out"], told["alerts_left_out"]
    parts = [
        f"The newest {weeks} of {weeks + left_out} weeks; total covers all." if left_out else None,
        f"{alerts} more alerts, of earlier runs." if alerts else None,
    ]
    steps = "earlier windows or response_format detailed" if concise else "earlier windows"
    said = " ".join(part for part in parts if part)
    return f"{said} For the others use {steps}." if said else None


def _concise(answer: Json) -> Json:
    kept = {name: value for name, value in answer.items() if name != "params"}
    params, power, ratios = (answer.get(name) or {} for name in ("params", "power", "workload_ratio"))
    kept["rests_on"] = {name: params[name].get("origin") for name in _SETTINGS if params.get(name)}
    kept["power"] = {name: value for name, value in power.items() if name != "ftp_w"}
    kept["workload_ratio"] = {name: ratios[name] for name in _OF_RATIOS if name in ratios} or None
    kept["intensity"] = {name: value for name, value in answer["intensity"].items() if name != "time_s"}
    return kept


def _week(week: Json, *, concise: bool) -> Json:
    """One week with the weekday on which it begins, so that nobody has to guess."""
    start = week["week_start"]
    told = {name: week.get(name) for name in _OF_A_WEEK} if concise else week
    weekday = f"{date.fromisoformat(start):%A}"
    return {"week_start": start, "weekday": weekday, **told, "summary": _total_line(week)}


def _total_line(total: Json) -> str:
    load, unknown = total.get("load"), total.get("without_load")
    parts = [
        None if load is None else f"load {load:.0f}",
        count_of(total.get("activities") or 0),
        f"{clock(total.get('moving_time_s') or 0)} moving",
        f"{unknown} without a load" if unknown else None,
    ]
    return ", ".join(part for part in parts if part)


def _form(form: Json | None) -> Json | None:
    if form is None:
        return None
    return {
        **form,
        "summary": f"fitness (CTL) {form['ctl']:.0f}, fatigue (ATL) {form['atl']:.0f}, form (TSB) {form['tsb']:.0f}",
    }


def _intensity(intensity: Json) -> Json:
    """With a name for each of the three zones; rounded before the names of the zones hide the units."""
    intensity = usual_digits(intensity)
    named = {
        told: dict(zip(INTENSITIES, intensity[name], strict=True)) if intensity.get(name) else None
        for name, told in (("seconds", "time_s"), ("shares", "shares"), ("lower_bounds_bpm", "lower_bounds_bpm"))
        if name in intensity
    }
    return {**{name: value for name, value in intensity.items() if name != "seconds"}, **named}


def _spike_rule(rule: Json, units: Units) -> Json:
    longest, above = units.distance(rule.get("longest_run_m")), units.distance(rule.get("spike_above_m"))
    parts = [
        f"longest run of the last 30 days {longest}" if longest else None,
        f"a run of more than {above} would be a spike" if above else None,
    ]
    return {**rule, "summary": "; ".join(part for part in parts if part) or None}


def _alert(alert: Json, units: Units) -> Json:
    told = {name: value for name, value in alert.items() if value is not None}
    distance, before = units.distance(alert.get("distance_m")), units.distance(alert.get("longest_before_m"))
    if distance and before:
        told["summary"] = f"{distance} after at most {before} in the 30 days before"
    return told
