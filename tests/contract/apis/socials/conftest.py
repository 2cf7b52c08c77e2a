from collections.abc import Iterator
from pathlib import Path

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.socials.app import create_app
from apis.socials.demo import seed
from apis.socials.settings import SocialsApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.socials_demo import demo_athletes


@pytest.fixture
def socials_store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "socials.sqlite") as store:
        seed(store, demo_athletes())
        yield store


@pytest.fixture
def maya(socials_store: SqliteStore) -> ApiClient:
    issuer = team_issuer("socials")
    settings = SocialsApiSettings(**team_settings("socials"))
    return ApiClient(create_app(settings, fetch=issuer.fetch, store=socials_store), issuer, "maya")


@pytest.fixture
def jonas(maya: ApiClient) -> ApiClient:
    return maya.as_athlete("jonas")


@pytest.fixture
def aiko(maya: ApiClient) -> ApiClient:
    return maya.as_athlete("aiko")
