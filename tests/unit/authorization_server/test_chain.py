"""One sign-in carried through every hop of the table, as the positive control of everything else here."""

import pytest

from tests.support.authorization_server import MAYA_SUB, RunningAuthorizationServer, claims_of, header_of


@pytest.mark.case("X08")
async def test_an_athlete_is_carried_to_the_api_with_the_chain_of_actors(server: RunningAuthorizationServer) -> None:
    first = await server.sign_in()
    second = await server.exchange_as_actor(
        "coach-exchange", first["access_token"], audience="mcp-activities", scope="activities/read"
    )
    third = await server.exchange_as_actor(
        "mcp-activities-exchange",
        second.json()["access_token"],
        audience="api-activities",
        scope="activities/read",
    )
    claims = claims_of(third.json()["access_token"])
    assert claims["sub"] == MAYA_SUB
    assert claims["aud"] == "api-activities"
    assert claims["client_id"] == "mcp-activities-exchange"
    assert claims["scope"] == "activities/read"
    assert claims["act"] == {"sub": "mcp-activities-exchange", "act": {"sub": "coach-exchange"}}
    assert claims["username"] == "maya"
    assert claims["amr"] == ["swk"]
    assert claims["origin_jti"] == claims_of(first["access_token"])["origin_jti"]
    assert header_of(third.json()["access_token"])["typ"] == "at+jwt"
