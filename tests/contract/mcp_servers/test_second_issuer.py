"""A second authorization server whose key id and subjects are those of ours: at our servers its tokens are nobody's."""

from dataclasses import replace

import pytest

from tests.support.issuer import ACCESS_KID, FakeIssuer, rsa_key
from tests.support.mcp_server import TEAMS, TeamServerUnderTest, in_process


def twin_of(first: FakeIssuer) -> FakeIssuer:
    """Another issuer with another key of the same id; audience, client, scopes and subjects are the first one's."""
    key = rsa_key("of the second issuer")
    colliding = type(key).import_key({**key.as_dict(private=True), "kid": ACCESS_KID})
    return replace(first, issuer="http://second.test/coach", access_key=colliding, requests=[])


@pytest.mark.parametrize("team", TEAMS)
async def test_the_first_issuers_token_is_let_through(team: str) -> None:
    """The positive control: the same claims, signed by the issuer that the server trusts."""
    server = TeamServerUnderTest(team)
    async with in_process(server) as client:
        assert (await client.send("tools/list")).status_code == 200


@pytest.mark.parametrize("team", TEAMS)
async def test_the_second_issuers_token_is_good_where_it_is_trusted(team: str) -> None:
    """The other control: nothing is wrong with the token but where it is shown."""
    server = TeamServerUnderTest(team)
    server.issuer = twin_of(server.issuer)
    async with in_process(server) as client:
        assert (await client.send("tools/list")).status_code == 200


@pytest.mark.case("N52")
@pytest.mark.parametrize("claims_to_be", ["itself", "the first"])
@pytest.mark.parametrize("team", TEAMS)
async def test_a_token_of_the_second_issuer_is_refused(team: str, claims_to_be: str) -> None:
    server = TeamServerUnderTest(team)
    second = twin_of(server.issuer)
    named = second.issuer if claims_to_be == "itself" else server.issuer.issuer
    async with in_process(server) as client:
        client.token = second.token(iss=named)
        response = await client.send("tools/list")

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
    assert server.api.requests == []
    assert server.tokens.asked == []
    # Its keys are not fetched, whatever the token says about itself.
    assert all(url.startswith(server.issuer.issuer) for url in server.issuer.requests)
