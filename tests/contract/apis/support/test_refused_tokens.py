"""The battery of bad tokens against one API: 401 with a constant challenge, an audit line, and no handler run."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.resolver import new_resolver, route_table
from apis.support.settings import SupportApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.bad_tokens import Attempt, bad_tokens, good_tokens
from tests.support.issuer import FakeIssuer


class Recorder:
    """A handler that notes the events it was called with."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        self.events.append(event)
        return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}


@pytest.fixture
def issuer() -> FakeIssuer:
    return team_issuer("support")


@pytest.fixture
def handler() -> Recorder:
    return Recorder()


@pytest.fixture
def api(issuer: FakeIssuer, handler: Recorder) -> ApiClient:
    resolver = new_resolver(title="Support")

    @resolver.get("/tickets")
    def list_tickets() -> dict[str, Any]:
        return {}

    settings = SupportApiSettings(**team_settings("support"))
    authorizer = new_authorizer("support", settings, fetch=issuer.fetch)
    return ApiClient(serve_api(handler, route_table(resolver), authorizer, settings.allowed_hosts), issuer)


@pytest.mark.parametrize("build", bad_tokens())
async def test_a_bad_token_is_401_with_a_constant_challenge_and_runs_nothing(
    api: ApiClient,
    issuer: FakeIssuer,
    handler: Recorder,
    build: Callable[[FakeIssuer], Attempt],
    caplog: pytest.LogCaptureFixture,
) -> None:
    attempt = build(issuer)
    with caplog.at_level(logging.WARNING):
        answer = await api.raw("GET", "/tickets", headers=attempt.headers, params=attempt.query)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"type": "about:blank", "title": "Unauthorized", "status": 401}
    assert handler.events == []
    assert [record.getMessage().rpartition("| ")[2] for record in caplog.records] == ["refused token"]
    assert {url for url in issuer.requests if not url.startswith(f"{issuer.issuer}/.well-known/")} == set()


@pytest.mark.parametrize("build", good_tokens())
async def test_a_good_token_runs_the_handler_as_its_subject(
    api: ApiClient, issuer: FakeIssuer, handler: Recorder, build: Callable[[FakeIssuer], Attempt]
) -> None:
    attempt = build(issuer)
    answer = await api.raw("GET", "/tickets", headers=attempt.headers, params=attempt.query)
    assert answer.status_code == 200
    assert [event["requestContext"]["authorizer"] for event in handler.events] == [
        {
            "principalId": "athlete-sub-1",
            "iss": issuer.issuer,
            "sub": "athlete-sub-1",
            "client_id": "mcp-support-exchange",
            "scope": "support/read support/write",
            "username": "maya",
        }
    ]


@pytest.mark.case("X15")
@pytest.mark.parametrize("client_id", ["coach-exchange", "mcp-routes-exchange", "terminal", "developer"])
async def test_a_token_minted_by_a_client_that_is_not_upstream_is_401(
    api: ApiClient, handler: Recorder, client_id: str
) -> None:
    answer = await api.as_athlete("maya", client_id=client_id).get("/tickets")
    assert (answer.status_code, handler.events) == (401, [])


async def test_two_authorization_headers_are_refused(api: ApiClient, issuer: FakeIssuer, handler: Recorder) -> None:
    good = f"Bearer {issuer.token()}"
    answer = await api.raw("GET", "/tickets", headers=[("Authorization", good), ("Authorization", good)])
    assert (answer.status_code, handler.events) == (401, [])


@pytest.mark.case("P02")
@pytest.mark.parametrize(
    "scope",
    ["support/readwrite", "xsupport/read", "support/rea", "SUPPORT/READ", "activities/read", "support/write", ""],
)
async def test_a_scope_that_only_looks_like_the_needed_one_is_403(
    api: ApiClient, handler: Recorder, scope: str
) -> None:
    answer = await api.as_athlete("maya", scope=scope).get("/tickets")
    assert (answer.status_code, handler.events) == (403, [])
    assert answer.json() == {"type": "about:blank", "title": "Forbidden", "status": 403}


@pytest.mark.case("P03")
async def test_a_scope_claim_that_is_a_list_is_401(api: ApiClient, handler: Recorder) -> None:
    answer = await api.as_athlete("maya", scope=["support/read"]).get("/tickets")
    assert (answer.status_code, handler.events) == (401, [])


@pytest.mark.case("P12")
async def test_a_subject_that_looks_like_cedar_is_only_an_identifier(api: ApiClient, handler: Recorder) -> None:
    subject = 'x" , resource == Coach::Api::"activities'
    answer = await api.as_athlete(subject, username="x", scope="activities/read").get("/tickets")
    assert (answer.status_code, handler.events) == (403, [])
    assert (await api.as_athlete(subject, username="x").get("/tickets")).status_code == 200


@pytest.mark.case("P04")
async def test_a_denial_writes_an_audit_line_without_the_subject(
    api: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await api.as_athlete("maya-subject-77", scope="openid").get("/tickets")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert lines[0].startswith("api=<support>, action=<get /tickets>, subject=<")
    assert lines[0].endswith("client=<mcp-support-exchange>, policies=<> | denied")
    assert "maya-subject-77" not in lines[0]


@pytest.mark.case("N56")
async def test_without_the_issuers_keys_nothing_is_let_in(
    api: ApiClient, issuer: FakeIssuer, handler: Recorder
) -> None:
    issuer.down = True
    answer = await api.get("/tickets")
    assert (answer.status_code, handler.events) == (500, [])
    assert answer.json() == {"type": "about:blank", "title": "Internal Server Error", "status": 500}
