"""What to change: the alerts of the load, and nothing that trend and load do not both leave standing.

No medical advice, no sessions, no cause: where no rule raised an alert, the data supports no change.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers.load import NOT_SAFE, alert_line, next_spike, unknown_because
from agent.models.offline.answers.units import units_of
from agent.models.offline.calls import ToolOutcome, succeeded

_TITLE = "**What to change**"
_NO_CHANGE = "**The data supports no change.**"
_CLOSING = "This is no medical advice, and a link is not a cause."
#: What the trend adds; it never asks for a change by itself.
_TREND_SAYS: Mapping[str, str] = {
    "improving": "The trend is improving.",
    "worsening": "The trend is worsening, but it does not say why.",
    "no_detectable_change": "The trend shows no detectable change.",
    "not_enough_data": "For the trend there is not enough data.",
}


def advice_lines(outcomes: Sequence[ToolOutcome]) -> list[str]:
    """Hints that the two answers support, each in the words of its rule; else that there are none."""
    loads, trends = succeeded(outcomes, "get_training_load"), succeeded(outcomes, "analyze_heart_rate_trend")
    said = [_TREND_SAYS[trend["verdict"]] for trend in trends]
    if not loads:
        return [_TITLE, "", " ".join([*said, f"The training load could not be read. {_NO_CHANGE}"])]
    answer, units = loads[-1], units_of(outcomes)
    alerts = answer.get("alerts") or []
    hints = [f"- {alert_line(alert, units)}" for alert in alerts]
    if any(alert["kind"] == "single_run_spike" for alert in alerts):
        hints += next_spike(answer, units)
    gradual = _gradual(answer)
    if hints or gradual:
        found = "What the rules of the training load say:"
        return [_TITLE, "", " ".join([*said, found]), "", *hints, *gradual, "", _CLOSING]
    return [_TITLE, "", " ".join([*said, *_nothing(answer)]), "", _CLOSING]


def _gradual(answer: Mapping[str, Any]) -> list[str]:
    """Where the rule for long runs cannot be applied, its own advice of gradual steps."""
    rule = answer.get("spike_rule") or {}
    return [f"- Single long runs: {rule['statement']}."] if "gradual steps" in str(rule.get("statement")) else []


def _nothing(answer: Mapping[str, Any]) -> list[str]:
    """That nothing supports a change, and how much of the load that rests on."""
    if answer.get("method") and answer.get("form"):
        return [f"No rule of the training load raised an alert. {_NO_CHANGE}", NOT_SAFE]
    unknown = "No activity has a known load." if answer.get("method") else unknown_because(answer)
    checked = (answer.get("spike_rule") or {}).get("checked")
    long_runs = "The rule for single long runs raised no alert" if checked else "There was no long run to check"
    return [f"{long_runs}; the other rules of the load could not be applied. {_NO_CHANGE}", unknown]
