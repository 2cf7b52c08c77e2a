"""Reading GPX and TCX as a stream of elements, without ever trusting the document.

defusedxml refuses entity declarations and external references before they are expanded, and we refuse any
document type as well: neither format has one (security case I02). Namespaces differ between vendors and are ignored.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Literal, cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from apis.activities.errors import FileTooLarge, MarkupRefused

MAX_ELEMENTS: Final = 2_500_000  # 55 hours at one point a second have 2 million
MAX_DEPTH: Final = 64

Event = tuple[Literal["start", "end"], str, Element]


class MarkupBroken(Exception):
    """The document ends or breaks here; what was read before is good. `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the XML breaks at line {line}")
        self.line = line


def elements(content: bytes) -> Iterator[Event]:
    """Start and end of every element with its local name, in document order.

    The caller clears elements it is done with, so memory does not grow with the document.

    Raises:
        MarkupRefused: The document declares a document type, an entity or an external reference.
        FileTooLarge: More elements, or deeper ones, than any recording has.
        MarkupBroken: The document is not well-formed from here on.
    """
    # Some vendors put blanks before the declaration, which XML 1.0 §2.8 forbids.
    source = io.BytesIO(content.lstrip())
    depth = count = 0
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            count += 1
            if depth > MAX_DEPTH or count > 2 * MAX_ELEMENTS:
                raise FileTooLarge
            # the stubs name every event that could be asked for; only these two are
            yield cast("Literal['start', 'end']", event), local_name(element), element
    except DefusedXmlException as err:
        raise MarkupRefused from err
    except ParseError as err:
        raise MarkupBroken(err.position[0]) from err


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
    """A finite number, or `None` for anything else."""
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def instant(text: str | None) -> datetime | None:
    """An `xsd:dateTime` as an aware UTC datetime, or `None`. Without an offset it is UTC, as both formats say."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
