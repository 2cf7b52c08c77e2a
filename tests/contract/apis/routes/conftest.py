import pytest

from apis.routes.app import create_app
from apis.routes.settings import RoutesApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings


@pytest.fixture
def routes_api() -> ApiClient:
    """The API as its server calls it: without a user."""
    issuer = team_issuer("routes", scope="routes/read")
    settings = RoutesApiSettings(**team_settings("routes"))
    return ApiClient(create_app(settings, fetch=issuer.fetch), issuer).as_client()
