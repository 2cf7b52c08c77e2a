from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apis.activities.app import create_app
from apis.activities.settings import ActivitiesApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture
def activities_api(tmp_path: Path, clock: Callable[[], datetime]) -> ApiClient:
    """The API through its shim and authorizer, as its server calls it for one athlete."""
    issuer = team_issuer("activities")
    settings = ActivitiesApiSettings(**team_settings("activities", tmp_path / "activities.sqlite"))
    return ApiClient(create_app(settings, fetch=issuer.fetch, clock=clock), issuer)
