"""Calls to a team's API: own token, own words, bounded in time and size."""

from collections.abc import Iterator
from typing import Any

import pytest

from identity.errors import ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.token_source import TokenRequest
from mcp_servers.serving.api_client import ApiRequest, TeamApi, pooled_client, segment
from mcp_servers.serving.caller import InboundCall, current_call
from mcp_servers.serving.errors import NotFound, ToolFailure, Unauthorized
from tests.support.api_key_source import FakeApiKeySource
from tests.support.issuer import FakeIssuer
from tests.support.team_api import FakeTeamApi
from tests.support.token_source import FakeTokenSource

UNAVAILABLE = "The activities service is unavailable at the moment. Try again shortly."


@pytest.fixture(autouse=True)
def caller() -> Iterator[None]:
    issuer = FakeIssuer()
    reset = current_call.set(InboundCall(issuer.verifier().verify(issuer.token()), "workload-of-maya"))
    yield
    current_call.reset(reset)


def client(
    api: FakeTeamApi,
    tokens: FakeTokenSource | None = None,
    timeout_s: float = 2.0,
    api_keys: FakeApiKeySource | None = None,
) -> TeamApi:
    def request(scope: str) -> TokenRequest:
        return TokenRequest("mcp-activities-exchange", (scope,), "ON_BEHALF_OF_TOKEN_EXCHANGE", ("api-activities",))

    return TeamApi(
        "activities",
        pooled_client("http://api.test", timeout_s, api),
        tokens or FakeTokenSource(),
        reading=request("activities/read"),
        writing=request("activities/write"),
        timeout_s=timeout_s,
        api_keys=api_keys,
    )


async def failure(api: FakeTeamApi, tokens: FakeTokenSource | None = None, **options: Any) -> ToolFailure:
    with pytest.raises(ToolFailure) as caught:
        await client(api, tokens, **options).get("/activities", window="all", cursor="c")
    assert "SECRET-UPSTREAM-TEXT" not in caught.value.message
    return caught.value


async def test_the_key_that_meters_goes_beside_the_token_and_only_where_one_is_wanted() -> None:
    metered, unmetered, keys = FakeTeamApi(), FakeTeamApi(), FakeApiKeySource()
    await client(metered, api_keys=keys).get("/athlete")
    await client(unmetered).get("/athlete")
    assert [request.headers.get("x-api-key") for request in metered.requests] == [keys.key]
    assert "x-api-key" not in unmetered.requests[0].headers
    assert keys.asked == ["workload-of-maya"]


async def test_a_key_that_was_changed_is_renewed_within_the_call() -> None:
    api, keys = FakeTeamApi(wanted_key="new"), FakeApiKeySource(key="old", renewed="new")
    await client(api, api_keys=keys).get("/athlete")
    assert [request.headers["x-api-key"] for request in api.requests] == ["old", "new"]


async def test_a_key_that_stays_refused_is_not_blamed_on_the_athlete() -> None:
    api, keys = FakeTeamApi(wanted_key="another"), FakeApiKeySource()
    assert (await failure(api, api_keys=keys)).kind == "upstream_unavailable"
    assert len(api.requests) == 2


async def test_a_denial_of_the_authorizer_costs_no_new_key() -> None:
    api, keys = FakeTeamApi(status=403), FakeApiKeySource()
    assert (await failure(api, api_keys=keys)).kind == "forbidden"
    assert (len(api.requests), keys.forgotten) == (1, 0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (VaultUnreachable("support-metering", "down"), "upstream_unavailable"),
        (TokenUnavailable("support-metering", "AccessDeniedException"), "unauthorized"),
    ],
)
async def test_without_its_key_nothing_is_asked_of_the_api(error: Exception, kind: str) -> None:
    api = FakeTeamApi()
    refused = await failure(api, api_keys=FakeApiKeySource(failing=error))
    assert (refused.kind, api.requests) == (kind, [])


async def test_reading_and_writing_use_tokens_of_their_own_scope() -> None:
    api = FakeTeamApi()

    await client(api).get("/athlete")
    await client(api).send(ApiRequest("POST", "/uploads", {"file_name": "a"}, content=b"x"))

    assert api.bearers() == [
        "workload-of-maya.api-activities.activities/read",
        "workload-of-maya.api-activities.activities/write",
    ]


async def test_a_refused_token_is_fetched_anew_once() -> None:
    api = FakeTeamApi(refused_tokens=frozenset({"stale"}))
    tokens = FakeTokenSource(stale={"workload-of-maya"})

    assert (await client(api, tokens).get("/athlete"))["name"] == "Maya"
    assert [forced for _, _, forced in tokens.asked] == [False, True]


async def test_a_token_refused_twice_is_not_tried_again() -> None:
    api = FakeTeamApi(status=401)

    assert (await failure(api)).kind == "unauthorized"
    assert len(api.requests) == 2


@pytest.mark.case("M17")
@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (400, "validation", "Check: cursor."),
        (403, "forbidden", "does not allow this"),
        (404, "not_found", "no such object"),
        (409, "validation", "idempotency_key"),
        (413, "validation", "Too large"),
        (422, "validation", "Check: cursor."),
        (500, "upstream_unavailable", UNAVAILABLE),
        (503, "upstream_unavailable", UNAVAILABLE),
    ],
)
async def test_an_upstream_error_becomes_words_of_our_own(status: int, kind: str, message: str) -> None:
    refused = await failure(FakeTeamApi(status=status))

    assert refused.kind == kind
    assert message in refused.message


@pytest.mark.parametrize(
    ("header", "pause_s"), [("7", 7), ("0", 1), ("999999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 60), (None, 60)]
)
async def test_a_rate_limit_says_how_long_to_wait(header: str | None, pause_s: int) -> None:
    refused = await failure(FakeTeamApi(status=429, retry_after=header))

    assert (refused.kind, refused.retry_after_s) == ("rate_limited", pause_s)


@pytest.mark.case("M17")
@pytest.mark.parametrize(
    ("knobs", "timeout_s"),
    [
        pytest.param({"down": True}, 2.0, id="refused"),
        pytest.param({"delay_s": 2.0}, 0.05, id="slow"),
        pytest.param({"html": True}, 2.0, id="html"),
        pytest.param({"endless": True}, 20.0, id="huge"),
    ],
)
async def test_an_upstream_that_talks_nonsense_or_not_at_all_is_unavailable(knobs: Any, timeout_s: float) -> None:
    refused = await failure(FakeTeamApi(**knobs), timeout_s=timeout_s)

    assert (refused.kind, refused.message) == ("upstream_unavailable", UNAVAILABLE)


@pytest.mark.case("V23")
async def test_a_redirect_is_not_followed_and_the_token_stays_here() -> None:
    api = FakeTeamApi(redirect_to="http://attacker.example/steal")

    assert (await failure(api)).kind == "upstream_unavailable"
    assert [request.url.host for request in api.requests] == ["api.test"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(TokenUnavailable("p", "AccessDeniedException"), "unauthorized", id="refused"),
        pytest.param(SignInExpired("p", "UnauthorizedException"), "unauthorized", id="signed-out"),
        pytest.param(ConsentRequired("http://x", "s", "p", ()), "unauthorized", id="consent"),
        pytest.param(VaultUnreachable("p", "EndpointConnectionError"), "upstream_unavailable", id="vault-down"),
    ],
)
async def test_without_a_token_nothing_is_sent(error: Exception, kind: str) -> None:
    api = FakeTeamApi()

    assert (await failure(api, FakeTokenSource(failing={"workload-of-maya": error}))).kind == kind
    assert api.requests == []


async def test_without_a_workload_token_nothing_is_asked_or_sent() -> None:
    api, tokens, issuer = FakeTeamApi(), FakeTokenSource(), FakeIssuer()
    reset = current_call.set(InboundCall(issuer.verifier().verify(issuer.token()), None))

    assert (await failure(api, tokens)).kind == "unauthorized"
    current_call.reset(reset)
    assert (api.requests, tokens.asked) == ([], [])


async def test_code_outside_a_request_has_no_caller() -> None:
    reset = current_call.set(None)
    with pytest.raises(Unauthorized):
        await client(FakeTeamApi()).get("/athlete")
    current_call.reset(reset)


@pytest.mark.case("M16")
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("../../admin", "..%2F..%2Fadmin"),
        ("%2e%2e", "%252e%252e"),
        ("a?x=1", "a%3Fx%3D1"),
        ("a#b", "a%23b"),
        ("a/../b", "a%2F..%2Fb"),
        ("a\r\nX-Evil: 1", "a%0D%0AX-Evil%3A%201"),
    ],
)
async def test_a_path_parameter_stays_one_segment(given: str, sent: str) -> None:
    api = FakeTeamApi(status=404)

    with pytest.raises(NotFound):
        await client(api).get(f"/activities/{segment(given)}")

    assert api.requests[0].url.raw_path.decode() == f"/activities/{sent}"


@pytest.mark.case("M16")
@pytest.mark.parametrize("given", [".", "..", "", " .. "])
def test_dot_segments_name_no_object(given: str) -> None:
    with pytest.raises(NotFound):
        segment(given)
