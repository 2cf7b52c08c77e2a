"""Cells of Strava's export: numbers, ids and dates in every form that exports have."""

from datetime import UTC, datetime

import pytest

from apis.activities.formats.export_values import activity_date, decimal_number, whole_number


@pytest.mark.trap(30)
@pytest.mark.parametrize(
    "text",
    [
        "May 23, 2023, 12:40:57 PM",
        "May 23, 2023, 12:40:57\u202fPM",
        "23 May 2023, 12:40:57",
        "23.05.2023, 12:40:57",
        "23 mai 2023 à 12:40:57",
        "23 mei 2023, 12:40:57",
        "23 may. 2023, 12:40:57",
        "23 mag 2023, 12:40:57",
        "23 de mai. de 2023, 12:40:57",
        "2023/05/23 12:40:57",
        "2023-05-23 12:40:57",
    ],
    ids=[
        "US",
        "US with a narrow blank",
        "British",
        "German",
        "French",
        "Dutch",
        "Spanish",
        "Italian",
        "Portuguese",
        "Japanese",
        "ISO, before 2019",
    ],
)
def test_every_form_of_the_date_is_utc(text: str) -> None:
    assert activity_date(text) == datetime(2023, 5, 23, 12, 40, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    "names",
    [
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
        "ene feb mar abr may jun jul ago sept oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    ],
    ids=["English", "French", "Dutch", "Spanish", "Italian", "Portuguese"],
)
def test_every_month_of_each_language_is_known(names: str) -> None:
    dates = [activity_date(f"23 {name} 2023, 12:40:57") for name in names.split()]
    assert [each.month if each else None for each in dates] == list(range(1, 13))


def test_midnight_in_the_us_form_is_hour_0() -> None:
    assert activity_date("Jan 1, 2024, 12:05:00 AM") == datetime(2024, 1, 1, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "32.01.2024, 10:00:00", "Foo 1, 2024, 10:00:00 AM", "05/06/2024, 10:00:00", "1.1.2024, 25:00:00"],
    ids=["nothing", "a word", "day 32", "no month", "day or month first", "hour 25"],
)
def test_a_date_that_is_none_is_none(text: str) -> None:
    assert activity_date(text) is None


@pytest.mark.trap(30)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10,20", 10.2),
        ("10.20", 10.2),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1\u202f234,5", 1234.5),
        ("-3", -3.0),
        ("6.5e-05", 6.5e-05),
        ("--", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1_000", None),
        ("٣", None),
    ],
)
def test_decimal_commas_and_thousands_are_understood(text: str, value: float | None) -> None:
    assert decimal_number(text) == value


@pytest.mark.case("I04")
@pytest.mark.parametrize("text", ["=1+1", "+5", "@5", "=5", "5%", "0x10"])
def test_what_a_spreadsheet_would_compute_is_no_number(text: str) -> None:
    assert decimal_number(text) is None
    assert whole_number(text) is None


@pytest.mark.trap(35)
@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("9233077380", "9233077380"),
        ("9233077380.0", "9233077380"),
        ("9.23307738E9", "9233077380"),
        ("90071992547409931", "90071992547409931"),
        ("x", None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("1e99", None),
        ("1e999999999999999999999", None),
        ("18446744073709551616", None),
    ],
)
def test_ids_survive_spreadsheets_and_stay_exact_beyond_a_float(text: str, digits: str | None) -> None:
    assert whole_number(text) == digits
