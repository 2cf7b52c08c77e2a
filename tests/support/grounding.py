"""Checks that every number of an answer occurs in the tool results it was made from, up to rounding and unit."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_NUMBER = re.compile(r"\d+:\d{2}|\d+(?:\.\d+)?")
#: Numbers of fixed phrases: the confidence level, the unit "per 30 days", the default window.
FIXED = frozenset({"95", "30"})


def numbers_in(value: Any) -> Iterator[float | str]:
    """Every number of a result: values, and digits inside texts such as dates and labels."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield abs(float(value))
    elif isinstance(value, str):
        yield from re.findall(_NUMBER, value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from numbers_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers_in(each)


def _written(number: float | str) -> Iterator[str]:
    """The ways in which an answer may write one number: the fixed table of roundings and unit changes."""
    if isinstance(number, str):
        yield number
        return
    for scaled in (number, number / 1000, number * 3.6):
        yield from (f"{scaled:.0f}", f"{scaled:.1f}", f"{scaled:.2f}")
    for whole in (round(number), round(number / 60)):
        yield f"{whole // 60}:{whole % 60:02d}"


def ungrounded(answer: str, results: Iterable[Any], also: Iterable[str] = ()) -> list[str]:
    """The numbers of an answer that no result accounts for.

    Args:
        answer: Markdown.
        results: Structured contents.
        also: Texts whose numbers are allowed: the question, the last day of a window.
    """
    allowed = set(FIXED) | {text for result in results for number in numbers_in(result) for text in _written(number)}
    allowed |= {number for text in also for number in _NUMBER.findall(text)}
    return [number for number in _NUMBER.findall(answer) if number not in allowed]
