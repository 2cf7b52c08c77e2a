"""How everything but lengths is written in answers; those are in `units`.

What is missing has no number: these functions return None for None.
"""

import re
from calendar import month_name
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from agent.models.offline.request import Request
from agent.models.offline.vocabulary import WEATHER_PHRASE

_FENCES = re.compile(r"[\u27e6\u27e7]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_LINK = re.compile(r"\]([(:\[])")
_TAG = re.compile(r"<(?=[a-zA-Z/!])")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|])")
LONGEST_QUOTE = 300


def duration(seconds: float | None) -> str | None:
    """Hours and minutes, h:mm."""
    if seconds is None:
        return None
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def clock(seconds: float | None) -> str | None:
    """A time as runners say it: h:mm:ss, or m:ss below an hour."""
    if seconds is None:
        return None
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def heart_rate(bpm: float | None, *, decimals: int = 0) -> str | None:
    return None if bpm is None else f"{bpm:.{decimals}f} bpm"


def temperature(celsius: float | None) -> str | None:
    return None if celsius is None else f"{celsius:.0f} °C".replace("-", "\u2212")


def bpm_change(value: float) -> str:
    """A signed change with a true minus sign."""
    return f"{value:+.1f}".replace("-", "\u2212")


def signed(value: float) -> str:
    """The same for a number that is not a heart rate; nothing is zero without a sign."""
    return "0.0" if round(value, 1) == 0 else bpm_change(value)


def sentence(text: str | None) -> str:
    """Words of a tool as a sentence: capital and full stop; empty where there are none."""
    if not text:
        return ""
    plain = quoted(text)
    return f"{plain[:1].upper()}{plain[1:].rstrip('.')}."


def day_of(document: Mapping[str, Any]) -> str:
    """Weekday and date of what has both."""
    return quoted(f"{document.get('weekday') or ''} {document.get('date') or ''}".strip(), 40)


def from_to(first: str | None, last: str | None) -> str:
    """Two days, as they were given."""
    return f"{first} to {last}" if first and last else "not known when"


def quoted(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Text of other people as plain text: no Markdown, no control characters, cut at the limit.

    Links and images that somebody wrote into a name or a comment must not become links of the answer (R09).
    """
    visible = _CONTROL.sub(" ", _FENCES.sub("", text)).strip()
    if len(visible) > limit:
        visible = visible[: limit - 1].rstrip() + "…"
    return _MARKDOWN.sub(r"\\\1", visible)


def passage(text: str, limit: int) -> str:
    """Text of a help page: backticks, stars and underscores as its author wrote them, but no link and no heading.

    A backslash before each of them would be seen where the answer is printed as it is (R09).
    """
    visible = _CONTROL.sub(" ", _FENCES.sub("", _ESCAPES.sub("", text))).strip().lstrip("#>|- ")
    if len(visible) > limit:
        visible = visible[: limit - 1].rstrip() + "…"
    return _TAG.sub("< ", _LINK.sub(r"] \1", visible))


def sentence_list(parts: list[str | None]) -> str:
    """The parts that exist, with commas."""
    return ", ".join(part for part in parts if part)


def span_name(window: Mapping[str, Any] | None) -> str:
    """The name of a window: "last month", "October 2026"; empty where it has none but its dates."""
    label = quoted(str((window or {}).get("label", "")))
    if label == "all":
        return "all time"
    if month := re.fullmatch(r"(\d{4})-(\d\d)", label):
        return f"{month_name[int(month[2])]} {month[1]}"
    return "" if "end excluded" in label else label


def when(window: Mapping[str, Any] | None) -> str:
    """A resolved window as words: its label and its first and last day."""
    if not window:
        return ""
    label = span_name(window)
    start, end = window.get("start_date"), window.get("end_date")
    if not (start and end):
        return label
    last = (date.fromisoformat(str(end)[:10]) - timedelta(days=1)).isoformat()
    first = str(start)[:10]
    days = first if first == last else f"{first} to {last}"
    return days if label in {"", first, days} else f"{label}, {days}"


def activity_noun(request: Request, count: int) -> str:
    """What is counted: "run", "rides", "activities"."""
    if request.sport:
        return request.sport.singular if count == 1 else request.sport.plural
    return "activity" if count == 1 else "activities"


def in_weather(request: Request) -> str:
    """The weather of a request, ready to follow a noun; empty when none was asked for."""
    return " and ".join(WEATHER_PHRASE.get(name, name) for name in request.weather)


def in_weather_after(request: Request) -> str:
    """The same with the blank before it."""
    return f" {in_weather(request)}" if request.weather else ""


def heading(request: Request, window: Mapping[str, Any] | None) -> str:
    """What an answer is about: "Runs in the wet — last 30 days, 2026-10-24 to 2026-11-22"."""
    subject = activity_noun(request, 2)
    return f"**{subject[:1].upper()}{subject[1:]}{in_weather_after(request)}** — {when(window)}"
