"""Both protocol eras at one door: hand-shakes and sessions, and requests that stand for themselves."""

from typing import Any

import pytest

from local_agentcore.gateway.rpc import Versions
from tests.support.gateway import GatewayUnderTest, in_process
from tests.support.mcp_server import PROTOCOLS, RpcClient, rpc_message

HANDSHAKE = "2025-11-25"
MODERN = "2026-07-28"


@pytest.fixture
def gateway() -> GatewayUnderTest:
    return GatewayUnderTest()


async def opened(client: RpcClient) -> str:
    """A new session."""
    answer = await client.send("initialize", {"protocolVersion": HANDSHAKE, "capabilities": {}, "clientInfo": {}})
    return str(answer.headers["mcp-session-id"])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25"), (MODERN, "2025-11-25")],
)
async def test_a_handshake_settles_on_a_version_that_the_gateway_has(
    gateway: GatewayUnderTest, asked: str, answered: str
) -> None:
    gateway.settings["instructions"] = "Begin with the team."

    async with in_process(gateway, protocol=HANDSHAKE) as client:
        response = await client.send("initialize", {"protocolVersion": asked, "capabilities": {}, "clientInfo": {}})

    result = rpc_message(response)["result"]
    assert result["protocolVersion"] == answered
    assert result["serverInfo"]["name"] == "coach"
    assert result["instructions"] == "Begin with the team."
    assert "tools" in result["capabilities"]


async def test_discovery_names_the_versions_without_handshake(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=MODERN) as client:
        result = rpc_message(await client.send("server/discover"))["result"]

    assert result["supportedVersions"] == [MODERN]
    assert result["resultType"] == "complete"
    assert result["cacheScope"] == "private"
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "coach"


@pytest.mark.parametrize("version", ["2025-03-26", "2027-01-01", "yesterday"])
async def test_a_version_that_is_not_configured_is_refused_with_those_that_are(
    gateway: GatewayUnderTest, version: str
) -> None:
    async with in_process(gateway) as client:
        headers = {"MCP-Protocol-Version": version}
        message = client.message("tools/list")
        message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = version
        response = await client.http.post("/mcp", json=message, headers={**client.headers("tools/list"), **headers})

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == -32022
    assert error["data"] == {"supported": ["2025-06-18", "2025-11-25", MODERN], "requested": version}


async def test_a_gateway_without_the_newest_version_sends_its_clients_to_the_handshake(
    gateway: GatewayUnderTest,
) -> None:
    gateway.settings["versions"] = Versions((HANDSHAKE,))

    async with in_process(gateway, protocol=MODERN) as client:
        response = await client.send("server/discover")

    assert response.status_code == 400
    assert response.json()["error"]["data"]["supported"] == [HANDSHAKE]


async def test_a_request_without_version_header_is_served_as_of_the_older_era(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=HANDSHAKE) as client:
        headers = {k: v for k, v in client.headers("ping").items() if k != "MCP-Protocol-Version"}
        response = await client.http.post("/mcp", json=client.message("ping"), headers=headers)

    assert rpc_message(response)["result"] == {}


@pytest.mark.parametrize(
    ("protocol", "method", "status"),
    [
        (MODERN, "ping", 404),
        (MODERN, "initialize", 404),
        (MODERN, "tools/steal", 404),
        (HANDSHAKE, "server/discover", 200),
        (HANDSHAKE, "tools/steal", 200),
    ],
)
async def test_a_method_of_the_other_era_or_of_none_is_not_found(
    gateway: GatewayUnderTest, protocol: str, method: str, status: int
) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        response = await client.send(method)

    assert response.status_code == status
    assert response.json()["error"]["code"] == -32601


@pytest.mark.parametrize("protocol", [HANDSHAKE, MODERN])
async def test_a_notification_is_acknowledged_and_nothing_more(gateway: GatewayUnderTest, protocol: str) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        response = await client.http.post("/mcp", json=message, headers=client.headers("notifications/initialized"))

    assert response.status_code == 202
    assert response.content == b""


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param({}, id="no-envelope"),
        pytest.param({"io.modelcontextprotocol/protocolVersion": MODERN}, id="no-capabilities"),
    ],
)
async def test_an_incomplete_envelope_is_refused(gateway: GatewayUnderTest, envelope: dict[str, Any]) -> None:
    async with in_process(gateway, protocol=MODERN) as client:
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": envelope}}
        response = await client.http.post("/mcp", json=message, headers=client.headers("tools/list"))

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32602


@pytest.mark.case("M02")
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"sub": "athlete-sub-2"}, id="another-person"),
        pytest.param({"client_id": "coach-exchange-2"}, id="another-client"),
    ],
)
async def test_a_session_of_somebody_else_does_not_exist(gateway: GatewayUnderTest, other: dict[str, Any]) -> None:
    gateway.clients = frozenset({"coach-exchange", "coach-exchange-2"})

    async with in_process(gateway, protocol=HANDSHAKE) as client:
        session = {"Mcp-Session-Id": await opened(client)}
        own = await client.send("tools/list", headers=session)
        client.token = gateway.issuer.token(**other)
        foreign = await client.send("tools/list", headers=session)
        foreign_end = await client.http.delete("/mcp", headers={**client.headers("x"), **session})
        unknown = await client.send("tools/list", headers={"Mcp-Session-Id": "made-up"})

    assert own.status_code == 200
    assert foreign.status_code == foreign_end.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


@pytest.mark.case("M03")
async def test_a_session_without_a_token_opens_nothing(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=HANDSHAKE) as client:
        session = {"Mcp-Session-Id": await opened(client)}
        client.token = ""
        response = await client.send("tools/list", headers=session)

    assert response.status_code == 401


@pytest.mark.case("M04")
async def test_session_ids_cannot_be_guessed(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=HANDSHAKE) as client:
        ids = {await opened(client) for _ in range(20)}

    assert len(ids) == 20
    assert min(len(one) for one in ids) * 6 >= 128  # base64url: six bits a character


async def test_an_ended_session_is_gone(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=HANDSHAKE) as client:
        session = {"Mcp-Session-Id": await opened(client)}
        ended = await client.http.delete("/mcp", headers={**client.headers("x"), **session})
        again = await client.send("tools/list", headers=session)

    assert ended.status_code == 204
    assert again.status_code == 404


async def test_without_handshake_no_session_is_given(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, protocol=MODERN) as client:
        answers = [await client.send(method) for method in ("server/discover", "tools/list")]

    assert not [answer for answer in answers if "mcp-session-id" in answer.headers]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("era", ["modern", "handshake", "sessions"])
async def test_every_era_of_callers_reaches_targets_of_every_era(
    gateway: GatewayUnderTest, protocol: str, era: Any
) -> None:
    target = gateway.targets["activities"]
    target.era = era

    async with in_process(gateway, protocol=protocol) as client:
        answers = [await client.result("activities___echo", {"text": "x"}) for _ in range(2)]

    assert [answer["content"][0]["text"].startswith("echo:") for answer in answers] == [True, True]
    assert [("resultType" in answer) for answer in answers] == [protocol == MODERN] * 2
    assert [call.message["params"]["arguments"] for call in target.calls()] == [{"text": "x"}] * 2
    handshakes = target.methods().count("initialize")
    assert handshakes == {"modern": 0, "handshake": 1, "sessions": 2}[era]  # one session for each credential


async def test_a_target_that_has_lost_its_sessions_is_shaken_hands_with_again(gateway: GatewayUnderTest) -> None:
    target = gateway.targets["activities"]
    target.era = "sessions"

    async with in_process(gateway) as client:
        await client.result("activities___echo")
        target.sessions.clear()
        again = await client.result("activities___echo")

    assert again["content"][0]["text"].startswith("echo:")


async def test_a_target_that_goes_back_to_an_older_version_is_noticed(gateway: GatewayUnderTest) -> None:
    target = gateway.targets["activities"]

    async with in_process(gateway) as client:
        await client.result("activities___echo")
        target.error = {"code": -32022, "message": "not any more"}
        target.era = "handshake"
        first = await client.send("tools/call", {"name": "activities___write", "arguments": {}})
        target.error = None
        second = await client.result("activities___echo")

    assert first.status_code == 200
    assert second["content"][0]["text"].startswith("echo:")
    assert target.methods().count("initialize") >= 1
