"""GetResourceOauth2Token: what the provider is asked, what is kept, and for whom."""

import base64
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault import CANARY_CLIENT_SECRET, EXCHANGE, RunningVault, provider_request, running_vault

M2M, OBO = "M2M", "ON_BEHALF_OF_TOKEN_EXCHANGE"


def get(client: Any, token: str, flow: str = OBO, **changes: Any) -> str:
    parameters = {
        "workloadIdentityToken": token,
        "resourceCredentialProviderName": "coach-exchange",
        "scopes": ["activities/read"],
        "oauth2Flow": flow,
        "audiences": ["mcp-activities"],
    } | changes
    return str(client.get_resource_oauth2_token(**parameters)["accessToken"])


def stored(vault: RunningVault, condition: str = "1") -> list[float]:
    """When the tokens that the vault keeps end."""
    database = sqlite3.connect(vault.settings.database_path)
    rows = database.execute(f"SELECT expires_at FROM resource_token WHERE {condition}").fetchall()  # noqa: S608 - our own condition
    database.close()
    return [expires_at for (expires_at,) in rows]


def test_on_behalf_of_is_an_exchange_of_the_users_token_with_the_clients_own_as_actor(vault: RunningVault) -> None:
    user_token = vault.provider.user_token()

    issued = get(vault.client(), vault.workload_token(user_token), scopes=["activities/write", "activities/read"])

    actor, exchange = vault.provider.seen
    assert actor.form == {"grant_type": ["client_credentials"], "scope": ["activities/read"]}
    assert exchange.form == {
        "grant_type": [EXCHANGE],
        "subject_token": [user_token],
        "subject_token_type": ["urn:ietf:params:oauth:token-type:access_token"],
        "requested_token_type": ["urn:ietf:params:oauth:token-type:access_token"],
        "actor_token": [vault.provider.issued[0]],
        "actor_token_type": ["urn:ietf:params:oauth:token-type:access_token"],
        "scope": ["activities/read activities/write"],
        "audience": ["mcp-activities"],
    }
    assert issued == vault.provider.issued[1]


def test_without_actor_token_content_no_actor_token_is_sent(vault: RunningVault) -> None:
    none = {"grantType": "TOKEN_EXCHANGE", "tokenExchangeGrantTypeConfig": {"actorTokenContent": "NONE"}}
    request = provider_request(vault.provider.url, "coach-exchange", onBehalfOfTokenExchangeConfig=none)
    vault.control().update_oauth2_credential_provider(**request)

    get(vault.client(), vault.workload_token(vault.provider.user_token()))

    (exchange,) = vault.provider.seen
    assert "actor_token" not in exchange.form


def test_machine_to_machine_carries_no_user(vault: RunningVault) -> None:
    token = vault.workload_token(vault.provider.user_token())

    get(vault.client(), token, M2M, resources=["https://routes.example/mcp"], customParameters={"tenant": "t1"})

    (request,) = vault.provider.seen
    assert request.form == {
        "grant_type": ["client_credentials"],
        "scope": ["activities/read"],
        "audience": ["mcp-activities"],
        "resource": ["https://routes.example/mcp"],
        "tenant": ["t1"],
    }


@pytest.mark.parametrize(
    ("method", "in_header"), [(None, True), ("CLIENT_SECRET_BASIC", True), ("CLIENT_SECRET_POST", False)]
)
def test_the_client_authenticates_as_configured(vault: RunningVault, method: str | None, *, in_header: bool) -> None:
    changes = {"clientAuthenticationMethod": method} if method else {}
    vault.control().update_oauth2_credential_provider(
        **provider_request(vault.provider.url, "coach-exchange", **changes)
    )

    get(vault.client(), vault.workload_token(vault.provider.user_token()), M2M)

    (request,) = vault.provider.seen
    basic = base64.b64encode(f"coach-exchange:{CANARY_CLIENT_SECRET}".encode()).decode()
    assert (request.authorization == f"Basic {basic}") is in_header
    assert (request.form.get("client_secret") == [CANARY_CLIENT_SECRET]) is not in_header


def test_the_same_question_is_asked_once(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()

    first = get(client, token, scopes=["activities/read", "activities/write"])
    second = get(client, token, scopes=["activities/write", "activities/read"])

    assert first == second
    assert len(vault.provider.of_grant(EXCHANGE)) == 1


def test_a_forced_question_is_asked_again(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()

    first = get(client, token)
    second = get(client, token, forceAuthentication=True)

    assert first != second
    assert get(client, token) == second


@pytest.mark.case("X11")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"scopes": ["activities/read"]}, id="fewer scopes"),
        pytest.param({"audiences": ["mcp-support"]}, id="another audience"),
        pytest.param({"resources": ["https://mcp.example"]}, id="another resource"),
        pytest.param({"customParameters": {"tenant": "t1"}}, id="another parameter"),
        pytest.param({"oauth2Flow": M2M}, id="another flow"),
    ],
)
def test_a_token_got_for_something_else_is_not_reused(vault: RunningVault, change: dict[str, Any]) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    wide = get(client, token, scopes=["activities/read", "activities/write"])

    other = get(client, token, **({"scopes": ["activities/read", "activities/write"]} | change))

    assert other != wide
    assert other == vault.provider.issued[-1]


@pytest.mark.case("X11")
def test_a_new_sign_in_of_the_same_user_does_not_reuse_tokens_of_the_old_one(vault: RunningVault) -> None:
    client = vault.client()
    old = get(client, vault.workload_token(vault.provider.user_token()))
    new = get(client, vault.workload_token(vault.provider.user_token(scope="openid")))

    assert new != old
    assert len(vault.provider.of_grant(EXCHANGE)) == 2


@pytest.mark.case("X12")
def test_sixteen_first_calls_at_the_same_time_make_one_exchange(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.slow_s = 0.2

    with ThreadPoolExecutor(16) as threads:
        tokens = set(threads.map(lambda _: get(client, token), range(16)))

    assert len(tokens) == 1
    assert len(vault.provider.of_grant(EXCHANGE)) == 1
    assert len(vault.provider.of_grant("client_credentials")) == 1
    assert vault.provider.discoveries == 2  # for the keys of users' tokens, and for the token endpoint


@pytest.mark.case("X12")
@pytest.mark.case("V08")
def test_interleaved_users_get_their_own_tokens_alone(vault: RunningVault) -> None:
    client = vault.client()
    handles = [vault.workload_token(vault.provider.user_token(subject)) for subject in ("maya", "jonas")]
    vault.provider.slow_s = 0.05

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: (n % 2, get(client, handles[n % 2])), range(200)))

    per_user = [{token for user, token in answers if user == n} for n in (0, 1)]
    assert [len(tokens) for tokens in per_user] == [1, 1]
    assert per_user[0].isdisjoint(per_user[1])
    subjects = {request.one("subject_token") for request in vault.provider.of_grant(EXCHANGE)}
    assert len(subjects) == 2


@pytest.mark.case("X09")
def test_an_exchanged_token_is_not_kept_past_the_users_token(vault: RunningVault) -> None:
    ends_at = int(time.time()) + 100
    token, client = vault.workload_token(vault.provider.user_token(exp=ends_at)), vault.client()
    get(client, token)  # the provider says that it lives for 900 s
    assert stored(vault, "owner LIKE '%maya-sub%'") == [ends_at]
    vault.clock.ahead_s = 101.0

    with pytest.raises(client.exceptions.UnauthorizedException):
        get(client, token)


@pytest.mark.case("X13")
def test_a_kept_token_is_not_handed_out_with_less_than_the_skew_left(vault: RunningVault) -> None:
    vault.provider.token_life_s = 200
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    first = get(client, token, M2M)
    vault.clock.ahead_s = 150.0
    assert get(client, token, M2M) == first
    vault.clock.ahead_s = 160.0

    assert get(client, token, M2M) != first


def test_a_token_with_less_than_the_skew_left_is_never_handed_out(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.token_life_s = 40

    with pytest.raises(client.exceptions.InternalServerException):
        get(client, token, M2M)
    with pytest.raises(client.exceptions.UnauthorizedException):
        get(client, vault.workload_token(vault.provider.user_token(exp=int(time.time()) + 40)))


@pytest.mark.case("X13")
def test_an_unavailable_provider_fails_closed_and_is_not_hammered(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.fail_next = [(503, {"error": "temporarily_unavailable"})]

    for _ in range(5):
        with pytest.raises(client.exceptions.InternalServerException) as failed:
            get(client, token, M2M)
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert len(vault.provider.seen) == 1
    vault.clock.ahead_s = 2.1
    assert get(client, token, M2M)


@pytest.mark.case("M17")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"access_token": None}, id="no token"),
        pytest.param({"token_type": "DPoP"}, id="not a bearer token"),
        pytest.param({"expires_in": "soon"}, id="lifetime is a text"),
        pytest.param({"expires_in": -5}, id="lifetime is over"),
        pytest.param({"padding": "x" * 300_000}, id="huge"),
    ],
)
def test_a_provider_that_talks_nonsense_is_unavailable(vault: RunningVault, answer: dict[str, Any]) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.token_answer = answer

    with pytest.raises(client.exceptions.InternalServerException):
        get(client, token, M2M)


@pytest.mark.case("V23")
def test_a_redirect_is_not_followed_with_the_secret(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.redirect_to = f"{vault.provider.url}/pools/coach/oauth2/token?again"

    with pytest.raises(client.exceptions.InternalServerException):
        get(client, token, M2M)
    assert len(vault.provider.seen) == 1


@pytest.mark.case("M07")
def test_a_discovery_document_of_another_issuer_is_not_used(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.discovery_issuer = "http://127.0.0.1:9"

    with pytest.raises(client.exceptions.InternalServerException):
        get(client, token, M2M)
    assert vault.provider.seen == []


def test_a_refusal_names_the_oauth_error_and_nothing_else(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    vault.provider.fail_next = [
        (400, {"error": "invalid_target", "error_description": "canary"}),
        (400, {"error": "canary"}),
    ]

    with pytest.raises(client.exceptions.AccessDeniedException) as known:
        get(client, token, M2M)
    with pytest.raises(client.exceptions.AccessDeniedException) as unknown:
        get(client, token, M2M)
    assert (
        known.value.response["Error"]["Message"] == "provider coach-exchange refused the token request: invalid_target"
    )
    assert unknown.value.response["Error"]["Message"] == "provider coach-exchange refused the token request: refused"


def test_on_behalf_of_without_a_users_token_is_invalid(vault: RunningVault) -> None:
    token = vault.client("operator").get_workload_access_token(workloadName="coach")["workloadAccessToken"]
    client = vault.client()

    with pytest.raises(client.exceptions.ValidationException):
        get(client, token)


@pytest.mark.parametrize("name", ["grant_type", "subject_token", "scope", "client_secret", "requested_token_type"])
def test_custom_parameters_cannot_replace_what_the_vault_sets(vault: RunningVault, name: str) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()

    with pytest.raises(client.exceptions.ValidationException):
        get(client, token, customParameters={name: "mine"})
    assert vault.provider.seen == []


@pytest.mark.case("V28")
def test_a_repointed_provider_gets_nothing_that_was_stored_for_the_old_one(vault: RunningVault) -> None:
    token, client = vault.workload_token(vault.provider.user_token()), vault.client()
    before = get(client, token)

    assert len(stored(vault)) == 2

    vault.control().update_oauth2_credential_provider(
        **provider_request(vault.provider.url, "coach-exchange", clientSecret="another-secret")
    )
    assert stored(vault) == []
    after = get(client, token)

    assert after != before
    assert [request.authorization for request in vault.provider.seen[2:]] == [
        "Basic " + base64.b64encode(b"coach-exchange:another-secret").decode()
    ] * 2


def test_tokens_and_providers_survive_a_restart(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        token = vault.workload_token(vault.provider.user_token())
        issued = get(vault.client(), token)
        vault.provider.seen.clear()

    with running_vault(tmp_path, provisioned=False, provider=vault.provider) as again:
        assert get(again.client(), token) == issued
        assert again.provider.seen == []
