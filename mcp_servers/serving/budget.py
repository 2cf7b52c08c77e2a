"""How much of a model's context an answer may take, and how answers are made to fit.

A token is taken to be 3.5 bytes of compact JSON in UTF-8: less than the usual four characters for Latin text, and near
one character for scripts of three bytes. It is an estimate on the low side: of answers such as ours the public
vocabularies o200k_base and cl100k_base take a token for 2.7 to 3.1 bytes, and for 2.3 to 2.6 where names are emoji.
"""

import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel

Page = TypeVar("Page", bound=BaseModel)
Row = TypeVar("Row", bound=Mapping[str, Any])
ResponseFormat = Literal["concise", "detailed"]
MOST_TOKENS: Final[Mapping[ResponseFormat, int]] = {"concise": 1_500, "detailed": 6_000}
BYTES_PER_TOKEN: Final = 3.5
_ANY_CURSOR: Final = "x" * 160  # as long as one of our APIs; stands in while a page is measured


def tokens(document: Any) -> int:
    """Tokens of a JSON document, as it is sent: once as structured content, once as text."""
    if isinstance(document, BaseModel):
        document = document.model_dump(mode="json")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def most_that_fits(build: Callable[[int], Any], most: int, limit: int) -> int:
    """The largest count whose answer keeps within a limit; 0 if none does.

    Args:
        build: The answer with so many rows; more rows never make it shorter.
        most: Rows there are.
        limit: Tokens.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if tokens(build(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


async def page_that_fits(
    ask: Callable[[int], Awaitable[Page]], size: int, *, rows: str, note: Callable[[int], str], limit: int
) -> Page:
    """A page of a list, asked for again with fewer rows until it keeps within a limit; at least one row.

    Args:
        ask: Gives a page of at most so many rows, with members `next_cursor` and `note`.
        size: Rows that were asked for.
        rows: The member that holds the rows.
        note: Says that so many rows are left.
        limit: Tokens.
    """
    page = await ask(size)
    while size > 1 and (fitting := _rows_that_fit(page, rows, note, limit)) < len(getattr(page, rows)):
        size = min(max(fitting, 1), size - 1)
        page = (await ask(size)).model_copy(update={"note": note(size)})
    return page


def _rows_that_fit(page: BaseModel, rows: str, note: Callable[[int], str], limit: int) -> int:
    found = getattr(page, rows)

    def shorter(count: int) -> BaseModel:
        if count == len(found):
            return page
        cursor = getattr(page, "next_cursor", None) or _ANY_CURSOR
        return page.model_copy(update={rows: found[:count], "next_cursor": cursor, "note": note(count)})

    return most_that_fits(shorter, len(found), limit)


def thinned(rows: Sequence[Row], most: int, *, keep: Sequence[str]) -> list[Row]:
    """At most so many rows of a series, evenly spread, with those that hold an extreme.

    Args:
        rows: In their order.
        most: Rows to keep.
        keep: Names of the quantities whose least and greatest value stay, the most important first.
    """
    if len(rows) <= most:
        return list(rows)
    extreme = list(dict.fromkeys(at for name in keep for at in _extremes(rows, name)))[:most]
    places = most - len(extreme)
    even = [round(step * (len(rows) - 1) / max(places - 1, 1)) for step in range(places)]
    return [rows[at] for at in sorted({*extreme, *even})]


def _extremes(rows: Sequence[Mapping[str, Any]], name: str) -> list[int]:
    known = [at for at, row in enumerate(rows) if row.get(name) is not None]
    if not known:
        return []
    return [min(known, key=lambda at: rows[at][name]), max(known, key=lambda at: rows[at][name])]
