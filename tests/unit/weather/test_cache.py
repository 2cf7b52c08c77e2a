"""Answers of a weather service that are kept."""

from datetime import UTC, datetime, timedelta

from apis.activities.weather.cache import PARTITION, remember, remembered, week_key
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import Wanted
from apis.serving.sqlite_store import SqliteStore

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def wanted(hours: float, *, lat: float = 52.5, lon: float = 13.4) -> Wanted:
    return Wanted(lat=lat, lon=lon, at=MONDAY + timedelta(hours=hours))


def answer(hours: int, *, final: bool = True) -> HourlyWeather:
    return HourlyWeather(start_at=MONDAY, columns={"temperature_c": (7.0,) * hours}, final=final)


def knows(store: SqliteStore, question: Wanted) -> bool:
    return remembered(store, question) is not None


def test_an_answer_serves_its_week_and_square_as_far_as_it_reaches(store: SqliteStore) -> None:
    remember(store, wanted(6), answer(72))
    assert [knows(store, wanted(hours)) for hours in (0, 71, 73, 7 * 24)] == [True, True, False, False]
    assert not knows(store, wanted(6, lat=52.6))
    assert not knows(store, wanted(6, lon=13.5))


def test_a_later_answer_of_the_same_week_takes_the_place_of_an_earlier_one(store: SqliteStore) -> None:
    remember(store, wanted(6), answer(72))
    remember(store, wanted(100), answer(192))
    assert knows(store, wanted(100))
    assert len(store.query(PARTITION, None, desc=False, limit=10, cursor=None).items) == 1


def test_an_answer_that_may_still_change_is_not_kept(store: SqliteStore) -> None:
    remember(store, wanted(6), answer(192, final=False))
    assert not knows(store, wanted(6))


def test_a_week_begins_on_monday_in_utc() -> None:
    assert week_key(wanted(-1)) == "+52.5+13.4#2026-04-27"
    assert week_key(wanted(0)) == week_key(wanted(7 * 24 - 1)) == "+52.5+13.4#2026-05-04"
    assert week_key(wanted(0, lat=-33.9, lon=-0.1)) == "-33.9-0.1#2026-05-04"
