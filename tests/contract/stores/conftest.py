"""Every adapter of the store seam runs the same suite; a new adapter is one entry here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Store

ADAPTERS: dict[str, Callable[[Path], SqliteStore]] = {
    "sqlite": lambda folder: SqliteStore(folder / "items.sqlite"),
}


@pytest.fixture(params=sorted(ADAPTERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ADAPTERS[request.param](tmp_path) as opened:
        yield opened
