"""Answers about clubs, kudos and comments. Names and texts are other people's words and stay plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.activities import activity_line
from agent.models.offline.answers.units import units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.pages import SEARCH, listed
from agent.models.offline.request import Request

_MOST_NAMES = 20


def clubs(_request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    found = succeeded(outcomes, "list_clubs")[0].get("clubs", [])
    if not found:
        return "You are not a member of any club."
    return "\n".join(["**Your clubs**", "", *(_club_line(club) for club in found)])


def _club_line(club: Mapping[str, Any]) -> str:
    members = club.get("member_count")
    details = [wording.quoted(str(club[key])) for key in ("sport_type", "city") if club.get(key)]
    if members is not None:
        details.append(f"{members} {'member' if members == 1 else 'members'}")
    known = f" ({wording.sentence_list([*details])})" if details else ""
    return f"- {wording.quoted(str(club.get('name', '')), 80)}{known}"


def kudos(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Who gave kudos to one activity."""
    social = _of_found(outcomes)
    if social is None:
        return _no_activity(request)
    names = [_person(giver) for giver in social.get("kudos", [])[:_MOST_NAMES]]
    said = (
        f"{social['kudos_count']} kudos: {wording.sentence_list([*names])}" if names else "nobody has given kudos yet"
    )
    return f"{found_line(outcomes)}\n\n**Kudos:** {said}."


def comments(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """What was written under one activity."""
    social = _of_found(outcomes)
    if social is None:
        return _no_activity(request)
    written = social.get("comments", [])[:_MOST_NAMES]
    if not written:
        return f"{found_line(outcomes)}\n\nThere are no comments yet."
    lines = [f"- {_person(comment)}: “{wording.quoted(str(comment.get('text', '')))}”" for comment in written]
    return "\n".join([found_line(outcomes), "", "**Comments**", "", *lines])


def feed(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The athlete's recent activities with the number of kudos and comments."""
    data = succeeded(outcomes, "list_activity_feed")[0]
    items = data.get("activities") or data.get("feed") or data.get("items") or []
    if not items:
        return "There are no activities with kudos or comments yet."
    if request.text:
        meant = listed(outcomes)["activities"] if succeeded(outcomes, SEARCH) else None
        return _most(request, items, meant)
    return "\n".join(["**Kudos and comments of your recent activities**", "", *(_feed_line(item) for item in items)])


def _most(request: Request, items: Sequence[Mapping[str, Any]], meant: Sequence[Mapping[str, Any]] | None) -> str:
    """The activity of the feed with the most kudos or comments, of those that are meant."""
    noticed, key = request.text.removeprefix("most "), "comment_count" if "comment" in request.text else "kudos_count"
    if meant is not None:
        ids = {activity["id"] for activity in meant}
        items = [item for item in items if item.get("activity_id") in ids]
    most = max((item.get(key) or 0 for item in items), default=0)
    if not most:
        return f"No {noticed} on your recent {wording.activity_noun(request, 2)} yet."
    top = [_feed_line(item) for item in items if item.get(key) == most]
    return "\n".join([f"**Most {noticed}** of your recent {wording.activity_noun(request, 2)}:", "", *top])


def _feed_line(item: Mapping[str, Any]) -> str:
    started = str(item.get("start_date_local") or item.get("start_date") or "")[:10]
    name = wording.quoted(str(item.get("name") or item.get("activity_id") or item.get("id") or ""), 80)
    on_day = f"**{started}** " if started else ""
    written = item.get("comment_count") or 0
    return f"- {on_day}{name}: {item.get('kudos_count')} kudos, {written} {'comment' if written == 1 else 'comments'}"


def give_kudos(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    if not succeeded(outcomes, "give_kudos"):
        return _no_activity(request)
    return f"Kudos given:\n\n{found_line(outcomes)}"


def add_comment(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    if not request.text:
        return 'What should the comment say? For example: comment "Great ride" on my last ride.'
    if not succeeded(outcomes, "add_comment"):
        return _no_activity(request)
    return f"Comment added: “{wording.quoted(request.text)}”\n\n{found_line(outcomes)}"


def _person(entry: Mapping[str, Any]) -> str:
    athlete = entry.get("athlete")
    name = athlete.get("name") or athlete.get("username") if isinstance(athlete, Mapping) else athlete
    return wording.quoted(str(name or "somebody"), 80)


def _of_found(outcomes: Sequence[ToolOutcome]) -> Mapping[str, Any] | None:
    return next(iter(succeeded(outcomes, "get_activity_social")), None)


def found_line(outcomes: Sequence[ToolOutcome]) -> str:
    """The activity that was found, whatever else could be said of it."""
    return f"- {activity_line(listed(outcomes)['activities'][0], units_of(outcomes))}"


def _no_activity(request: Request) -> str:
    return f"No such {wording.activity_noun(request, 1)} was found."
