"""What a weather service may still be asked."""

from datetime import UTC, datetime, timedelta

import pytest

from apis.activities.weather.allowance import PARTITION, Allowance, backoff
from apis.serving.sqlite_store import SqliteStore

NOW = datetime(2026, 5, 20, 23, 58, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def allowance(store: SqliteStore) -> Allowance:
    return Allowance(store, "fake", 2)


def test_a_service_that_was_never_asked_may_be_asked(allowance: Allowance) -> None:
    assert allowance.closed_until(NOW) is None


def test_the_requests_of_a_day_end_at_midnight_in_utc(allowance: Allowance) -> None:
    midnight = datetime(2026, 5, 21, tzinfo=UTC)
    allowance.spend(NOW)
    assert allowance.closed_until(NOW) is None
    allowance.spend(NOW)
    assert allowance.closed_until(NOW) == midnight
    assert allowance.closed_until(midnight - SECOND) == midnight
    assert allowance.closed_until(midnight) is None


def test_the_day_is_that_of_utc_whatever_zone_the_clock_shows(allowance: Allowance) -> None:
    elsewhere = datetime.fromisoformat("2026-05-21T01:58:00+02:00")
    for _ in range(2):
        allowance.spend(elsewhere)
    assert allowance.closed_until(NOW) == datetime(2026, 5, 21, tzinfo=UTC)


def test_a_wait_after_a_failure_goes_on_over_midnight(allowance: Allowance) -> None:
    allowance.failed(NOW, retry_after_s=600)
    assert allowance.closed_until(NOW + timedelta(minutes=9)) == NOW + timedelta(minutes=10)
    assert allowance.closed_until(NOW + timedelta(minutes=10)) is None


def test_a_service_cannot_ask_for_less_patience_than_we_have(allowance: Allowance) -> None:
    allowance.failed(NOW, retry_after_s=1)
    assert allowance.closed_until(NOW) == NOW + timedelta(minutes=1)


def test_each_service_has_its_own_account(allowance: Allowance, store: SqliteStore) -> None:
    allowance.failed(NOW, retry_after_s=None)
    assert Allowance(store, "another", 2).closed_until(NOW) is None


class Racing(SqliteStore):
    """Another process counts a request of its own before each of the next ones of ours."""

    races = 0

    def update_if(self, item: object, *, version: int) -> bool:
        if self.races:
            self.races -= 1
            Allowance(self, "fake", 100).spend(NOW)
        return super().update_if(item, version=version)  # type: ignore[arg-type]  # handed through


def test_requests_of_two_processes_are_all_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Racing(tmp_path_factory.mktemp("racing") / "activities.sqlite") as store:
        allowance = Allowance(store, "fake", 100)
        allowance.spend(NOW)
        store.races = 2
        allowance.spend(NOW)
        item = store.get(PARTITION, "fake")
    assert item is not None
    assert item.doc["requests"] == 4


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (5, 32), (6, 60), (10_000, 60)])
def test_waits_double_up_to_the_longest(failures: int, minutes: int) -> None:
    wait = backoff(failures, first=timedelta(minutes=1), longest=timedelta(hours=1))
    assert wait == timedelta(minutes=minutes)


def test_no_number_of_failures_is_too_many_for_a_wait_without_end() -> None:
    assert backoff(10**9, first=timedelta(hours=1), longest=timedelta.max, factor=4) > timedelta(days=365)
