"""The support API does what its OpenAPI document says, for requests of every form."""

from hashlib import sha256
from pathlib import Path

from apis.serving.sqlite_store import SqliteStore
from apis.serving.usage_plan import UsagePlan
from apis.support.app import create_app
from apis.support.settings import SupportApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.openapi_conformance import assert_conformance

DOCUMENT = Path(__file__).parents[4] / "apis" / "support" / "openapi.json"
KEY = "a metering key of the tests"


def test_every_answer_is_one_of_the_document(support_store: SqliteStore) -> None:
    issuer = team_issuer("support")
    settings = SupportApiSettings(**team_settings("support"))
    plan = UsagePlan([sha256(KEY.encode()).hexdigest()], limit=1_000_000)
    app = create_app(settings, fetch=issuer.fetch, store=support_store, usage_plan=plan)
    assert_conformance(ApiClient(app, issuer, "maya"), DOCUMENT, headers={"x-api-key": KEY})
