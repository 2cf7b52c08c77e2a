"""Answers about training load: what is known of it, fitness and form as they are counted, and alerts as given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.missing_settings import reason_and_setting
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request

Load = Mapping[str, Any]

_NO_DIAGNOSIS = (
    "No number here can tell whether you are overtraining; with symptoms, ask a doctor. This is what the load shows:"
)
_NOT_MEASURED = (
    "Fitness (CTL) is a mean of the load of about six weeks, fatigue (ATL) of about one week, form (TSB) their "
    "difference on the day before: they count training, they do not measure how fit or tired you are."
)
NOT_SAFE = "That does not mean that the training is safe."
_WITHOUT: Mapping[str, str] = {"no_heartrate": "no heart rate", "no_method": "settings are missing"}
_SETTINGS: Mapping[str, str] = {
    "max_heartrate_bpm": "maximum heart rate",
    "resting_heartrate_bpm": "resting heart rate",
    "lthr_bpm": "threshold heart rate",
    "sex": "sex",
}
_ORIGINS: Mapping[str, str] = {
    "measured": "measured in a test",
    "profile": "as you said",
    "device": "as your watch had it",
    "estimated": "estimated from age",
}


def load(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The load of a window; where it is unknown, which setting would make it known."""
    answer, units = succeeded(outcomes, "get_training_load")[-1], units_of(outcomes)
    blocks = [
        [_NO_DIAGNOSIS] if request.text == "overtraining" else [],
        [f"**Training load** — {wording.when(answer.get('window'))}"],
        ["Load is counted over all sports and all weather together."] if request.sport or request.weather else [],
        _known(answer) if answer.get("method") else [f"Your load is not known. {unknown_because(answer)}"],
        alert_lines(answer, units),
        [*_long_runs(answer, units)],
        [f"- {wording.sentence(note)}" for note in answer.get("notes") or []],
        _basis(answer),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def unknown_because(answer: Load) -> str:
    """Why no load can be computed, and which setting changes that."""
    return reason_and_setting(answer.get("method_reason")) or "The activities team does not say why."


def alert_lines(answer: Load, units: Units) -> list[str]:
    """The alerts as given; that there are none is no statement of safety."""
    alerts = answer.get("alerts") or []
    if not alerts:
        return [f"**Alerts:** none{_checked(answer)}. {NOT_SAFE}"]
    more = answer.get("alerts_left_out")
    left_out = [f"- and {more} more, of earlier runs"] if more else []
    return ["**Alerts**", "", *(f"- {alert_line(alert, units)}" for alert in alerts), *left_out]


def alert_line(alert: Mapping[str, Any], units: Units) -> str:
    """One alert in the words of the activities team, with its day and the lengths of a long run."""
    distance, before = units.distance(alert.get("distance_m")), units.distance(alert.get("longest_before_m"))
    lengths = f" ({distance} after at most {before})" if distance and before else ""
    return f"{wording.day_of(alert)}: {wording.quoted(str(alert['text']))}{lengths}"


def _checked(answer: Load) -> str:
    """Which rules could not be applied."""
    return "" if answer.get("form") else ", but only the rule for single long runs could be applied"


def _known(answer: Load) -> list[str]:
    return [f"- {fact}" for fact in (*_sums(answer), *_form(answer), *_variation(answer), *_apart(answer))]


def _sums(answer: Load) -> Iterator[str]:
    total, coverage = answer["total"], answer["coverage"]
    moving = wording.duration(total.get("moving_time_s"))
    counted = f"{coverage['with_load']} of {coverage['activities']} activities"
    if total.get("load") is None:
        yield f"load: not known for any of {coverage['activities']} activities"
    else:
        yield f"load **{total['load']:.0f} {wording.quoted(str(answer['method']))}** over {counted}, {moving} moving"
    for reason, count in (coverage.get("without") or {}).items():
        yield f"{count} without a load ({_WITHOUT.get(reason, reason)}): unknown, not zero, so sums read low"
    if coverage.get("partly_covered"):
        yield f"{coverage['partly_covered']} with a heart rate for part of the time only: these loads read low too"


def _form(answer: Load) -> Iterator[str]:
    form = answer.get("form")
    if not form:
        return
    ramp = form.get("ramp_ctl_per_7d")
    risen = "" if ramp is None else f"; fitness changed by {wording.signed(ramp)} within a week"
    parts = f"fitness (CTL) {form['ctl']:.1f}, fatigue (ATL) {form['atl']:.1f}"
    yield f"{parts}, **form (TSB) {wording.signed(form['tsb'])}** on {wording.day_of(form)}{risen}"


def _variation(answer: Load) -> Iterator[str]:
    variation = answer.get("variation") or {}
    days = wording.from_to(variation.get("start_date"), variation.get("end_date"))
    if variation.get("monotony") is not None:
        yield f"monotony {variation['monotony']:.1f}, strain {variation['strain']:.0f} ({days})"
    shares = (answer.get("intensity") or {}).get("shares")
    if shares:
        parts = [f"{name.replace('_', ' ')} {share * 100:.0f} %" for name, share in shares.items()]
        yield f"time by heart rate: {', '.join(parts)} (of {answer['intensity']['activities']} activities with samples)"


def _apart(answer: Load) -> Iterator[str]:
    """What is told beside the load: power has another unit, and the ratio is context."""
    power, ratio = answer.get("power") or {}, answer.get("workload_ratio") or {}
    if power.get("tss") is not None:
        yield f"TSS of {power['activities']} rides with power: {power['tss']:.0f}, counted apart from the load"
    if ratio.get("coupled_7_28") is not None:
        yield f"acute to chronic ratio {ratio['coupled_7_28']:.2f} ({wording.quoted(str(ratio.get('note') or ''))})"


def _long_runs(answer: Load, units: Units) -> Iterator[str]:
    statement = (answer.get("spike_rule") or {}).get("statement")
    if statement:
        yield f"- Single long runs: {wording.quoted(str(statement))}."
    yield from next_spike(answer, units)


def next_spike(answer: Load, units: Units) -> list[str]:
    """From what length on a run would raise the alert; empty where there is too little history to say."""
    rule = answer.get("spike_rule") or {}
    longest, above = units.distance(rule.get("longest_run_m")), units.distance(rule.get("spike_above_m"))
    if not (longest and above):
        return []
    return [f"- Your longest run of the last 30 days is {longest}; one of more than {above} would be such a spike."]


def _basis(answer: Load) -> list[str]:
    rests_on = answer.get("rests_on") or {}
    named = [f"{_SETTINGS.get(key, key)} ({_ORIGINS.get(str(origin), origin)})" for key, origin in rests_on.items()]
    basis = f"The load is {wording.quoted(str(answer.get('method')))}, from heart rate and your {', '.join(named)}."
    return ([basis] if answer.get("method") and named else []) + ([_NOT_MEASURED] if answer.get("form") else [])
