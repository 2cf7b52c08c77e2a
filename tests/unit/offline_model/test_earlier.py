from datetime import date

import pytest

from agent.models.offline.earlier import asks_for_earlier, earlier

TODAY = date(2026, 3, 15)  # a Sunday


@pytest.mark.parametrize(
    ("window", "unit", "before"),
    [
        ("last_month", "month", "2026-01"),
        ("this_month", "month", "2026-02"),
        ("2026-01", "month", "2025-12"),
        ("last_30_days", "day", "2026-01-15/2026-02-14"),
        ("last_7_days", "week", "2026-03-02/2026-03-09"),
        ("last_2_weeks", "", "2026-02-16/2026-03-02"),
        ("last_3_months", "month", "2025-09-16/2025-12-16"),
        ("last_week", "week", "2026-02-23/2026-03-02"),
        ("this_week", "week", "2026-03-02/2026-03-09"),
        ("last_year", "year", "2024"),
        ("this_year", "year", "2025"),
        ("2024", "year", "2023"),
        ("yesterday", "day", "2026-03-13"),
        ("2024-03-01", "day", "2024-02-29"),
        ("2025-06-01/2025-09-01", "", "2025-03-01/2025-06-01"),
        ("2025-06-10/2025-06-20", "", "2025-05-31/2025-06-10"),
    ],
)
def test_the_span_before_has_the_same_length(window: str, unit: str, before: str) -> None:
    assert earlier(window, unit, TODAY) == before


@pytest.mark.parametrize(
    ("window", "unit", "before"),
    [
        ("last_month", "year", "2025-02"),
        ("2025-06-01/2025-09-01", "year", "2024-06-01/2024-09-01"),
        ("yesterday", "week", "2026-03-07"),
        ("2026-03-31", "month", "2026-02-28"),
        ("last_week", "month", "2026-02-02/2026-02-09"),
        ("2024-02-29", "year", "2023-02-28"),
    ],
)
def test_a_longer_unit_asks_for_the_same_span_of_the_unit_before(window: str, unit: str, before: str) -> None:
    assert earlier(window, unit, TODAY) == before


def test_there_is_nothing_before_everything() -> None:
    assert earlier("all", "month", TODAY) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("and the month before?", "month"),
        ("and the 30 days before that?", "day"),
        ("and before that?", ""),
        ("the one before", ""),
        ("the day before yesterday", None),
        ("the week before last", None),
        ("before lunch", None),
    ],
)
def test_only_a_question_for_the_span_before_is_one(text: str, unit: str | None) -> None:
    assert asks_for_earlier(text) == unit
