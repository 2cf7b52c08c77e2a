"""Every adapter of the store seam runs the same suite; a new adapter is one entry here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apis.serving.overlay_store import OverlayStore
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Store

ADAPTERS: dict[str, Callable[[SqliteStore], Store]] = {
    "sqlite": lambda opened: opened,
    "overlay": lambda opened: OverlayStore(opened, "OVERLAY"),
}


@pytest.fixture(params=sorted(ADAPTERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with SqliteStore(tmp_path / "items.sqlite") as opened:
        yield ADAPTERS[request.param](opened)
