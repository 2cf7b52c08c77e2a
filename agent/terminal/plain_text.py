"""Text from servers and models, made harmless before it reaches a terminal.

Escape sequences could recolour, retitle, write the clipboard (OSC 52) or hide a link's target (OSC 8);
direction overrides could turn one word into another. Links become text with their host.
"""

import re
from urllib.parse import urlsplit

# ECMA-48: CSI sequences, then the string sequences OSC, DCS, SOS, PM, APC up to BEL or ST, then two-character ones.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"  # direction overrides, line separators
    "\U000e0000-\U000e007f]"  # invisible tag characters
)
_LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)\n]*\)")
_REFERENCE = re.compile(r"(?m)^ {0,3}\[[^\]\n]+\]:\s*\S+.*$")
_ANGLE = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]*)>")


def without_controls(text: str) -> str:
    """The text with escape sequences and control characters removed; newline and tab stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def with_plain_links(markdown: str) -> str:
    """Markdown in which no link or image is left: its text, and its host in parentheses."""
    inline = _LINK.sub(lambda found: _named_host(found[2] or "image" * bool(found[1]), found[3]), markdown)
    return _ANGLE.sub(lambda found: _named_host("", found[1]), _REFERENCE.sub("", inline))


def one_line(text: str, limit: int = 200) -> str:
    """A short harmless form for status lines: one line, at most `limit` characters."""
    flat = " ".join(without_controls(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _named_host(text: str, target: str) -> str:
    try:
        host = urlsplit(target).hostname
    except ValueError:
        host = None
    shown = host or "no web address"
    return f"{text} ({shown})" if text else shown
