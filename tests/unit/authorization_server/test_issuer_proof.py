"""The issuer proves to programs of this computer that it is the one whose keys they know (I06)."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.authorization_server import POOL_URL, RunningAuthorizationServer

CHALLENGE = "kJd0f2mQx7Zr5vTt1aBc3A"


async def asked(server: RunningAuthorizationServer, challenge: str | None) -> httpx.Response:
    form = {"client_id": "terminal", **({} if challenge is None else {"challenge": challenge})}
    return await server.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data=form)


@pytest.mark.case("I06")
async def test_a_fresh_challenge_comes_back_signed_with_a_published_key(server: RunningAuthorizationServer) -> None:
    discovery = (await server.http.get(f"{server.issuer}/.well-known/openid-configuration")).json()
    keys = KeySet.import_key_set((await server.http.get(discovery["jwks_uri"])).json())

    proof = jwt.decode((await asked(server, CHALLENGE)).json()["proof"], keys, algorithms=["RS256"])

    assert proof.header["typ"] == "issuer-proof+jwt"
    assert proof.claims == {"iss": discovery["issuer"], "challenge": CHALLENGE}


@pytest.mark.case("I06")
@pytest.mark.parametrize(
    "challenge",
    [
        pytest.param(None, id="none"),
        pytest.param("short", id="short"),
        pytest.param("a" * 65, id="long"),
        pytest.param('x","sub":"maya","aud":"c', id="JSON"),
        pytest.param("with spaces and more than 22", id="white space"),
    ],
)
async def test_nothing_is_signed_that_is_no_challenge(
    server: RunningAuthorizationServer, challenge: str | None
) -> None:
    answer = await asked(server, challenge)
    assert answer.status_code == 200
    assert answer.json().keys() == {"nonce"}
