from collections.abc import Iterator
from pathlib import Path

import pytest

from apis.activities.layout import ensure_layout
from apis.activities.library import ActivityLibrary
from apis.serving.sqlite_store import SqliteStore
from tests.support.weather import FakeWeather, MovingClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "activities.sqlite") as made:
        yield made


@pytest.fixture
def library(store: SqliteStore) -> ActivityLibrary:
    return ensure_layout(ActivityLibrary(store, "USER#issuer#maya"))


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def service(clock: MovingClock) -> FakeWeather:
    return FakeWeather(clock)
