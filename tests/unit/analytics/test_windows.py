from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from apis.activities.analytics.errors import WindowUnreadable
from apis.activities.analytics.windows import resolve_window

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last_30_days", "2026-10-25", "2026-11-24"),
        ("last_1_day", "2026-11-23", "2026-11-24"),
        ("last_2_weeks", "2026-11-10", "2026-11-24"),
        ("last_3_months", "2026-08-24", "2026-11-24"),
        ("today", "2026-11-23", "2026-11-24"),
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("this_week", "2026-11-23", "2026-11-24"),
        ("last_week", "2026-11-16", "2026-11-23"),
        ("this_month", "2026-11-01", "2026-11-24"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("this_year", "2026-01-01", "2026-11-24"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("2025", "2025-01-01", "2026-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
        ("2026-05-03", "2026-05-03", "2026-05-04"),
        ("2026-05-01/2026-05-04", "2026-05-01", "2026-05-04"),
        (" Last_7_Days ", "2026-11-17", "2026-11-24"),
    ],
)
def test_a_window_resolves_to_half_open_local_dates(text: str, start: str, end: str) -> None:
    window = resolve_window(text, now=MONDAY, zone=BERLIN)

    assert (window.start.isoformat(), window.end.isoformat()) == (start, end)


def test_today_is_the_athletes_date_at_half_past_eleven_at_night() -> None:
    late = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)
    assert resolve_window("today", now=late, zone=BERLIN).start == date(2026, 7, 1)

    past_midnight_in_berlin = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert resolve_window("today", now=past_midnight_in_berlin, zone=BERLIN).start == date(2026, 7, 2)
    assert resolve_window("today", now=past_midnight_in_berlin, zone=ZoneInfo("America/New_York")).start == date(
        2026, 7, 1
    )


def test_a_window_over_a_clock_change_has_whole_local_days() -> None:
    after_change = datetime(2026, 10, 26, 0, 30, tzinfo=BERLIN)

    window = resolve_window("last_2_days", now=after_change, zone=BERLIN)

    assert (window.start, window.end, window.days) == (date(2026, 10, 25), date(2026, 10, 27), 2)


def test_a_month_before_the_last_of_march_ends_in_february() -> None:
    window = resolve_window("last_1_month", now=datetime(2026, 3, 30, 12, tzinfo=UTC), zone=BERLIN)

    assert window.start == date(2026, 2, 28)
    assert window.label == "last month"


def test_all_begins_with_the_first_activity_and_ends_with_today() -> None:
    window = resolve_window("all", now=MONDAY, zone=BERLIN, earliest=date(2025, 9, 23))

    assert (window.start, window.end) == (date(2025, 9, 23), date(2026, 11, 24))


def test_the_end_date_is_excluded() -> None:
    window = resolve_window("2026-05-01/2026-05-04", now=MONDAY, zone=BERLIN)

    assert window.contains(date(2026, 5, 3))
    assert not window.contains(date(2026, 5, 4))
    assert window.echo() == {
        "label": "2026-05-01 to 2026-05-04 (end excluded)",
        "start_date": "2026-05-01",
        "end_date": "2026-05-04",
        "timezone": "Europe/Berlin",
        "days": 3,
    }


@pytest.mark.parametrize(
    "text",
    ["", "lately", "last_0_days", "last_9999_days", "2026-02-30", "2026-13", "0000", "9999", "2026-05-04/2026-05-04",
     "2026-05-04/2026-05-01", "2026-05/2026-06", "last_x_days", "\uff12\uff10\uff12\uff16"],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(WindowUnreadable):
        resolve_window(text, now=MONDAY, zone=BERLIN)


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(WindowUnreadable, match="last_N_days, last_N_weeks"):
        resolve_window("fortnight", now=MONDAY, zone=BERLIN)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(WindowUnreadable, match="no zone"):
        resolve_window("today", now=MONDAY.replace(tzinfo=None), zone=BERLIN)
