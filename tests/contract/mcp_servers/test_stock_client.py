"""A stock MCP client of both protocol generations against a server on a real loopback port."""

from collections.abc import Iterator

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.support.mcp_server import LoopbackServer, TeamServerUnderTest, WorkloadTokenFront


@pytest.fixture(scope="module")
def under_test() -> Iterator[tuple[TeamServerUnderTest, str]]:
    server = TeamServerUnderTest()
    loopback = LoopbackServer(lambda: WorkloadTokenFront(server.app()))
    loopback.start()
    yield server, loopback.url
    loopback.stop()


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_it_lists_and_calls_with_a_token_for_the_server(
    under_test: tuple[TeamServerUnderTest, str], mode: str
) -> None:
    server, url = under_test
    headers = {"Authorization": f"Bearer {server.issuer.token()}"}

    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        listed = {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("get_athlete_profile", {})

    assert {"search_activities", "upload_activities"} <= listed
    assert result.is_error is False
    assert result.structured_content is not None
    assert result.structured_content["name"] == "Maya"


async def test_a_token_made_for_another_team_is_refused_with_401(under_test: tuple[TeamServerUnderTest, str]) -> None:
    server, url = under_test
    token = server.issuer.token(aud="mcp-routes", scope="routes/read")

    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        answer = await http.post(url, json={})
        with pytest.raises((MCPError, ExceptionGroup)):
            async with Client(streamable_http_client(url, http_client=http)) as client:
                await client.list_tools()

    assert answer.status_code == 401
    assert "resource_metadata=" in answer.headers["www-authenticate"]
