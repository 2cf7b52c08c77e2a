from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey

from agent.terminal.discovery import discover
from agent.terminal.errors import NotSignedIn, SignInRefused
from agent.terminal.sign_in import TokenSet, authorization_code, begin, key_file_sign_in, redeem, refresh, revoke
from tests.support.runtime import FakeFront

MAYA = ECKey.generate_key("P-256")


@pytest.fixture
def front() -> FakeFront:
    return FakeFront(athlete_keys={"maya": MAYA})


def sign_in(front: FakeFront, key: ECKey = MAYA) -> TokenSet:
    with front.client() as http:
        server = discover(http, front.issuer)
        request = begin("terminal", "coach", ("coach/invoke",))
        redirect = key_file_sign_in(http, server, request, "maya", key.as_pem(private=True))
        return redeem(http, server, request, redirect)


def test_the_key_file_signs_in_with_pkce_and_a_proof_bound_to_the_request(front: FakeFront) -> None:
    tokens = sign_in(front)
    assert tokens.username == "maya"
    assert tokens.refresh_token is not None
    assert front.grants[0]["grant_type"] == "authorization_code"
    assert front.grants[0]["redirect_uri"] == "http://localhost:8765/callback"


def test_tokens_are_not_in_the_representation_of_a_token_set(front: FakeFront) -> None:
    tokens = sign_in(front)
    assert tokens.access_token not in repr(tokens)
    assert str(tokens.refresh_token) not in repr(tokens)


@pytest.mark.parametrize("path", ["nowhere", "coach/.well-known/jwks.json"])
def test_a_server_that_gives_no_nonce_is_one_error_of_the_sign_in(front: FakeFront, path: str) -> None:
    front.metadata = {"local_sign_in_nonce_endpoint": f"{front.base}/{path}"}
    with pytest.raises(SignInRefused, match="did not begin the sign-in"):
        sign_in(front)


@pytest.mark.case("M07")
def test_metadata_of_another_issuer_is_refused(front: FakeFront) -> None:
    front.metadata = {"issuer": front.issuer + "/"}
    with pytest.raises(SignInRefused, match="speaks for another issuer"):
        sign_in(front)


@pytest.mark.case("M08")
@pytest.mark.parametrize("methods", [pytest.param(["plain"], id="plain alone"), pytest.param([], id="none")])
def test_an_authorization_server_without_s256_is_refused(front: FakeFront, methods: list[str]) -> None:
    front.metadata = {"code_challenge_methods_supported": methods}
    with pytest.raises(SignInRefused, match="S256"):
        sign_in(front)


@pytest.mark.parametrize(
    ("redirect", "reason"),
    [
        pytest.param({"state": "other"}, "state", id="foreign state"),
        pytest.param({"state": None}, "state", id="no state"),
        pytest.param({"iss": "https://evil.example"}, "another issuer", id="mix-up"),
        pytest.param({"iss": None}, "another issuer", id="iss was promised and is missing"),
        pytest.param({"code": None, "error": "access_denied"}, "access_denied", id="refused"),
        pytest.param({"code": None, "error": "\x1b[31m"}, "no reason given", id="no OAuth error word"),
    ],
)
def test_a_redirect_that_does_not_answer_the_request_is_refused(
    front: FakeFront, redirect: dict[str, str | None], reason: str
) -> None:
    front.redirect = redirect
    with pytest.raises(SignInRefused, match=reason):
        sign_in(front)
    assert front.grants == []


def test_a_redirect_to_another_address_is_refused(front: FakeFront) -> None:
    with front.client() as http:
        server = discover(http, front.issuer)
    request = begin("terminal", "coach", ())
    answer = urlencode({"code": "c", "state": request.state, "iss": front.issuer})
    with pytest.raises(SignInRefused, match="address"):
        authorization_code(server, request, f"http://localhost:9999/callback?{answer}")


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "other"}, id="nonce"),
        pytest.param({"aud": "developer"}, id="audience"),
        pytest.param({"iss": "https://evil.example"}, id="issuer"),
        pytest.param({"exp": 1}, id="expired"),
    ],
)
def test_an_id_token_of_another_request_is_refused(front: FakeFront, claims: dict[str, object]) -> None:
    front.id_token_claims = claims
    with pytest.raises(SignInRefused, match="ID token"):
        sign_in(front)


def test_another_key_does_not_sign_maya_in(front: FakeFront) -> None:
    front.athlete_keys = {"maya": ECKey.generate_key("P-256")}
    with pytest.raises(SignInRefused, match="did not accept the key of maya"):
        sign_in(front)


def test_a_refresh_rotates_and_the_old_token_is_then_refused(front: FakeFront) -> None:
    tokens = sign_in(front)
    with front.client() as http:
        server = discover(http, front.issuer)
        renewed = refresh(http, server, "terminal", str(tokens.refresh_token))
        assert renewed.refresh_token not in {None, tokens.refresh_token}
        with pytest.raises(NotSignedIn):
            refresh(http, server, "terminal", str(tokens.refresh_token))


def test_revocation_sends_the_refresh_token(front: FakeFront) -> None:
    with front.client() as http:
        revoke(http, discover(http, front.issuer), "terminal", "r-1")
    assert front.revoked == ["r-1"]


def test_each_request_has_its_own_state_nonce_and_verifier() -> None:
    requests = [begin("terminal", "coach", ()) for _ in range(3)]
    secrets = {secret for request in requests for secret in (request.state, request.nonce, request.verifier)}
    assert len(secrets) == 9
