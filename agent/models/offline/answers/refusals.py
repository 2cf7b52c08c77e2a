"""What the offline coach can do, what it cannot, and what kept it from answering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.models.offline.answers import wording
from agent.models.offline.calls import WRITES, ToolOutcome
from agent.models.offline.out_of_scope import NOT_UNDERSTOOD
from agent.models.offline.request import Request

Why = Literal["unreachable", "whole team", "no read", "no write"]


@dataclass(frozen=True)
class Absence:
    """A team whose tool was needed and not offered.

    Attributes:
        team: For example `socials`.
        why: Its server did not answer; or nothing of it is offered, because it is down or because the sign-in lacks
            it; or only its reading or its writing is not.
    """

    team: str
    why: Why


EXAMPLES = (
    "Over the last 30 days, what is my average heart rate when it rains, and am I improving?",
    "How far did I run last month?",
    "How is my training load?",
    "What could I run for a half marathon?",
    "Compare my last two runs.",
    "Compare October with September.",
    "What was my longest ride this year?",
    "Find a flat 10 km route near Tempelhof.",
    "Who gave me kudos on my last run?",
    "How do I import from Strava?",
)
_REASONS: Mapping[str, str] = {
    NOT_UNDERSTOOD: "I did not understand that.",
    "symptoms": (
        "I cannot judge symptoms. If you feel unwell now, stop exercising and call the local emergency number; "
        "otherwise see a doctor before the next training."
    ),
    "health": "I cannot judge injuries, pain or illness. Please ask a doctor or physiotherapist.",
    "nutrition": "I give no advice on food, weight or supplements.",
    "others": "I can only see your own activities, not those of other athletes.",
    "changes": "I cannot change, join or delete anything. I can give kudos, comment and open a ticket.",
    "payments": "I know nothing about payments or subscriptions. Support can help: ask me to open a ticket.",
    "forecast": "I have no weather forecast, only the weather of recorded activities.",
    "future": "I only report on what is recorded, not on days to come.",
    "weather": (
        "I cannot look for that kind of weather. These I can look for: cold, cool, mild, warm, hot, humid, wet, dry, "
        "windy."
    ),
    "which weather": "Which weather do you mean: cold, cool, mild, warm, hot, humid, wet, dry or windy?",
    "no such day": "That date does not exist.",
    "kinds": "I cannot tell races, intervals, long or easy runs apart.",
    "days": "I count activities, not days.",
    "hours": "I cannot tell times of day or days of the week apart. I can look at one date or a span of dates.",
    "holidays": "I know no holidays. Please name the dates.",
    "judgement": (
        "I do not judge whether a heart rate is good or too high; a doctor can. I can say how it changed: "
        "ask “am I improving?”"
    ),
    "safety": "I give no health or safety advice. Please ask a doctor.",
    "best": "Best by what? Ask for the longest or the fastest.",
    "whom": "I can give kudos to an activity of yours, for example: give kudos to my last run.",
    "efforts": (
        "Best times over a distance are kept for runs only. Of other activities I can find the fastest or the longest."
    ),
    "which activity": "Of which activity? Ask for example: splits of my last run, or: time in zones on my last run.",
    "which two": "Which ones do you mean? Ask for example: compare my last two runs.",
    "ranking": "I can rank by distance, duration, speed and date only.",
    "plans": "I cannot make training plans or recommend sessions; I only report on what is recorded.",
    "sessions": "I cannot make training plans or recommend sessions; I only report on what is recorded.",
    "predictions": (
        "I cannot say what you will manage. Of runs I can estimate race times from your best efforts: ask “what could "
        "I run for a half marathon?”"
    ),
    "measures": "I do not report power, cadence, calories, sleep, steps or VO2max.",
}
_ERROR_SENTENCES: Mapping[str, str] = {
    "not_found": "nothing with that name or number was found",
    "forbidden": "this sign-in does not allow it",
    "rate_limited": "it is busy, please try again in a moment",
    "unauthorized": "the sign-in is no longer accepted, please sign in again",
    "declined": "you did not approve it, so nothing was changed",
    "expired": "the approval came too late, so nothing was changed",
}


def capabilities(request: Request) -> str:
    if request.text == "thanks":
        return "You are welcome."
    scope = "your recorded activities, routes, clubs, kudos, comments, help pages and tickets"
    return f"I answer questions about {scope}.\n\n{examples()}"


def unsupported(request: Request) -> str:
    """Says plainly that this is not possible; never a number."""
    if request.text.startswith("excludes "):
        excluded = request.text.removeprefix("excludes ")
        return f"I can look for one kind of weather, but not leave one out (not {excluded}), except rain."
    reason = _REASONS[request.text]
    return f"{reason}\n\n{examples()}" if request.text == NOT_UNDERSTOOD else reason


def examples() -> str:
    return "\n".join(["For example:", *(f"- {example}" for example in EXAMPLES)])


_OF_ONE_ACTIVITY = frozenset({"get_activity_social", "give_kudos", "add_comment"})


def absences(missing: Sequence[Absence]) -> str:
    """Which teams could not be asked, and why."""
    return "\n".join(dict.fromkeys(_absence(each) for each in missing))


def _absence(absence: Absence) -> str:
    if absence.why == "unreachable":
        return f"The {absence.team} team is unreachable right now, so that part is missing."
    if absence.why == "whole team":
        return (
            f"The {absence.team} team is unreachable right now, or this sign-in does not include it; "
            "that part is missing."
        )
    if absence.why == "no write":
        return f"Not done: this sign-in may not write to the {absence.team} team."
    return f"This sign-in does not include the {absence.team} team, so that part is missing."


def failures(outcomes: Sequence[ToolOutcome]) -> str:
    """One sentence for each kind of failure of each team."""
    said = dict.fromkeys(_failure(outcome) for outcome in outcomes if outcome.error_kind)
    return "\n".join(said)


def _failure(outcome: ToolOutcome) -> str:
    if outcome.error_kind == "upstream_unavailable" and outcome.name in WRITES:
        return f"The {outcome.team} team did not confirm it. Whether it was done is unknown: look before trying again."
    if outcome.error_kind == "upstream_unavailable":
        return _absence(Absence(outcome.team, "unreachable"))
    if outcome.error_kind == "not_found" and outcome.name in _OF_ONE_ACTIVITY:
        done = "so nothing was written" if outcome.name in WRITES else "so there are no kudos or comments to show"
        return f"The socials team does not know this activity, {done}."
    if outcome.error_kind in {"consent_required", "declined"}:
        return _undecided(outcome)
    if outcome.error_kind == "validation" and outcome.message:
        return _not_accepted(outcome)
    reason = _ERROR_SENTENCES.get(outcome.error_kind or "", "the request failed")
    return f"The {outcome.team} team gave no answer: {reason}."


def _undecided(outcome: ToolOutcome) -> str:
    """What the athlete did not agree to, or not yet."""
    if outcome.error_kind == "declined":
        return f"Not done: {_ERROR_SENTENCES['declined']}."
    done = "so nothing was done" if outcome.name in WRITES else "so that part is missing"
    return f"The {outcome.team} team needs your consent first, {done}. Agree on the page that you are shown."


def _not_accepted(outcome: ToolOutcome) -> str:
    """What the server says about the arguments; of a route search it is nearly always the place."""
    place = outcome.arguments.get("near") if outcome.name == "search_routes" else None
    if place:
        return (
            f"The routes team may not know the place “{wording.quoted(str(place), 80)}”: a bigger one nearby may help."
        )
    return f"The {outcome.team} team did not accept the question: {wording.quoted(outcome.message)}"
