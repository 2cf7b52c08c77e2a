"""What the planner asks for and what came back, free of any SDK type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Team = Literal["activities", "routes", "socials", "support"]

#: Which team owns a tool the planner may call, so that an absent tool can be named by its team.
TEAM_OF_TOOL: Mapping[str, Team] = {
    "search_activities": "activities",
    "get_activity": "activities",
    "summarize_activities": "activities",
    "analyze_heart_rate_trend": "activities",
    "get_training_load": "activities",
    "get_best_efforts_and_predictions": "activities",
    "compare_activities": "activities",
    "get_athlete_profile": "activities",
    "search_routes": "routes",
    "get_route": "routes",
    "list_clubs": "socials",
    "list_activity_feed": "socials",
    "get_activity_social": "socials",
    "give_kudos": "socials",
    "add_comment": "socials",
    "search_help": "support",
    "list_tickets": "support",
    "get_ticket": "support",
    "create_ticket": "support",
}

#: Tools that change something: where their answer is lost, whether it was done is not known.
WRITES = frozenset({"give_kudos", "add_comment", "create_ticket"})


@dataclass(frozen=True)
class ToolCall:
    """One call the planner wants: the tool's name and its arguments as JSON values."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolOutcome:
    """One finished call.

    Attributes:
        name: The tool.
        arguments: What it was called with.
        data: Its structured content; None when it failed.
        error_kind: Why it failed (validation, not_found, forbidden, rate_limited, upstream_unavailable,
            unauthorized, consent_required, declined); None when it succeeded.
        message: The server's own sentence about the failure; shown, never interpreted.
    """

    name: str
    arguments: Mapping[str, Any]
    data: Mapping[str, Any] | None
    error_kind: str | None = None
    message: str = ""

    @property
    def call(self) -> ToolCall:
        """The call that this is the result of."""
        return ToolCall(self.name, self.arguments)

    @property
    def team(self) -> str:
        """The team that owns the tool, or the tool's name where none is known."""
        return TEAM_OF_TOOL.get(self.name, self.name)


def succeeded(outcomes: Sequence[ToolOutcome], name: str) -> list[Mapping[str, Any]]:
    """The structured contents of every successful call of one tool, in call order."""
    return [outcome.data for outcome in outcomes if outcome.name == name and outcome.data is not None]
