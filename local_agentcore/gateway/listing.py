"""Pages of a listing. A cursor is the name of the last entry of the page before; it opens nothing."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from local_agentcore.gateway.errors import InvalidParams

LONGEST_CURSOR = 1024


def page_of(
    entries: Sequence[tuple[str, Mapping[str, Any]]], cursor: object, size: int | None
) -> tuple[list[Mapping[str, Any]], str | None]:
    """The entries after a cursor, and the cursor of the next page if there is one.

    Args:
        entries: Name and document of all that this caller may see, in a fixed order.
        cursor: As the caller sent it; None for the first page.
        size: Entries on a page; None for all.

    Raises:
        InvalidParams: The cursor is none of ours, or its entry is gone: the caller begins anew.
    """
    start = 0 if cursor is None else _after(_name_in(cursor), entries)
    end = len(entries) if size is None else min(start + size, len(entries))
    following = None if end >= len(entries) else _cursor(entries[end - 1][0])
    return [document for _, document in entries[start:end]], following


def _after(name: str, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
    for index, (known, _) in enumerate(entries):
        if known == name:
            return index + 1
    raise InvalidParams("cursor")


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _name_in(cursor: object) -> str:
    if not isinstance(cursor, str) or len(cursor) > LONGEST_CURSOR:
        raise InvalidParams("cursor")
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidParams("cursor") from error
