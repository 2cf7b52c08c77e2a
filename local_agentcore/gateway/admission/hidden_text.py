"""Characters that a person does not see and a model reads: instructions can hide in them (tool poisoning)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

LONGEST_TEXT: Final = 4_000
DEEPEST: Final = 40
NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_LINE_BREAKS: Final = frozenset("\n\r\t")
# Format, control, private use, surrogate, unassigned, separators: zero-width, bidirectional marks, tags, escapes.
_HIDDEN: Final = frozenset({"Cf", "Cc", "Co", "Cs", "Cn", "Zl", "Zp"})
# Blanks of other categories, and the variation selectors, of which a row can spell a whole text.
_BLANK: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0e\U000e0100-\U000e01ef]")


def objection(own_name: str, document: Mapping[str, Any]) -> str | None:
    """Why what a tool says cannot be shown to a model; None if it can. Names no text of the tool."""
    if not NAME.fullmatch(own_name) or "___" in own_name:
        return "its name is no plain word"  # P09: look-alikes, blanks, separators
    for text in _texts(document, DEEPEST):
        if text is None:
            return "it is nested too deep"
        if len(text) > LONGEST_TEXT:
            return "it says more than a description needs"
        if _BLANK.search(text) or any(_hides(character) for character in text):
            return "it has hidden characters"
    return None


def _hides(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _LINE_BREAKS


def _texts(value: Any, depth: int) -> Iterator[str | None]:
    """Every text in it, keys too; None where it goes too deep to look."""
    if depth == 0:
        yield None
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each, depth - 1)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each, depth - 1)
