"""What the server says about itself, read as its clients read it."""

from pathlib import Path
from typing import Any

import pytest
from authlib.oauth2 import rfc8414, rfc9207

from tests.support.authorization_server import (
    BASE_URL,
    DEVICE_CODE,
    ISSUER,
    RunningAuthorizationServer,
    running_authorization_server,
)

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
EXTRAS = {
    "pushed_authorization_request_endpoint": "oauth2/par",
    "end_session_endpoint": "logout",
    "introspection_endpoint": "oauth2/introspect",
    "device_authorization_endpoint": "oauth2/device_authorization",
}
RFC_8414 = f"{BASE_URL}/.well-known/oauth-authorization-server/coach"


async def _json(running: RunningAuthorizationServer, url: str) -> dict[str, Any]:
    document: dict[str, Any] = (await running.http.get(url)).json()
    return document


async def test_the_document_is_one_for_both_kinds_of_clients(server: RunningAuthorizationServer) -> None:
    assert await _json(server, DISCOVERY) == await _json(server, RFC_8414)


async def test_every_endpoint_lies_outside_the_issuer(server: RunningAuthorizationServer) -> None:
    document = await _json(server, DISCOVERY)
    assert document["issuer"] == ISSUER
    for name, value in document.items():
        if name.endswith("_endpoint"):
            assert value.startswith(f"{BASE_URL}/pools/coach/"), name
    assert document["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"


async def test_the_document_is_valid_but_for_https(server: RunningAuthorizationServer) -> None:
    document = await _json(server, DISCOVERY)
    https = {name: _with_https(value) for name, value in document.items()}
    metadata = rfc8414.AuthorizationServerMetadata(https)
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])


async def test_what_is_not_built_is_not_advertised(server: RunningAuthorizationServer) -> None:
    document = await _json(server, DISCOVERY)
    absent = {
        "dpop_signing_alg_values_supported",
    }
    assert absent.isdisjoint(document)
    assert document["request_uri_parameter_supported"] is False
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_local_extras_are_advertised_where_they_are(server: RunningAuthorizationServer) -> None:
    document = await _json(server, DISCOVERY)
    extras = {name: document[name] for name in EXTRAS}
    assert extras == {name: f"{BASE_URL}/pools/coach/{path}" for name, path in EXTRAS.items()}
    assert {DEVICE_CODE, "urn:ietf:params:oauth:grant-type:jwt-bearer"} <= set(document["grant_types_supported"])
    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
        assert document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == ["ES256", "PS256", "RS256"]


async def test_strict_cognito_says_no_more_than_cognito(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, strict_cognito=True) as running:
        document = await _json(running, DISCOVERY)
        assert (await running.http.get(RFC_8414)).status_code == 404
    assert {"code_challenge_methods_supported", "local_sign_in_nonce_endpoint", *EXTRAS}.isdisjoint(document)
    assert document["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert not any(name.endswith("_alg_values_supported") for name in document if name.startswith("token_"))


@pytest.mark.case("N33")
async def test_the_published_keys_are_two_and_hold_nothing_private(server: RunningAuthorizationServer) -> None:
    keys = (await _json(server, f"{ISSUER}/.well-known/jwks.json"))["keys"]
    assert len({key["kid"] for key in keys}) == 2
    for key in keys:
        assert key.keys() == {"kty", "n", "e", "use", "alg", "kid"}
        assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


def _with_https(value: object) -> object:
    return value.replace("http://", "https://") if isinstance(value, str) else value
