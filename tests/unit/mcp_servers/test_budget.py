"""Sizes of answers: what a token is taken to be, how a page is cut, and which rows of a series stay."""

from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

from mcp_servers.serving.budget import most_that_fits, page_that_fits, thinned, tokens
from mcp_servers.serving.schemas import published_input, published_output


class Page(BaseModel):
    rows: list[str]
    next_cursor: str | None = None
    note: str | None = None


@pytest.mark.parametrize(
    ("text", "expected"), [("x" * 68, 20), ("ж" * 34, 20), ("长" * 22 + "xx", 20), ("🏃" * 17, 20), ("x" * 69, 21)]
)
def test_a_token_is_three_and_a_half_bytes_of_utf_8(text: str, expected: int) -> None:
    assert tokens(text) == expected


def test_the_largest_count_that_fits_is_found() -> None:
    asked: list[int] = []

    def build(count: int) -> str:
        asked.append(count)
        return "x" * (35 * count - 2)  # ten tokens a row with its quotes

    assert most_that_fits(build, 1000, 105) == 10
    assert len(asked) <= 10
    assert most_that_fits(build, 3, 105) == 3
    assert most_that_fits(build, 3, 9) == 0


async def test_a_page_is_asked_for_until_it_fits_also_when_its_rows_grow() -> None:
    sizes: list[int] = []

    async def ask(size: int) -> Page:
        sizes.append(size)
        return Page(rows=["x" * (100 * len(sizes))] * size)

    page = await page_that_fits(ask, 10, rows="rows", note=lambda count: f"only {count}", limit=200)
    assert tokens(page) <= 200
    assert (len(page.rows), page.note) == (sizes[-1], f"only {sizes[-1]}")
    assert len(sizes) >= 3
    assert sizes == sorted(sizes, reverse=True)


async def test_one_row_is_given_however_large_it_is() -> None:
    async def ask(size: int) -> Page:
        return Page(rows=["x" * 10_000] * size)

    page = await page_that_fits(ask, 10, rows="rows", note=str, limit=200)
    assert len(page.rows) == 1


async def test_a_page_that_fits_is_asked_for_once_and_has_no_note() -> None:
    sizes: list[int] = []

    async def ask(size: int) -> Page:
        sizes.append(size)
        return Page(rows=["a"] * size)

    page = await page_that_fits(ask, 10, rows="rows", note=str, limit=200)
    assert (sizes, len(page.rows), page.note) == ([10], 10, None)


@pytest.mark.parametrize("most", [5, 10, 50, 199])
def test_a_thinned_series_keeps_its_ends_its_extremes_and_its_order(most: int) -> None:
    rows = [{"at": at, "speed": 3.0} for at in range(400)]
    rows[237]["speed"], rows[101]["speed"], rows[7]["speed"] = 9.0, 1.0, None  # type: ignore[assignment]
    kept = [row["at"] for row in thinned(rows, most, keep=("speed", "absent"))]
    assert len(kept) <= most
    assert {0, 101, 237, 399} <= set(kept)
    assert kept == sorted(kept)
    gaps = [later - earlier for earlier, later in pairwise(kept)]
    assert max(gaps) <= 400 / (most - 3) + 1


def test_a_short_series_stays_whole_and_of_none_there_is_nothing() -> None:
    rows = [{"speed": 1.0}, {"speed": 2.0}]
    assert thinned(rows, 2, keep=("speed",)) == rows
    assert thinned(rows, 0, keep=("speed",)) == []


def test_a_published_parameter_has_no_null_and_no_default_that_says_nothing() -> None:
    schema: dict[str, Any] = {
        "title": "Arguments",
        "properties": {
            "title": {
                "title": "Title",
                "anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}],
                "default": None,
            },
            "dry_run": {"type": "boolean", "default": False},
            "offset": {"type": "integer", "default": 0},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["either"],
    }
    assert published_input(schema) == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 9},
            "dry_run": {"type": "boolean"},
            "offset": {"type": "integer", "default": 0},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["either"],
    }


def test_a_published_answer_names_its_members_and_what_is_always_in_its_rows() -> None:
    schema: dict[str, Any] = {
        "$defs": {"Row": {"type": "object", "required": ["id"], "properties": {"id": {}, "name": {}}}},
        "description": "An answer.",
        "properties": {
            "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
            "first": {"$ref": "#/$defs/Row"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["rows"],
    }
    row = {"type": "object", "required": ["id"]}
    assert published_output(schema) == {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": row},
            "first": row,
            "note": {"type": ["string", "null"]},
        },
        "required": ["rows"],
    }
