"""The resource-server gate around a whole MCP server: every request that must not reach a tool."""

import json
import logging
from typing import Any

import httpx
import pytest

from tests.support.bad_tokens import Build, bad_tokens, good_tokens
from tests.support.mcp_server import PROTOCOLS, TeamServerUnderTest, in_process, public_url, rpc_message

METADATA_URL = "http://127.0.0.1:8701/.well-known/oauth-protected-resource/runtimes/mcp_activities/invocations"


@pytest.fixture
def server() -> TeamServerUnderTest:
    return TeamServerUnderTest()


@pytest.mark.parametrize("build", bad_tokens())
async def test_a_bad_token_is_refused_with_a_challenge_and_an_audit_line(
    server: TeamServerUnderTest, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = build(server.issuer)
    caplog.set_level(logging.WARNING)

    async with in_process(server) as client:
        client.token = ""
        headers = {**client.headers("tools/call", {"name": "get_athlete_profile"}), **attempt.headers}
        body = client.message("tools/call", {"name": "get_athlete_profile", "arguments": {}})
        response = await client.http.post("/mcp", params=attempt.query, json=body, headers=headers)

    assert response.status_code in attempt.statuses
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert f'resource_metadata="{METADATA_URL}"' in challenge
    assert 'scope="activities/read"' in challenge
    assert ("error=" in challenge) is (attempt.error is not None)
    if attempt.error:
        assert f'error="{attempt.error}"' in challenge
    assert response.content == b""
    assert len([record for record in caplog.records if "refused token" in record.getMessage()]) == 1
    assert server.api.requests == []
    assert server.tokens.asked == []
    assert all(url.startswith(server.issuer.issuer) for url in server.issuer.requests)


@pytest.mark.parametrize("build", good_tokens())
async def test_a_good_token_reaches_the_tool(server: TeamServerUnderTest, build: Build) -> None:
    attempt = build(server.issuer)

    async with in_process(server) as client:
        client.token = ""
        response = await client.call("get_athlete_profile", headers=attempt.headers)

    assert response.status_code == 200
    assert rpc_message(response)["result"]["structuredContent"]["name"] == "Maya"


async def test_the_public_url_is_a_second_audience(server: TeamServerUnderTest) -> None:
    async with in_process(server, aud=public_url("activities")) as client:
        assert (await client.call("get_athlete_profile")).status_code == 200


@pytest.mark.case("X15")
async def test_a_token_of_a_client_that_is_not_upstream_is_refused(server: TeamServerUnderTest) -> None:
    async with in_process(server, client_id="mcp-support-exchange") as client:
        response = await client.call("get_athlete_profile")

    assert response.status_code == 401
    assert server.api.requests == []


async def test_two_authorization_headers_are_refused(server: TeamServerUnderTest) -> None:
    async with in_process(server) as client:
        headers = [*client.headers("tools/list").items(), ("Authorization", "Bearer x")]
        response = await client.http.post("/mcp", json=client.message("tools/list"), headers=headers)

    assert response.status_code == 401


async def test_keys_that_cannot_be_read_fail_closed(server: TeamServerUnderTest) -> None:
    server.issuer.down = True

    async with in_process(server) as client:
        response = await client.call("get_athlete_profile")

    assert response.status_code == 503
    assert server.api.requests == []


@pytest.mark.case("P01")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_missing_scope_is_named(server: TeamServerUnderTest, protocol: str) -> None:
    upload = {"file_name": "a.fit", "content_base64": ""}

    async with in_process(server, protocol=protocol, scope="openid activities/read") as client:
        response = await client.call("upload_activities", upload)

    assert response.status_code == 403
    assert response.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="activities/read activities/write", '
        f'resource_metadata="{METADATA_URL}"'
    )
    assert server.api.requests == []


@pytest.mark.case("P02")
@pytest.mark.parametrize("scope", ["activities/readwrite", "xactivities/read", "ACTIVITIES/READ", "activities/rea", ""])
async def test_a_scope_that_only_looks_like_it_is_refused(server: TeamServerUnderTest, scope: str) -> None:
    async with in_process(server, scope=scope) as client:
        response = await client.call("get_athlete_profile")

    assert response.status_code == 403
    assert server.api.requests == []


@pytest.mark.case("P08")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_tool_without_its_scope_is_absent_from_the_list_and_refused_when_called(
    server: TeamServerUnderTest, protocol: str
) -> None:
    async with in_process(server, protocol=protocol, scope="activities/read") as client:
        listed = rpc_message(await client.send("tools/list"))["result"]["tools"]
        refused = await client.call("upload_activities", {"file_name": "a.fit", "content_base64": ""})

    assert "upload_activities" not in {tool["name"] for tool in listed}
    assert len(listed) == 9
    assert refused.status_code == 403


@pytest.mark.case("P10")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Mcp-Name": "get_activity"}, id="another-tool"),
        pytest.param({"Mcp-Method": "tools/list"}, id="another-method"),
        pytest.param({"Mcp-Name": "=?base64?Z2V0X2FjdGl2aXR5?="}, id="another-tool-encoded"),
    ],
)
async def test_headers_that_contradict_the_body_are_refused(
    server: TeamServerUnderTest, protocol: str, headers: dict[str, str]
) -> None:
    async with in_process(server, protocol=protocol) as client:
        response = await client.call("get_athlete_profile", headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32020
    assert server.api.requests == []


def _smuggled(message: dict[str, Any]) -> bytes:
    """Two tool names: a reader that keeps the first sees another tool than one that keeps the last."""
    return json.dumps(message).replace('"name":', '"name": "get_activity", "name":', 1).encode()


@pytest.mark.case("P11")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda message: json.dumps([message]).encode(), id="batch"),
        pytest.param(_smuggled, id="duplicate-name"),
        pytest.param(lambda _: json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}).encode(), id="response"),
        pytest.param(lambda _: b"{", id="not-json"),
        pytest.param(lambda _: b"[" * 50_000, id="nested-deeply"),
        pytest.param(
            lambda _: b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["a"]}}', id="name-list"
        ),
    ],
)
async def test_a_body_with_two_meanings_or_none_is_refused(
    server: TeamServerUnderTest, protocol: str, shape: Any
) -> None:
    async with in_process(server, protocol=protocol) as client:
        params = {"name": "get_athlete_profile", "arguments": {}}
        response = await client.send("tools/call", params, content=shape(client.message("tools/call", params)))

    assert response.status_code == 400
    assert server.api.requests == []


@pytest.mark.case("M13")
async def test_a_body_over_the_limit_is_refused_before_it_is_read(server: TeamServerUnderTest) -> None:
    server.settings["max_body_bytes"] = 1000
    read: list[str] = []

    async with in_process(server) as client:

        async def unread() -> Any:
            read.append("the body")
            yield b" " * 1001

        headers = {**client.headers("tools/list"), "Content-Length": "1001"}
        declared = await client.http.post("/mcp", content=unread(), headers=headers)

        async def chunks() -> Any:
            for _ in range(11):
                yield b" " * 100

        counted = await client.http.post("/mcp", content=chunks(), headers=client.headers("tools/list"))

    assert (declared.status_code, counted.status_code) == (413, 413)
    assert read == []


async def test_an_unknown_caller_learns_nothing_about_limits(server: TeamServerUnderTest) -> None:
    server.settings["max_body_bytes"] = 10

    async with in_process(server) as client:
        client.token = ""
        response = await client.send("tools/list")

    assert response.status_code == 401


@pytest.mark.case("I05")
@pytest.mark.case("M01")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "attacker.example"}, 421, id="evil-host"),
        pytest.param({"Host": "127.0.0.1.attacker.example:8711"}, 421, id="host-prefix"),
        pytest.param({"Host": "127.0.0.1:8711:80"}, 421, id="host-two-ports"),
        pytest.param({"Origin": "http://attacker.example"}, 403, id="evil-origin"),
        pytest.param({"Origin": "http://127.0.0.1:8711"}, 403, id="origin-not-listed"),
        pytest.param({"Origin": "null"}, 403, id="null-origin"),
    ],
)
async def test_requests_from_a_rebound_name_or_a_web_page_are_refused(
    server: TeamServerUnderTest, headers: dict[str, str], status: int
) -> None:
    async with in_process(server) as client:
        call = await client.call("get_athlete_profile", headers=headers)
        metadata = await client.http.get("/.well-known/oauth-protected-resource", headers=headers)

    assert (call.status_code, metadata.status_code) == (status, status)
    assert "access-control-allow-origin" not in call.headers
    assert server.api.requests == []


@pytest.mark.case("P13")
async def test_headers_and_arguments_that_name_a_user_change_nothing(server: TeamServerUnderTest) -> None:
    forged = {"X-User": "jonas", "X-Forwarded-User": "jonas", "X-Amzn-Bedrock-AgentCore-Runtime-User-Id": "jonas"}

    async with in_process(server) as client:
        result = await client.result("get_athlete_profile", {"sub": "jonas", "user_id": "jonas"}, headers=forged)

    assert result["structuredContent"]["name"] == "Maya"
    assert "Unknown parameters were ignored" in result["content"][1]["text"]
    assert len(server.api.requests) == 2
    for sent in server.api.requests:
        assert "jonas" not in str(sent.url) + str(sent.headers) + sent.content.decode()
    assert [workload_token for workload_token, _, _ in server.tokens.asked] == ["workload-token-of-maya"] * 2


@pytest.mark.case("X10")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_inbound_token_never_reaches_the_api(server: TeamServerUnderTest, protocol: str) -> None:
    async with in_process(server, protocol=protocol, jti="canary-4711") as client:
        await client.result("get_athlete_profile")
        await client.result("upload_activities", {"file_name": "a.fit", "content_base64": "AAAA"})
        token, signature = client.token, client.token.rpartition(".")[2]

    assert len(server.api.requests) == 3
    for request in server.api.requests:
        sent = f"{request.url}{request.headers.raw}".encode() + request.content
        for canary in (token, signature, "canary-4711"):
            assert canary.encode() not in sent


async def test_the_metadata_names_resource_and_issuer(server: TeamServerUnderTest) -> None:
    expected = {
        "resource": public_url("activities"),
        "authorization_servers": [server.issuer.issuer],
        "scopes_supported": ["activities/read", "activities/write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Activities",
    }
    paths = ["", "/mcp", "/runtimes/mcp_activities/invocations"]

    async with in_process(server) as client:
        answers = [await client.http.get(f"/.well-known/oauth-protected-resource{path}") for path in paths]
        elsewhere = await client.http.get("/.well-known/oauth-protected-resource/other")

    assert [answer.json() for answer in answers] == [expected] * 3
    assert elsewhere.status_code == 401


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_a_stateless_server_serves_post_alone(server: TeamServerUnderTest, method: str) -> None:
    async with in_process(server) as client:
        response: httpx.Response = await client.http.request(method, "/mcp", headers=client.headers("tools/list"))

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_server_in_a_runtime_knows_no_url_of_its_own_and_takes_tokens_for_its_name_alone() -> None:
    """AgentCore Runtime names containers as it likes, and tells clients about the resource itself."""
    server = TeamServerUnderTest(
        settings={"public_url": None, "allowed_hosts": (), "table_clients": ("coach-exchange",)}
    )
    async with in_process(server) as client:
        assert (await client.send("tools/list", headers={"Host": "whatever.internal"})).status_code == 200
        assert (await client.send("tools/list", headers={"Origin": "https://evil.example"})).status_code == 403
        assert (await client.http.get("/.well-known/oauth-protected-resource")).status_code != 200
    async with in_process(server, aud=public_url("activities")) as client:
        refused = await client.send("tools/list")
    assert refused.status_code == 401
    assert "resource_metadata" not in refused.headers["www-authenticate"]
