"""Follow-up questions about single activities and best efforts: "and the splits?", "and 10k?"."""

import re
from dataclasses import replace

from agent.models.offline.effort_intents import distances_of
from agent.models.offline.intents import recognise
from agent.models.offline.reading import Reading
from agent.models.offline.request import Kind, Request

_FEW_WORDS = 5
#: Kinds whose answer is about one activity, or one day.
_OF_ONE: frozenset[Kind] = frozenset({"extreme", "day", "details", "kudos", "comments"})
_IT = re.compile(r"\b(?:it|that|this)\b")


def continued_about_one(previous: Request, reading: Reading, alone: Request) -> Request | None:
    """The question read with the activity, or the best effort, of the one before; None if it needs none.

    Args:
        previous: The question before.
        reading: This one.
        alone: What this one asks by itself.
    """
    if previous.kind == "efforts" and (again := _other_distance(previous, reading, alone)):
        return again
    if alone.kind == "side_by_side":
        return _compared(previous, reading, alone)
    if alone.text == "which activity" and previous.kind in _OF_ONE:
        of_it = recognise(replace(reading, text=f"{reading.text} of it", rest=f"{reading.rest} of it"))
        return _of_the_same(previous, of_it) if of_it.kind == "details" else None
    return None


def _of_the_same(previous: Request, request: Request) -> Request:
    return replace(
        request,
        window=previous.window,
        sport=previous.sport,
        weather=previous.weather,
        extreme=previous.extreme or "last",
    )


def _other_distance(previous: Request, reading: Reading, alone: Request) -> Request | None:
    """The question before about another distance: "and 10k?"."""
    distances = distances_of(reading.rest)
    short = len(reading.text.split()) <= _FEW_WORDS
    if not distances or not short or alone.kind not in {"unsupported", "totals"}:
        return None
    return replace(previous, distances=distances, window=reading.window or previous.window)


def _compared(previous: Request, reading: Reading, alone: Request) -> Request:
    """What "it" and "the one before" are: of the last activity that is known, of the longest it is not."""
    if reading.sports or previous.kind not in _OF_ONE or not _IT.search(reading.rest):
        return alone
    if previous.extreme != "last":
        return Request("unsupported", text="which two")
    return replace(alone, sport=previous.sport, weather=previous.weather)
