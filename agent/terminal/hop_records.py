"""The finished spans of COACH_HOME/traces/hops.jsonl, one JSON object a line, written by the stack."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.terminal.home import read_private

HOP_SCOPE = "coach.hops"


@dataclass(frozen=True)
class Span:
    """One finished span.

    Attributes:
        part: The part of the system that recorded it; None for a library's span, which only connects others.
        attributes: What identity/hop_trace.py notes on a hop.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    start_unix_ns: int
    end_unix_ns: int
    attributes: Mapping[str, Any]

    @property
    def part(self) -> str | None:
        return self.text("part")

    @property
    def ms(self) -> float:
        return round((self.end_unix_ns - self.start_unix_ns) / 1e6, 1)

    def text(self, name: str) -> str | None:
        """An attribute as text; lists are joined by commas."""
        value = self.attributes.get(name)
        if isinstance(value, list):
            return ", ".join(map(str, value)) or None
        return None if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        """An attribute as a list of texts."""
        value = self.attributes.get(name)
        return [str(item) for item in value] if isinstance(value, list) else str(value or "").split()


def read_spans(path: Path) -> list[Span]:
    """All spans on record, those of the file before this one first; a line that is cut off is passed over."""
    return [span for file in (path.with_suffix(".old.jsonl"), path) for span in _spans(_lines(file))]


def _lines(path: Path) -> list[bytes]:
    try:
        return read_private(path).splitlines()
    except FileNotFoundError:
        return []


def _spans(lines: Iterable[bytes]) -> Iterator[Span]:
    for line in lines:
        try:
            document = json.loads(line)
            yield Span(
                trace_id=document["trace_id"],
                span_id=document["span_id"],
                parent_id=document["parent_id"],
                start_unix_ns=document["start_unix_ns"],
                end_unix_ns=document["end_unix_ns"],
                attributes=document["attributes"] if document["scope"] == HOP_SCOPE else {},
            )
        except (ValueError, KeyError, TypeError):
            continue
