"""What an API records of a request for `coach trace`."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from apis.routes.app import create_app
from apis.routes.settings import RoutesApiSettings
from identity.tokens import fingerprint
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.hops import recorded_spans


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with recorded_spans() as exporter:
        yield exporter


async def test_a_hop_names_caller_audience_policy_and_status_but_no_token(spans: InMemorySpanExporter) -> None:
    issuer = team_issuer("routes", scope="routes/read")
    api = ApiClient(create_app(RoutesApiSettings(**team_settings("routes")), fetch=issuer.fetch), issuer).as_client()
    token = issuer.token(sub=issuer.client_id, username=None)
    await api.send("GET", "/routes", headers={"Authorization": f"Bearer {token}"})
    (span,) = spans.get_finished_spans()
    found = dict(span.attributes or {})
    assert found == {
        "part": "api-routes",
        "operation": "GET /routes",
        "status": 200,
        "subject": "mcp-routes-exchange",
        "is_user": False,
        "client_id": "mcp-routes-exchange",
        "actors": (),
        "audience": "api-routes",
        "scopes": ("routes/read",),
        "token": fingerprint(token),
        "policy": ("routes-read",),
    }
    assert token not in str(span.to_json())
