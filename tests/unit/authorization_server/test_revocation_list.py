"""What a pool publishes about sign-ins that were ended (N53)."""

import pytest

from tests.support.authorization_server import POOL_URL, RunningAuthorizationServer, claims_of

LIST_URL = f"{POOL_URL}/revoked.json"


@pytest.mark.case("N53")
async def test_an_ended_sign_in_is_listed_until_its_last_token_is_over(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    other = await server.sign_in()
    assert (await server.http.get(LIST_URL)).json() == {"revoked": []}

    await server.http.post(
        f"{POOL_URL}/oauth2/revoke", data={"client_id": "terminal", "token": tokens["refresh_token"]}
    )

    ended = claims_of(tokens["access_token"])["origin_jti"]
    answer = await server.http.get(LIST_URL)
    assert answer.json() == {"revoked": [ended]}
    assert answer.headers["cache-control"] == "no-store"
    assert claims_of(other["access_token"])["origin_jti"] != ended
    server.clock.advance(900)
    assert (await server.http.get(LIST_URL)).json() == {"revoked": [ended]}
    server.clock.advance(120)
    assert (await server.http.get(LIST_URL)).json() == {"revoked": []}
