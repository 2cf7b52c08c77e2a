"""What the offline coach can do, what it cannot, and what kept it from answering."""

from collections.abc import Mapping, Sequence

from agent.models.offline.answers import wording
from agent.models.offline.calls import WRITES, ToolOutcome
from agent.models.offline.request import Request

EXAMPLES = (
    "Over the last 30 days, what is my average heart rate when it rains, and am I improving?",
    "How far did I run last month?",
    "Compare October with September.",
    "What was my longest ride this year?",
    "Find a flat 10 km route near Tempelhof.",
    "Who gave me kudos on my last run?",
    "How do I import from Strava?",
)
_REASONS: Mapping[str, str] = {
    "not understood": "I did not understand that.",
    "symptoms": (
        "I cannot judge symptoms. If you feel unwell now, stop exercising and call the local emergency number; "
        "otherwise see a doctor before the next training."
    ),
    "health": "I cannot judge injuries, pain or illness. Please ask a doctor or physiotherapist.",
    "nutrition": "I give no advice on food, weight or supplements.",
    "plans": "I cannot make training plans or recommend sessions; I only report on what is recorded.",
    "predictions": "I cannot predict race times.",
    "measures": "I do not analyse power, zones, splits, cadence, sleep or training load.",
}
_ERROR_SENTENCES: Mapping[str, str] = {
    "not_found": "nothing with that name or number was found",
    "forbidden": "this sign-in does not allow it",
    "rate_limited": "it is busy, please try again in a moment",
    "unauthorized": "the sign-in is no longer accepted, please sign in again",
    "consent_required": "it needs your consent first",
    "declined": "you did not approve it, so nothing was changed",
    "expired": "the approval came too late, so nothing was changed",
}


def capabilities() -> str:
    scope = "your recorded activities, routes, clubs, kudos, comments, help pages and tickets"
    return f"I answer questions about {scope}.\n\n{examples()}"


def unsupported(request: Request) -> str:
    """Says plainly that this is not possible; never a number."""
    if request.text.startswith("excludes "):
        excluded = request.text.removeprefix("excludes ")
        return (
            f"I can look for one kind of weather, but not leave one out (not {excluded}), except rain.\n\n{examples()}"
        )
    reason = _REASONS[request.text]
    return reason if request.text in {"symptoms", "health"} else f"{reason}\n\n{examples()}"


def examples() -> str:
    return "\n".join(["For example:", *(f"- {example}" for example in EXAMPLES)])


def missing_teams(teams: Sequence[str]) -> str:
    """Which teams could not be asked."""
    if not teams:
        return ""
    return "\n".join(f"The {team} team is unreachable right now, so that part is missing." for team in teams)


def failures(outcomes: Sequence[ToolOutcome]) -> str:
    """One sentence for each kind of failure of each team."""
    said = dict.fromkeys(_failure(outcome) for outcome in outcomes if outcome.error_kind)
    return "\n".join(said)


def _failure(outcome: ToolOutcome) -> str:
    if outcome.error_kind == "upstream_unavailable" and outcome.name in WRITES:
        return f"The {outcome.team} team did not confirm it. Whether it was done is unknown: look before trying again."
    if outcome.error_kind == "upstream_unavailable":
        return missing_teams([outcome.team])
    if outcome.error_kind == "declined":
        return f"Not done: {_ERROR_SENTENCES['declined']}."
    if outcome.error_kind == "validation" and outcome.message:
        return f"The {outcome.team} team did not accept the question: {wording.quoted(outcome.message)}"
    reason = _ERROR_SENTENCES.get(outcome.error_kind or "", "the request failed")
    return f"The {outcome.team} team gave no answer: {reason}."
