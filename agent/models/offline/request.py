"""What an athlete asks for, as data: an intent and the values that fill it."""

from dataclasses import dataclass
from typing import Literal

from agent.models.offline.vocabulary import Metric, Sport

Kind = Literal[
    "totals",
    "breakdown",
    "compare",
    "share",
    "trend",
    "load",
    "efforts",
    "side_by_side",
    "details",
    "extreme",
    "recent",
    "day",
    "routes",
    "clubs",
    "kudos",
    "comments",
    "feed",
    "give_kudos",
    "add_comment",
    "help",
    "tickets",
    "ticket",
    "create_ticket",
    "profile",
    "capabilities",
    "unsupported",
]
Extreme = Literal["last", "first", "longest", "longest_time", "shortest", "fastest", "slowest"]
GroupBy = Literal["week", "month", "sport", "weather"]
#: Parts of one activity, as the activities tools name them.
Part = Literal["splits", "laps", "zones", "best_efforts"]


#: The span of a question that names none.
DEFAULT_WINDOW = "last_30_days"


@dataclass(frozen=True)
class Side:
    """The other side of a comparison; None keeps the value of the first side."""

    window: str | None = None
    sport: Sport | None = None
    weather: tuple[str, ...] | None = None
    extreme: Extreme | None = None


@dataclass(frozen=True)
class RouteWish:
    """What a route should be like.

    Attributes:
        near: A place name, as typed.
        min_distance_m: Metres.
        max_distance_m: Metres.
        min_climb_m: Metres of climbing.
        max_climb_m: Metres of climbing.
        surface: Surface name of the routes tools.
    """

    near: str | None = None
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    min_climb_m: float | None = None
    max_climb_m: float | None = None
    surface: str | None = None


@dataclass(frozen=True)
class Request:
    """One question, understood.

    Attributes:
        kind: The intent.
        window: Span of time in the window grammar; None where the athlete named none.
        sport: None for all sports.
        weather: Weather names; all must hold.
        metric: The quantity that was asked for first.
        group_by: For a breakdown; `weather` with a trend asks for the means of every condition.
        extreme: Which single activity.
        limit: How many activities of a list.
        min_distance_m: Shortest distance of a list.
        max_distance_m: Longest distance of a list.
        in_miles: The question names a length in miles.
        versus: The other side of a comparison.
        route: For a route search.
        parts: Of one activity.
        distances: Of best efforts and predictions, as the tools name them or else as typed; empty for all.
        text: Free text of the athlete: comment, search words, ticket description, reason of a refusal;
            or what else was asked: `advice` with a trend, `least` with a breakdown, `thanks`; with efforts `best`,
            `predict` or `critical speed`; with a load `overtraining`.
        reference: Id of a ticket.
    """

    kind: Kind
    window: str | None = None
    sport: Sport | None = None
    weather: tuple[str, ...] = ()
    metric: Metric | None = None
    group_by: GroupBy | None = None
    extreme: Extreme | None = None
    limit: int = 5
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    in_miles: bool = False
    versus: Side | None = None
    route: RouteWish | None = None
    parts: tuple[Part, ...] = ()
    distances: tuple[str, ...] = ()
    text: str = ""
    reference: str = ""
