"""Asks the offline coach without servers: plans until nothing is left to call, then composes."""

from datetime import date
from typing import Any

from agent.models.offline.calls import TEAM_OF_TOOL, ToolOutcome
from agent.models.offline.composer import compose
from agent.models.offline.planner import plan
from tests.support.tool_answers import ANSWERS

TODAY = date(2026, 3, 15)
SPECS = [{"name": name} for name in TEAM_OF_TOOL]
MOST_CALLS = 20


def outcomes_for(question: str, history: list[str], answers: dict[str, Any]) -> list[ToolOutcome]:
    """All batches of a question, answered; an answer of None is one that failed."""
    outcomes: list[ToolOutcome] = []
    while calls := plan(question, SPECS, history, TODAY, outcomes):
        for call in calls:
            told = answers[call.name]
            kind = None if told is not None else "upstream_unavailable"
            outcomes.append(ToolOutcome(call.name, call.arguments, told, kind))
        assert len(outcomes) <= MOST_CALLS, "the plan never ends"
    return outcomes


def answer(question: str, *history: str, **answers: Any) -> str:
    """The answer to a question, with these results of tools instead of the usual ones."""
    outcomes = outcomes_for(question, list(history), ANSWERS | answers)
    return compose(question, outcomes, tool_specs=SPECS, history=list(history), today=TODAY)
