"""The verifier against the battery, with its guards seen one by one."""

import json
import logging
from typing import Any

import pytest
from starlette.responses import JSONResponse

from identity.errors import KeysUnavailable, ScopeInsufficient, TokenExpired, TokenForeign, TokenRefused
from identity.signing_keys import JwksCache, fetch_json
from identity.tokens import Verifier, bearer_token, fingerprint
from tests.support.bad_tokens import Build, bad_tokens, good_tokens
from tests.support.issuer import FakeIssuer
from tests.support.serving import free_socket, served


@pytest.mark.parametrize("build", bad_tokens())
def test_bad_token_is_refused_with_one_audit_line_and_no_foreign_request(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = FakeIssuer()
    attempt = build(issuer)
    with caplog.at_level(logging.WARNING), pytest.raises(TokenRefused) as refused:
        issuer.verifier().verify(bearer_token(attempt.authorization))
    assert refused.value.error == attempt.error
    assert all(url.startswith(issuer.issuer) for url in issuer.requests)
    assert len(caplog.records) <= 1


@pytest.mark.parametrize("build", good_tokens())
def test_good_token_names_the_caller(build: Build) -> None:
    issuer = FakeIssuer()
    principal = issuer.verifier().verify(bearer_token(build(issuer).authorization))
    assert (principal.issuer, principal.subject, principal.client_id) == (
        issuer.issuer,
        "athlete-sub-1",
        "coach-exchange",
    )
    assert principal.username == "maya"
    assert principal.is_user


@pytest.mark.case("X15")
def test_token_minted_by_a_client_that_is_not_upstream_is_refused() -> None:
    issuer = FakeIssuer()
    with pytest.raises(TokenForeign, match="not upstream"):
        issuer.verifier().verify(issuer.token(client_id="mcp-routes-exchange"))


@pytest.mark.case("N55")
@pytest.mark.parametrize("binding", [{"jkt": "thumbprint"}, {"x5t#S256": "thumbprint"}, {}, None], ids=str)
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(binding: Any) -> None:
    issuer = FakeIssuer()
    bound = {**issuer.claims(), "cnf": binding}
    with pytest.raises(TokenForeign, match="bound to a key"):
        issuer.verifier().verify(issuer.sign(issuer.header(), json.dumps(bound).encode()))


@pytest.mark.case("N17")
def test_unknown_key_ids_cost_one_read_per_cool_down() -> None:
    issuer, now = FakeIssuer(), [1000.0]
    verifier = Verifier(issuer.trust(), issuer.jwks(clock=lambda: now[0]))
    verifier.verify(issuer.token())
    for attempt in range(20):
        with pytest.raises(TokenRefused):
            verifier.verify(issuer.token(header={"kid": f"unknown-{attempt}"}))
    assert issuer.requests.count(f"{issuer.issuer}/.well-known/jwks.json") == 1
    now[0] += 31
    with pytest.raises(TokenRefused):
        verifier.verify(issuer.token(header={"kid": "unknown"}))
    assert issuer.requests.count(f"{issuer.issuer}/.well-known/jwks.json") == 2


@pytest.mark.case("N56")
def test_known_keys_keep_working_when_the_issuer_is_down() -> None:
    issuer, now = FakeIssuer(), [1000.0]
    verifier = Verifier(issuer.trust(), issuer.jwks(clock=lambda: now[0]))
    verifier.verify(issuer.token())
    issuer.down, now[0] = True, now[0] + 1000
    assert verifier.verify(issuer.token(jti="another")).jti == "another"
    with pytest.raises(TokenRefused):
        verifier.verify(issuer.token(header={"kid": "unknown"}))
    assert len(issuer.requests) == 3


def test_an_issuer_that_never_answered_is_not_mistaken_for_a_bad_token() -> None:
    issuer = FakeIssuer(down=True)
    with pytest.raises(KeysUnavailable):
        issuer.verifier().verify(issuer.token())


def test_a_discovery_document_of_another_issuer_is_not_trusted() -> None:
    issuer = FakeIssuer()
    pretender = FakeIssuer(issuer="http://issuer.test/pretender")
    keys = issuer.jwks()
    keys._fetch = lambda url: {**pretender.fetch(url.replace("coach", "pretender"))}
    with pytest.raises(KeysUnavailable):
        Verifier(issuer.trust(), keys).verify(issuer.token())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_keys_are_never_read_through_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for known in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(known, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port: nobody answers
    listening = free_socket()
    with served(JSONResponse({"issuer": "here"}), listening) as url:
        assert fetch_json(url) == {"issuer": "here"}


def test_a_document_that_is_no_object_leaves_the_keys_unavailable() -> None:
    listening = free_socket()
    with served(JSONResponse(["issuer"]), listening) as url, pytest.raises(KeysUnavailable):
        JwksCache(url).key("any")


def test_a_remembered_token_still_expires() -> None:
    issuer = FakeIssuer()
    now = [float(issuer.claims()["iat"])]
    verifier = Verifier(issuer.trust(), issuer.jwks(), clock=lambda: now[0], cache_s=60)
    token = issuer.token(exp=int(now[0]) + 30)
    verifier.verify(token)
    now[0] += 31
    with pytest.raises(TokenExpired):
        verifier.verify(token)


async def test_the_asynchronous_form_gives_the_same_answers() -> None:
    issuer = FakeIssuer()
    verifier = issuer.verifier()
    assert (await verifier.verify_async(issuer.token())).subject == "athlete-sub-1"
    with pytest.raises(TokenRefused):
        await verifier.verify_async(issuer.token(aud="another"))
    with pytest.raises(TokenRefused):
        await verifier.verify_async("garbage")


@pytest.mark.case("P02")
@pytest.mark.parametrize("granted", ["activities/readwrite", "xactivities/read", "activities", "ACTIVITIES/READ"])
def test_a_scope_is_compared_whole(granted: str) -> None:
    issuer = FakeIssuer(scope=granted)
    principal = issuer.verifier().verify(issuer.token())
    with pytest.raises(ScopeInsufficient):
        principal.require({"activities/read"})


@pytest.mark.case("P03")
@pytest.mark.parametrize("scope", [["activities/read"], {"activities/read": True}, 7])
def test_a_scope_claim_of_another_type_is_refused(scope: Any) -> None:
    issuer = FakeIssuer()
    with pytest.raises(TokenRefused):
        issuer.verifier().verify(issuer.token(scope=scope))


def test_the_cognito_profile_takes_a_token_without_type_and_audience_only_when_told_so() -> None:
    issuer = FakeIssuer()
    token = issuer.token(header={"typ": None}, aud=None)
    with pytest.raises(TokenForeign):
        issuer.verifier(profile="cognito").verify(token)
    assert issuer.verifier(profile="cognito", audience_required=False).verify(token).subject == "athlete-sub-1"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param({"typ": None}, {"token_use": "id"}, id="id-token"),
        pytest.param({"typ": None}, {"token_use": None}, id="no-use"),
        pytest.param({"typ": "logout+jwt"}, {}, id="foreign-type"),
        pytest.param({"typ": ["JWT"]}, {}, id="type-that-is-a-list"),
        pytest.param({"typ": None}, {"aud": "another"}, id="another-audience"),
    ],
)
def test_the_cognito_profile_refuses_what_is_not_an_access_token(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    issuer = FakeIssuer()
    with pytest.raises(TokenRefused):
        issuer.verifier(profile="cognito", audience_required=False).verify(issuer.token(header=header, **claims))


def test_actors_are_listed_from_the_outermost_to_the_innermost() -> None:
    issuer = FakeIssuer()
    act = {"sub": "mcp-activities-exchange", "act": {"sub": "coach-exchange"}}
    assert issuer.verifier().verify(issuer.token(act=act)).actors == ("mcp-activities-exchange", "coach-exchange")


def test_a_fingerprint_tells_tokens_apart_and_nothing_else() -> None:
    issuer = FakeIssuer()
    token = issuer.token()
    assert fingerprint(token) != fingerprint(issuer.token(jti="another"))
    assert fingerprint(token) not in token
    assert len(fingerprint(token)) == 12
