"""Text of strangers, made fit to be read: what is invisible or changes direction is gone, the rest is escaped (A13)."""

import html
import re
import unicodedata

LONGEST_NAME = 80
# Controls, direction and zero-width characters, surrogates, private use, unassigned, line and paragraph separators.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols by category, but nothing on the screen: fillers, the braille blank, the grapheme joiner.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 2


class Markup(str):
    """HTML that was made here. Everything else is escaped when it goes into a template."""

    __slots__ = ()


def readable(text: str) -> str:
    """Text without what cannot be seen, in composed form, its white space single.

    A pile of combining marks, which would hide the lines above, ends after two.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in _MARKS and not _selects_a_variant(char):
            marks += 1
            if marks > _MOST_MARKS or char in _UNSEEN:
                continue
        elif char.isspace():
            char, marks = " ", 0  # noqa: PLW2901  # every white space becomes a space
        elif category in _UNSEEN_CATEGORIES or char in _UNSEEN or _selects_a_variant(char):
            continue
        else:
            marks = 0
        kept.append(char)
    return re.sub(" {2,}", " ", "".join(kept)).strip()


def readable_name(text: str) -> str:
    """A name as it is shown: readable, never empty, at most `LONGEST_NAME` characters."""
    name = readable(text) or "(no name)"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def shown(text: str) -> Markup:
    """Readable text as HTML, also good inside a quoted attribute."""
    return Markup(html.escape(readable(text), quote=True))


def _selects_a_variant(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
