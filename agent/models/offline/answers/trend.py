"""Answers to "am I improving?": mean per condition, change with its interval, one of four verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.advice import advice_lines
from agent.models.offline.answers.conditions import condition_lines, coverage_lines, warning_lines
from agent.models.offline.answers.totals import summary_lines
from agent.models.offline.answers.units import units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.first_calls import has_trend, trend_sport
from agent.models.offline.request import Request

#: The only words for a verdict; the model may rephrase around them, never upgrade.
VERDICT_WORDS: Mapping[str, str] = {
    "improving": "improving",
    "worsening": "worsening",
    "no_detectable_change": "no detectable change",
    "not_enough_data": "not enough data",
}


def trend(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The flagship answer, from a summary and a trend; either alone is answered alone."""
    runs, units = replace(request, sport=trend_sport(request)), units_of(outcomes)
    lines: list[str] = []
    for summary in succeeded(outcomes, "summarize_activities"):
        lines += [*summary_lines(runs, summary, units), ""]
    for answer in succeeded(outcomes, "analyze_heart_rate_trend"):
        lines += [*condition_lines(answer, units), ""] if request.group_by == "weather" else []
        lines += [*_trend_lines(runs, answer), ""]
    if not has_trend(request):
        lines.append(
            "Whether heart rate at the same effort changed is computed for runs only, "
            f"not for {wording.activity_noun(request, 2)}.\n"
        )
    return "\n".join([*lines, *(advice_lines(outcomes) if request.text == "advice" else [])]).strip()


def _trend_lines(request: Request, answer: Mapping[str, Any]) -> list[str]:
    condition = f" {wording.in_weather(replace(request, weather=request.weather[:1]))}" if request.weather else ""
    lines = [f"**Improving{condition}?** {_verdict(answer)}"]
    whole = answer.get("all_conditions")
    if whole and answer.get("condition"):
        lines += ["", f"**In all conditions together:** {_verdict(whole)}"]
    lines += _nearest(answer)
    warnings, coverage = warning_lines(answer), coverage_lines(answer)
    lines += [*([""] if warnings else []), *warnings, *([""] if coverage else []), *coverage]
    caution = answer.get("caution")
    said = f"Lower heart rate at the same effort is better. {wording.sentence(caution)}" if caution else ""
    return [*lines, "", said]


def _verdict(answer: Mapping[str, Any]) -> str:
    """Verdict, change with its interval, smallest visible change, and what would settle it."""
    said = [f"**{VERDICT_WORDS[answer['verdict']]}**."]
    change = answer.get("trend")
    if change:
        said.append(_change(change))
    if change and _downgraded(answer, change):
        said.append(f"Yet no change is claimed: {wording.quoted(_why_not(answer)).rstrip('.')}.")
    smallest = answer.get("smallest_change_visible_bpm_per_30d")
    if smallest is not None:
        said.append(f"The smallest change visible with these runs is {smallest:.1f} bpm per 30 days.")
    if answer["verdict"] == "not_enough_data" or not change:
        said.append(wording.sentence(answer.get("verdict_reason")))
    if answer["verdict"] in {"not_enough_data", "no_detectable_change"}:
        said.append(wording.sentence(answer.get("needs")))
    return " ".join(part for part in said if part)


def _downgraded(answer: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Whether the interval alone would have said more than the verdict does."""
    excludes_zero = bool(change["ci95_low"] > 0 or change["ci95_high"] < 0)
    return excludes_zero and answer["verdict"] == "no_detectable_change"


def _why_not(answer: Mapping[str, Any]) -> str:
    stability = answer.get("stability") or {}
    return str(answer.get("verdict_reason") or stability.get("note") or "the analysis does not say why")


def _change(change: Mapping[str, Any]) -> str:
    low, high = wording.bpm_change(change["ci95_low"]), wording.bpm_change(change["ci95_high"])
    return (
        f"Heart rate at the same effort changed by {wording.bpm_change(change['bpm_per_30d'])} bpm per 30 days "
        f"(95 % interval {low} to {high}, from {change['n']} comparable runs, "
        f"{change['n_window']} of them in the window)."
    )


def _nearest(answer: Mapping[str, Any]) -> list[str]:
    nearest = answer.get("nearest_condition")
    if not nearest:
        return []
    return [
        "",
        f"There are more comparable runs ({nearest['n']}) in the condition “{wording.quoted(nearest['condition'])}”.",
    ]
