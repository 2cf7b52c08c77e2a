"""The histories that several cases measure with, each written once in a run and removed at its end."""

import tempfile
from functools import cache
from pathlib import Path
from uuid import uuid4

from benchmarks.api_calls import NOW, ActivitiesApi
from benchmarks.history import write_history

ATHLETE = "maya"
SIZES = (100, 1_000, 10_000, 100_000)


@cache
def history_of(count: int) -> ActivitiesApi:
    """The API over a store of its own, with that many activities in twenty years."""
    api = ActivitiesApi(Path(_folder().name) / f"{count}.sqlite")
    write_history(api.library(ATHLETE), count, until=NOW)
    return api


def empty_store() -> ActivitiesApi:
    """The API over a store without activities."""
    return ActivitiesApi(Path(_folder().name) / f"{uuid4()}.sqlite")


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="bench-")
