"""The way in: every request that must reach no target."""

import json
import logging
from typing import Any

import httpx
import pytest

from gateway_config.gateway import ClaimRule
from local_agentcore.gateway.rate_limits import Rate
from tests.support.bad_tokens import Build, bad_tokens, good_tokens
from tests.support.gateway import BASE_URL, METADATA_URL, GatewayUnderTest, in_process, on_a_port
from tests.support.mcp_server import MODERN, PROTOCOLS, rpc_message

ECHO = {"name": "activities___echo", "arguments": {}}


@pytest.fixture
def gateway() -> GatewayUnderTest:
    return GatewayUnderTest()


def untouched(gateway: GatewayUnderTest) -> bool:
    """Whether neither a target nor the vault was asked for anything."""
    asked = [target.received for target in gateway.targets.values()]
    return not any(asked) and not gateway.tokens.asked and not gateway.workload_tokens.asked


@pytest.mark.parametrize("build", bad_tokens())
async def test_a_bad_token_is_refused_with_a_challenge_and_an_audit_line(
    gateway: GatewayUnderTest, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = build(gateway.issuer)
    caplog.set_level(logging.WARNING)

    async with in_process(gateway) as client:
        client.token = ""
        headers = {**client.headers("tools/call", ECHO), **attempt.headers}
        response = await client.http.post(
            "/mcp", params=attempt.query, json=client.message("tools/call", ECHO), headers=headers
        )

    assert response.status_code in attempt.statuses
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert f'resource_metadata="{METADATA_URL}"' in challenge
    assert 'scope="activities/read routes/read"' in challenge
    assert ("error=" in challenge) is (attempt.error is not None)
    if attempt.error:
        assert f'error="{attempt.error}"' in challenge
    assert response.content == b""
    assert len([record for record in caplog.records if "refused token" in record.getMessage()]) == 1
    assert untouched(gateway)
    assert all(url.startswith(gateway.issuer.issuer) for url in gateway.issuer.requests)


@pytest.mark.parametrize("build", good_tokens())
async def test_a_good_token_reaches_the_target(gateway: GatewayUnderTest, build: Build) -> None:
    attempt = build(gateway.issuer)

    async with in_process(gateway) as client:
        client.token = ""
        response = await client.call("activities___echo", headers=attempt.headers)

    assert response.status_code == 200
    assert len(gateway.targets["activities"].calls()) == 1


async def test_the_url_is_a_second_audience(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, aud=f"{BASE_URL}/mcp") as client:
        assert (await client.call("activities___echo")).status_code == 200


@pytest.mark.case("X15")
async def test_a_token_of_a_client_that_is_not_upstream_is_refused(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway, client_id="mcp-support-exchange") as client:
        response = await client.call("activities___echo")

    assert response.status_code == 401
    assert untouched(gateway)


async def test_two_authorization_headers_are_refused(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        headers = [*client.headers("tools/list").items(), ("Authorization", f"Bearer {client.token}")]
        response = await client.http.post("/mcp", json=client.message("tools/list"), headers=headers)

    assert response.status_code == 401


async def test_keys_that_cannot_be_read_fail_closed(gateway: GatewayUnderTest) -> None:
    gateway.issuer.down = True

    async with in_process(gateway) as client:
        response = await client.call("activities___echo")

    assert response.status_code == 503
    assert untouched(gateway)


async def test_a_token_without_any_of_the_allowed_scopes_is_told_which_there_are(gateway: GatewayUnderTest) -> None:
    gateway.inbound["allowed_scopes"] = frozenset({"activities/read", "routes/read"})

    async with in_process(gateway, scope="openid activities/readwrite") as client:
        refused = await client.send("tools/list")
        client.token = gateway.issuer.token(scope="routes/read")
        allowed = await client.send("tools/list")

    assert refused.status_code == 403
    assert refused.headers["www-authenticate"] == (
        f'Bearer error="insufficient_scope", scope="activities/read routes/read", resource_metadata="{METADATA_URL}"'
    )
    assert allowed.status_code == 200


CLAIM_RULES = [
    pytest.param(
        ClaimRule("team", is_list=False, operator="EQUALS", values=("run",)), "run", "runner", id="text-equals"
    ),
    pytest.param(
        ClaimRule("team", is_list=False, operator="EQUALS", values=("run",)), "run", ["run"], id="text-is-no-list"
    ),
    pytest.param(
        ClaimRule("team", is_list=True, operator="CONTAINS", values=("run",)),
        ["swim", "run"],
        ["swim"],
        id="list-contains",
    ),
    pytest.param(
        ClaimRule("team", is_list=True, operator="CONTAINS", values=("run",)), ["run"], "run", id="list-is-no-text"
    ),
    pytest.param(
        ClaimRule("team", is_list=True, operator="CONTAINS_ANY", values=("run", "bike")),
        ["bike"],
        ["swim"],
        id="list-contains-any",
    ),
    pytest.param(
        ClaimRule("team", is_list=True, operator="CONTAINS_ANY", values=("run",)), ["run"], None, id="claim-missing"
    ),
]


@pytest.mark.parametrize(("rule", "good", "bad"), CLAIM_RULES)
async def test_a_custom_claim_must_hold(gateway: GatewayUnderTest, rule: ClaimRule, good: Any, bad: Any) -> None:
    gateway.inbound["custom_claims"] = (rule,)

    async with in_process(gateway, team=good) as client:
        allowed = await client.send("tools/list")
        client.token = gateway.issuer.token(team=bad)
        refused = await client.send("tools/list")

    assert allowed.status_code == 200
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
async def test_the_metadata_document_needs_no_token(gateway: GatewayUnderTest, path: str) -> None:
    async with in_process(gateway) as client:
        response = await client.http.get(path)

    assert response.status_code == 200
    assert response.json() == {
        "resource": f"{BASE_URL}/mcp",
        "authorization_servers": [gateway.issuer.issuer],
        "scopes_supported": ["activities/read", "activities/write", "routes/read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "coach",
    }


@pytest.mark.case("M01")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:8703"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_foreign_host_or_page_is_refused(
    gateway: GatewayUnderTest, headers: dict[str, str], status: int
) -> None:
    async with in_process(gateway) as client:
        called = await client.call("activities___echo", headers=headers)
        read = await client.http.get("/.well-known/oauth-protected-resource", headers=headers)

    assert called.status_code == read.status_code == status
    assert untouched(gateway)


@pytest.mark.case("M05")
async def test_a_preflight_of_an_unknown_page_is_allowed_nothing(gateway: GatewayUnderTest) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}

    async with in_process(gateway) as client:
        response = await client.http.options("/mcp", headers=headers)

    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "OPTIONS"])
async def test_other_verbs_are_not_served(gateway: GatewayUnderTest, method: str) -> None:
    async with in_process(gateway) as client:
        response = await client.http.request(method, "/mcp", headers=client.headers("tools/list"))

    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


async def test_other_paths_are_not_served(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        response = await client.http.post("/mcp/../admin", headers=client.headers("tools/list"), json={})

    assert response.status_code == 404


@pytest.mark.case("M13")
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"{" + b" " * 2000 + b"}", {}, 413, id="too-large"),
        pytest.param(b"[" * 500 + b"]" * 500, {}, 400, id="nested-array"),
        pytest.param(
            b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":' + b"[" * 200 + b"]" * 200 + b"}}",
            {},
            400,
            id="nested-parameters",
        ),
        pytest.param(b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}, 415, id="gzip"),
        pytest.param(b"{}", {"Content-Type": "text/plain"}, 415, id="another-media-type"),
        pytest.param(b"{}", {"Content-Length": "-1"}, 413, id="length-is-no-number"),
    ],
)
async def test_a_body_that_could_cost_much_is_refused(
    gateway: GatewayUnderTest, content: bytes, headers: dict[str, str], status: int
) -> None:
    gateway.settings["max_body_bytes"] = 1500

    async with in_process(gateway, scope="activities/read") as client:
        client.protocol = "2025-06-18"
        response = await client.send("tools/list", content=content, headers=headers)

    assert response.status_code == status
    assert untouched(gateway)


@pytest.mark.case("M13")
async def test_headers_that_are_larger_than_anybody_needs_are_refused(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        refused = await client.send("tools/list", headers={f"X-{number}": "x" * 1000 for number in range(140)})
        allowed = await client.send("tools/list", headers={f"X-{number}": "x" * 1000 for number in range(60)})

    assert refused.status_code == 431
    assert allowed.status_code == 200


@pytest.mark.case("M13")
async def test_nothing_is_read_of_a_body_without_a_token(gateway: GatewayUnderTest) -> None:
    read: list[str] = []

    async def endless() -> Any:
        for _ in range(1000):
            read.append("part")
            yield b" " * 1000

    async with in_process(gateway) as client:
        response = await client.http.post("/mcp", content=endless())

    assert response.status_code == 401
    assert read == []


@pytest.mark.case("M13")
async def test_a_body_without_a_length_is_read_up_to_the_limit_only(gateway: GatewayUnderTest) -> None:
    gateway.settings["max_body_bytes"] = 5000
    read: list[str] = []

    async def endless() -> Any:
        for _ in range(1000):
            read.append("part")
            yield b" " * 1000

    async with in_process(gateway) as client:
        response = await client.http.post("/mcp", content=endless(), headers=client.headers("tools/list"))

    assert response.status_code == 413
    assert len(read) < 10


@pytest.mark.case("P10")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Mcp-Name": "activities___write"}, id="another-tool"),
        pytest.param({"Mcp-Method": "tools/list"}, id="another-method"),
        pytest.param({"Mcp-Name": "=?base64?YWN0aXZpdGllc19fX3dyaXRl?="}, id="another-tool-encoded"),
    ],
)
async def test_headers_that_contradict_the_body_are_refused(
    gateway: GatewayUnderTest, protocol: str, headers: dict[str, str]
) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        response = await client.call("activities___echo", headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32020
    assert untouched(gateway)


@pytest.mark.case("P10")
@pytest.mark.parametrize("name", ["Mcp-Name", "Mcp-Method", "MCP-Protocol-Version"])
async def test_a_routing_header_that_occurs_twice_is_refused(gateway: GatewayUnderTest, name: str) -> None:
    async with in_process(gateway) as client:
        once = client.headers("tools/call", ECHO)
        headers = [*once.items(), (name, once[name])]
        response = await client.http.post("/mcp", json=client.message("tools/call", ECHO), headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32020


@pytest.mark.case("P10")
@pytest.mark.parametrize("missing", ["Mcp-Name", "Mcp-Method"])
async def test_without_handshake_the_routing_headers_are_required(gateway: GatewayUnderTest, missing: str) -> None:
    async with in_process(gateway, protocol=MODERN) as client:
        headers = {name: value for name, value in client.headers("tools/call", ECHO).items() if name != missing}
        response = await client.http.post("/mcp", json=client.message("tools/call", ECHO), headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32020


def _smuggled(message: dict[str, Any]) -> bytes:
    """Two tool names: a reader that keeps the first sees another tool than one that keeps the last."""
    return json.dumps(message).replace('"name":', '"name": "activities___write", "name":', 1).encode()


@pytest.mark.case("P11")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda message: json.dumps([message]).encode(), id="batch"),
        pytest.param(_smuggled, id="duplicate-name"),
        pytest.param(lambda _: json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}).encode(), id="response"),
        pytest.param(lambda message: json.dumps({**message, "id": None}).encode(), id="id-null"),
        pytest.param(lambda message: json.dumps({**message, "id": True}).encode(), id="id-boolean"),
        pytest.param(lambda message: json.dumps({**message, "id": "x" * 300}).encode(), id="id-long"),
        pytest.param(lambda message: json.dumps({**message, "jsonrpc": "1.0"}).encode(), id="another-version"),
        pytest.param(lambda message: json.dumps({**message, "params": []}).encode(), id="params-list"),
        pytest.param(lambda _: b"{", id="not-json"),
    ],
)
async def test_a_body_with_two_meanings_or_none_is_refused(
    gateway: GatewayUnderTest, protocol: str, shape: Any
) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        content = shape(client.message("tools/call", ECHO))
        response = await client.send("tools/call", ECHO, content=content)

    assert response.status_code == 400
    assert untouched(gateway)


@pytest.mark.case("P15")
async def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_not_affected(
    gateway: GatewayUnderTest,
) -> None:
    gateway.settings["principal_rate"] = Rate(per_s=0.5, burst=2)

    async with in_process(gateway) as client:
        statuses = [(await client.call("activities___echo")).status_code for _ in range(4)]
        refused = await client.call("activities___echo")
        client.token = gateway.issuer.token(sub="athlete-sub-2")
        other = await client.call("activities___echo")

    assert statuses == [200, 200, 429, 429]
    assert refused.headers["retry-after"] == "2"
    assert other.status_code == 200


def test_the_gateway_answers_over_a_real_connection(gateway: GatewayUnderTest) -> None:
    with on_a_port(gateway) as url:
        headers = {"Authorization": f"Bearer {gateway.issuer.token()}"}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ECHO}
        response = httpx.post(url, json=body, headers=headers, trust_env=False)

    assert response.status_code == 200
    assert rpc_message(response)["result"]["content"][0]["text"].startswith("echo:")
