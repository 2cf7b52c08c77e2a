from datetime import date

import pytest

from agent.models.offline.vocabulary import normalise
from agent.models.offline.windows import find_windows

TODAY = date(2026, 3, 15)  # a Sunday


@pytest.mark.parametrize(
    ("words", "expressions"),
    [
        ("over the last 30 days", ["last_30_days"]),
        ("in the past two weeks", ["last_2_weeks"]),
        ("last 2 years", ["last_24_months"]),
        ("the past week", ["last_7_days"]),
        ("last fortnight", ["last_14_days"]),
        ("last quarter", ["last_3_months"]),
        ("this week", ["this_week"]),
        ("previous month", ["last_month"]),
        ("year to date", ["this_year"]),
        ("today", ["today"]),
        ("the day before yesterday", ["2026-03-13"]),
        ("last night", ["yesterday"]),
        ("last weekend", ["2026-03-14/2026-03-16"]),
        ("on Monday", ["2026-03-09"]),
        ("last Sunday", ["2026-03-08"]),
        ("on Sunday", ["2026-03-15"]),
        ("in October", ["2025-10"]),
        ("in March", ["2026-03"]),
        ("in May", ["2025-05"]),
        ("last March", ["2025-03"]),
        ("Oct 2024", ["2024-10"]),
        ("2025-10", ["2025-10"]),
        ("in 2025", ["2025"]),
        ("since March", ["2026-03-01/2026-03-16"]),
        ("since 1 February", ["2026-02-01/2026-03-16"]),
        ("since 2024", ["2024-01-01/2026-03-16"]),
        ("18 April 2020", ["2020-04-18"]),
        ("April 18th, 2020", ["2020-04-18"]),
        ("on the 18th of April", ["2025-04-18"]),
        ("2020-04-18", ["2020-04-18"]),
        ("from 3 December to 4 January 2026", ["2025-12-03/2026-01-05"]),
        ("between November and January", ["2025-11-01/2026-02-01"]),
        ("2026-01-01 to 2026-01-31", ["2026-01-01/2026-02-01"]),
        ("2026-01-01/2026-02-01", ["2026-01-01/2026-02-01"]),
        ("three weeks ago", ["2026-02-16/2026-02-23"]),
        ("a year ago", ["2025-03"]),
        ("last winter", ["2025-12-01/2026-03-01"]),
        ("October and September", ["2025-10", "2025-09"]),
        ("October with September 2024", ["2025-10", "2024-09"]),
        ("all my rides", ["all"]),
        ("ever", ["all"]),
        ("in total last month", ["last_month"]),
        ("my last run", []),
        ("may I ask how far", []),
        ("the 31st of February", []),
        ("2026-13-45", []),
        ("a 2000 m climb", []),
    ],
)
def test_words_become_the_window_grammar(words: str, expressions: list[str]) -> None:
    assert [window.expression for window in find_windows(normalise(words), TODAY)] == expressions


def test_a_leap_day_without_a_year_is_no_window_in_ordinary_years() -> None:
    assert find_windows("on 29 february", TODAY) == []


def test_a_month_that_is_still_to_come_is_last_years() -> None:
    assert find_windows("in april", TODAY)[0].expression == "2025-04"
