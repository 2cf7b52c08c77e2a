"""The routes API does what its OpenAPI document says, for requests of every form."""

from pathlib import Path

from tests.support.api_client import ApiClient
from tests.support.openapi_conformance import assert_conformance

DOCUMENT = Path(__file__).parents[4] / "apis" / "routes" / "openapi.json"


def test_every_answer_is_one_of_the_document(routes_api: ApiClient) -> None:
    assert_conformance(routes_api, DOCUMENT)
