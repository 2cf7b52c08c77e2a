"""Requests that a web page elsewhere made a browser send (security case I05)."""

from pathlib import Path

import pytest

from tests.support.authorization_server import (
    ISSUER,
    TOKEN_URL,
    RunningAuthorizationServer,
    running_authorization_server,
)

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"


@pytest.mark.case("I05")
@pytest.mark.parametrize("url", [DISCOVERY, f"{ISSUER}/.well-known/jwks.json", TOKEN_URL])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8700", "localhost:8700", "127.0.0.1", "127.0.0.1:8701", ""]
)
async def test_another_host_name_is_misdirected(server: RunningAuthorizationServer, url: str, host: str) -> None:
    answer = await server.http.get(url, headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.case("I05")
async def test_our_own_host_name_is_served(server: RunningAuthorizationServer) -> None:
    assert (await server.http.get(DISCOVERY)).status_code == 200


@pytest.mark.case("I05")
async def test_a_second_host_header_is_misdirected(server: RunningAuthorizationServer) -> None:
    headers = [("host", "127.0.0.1:8700"), ("host", "evil.example")]
    assert (await server.http.get(DISCOVERY, headers=headers)).status_code == 421


@pytest.mark.case("I05")
async def test_a_further_host_name_is_served_if_it_was_configured(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path, allowed_hosts=("localhost:8700",)) as running:
        assert (await running.http.get(DISCOVERY, headers={"host": "localhost:8700"})).status_code == 200


@pytest.mark.case("I05")
@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:8701", "https://127.0.0.1:8700", "null"])
async def test_a_foreign_page_is_refused(server: RunningAuthorizationServer, origin: str) -> None:
    answer = await server.http.get(DISCOVERY, headers={"origin": origin})
    assert answer.status_code == 403


@pytest.mark.case("I05")
async def test_our_own_page_is_served(server: RunningAuthorizationServer) -> None:
    answer = await server.http.get(DISCOVERY, headers={"origin": "http://127.0.0.1:8700"})
    assert answer.status_code == 200
