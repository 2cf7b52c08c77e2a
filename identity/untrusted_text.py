"""Text that somebody else wrote, made fit for a tool's result: harmless characters, and a fence that says it is data.

The servers of the teams and the gateway use it; what models are told about the fence is in their instructions.
"""

import unicodedata
from typing import Final

# The characters are removed from the text itself: no fence is closed from inside.
FENCE_OPEN: Final = "⟦"
FENCE_CLOSE: Final = "⟧"
NAME_LENGTH: Final = 120
_SPACES = frozenset({"Cc", "Zl", "Zp"})
# Formatting characters (Cf) are the invisible and the direction-changing ones (M11).
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_FENCES = frozenset({FENCE_OPEN, FENCE_CLOSE})


def plain(text: str, limit: int = NAME_LENGTH) -> str:
    """Text without control, formatting or fence characters, one line, at most `limit` characters."""
    visible = "".join(
        " " if unicodedata.category(character) in _SPACES else character
        for character in text[: 4 * limit]
        if unicodedata.category(character) not in _DROPPED and character not in _FENCES
    )
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def fenced(text: str, limit: int) -> str:
    """Text of others, marked as such: data, never instructions. `limit` counts the text without its fence."""
    return f"{FENCE_OPEN}{plain(text, limit)}{FENCE_CLOSE}"
