"""Every adapter of the store seam runs the same suite; a new adapter is one entry here.

FITNESS_STORE_TABLE names a table with the keys pk and sk, of DynamoDB Local or of an account (boto3's own variables say
where); its items are left behind, so a table of its own is best.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from apis.serving.dynamo_store import DynamoStore, dynamo_client
from apis.serving.overlay_store import OverlayStore
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Store
from tests.support.dynamo_table import in_moto

REAL_TABLE = os.environ.get("FITNESS_STORE_TABLE")


@contextmanager
def sqlite(folder: Path) -> Iterator[Store]:
    with SqliteStore(folder / "items.sqlite") as opened:
        yield opened


@contextmanager
def overlay(folder: Path) -> Iterator[Store]:
    with SqliteStore(folder / "items.sqlite") as opened:
        yield OverlayStore(opened, "OVERLAY")


@contextmanager
def moto(_: Path) -> Iterator[Store]:
    with in_moto() as client:
        yield DynamoStore(client, "items")


@contextmanager
def overlay_on_moto(_: Path) -> Iterator[Store]:
    with in_moto() as client:
        yield OverlayStore(DynamoStore(client, "items"), "OVERLAY")


@contextmanager
def real_table(_: Path) -> Iterator[Store]:
    """Nothing is shared between tests: each begins in partitions of its own."""
    yield OverlayStore(DynamoStore(dynamo_client(), str(REAL_TABLE)), f"TEST#{uuid.uuid4()}")


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Store]]] = {
    "sqlite": sqlite,
    "overlay": overlay,
    "dynamodb-moto": moto,
    "overlay-moto": overlay_on_moto,
    **({"dynamodb-real": real_table} if REAL_TABLE else {}),
}


@pytest.fixture(params=sorted(ADAPTERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ADAPTERS[request.param](tmp_path) as opened:
        yield opened
