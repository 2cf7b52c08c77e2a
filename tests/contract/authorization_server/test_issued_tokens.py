"""Tokens of the real issuer at a real resource server: they meet in discovery document, keys and claims alone."""

import re
from typing import Any

import pytest

from identity.errors import TokenForeign, TokenUntrusted
from identity.signing_keys import JwksCache
from identity.tokens import Trust, Verifier
from tests.support.authorization_server import (
    ISSUER,
    MAYA_SUB,
    POOL_URL,
    RunningAuthorizationServer,
    claims_of,
    header_of,
)


async def verifier(server: RunningAuthorizationServer, audience: str, *clients: str) -> Verifier:
    """A resource server that has read the published documents."""
    documents: dict[str, dict[str, Any]] = {}
    url = f"{ISSUER}/.well-known/openid-configuration"
    documents[url] = (await server.http.get(url)).json()
    keys_url = documents[url]["jwks_uri"]
    documents[keys_url] = (await server.http.get(keys_url)).json()
    trust = Trust(ISSUER, frozenset({audience}), frozenset(clients))
    return Verifier(trust, JwksCache(ISSUER, fetch=documents.__getitem__))


async def test_a_resource_server_recognises_the_athlete_and_the_actor(server: RunningAuthorizationServer) -> None:
    first = await server.sign_in()
    second = await server.exchange_as_actor(
        "coach-exchange", first["access_token"], audience="mcp-activities", scope="activities/read"
    )
    activities = await verifier(server, "mcp-activities", "coach-exchange")
    principal = activities.verify(second.json()["access_token"])
    assert (principal.subject, principal.username, principal.is_user) == (MAYA_SUB, "maya", True)
    assert principal.actors == ("coach-exchange",)
    assert principal.scopes == {"activities/read"}


async def test_a_workload_is_recognised_as_no_person(server: RunningAuthorizationServer) -> None:
    answer = await server.client_token("coach-exchange", audience="mcp-routes", scope="routes/read")
    principal = (await verifier(server, "mcp-routes", "coach-exchange")).verify(answer.json()["access_token"])
    assert (principal.subject, principal.is_user, principal.username) == ("coach-exchange", False, None)


@pytest.mark.case("N33")
async def test_an_id_token_is_signed_by_another_key_and_refused(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    assert header_of(tokens["id_token"])["kid"] != header_of(tokens["access_token"])["kid"]
    coach = await verifier(server, "coach", "terminal")
    assert coach.verify(tokens["access_token"]).subject == MAYA_SUB
    with pytest.raises(TokenUntrusted):
        coach.verify(tokens["id_token"])


async def test_a_token_for_one_hop_is_refused_at_another(server: RunningAuthorizationServer) -> None:
    tokens = await server.sign_in()
    with pytest.raises(TokenForeign):
        (await verifier(server, "mcp-activities", "terminal")).verify(tokens["access_token"])


async def test_an_access_token_has_the_documented_shape(server: RunningAuthorizationServer) -> None:
    token = (await server.sign_in())["access_token"]
    claims = claims_of(token)
    assert header_of(token) == {"alg": "RS256", "typ": "at+jwt", "kid": header_of(token)["kid"]}
    assert claims.keys() == {
        "iss",
        "sub",
        "aud",
        "client_id",
        "token_use",
        "scope",
        "iat",
        "auth_time",
        "exp",
        "jti",
        "origin_jti",
        "version",
        "username",
        "amr",
    }
    assert claims["aud"] == "coach"
    assert claims["version"] == 2
    assert claims["token_use"] == "access"
    assert claims["exp"] - claims["iat"] == 900
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", claims["jti"])


async def test_userinfo_takes_tokens_for_the_issuer_and_no_others(server: RunningAuthorizationServer) -> None:
    url = f"{POOL_URL}/oauth2/userInfo"
    ours = (await server.sign_in(audience=None))["access_token"]
    coachs = (await server.sign_in())["access_token"]
    actors = (await server.client_token("coach-exchange")).json()["access_token"]
    answers = {
        name: await server.http.get(url, headers={"authorization": f"Bearer {token}"})
        for name, token in (("ours", ours), ("coachs", coachs), ("actors", actors))
    }
    anonymous = await server.http.get(url)
    assert answers["ours"].json() == {"sub": MAYA_SUB, "username": "maya", "name": "Maya"}
    assert answers["coachs"].status_code == 401
    assert answers["coachs"].headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answers["actors"].status_code == 403
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
