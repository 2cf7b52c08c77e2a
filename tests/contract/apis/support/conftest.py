from collections.abc import Iterator
from pathlib import Path

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.support.app import create_app
from apis.support.settings import SupportApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings


@pytest.fixture
def support_store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "support.sqlite") as store:
        yield store


@pytest.fixture
def maya(support_store: SqliteStore) -> ApiClient:
    """The API as its server calls it for one athlete."""
    issuer = team_issuer("support")
    settings = SupportApiSettings(**team_settings("support"))
    return ApiClient(create_app(settings, fetch=issuer.fetch, store=support_store), issuer, "maya")


@pytest.fixture
def jonas(maya: ApiClient) -> ApiClient:
    return maya.as_athlete("jonas")
