"""Checks that every number of an answer occurs in the tool results it was made from, up to rounding and unit."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_NUMBER = re.compile(r"\d+:\d{2}(?::\d{2})?|\d+(?:\.\d+)?")
#: Numbers of fixed phrases: the confidence level, the unit "per 30 days", the default window.
FIXED = frozenset({"95", "30"})
MILE_M, FOOT_M = 1609.344, 0.3048


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


def _written(number: float | str, *, feet: bool) -> Iterator[str]:
    """The ways in which an answer may write one number: the fixed table of roundings and unit changes."""
    if isinstance(number, str):
        yield number
        return
    lengths = (1 / MILE_M, 1 / FOOT_M, 3600 / MILE_M) if feet else (1 / 1000, 1.0, 3.6)
    for scaled in (number, *(number * factor for factor in lengths)):
        yield from (f"{scaled:.0f}", f"{scaled:.1f}", f"{scaled:.2f}")
    if number <= 1:  # a share
        yield f"{number * 100:.0f}"
    for whole in (round(number * MILE_M / 1000) if feet else round(number), round(number), round(number / 60)):
        yield f"{whole // 60}:{whole % 60:02d}"
    yield f"{round(number) // 3600}:{round(number) // 60 % 60:02d}:{round(number) % 60:02d}"


def ungrounded(answer: str, results: Iterable[Any], also: Iterable[str] = (), *, feet: bool = False) -> list[str]:
    """The numbers of an answer that no result accounts for.

    Args:
        answer: Markdown.
        results: Structured contents.
        also: Texts whose numbers are allowed: the question, the last day of a window.
        feet: Whether the athlete likes miles and feet.
    """
    numbers = [number for result in results for number in numbers_in(result)]
    allowed = set(FIXED) | {text for number in numbers for text in _written(number, feet=feet)}
    allowed |= {number for text in also for number in _NUMBER.findall(text)}
    return [number for number in _NUMBER.findall(answer) if number not in allowed]
