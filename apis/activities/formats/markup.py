"""Reading GPX and TCX as a stream of elements, without ever trusting the document.

defusedxml refuses entity declarations and external references before they are expanded, and we refuse any
document type as well: neither format has one (security case I02). Namespaces differ between vendors and are ignored.
"""

import io
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Final, Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from apis.activities.errors import FileTooLarge, MarkupRefused

MAX_ELEMENTS: Final = 2_500_000  # 55 hours at one point a second have 2 million
MAX_HELD: Final = 50_000  # at a time; a point has 15, a lap without its points as many, and 1,000 tracks may be open
MAX_DEPTH: Final = 64
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

Event = tuple[Literal["start", "end"], str, Element]


class MarkupBroken(Exception):
    """The document ends or breaks here; what was read before is good. `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the XML breaks at line {line}")
        self.line = line


def elements(content: bytes, *, whole: Collection[str]) -> Iterator[Event]:
    """Start and end of every element with its local name, in document order.

    Args:
        content: The document.
        whole: Local names of elements that are handed over with everything in them when they end. Whatever ends is
            forgotten afterwards, unless it lies in one of these, so that memory does not grow with the document.

    Raises:
        MarkupRefused: The document declares a document type, an entity or an external reference.
        FileTooLarge: More elements, or deeper ones, than any recording has.
        MarkupBroken: The document is not well-formed from here on.
    """
    # Some vendors put blanks before the declaration, which XML 1.0 §2.8 forbids.
    source = io.BytesIO(content.lstrip())
    opened: list[Element] = []
    inside = held = count = 0  # whole elements around, elements held by them, elements so far
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            name = local_name(element)
            if event == "start":
                opened.append(element)
                count, inside, held = count + 1, inside + (name in whole), held + 1
                _check_limits(depth=len(opened), count=count, held=held)
                yield "start", name, element
                continue
            yield "end", name, element
            opened.pop()
            inside -= name in whole
            if name in whole or not inside:
                held -= _forget(element, opened)
    except DefusedXmlException as err:
        raise MarkupRefused from err
    except ParseError as err:
        raise MarkupBroken(err.position[0]) from err
    except (LookupError, ValueError) as err:  # an encoding that the declaration names and nobody knows
        raise MarkupBroken(1) from err


def _check_limits(*, depth: int, count: int, held: int) -> None:
    if depth > MAX_DEPTH or count > MAX_ELEMENTS or held > MAX_HELD:
        raise FileTooLarge


def _forget(element: Element, around: Sequence[Element]) -> int:
    """Drops an element and what is in it; says how many elements that were."""
    count = sum(1 for _ in element.iter())
    element.clear()
    if around:
        del around[-1][-1]  # the one that ends is the last one that began
    return count


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def texts(element: Element) -> dict[str, str]:
    """Text of every descendant by lower-case local name; the first of a name wins."""
    found: dict[str, str] = {}
    for each in element.iter():
        text = (each.text or "").strip()
        if text:
            found.setdefault(local_name(each).lower(), text)
    return found


def number(text: str | None) -> float | None:
    """A finite number in digits, or `None` for anything else."""
    return float(text) if text and _NUMBER.fullmatch(text) and isfinite(float(text)) else None


def instant(text: str | None) -> datetime | None:
    """An `xsd:dateTime` as an aware UTC datetime, or `None`. Without an offset it is UTC, as both formats say."""
    try:
        at = datetime.fromisoformat((text or "").strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # also an offset that leads out of the calendar
        return None
