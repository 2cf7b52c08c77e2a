"""private_key_jwt (K09, RFC 7523 §3): a client signs that it is itself, for us, now, once."""

import hmac
import json
import secrets
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import ValidationError

from tests.support.authorization_server import (
    DEVICE_AUTHORIZATION_URL,
    ISSUER,
    POOL_URL,
    REDIRECT_URI,
    TOKEN_URL,
    RunningAuthorizationServer,
    base64url,
    claims_of,
    client,
    pool_config,
    running_authorization_server,
    secret_of,
    targets,
)
from tests.support.issuer import rsa_key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNER = "signer"
GRANTS = ("client_credentials", "authorization_code", "device_code")
UNPROVEN = {
    "error": "invalid_client",
    "error_description": "The client is unknown or did not prove its identity.",
}


@cache
def ec_key(kid: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid}, private=True)


@cache
def plain_rsa_key() -> RSAKey:
    """A key whose registration names no algorithm."""
    values = {name: value for name, value in rsa_key("client-1").as_dict(private=True).items() if name != "alg"}
    return RSAKey.import_key({**values, "kid": "rsa-1"})


def public(*keys: ECKey | RSAKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def pool_with_signers() -> Any:
    common: dict[str, Any] = {
        "auth_methods": ("private_key_jwt",),
        "grants": GRANTS,
        "scopes": ("openid", "routes/read"),
        "redirect_uris": (REDIRECT_URI,),
        "targets": targets(GRANTS, "mcp-routes"),
    }
    signer = client(SIGNER, jwks=public(ec_key(), plain_rsa_key(), rsa_key("rs256-only")), **common)
    other = client("other-signer", jwks=public(ec_key("other")), **common)
    return pool_config(clients=(*pool_config().clients, signer, other))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningAuthorizationServer]:
    async with running_authorization_server(tmp_path, pools=(pool_with_signers(),)) as running:
        yield running


def claims(server: RunningAuthorizationServer, **changes: Any) -> dict[str, Any]:
    """Claims of a good assertion; a change to None removes one."""
    now = int(server.clock())
    good = {
        "iss": SIGNER,
        "sub": SIGNER,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(16),
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(
    payload: dict[str, Any] | str, key: ECKey | RSAKey | OctKey | None = None, by: str = "ES256", **header: Any
) -> str:
    """An assertion; `header` changes the header, a change to None removes a member."""
    key = key or ec_key()
    full = {name: value for name, value in {"alg": by, "kid": key.kid, **header}.items() if value is not None}
    body = payload if isinstance(payload, str) else json.dumps(payload)
    signing_input = f"{base64url(json.dumps(full).encode())}.{base64url(body.encode())}"
    algorithm = jws.JWSRegistry(algorithms=[by]).get_alg(by)
    return f"{signing_input}.{base64url(algorithm.sign(signing_input.encode(), key))}"


async def present(server: RunningAuthorizationServer, assertion: str, **form: str | None) -> httpx.Response:
    full: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "audience": "mcp-routes",
        "scope": "routes/read",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return await server.token(**{**full, **form})


def assert_unproven(response: httpx.Response) -> None:
    assert response.status_code == 401
    assert response.json() == UNPROVEN
    assert "www-authenticate" in response.headers


@pytest.mark.case("K09")
@pytest.mark.parametrize("audience", [ISSUER, TOKEN_URL])
@pytest.mark.parametrize(
    ("key", "alg"),
    [
        pytest.param(ec_key, "ES256", id="ES256"),
        pytest.param(plain_rsa_key, "RS256", id="RS256"),
        pytest.param(plain_rsa_key, "PS256", id="PS256"),
    ],
)
async def test_a_client_that_signs_is_itself(
    server: RunningAuthorizationServer, audience: str, key: Any, alg: str
) -> None:
    answer = await present(server, signed(claims(server, aud=audience), key(), alg))
    assert answer.status_code == 200
    assert claims_of(answer.json()["access_token"])["client_id"] == SIGNER


@pytest.mark.case("K09")
@pytest.mark.parametrize("header", [{"kid": None}, {"typ": "JWT"}, {"typ": "client-authentication+jwt"}])
async def test_neither_key_id_nor_type_is_required(server: RunningAuthorizationServer, header: dict[str, Any]) -> None:
    assert (await present(server, signed(claims(server), **header))).status_code == 200


@pytest.mark.case("K09")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "https://other.example"}, id="another server"),
        pytest.param({"aud": f"{ISSUER}/"}, id="issuer with a slash"),
        pytest.param({"aud": f"{POOL_URL}/oauth2/introspect"}, id="another endpoint of ours"),
        pytest.param({"aud": [ISSUER]}, id="audience in a list"),
        pytest.param({"aud": [ISSUER, "https://other.example"]}, id="us and another server"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iss": "other-signer"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": ["signer"]}, id="subject in a list"),
        pytest.param({"sub": "nobody", "iss": "nobody"}, id="unknown client"),
        pytest.param({"sub": "coach-exchange", "iss": "coach-exchange"}, id="a client with a secret"),
        pytest.param({"sub": "terminal", "iss": "terminal"}, id="a public client"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"exp": "soon"}, id="expiry is no number"),
        pytest.param({"exp": 99_999_999_999}, id="good for a thousand years"),
        pytest.param({"nbf": 99_999_999_999}, id="not valid yet"),
        pytest.param({"iat": 99_999_999_999}, id="from the future"),
        pytest.param({"jti": None}, id="no jti"),
        pytest.param({"jti": ""}, id="empty jti"),
        pytest.param({"jti": "x" * 257}, id="huge jti"),
        pytest.param({"jti": "\ud800"}, id="jti is half a character"),
        pytest.param({"sub": "\ud800", "iss": "\ud800"}, id="a client named by half a character"),
        pytest.param({"exp": 10**400}, id="expiry beyond every number"),
    ],
)
async def test_an_assertion_that_says_something_else_is_refused(
    server: RunningAuthorizationServer, changes: dict[str, Any]
) -> None:
    assert_unproven(await present(server, signed(claims(server, **changes))))


@pytest.mark.case("K09")
async def test_an_assertion_lives_until_it_expires_and_not_longer(server: RunningAuthorizationServer) -> None:
    early, late = (signed(claims(server)) for _ in range(2))
    server.clock.advance(58)
    assert (await present(server, early)).status_code == 200
    server.clock.advance(3)
    assert_unproven(await present(server, late))


@pytest.mark.case("K09")
async def test_an_assertion_works_once_at_any_endpoint(server: RunningAuthorizationServer) -> None:
    assertion = signed(claims(server))
    assert (await present(server, assertion)).status_code == 200
    assert_unproven(await present(server, assertion))
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, "token": "x"}
    assert_unproven(await server.http.post(f"{POOL_URL}/oauth2/revoke", data=form))


@pytest.mark.case("K09")
async def test_a_jti_works_once_for_each_client_whatever_else_changes(server: RunningAuthorizationServer) -> None:
    assert (await present(server, signed(claims(server, jti="one")))).status_code == 200
    assert_unproven(await present(server, signed(claims(server, jti="one", aud=TOKEN_URL))))
    other = claims(server, jti="one", iss="other-signer", sub="other-signer")
    assert (await present(server, signed(other, ec_key("other")))).status_code == 200


@pytest.mark.case("K09")
async def test_a_refused_assertion_uses_up_no_jti(server: RunningAuthorizationServer) -> None:
    forged = signed(claims(server, jti="mine"), ec_key("stranger"), kid="ec-1")
    assert_unproven(await present(server, forged))
    assert (await present(server, signed(claims(server, jti="mine")))).status_code == 200


@pytest.mark.case("K09")
@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"kid": "unknown"}, id="unknown key"),
        pytest.param({"kid": "../../dev/null"}, id="path as key id"),
        pytest.param({"kid": "' OR 1=1 --"}, id="SQL as key id"),
        pytest.param({"kid": ["ec-1"]}, id="list as key id"),
        pytest.param({"kid": "rsa-1"}, id="key of another kind"),
        pytest.param({"jwk": ec_key("own").as_dict(private=False)}, id="brings its own key"),
        pytest.param({"jku": "https://attacker.example/jwks"}, id="names keys elsewhere"),
        pytest.param({"x5u": "https://attacker.example/cert"}, id="names a certificate elsewhere"),
        pytest.param({"crit": ["x"], "x": 1}, id="critical extension"),
        pytest.param({"typ": "at+jwt"}, id="an access token"),
        pytest.param({"typ": "local-sign-in+jwt"}, id="a key-file sign-in"),
        pytest.param({"typ": ["JWT"]}, id="list as type"),
        pytest.param({"alg": "none"}, id="alg none"),
        pytest.param({"alg": "HS256"}, id="alg HS256"),
        pytest.param({"alg": "ES512"}, id="alg ES512"),
        pytest.param({"alg": None}, id="no alg"),
    ],
)
async def test_an_assertion_with_another_header_is_refused(
    server: RunningAuthorizationServer, header: dict[str, Any]
) -> None:
    assert_unproven(await present(server, signed(claims(server), **header)))


@pytest.mark.case("K09")
async def test_an_assertion_of_another_key_is_refused(server: RunningAuthorizationServer) -> None:
    stranger = ECKey.generate_key("P-256", private=True)
    assert_unproven(await present(server, signed(claims(server), stranger, kid="ec-1")))
    assert_unproven(await present(server, signed(claims(server), stranger, kid=None)))
    assert_unproven(await present(server, signed(claims(server), ec_key("other"))))


@pytest.mark.case("K09")
async def test_a_public_key_is_no_shared_secret(server: RunningAuthorizationServer) -> None:
    header = base64url(json.dumps({"alg": "HS256", "kid": "rsa-1"}).encode())
    message = f"{header}.{base64url(json.dumps(claims(server)).encode())}"
    tag = hmac.digest(plain_rsa_key().as_pem(private=False), message.encode(), "sha256")
    assert_unproven(await present(server, f"{message}.{base64url(tag)}"))


@pytest.mark.case("K09")
async def test_an_unsigned_assertion_is_refused(server: RunningAuthorizationServer) -> None:
    header = base64url(json.dumps({"alg": "none"}).encode())
    body = base64url(json.dumps(claims(server)).encode())
    for assertion in (f"{header}.{body}.", f"{header}.{body}", f"{signed(claims(server)).rpartition('.')[0]}."):
        assert_unproven(await present(server, assertion))


@pytest.mark.case("K09")
async def test_a_key_is_good_for_the_algorithm_it_is_registered_for(server: RunningAuthorizationServer) -> None:
    key = rsa_key("rs256-only")
    assert (await present(server, signed(claims(server), key, "RS256"))).status_code == 200
    assert_unproven(await present(server, signed(claims(server), key, "PS256")))


@pytest.mark.case("K09")
async def test_two_audiences_by_a_duplicate_member_are_refused(server: RunningAuthorizationServer) -> None:
    payload = json.dumps(claims(server))[:-1] + ', "aud": "https://other.example"}'
    assert_unproven(await present(server, signed(payload)))
    payload = '{"aud": "https://other.example", ' + json.dumps(claims(server))[1:]
    assert_unproven(await present(server, signed(payload)))


@pytest.mark.case("K08")
@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"client_assertion_type": None}, id="no type"),
        pytest.param({"client_assertion_type": "urn:other"}, id="another type"),
        pytest.param({"client_assertion": None}, id="type alone"),
        pytest.param({"client_id": "other-signer"}, id="names another client"),
        pytest.param({"client_secret": "x"}, id="and a secret"),
        pytest.param({"auth": "coach-exchange"}, id="and HTTP Basic"),
    ],
)
async def test_an_assertion_is_one_whole_method(
    server: RunningAuthorizationServer, form: dict[str, str | None]
) -> None:
    assert_unproven(await present(server, signed(claims(server)), **form))


@pytest.mark.case("K08")
async def test_a_client_with_keys_has_no_other_way(server: RunningAuthorizationServer) -> None:
    basic = await server.token(auth=SIGNER, grant_type="client_credentials")
    post = await server.token(grant_type="client_credentials", client_id=SIGNER, client_secret=secret_of(SIGNER))
    named = await server.token(grant_type="client_credentials", client_id=SIGNER)
    for answer in (basic, post, named):
        assert_unproven(answer)


@pytest.mark.case("K21")
async def test_every_way_of_not_being_the_client_looks_the_same(server: RunningAuthorizationServer) -> None:
    answers = [
        await present(server, signed(claims(server, sub="nobody", iss="nobody"))),
        await present(server, signed(claims(server), ec_key("other"))),
        await server.token(grant_type="client_credentials", client_id="coach-exchange", client_secret="wrong"),
    ]
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


async def test_every_endpoint_of_clients_takes_an_assertion(server: RunningAuthorizationServer) -> None:
    def form(**parameters: str) -> dict[str, str]:
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed(claims(server)), **parameters}

    own = (await present(server, signed(claims(server)))).json()["access_token"]
    asked = await server.http.post(f"{POOL_URL}/oauth2/introspect", data=form(token=own))
    assert asked.json()["active"] is True
    device = await server.http.post(DEVICE_AUTHORIZATION_URL, data=form(audience="mcp-routes"))
    assert device.status_code == 200
    ended = await server.http.post(f"{POOL_URL}/oauth2/revoke", data=form(token=own))
    assert ended.status_code == 200
    again = await server.http.post(f"{POOL_URL}/oauth2/introspect", data=form(token=own))
    assert again.json() == {"active": False}


async def test_strict_cognito_takes_no_assertion(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, pools=(pool_with_signers(),), strict_cognito=True) as server:
        assert_unproven(await present(server, signed(claims(server))))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"jwks": {"keys": [ec_key().as_dict(private=True)]}}, id="a private key"),
        pytest.param({"jwks": {"keys": [OctKey.generate_key(256).as_dict()]}}, id="a symmetric key"),
        pytest.param(
            {"jwks": {"keys": [ECKey.generate_key("P-384", private=False).as_dict(private=False)]}},
            id="a key for another algorithm",
        ),
        pytest.param({"jwks": {"keys": []}}, id="no key"),
        pytest.param({"jwks": {"keys": [{}]}}, id="a key that is none"),
        pytest.param({"jwks": {}}, id="no list of keys"),
        pytest.param({"jwks": public(ec_key()), "secret": "x"}, id="keys and a secret"),
        pytest.param({"jwks": public(ec_key()), "auth_methods": ("client_secret_basic",)}, id="keys, other method"),
        pytest.param({"secret": "x"}, id="method without keys"),
    ],
)
def test_a_registration_with_wrong_keys_is_refused(fields: dict[str, Any]) -> None:
    good: dict[str, Any] = {"jwks": public(ec_key()), "auth_methods": ("private_key_jwt",), "grants": ()}
    client(SIGNER, **good)
    with pytest.raises(ValidationError):
        client(SIGNER, **{**({**good, "jwks": None} if "jwks" not in fields else good), **fields})
