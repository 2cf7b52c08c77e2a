"""A call through the gateway: to exactly one tool, for exactly one caller, with a token made for exactly that."""

import asyncio
import json
import logging
import time
from typing import Any

import pytest
from mcp.shared.inbound import encode_header_value

from identity.errors import ConsentRequired, TokenUnavailable, VaultUnreachable
from identity.token_source import TokenRequest
from local_agentcore.gateway.rate_limits import Rate
from tests.support.gateway import GatewayUnderTest, in_process
from tests.support.mcp_server import PROTOCOLS, RpcClient, rpc_message
from tests.support.mcp_target import FakeTarget, tool


@pytest.fixture
def gateway() -> GatewayUnderTest:
    routes = FakeTarget(tools=[tool("search", scopes=["routes/read"])])
    return GatewayUnderTest(targets={"activities": FakeTarget(), "routes": routes}, flows={"routes": "M2M"})


def called(gateway: GatewayUnderTest) -> list[str]:
    """Tools that any target was asked to run, by their own names."""
    return [str(call.message["params"]["name"]) for target in gateway.targets.values() for call in target.calls()]


def requests_for_calls(gateway: GatewayUnderTest) -> list[TokenRequest]:
    """What the vault was asked for after the listings, which ask for all scopes."""
    return [request for _, request, _ in gateway.tokens.asked if len(request.scopes) == 1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_arguments_and_answer_pass_unchanged(gateway: GatewayUnderTest, protocol: str) -> None:
    arguments = {"text": "größer \N{BICYCLE} \u2028", "nested": {"list": [1, 2.5, None, True]}}
    target = gateway.targets["activities"]
    target.result = {
        "content": [{"type": "text", "text": "ü\N{BICYCLE}"}],
        "structuredContent": {"n": 1e-7},
        "_meta": {"of": "tool"},
    }

    async with in_process(gateway, protocol=protocol) as client:
        result = await client.result("activities___echo", arguments)

    assert target.calls()[0].message["params"]["arguments"] == arguments
    assert {name: value for name, value in result.items() if name != "resultType"} == target.result


async def test_the_callers_id_comes_back(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        params = {"name": "activities___echo", "arguments": {}}
        for request_id in (0, -7, "a text", ""):
            message = {**client.message("tools/call", params), "id": request_id}
            response = await client.send("tools/call", params, content=json.dumps(message).encode())
            assert rpc_message(response)["id"] == request_id


async def test_each_call_carries_a_token_for_its_target_caller_and_tool(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        await client.result("activities___echo")
        await client.result("routes___search")

    own, none = requests_for_calls(gateway)
    assert (own.flow, own.audiences, own.scopes) == (
        "ON_BEHALF_OF_TOKEN_EXCHANGE",
        ("mcp-activities",),
        ("activities/read",),
    )
    assert (none.flow, none.audiences, none.scopes) == ("M2M", ("mcp-routes",), ("routes/read",))
    authorization = gateway.targets["activities"].calls()[0].headers["authorization"]
    assert authorization == f"Bearer {gateway.workload_tokens.token_for(client.token)}.mcp-activities.activities/read"
    assert gateway.targets["routes"].calls()[0].headers["authorization"].startswith("Bearer gateway-itself.mcp-routes")


@pytest.mark.case("X10")
@pytest.mark.case("P13")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_nothing_of_what_the_caller_came_with_goes_further(gateway: GatewayUnderTest, protocol: str) -> None:
    canary = "canary-of-this-very-token"
    headers = {
        "X-User": "somebody",
        "X-Forwarded-For": "10.0.0.1",
        "Cookie": "session=somebody",
        "WorkloadAccessToken": "somebody",
        "X-Amzn-Bedrock-AgentCore-Runtime-User-Id": "somebody",
        "Mcp-Session-Id-2": "somebody",
        "Proxy-Authorization": "Basic somebody",
    }

    async with in_process(gateway, protocol=protocol, jti=canary) as client:
        for name in ("activities___echo", "routes___search"):
            assert (await client.call(name, headers=headers)).status_code == 200
        inbound = client.token

    received = [one for target in gateway.targets.values() for one in target.received]
    assert len(received) >= 6
    for one in received:
        everything = json.dumps(one.headers) + one.body.decode()
        assert not [part for part in (inbound, inbound.split(".")[2], canary, "somebody") if part in everything]


@pytest.mark.case("X10")
async def test_what_steers_the_gateway_itself_is_not_told_to_targets(gateway: GatewayUnderTest) -> None:
    meta = {"aws.bedrock-agentcore.gateway/returnUrl": "https://evil.example", "com.example/kept": 1}

    async with in_process(gateway, protocol="2025-06-18") as client:
        params = {"name": "activities___echo", "arguments": {}, "_meta": meta}
        await client.send("tools/call", params)

    sent = gateway.targets["activities"].calls()[0].message["params"]["_meta"]
    assert sent["com.example/kept"] == 1
    assert not [name for name in sent if name.startswith("aws.")]


@pytest.mark.case("P01")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_missing_scope_is_named(gateway: GatewayUnderTest, protocol: str) -> None:
    gateway.targets["activities"].tools.append(tool("upload", scopes=["activities/write"]))

    async with in_process(gateway, protocol=protocol, scope="activities/read") as client:
        response = await client.call("activities___upload")

    assert response.status_code == 403
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope", scope="activities/read activities/write", ')
    assert called(gateway) == []
    assert requests_for_calls(gateway) == []


@pytest.mark.case("P02")
@pytest.mark.parametrize("scope", ["activities/readwrite", "xactivities/read", "ACTIVITIES/READ", "activities/rea", ""])
async def test_a_scope_that_only_looks_like_it_is_refused(gateway: GatewayUnderTest, scope: str) -> None:
    async with in_process(gateway, scope=scope) as client:
        response = await client.call("activities___echo")

    assert response.status_code == 403
    assert called(gateway) == []


@pytest.mark.case("P03")
@pytest.mark.parametrize("scope", [["activities/read"], None, 7, {"activities/read": True}])
async def test_a_scope_claim_of_another_type_opens_nothing(gateway: GatewayUnderTest, scope: Any) -> None:
    async with in_process(gateway, scope=scope) as client:
        response = await client.call("activities___echo")

    assert response.status_code in {401, 403}
    assert called(gateway) == []


@pytest.mark.case("P08")
@pytest.mark.case("P09")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "name",
    [
        "echo",
        "activities__echo",
        "activities____echo",
        "Activities___echo",
        "activities___Echo",
        "activities___echo ",
        "activities___echo\n",
        "\N{CYRILLIC SMALL LETTER A}ctivities___echo",
        "routes___echo",
        "activities___",
        "___echo",
        "",
        "activities___" + "e" * 10_000,
    ],
)
async def test_a_name_that_is_not_exactly_a_tools_reaches_no_tool(
    gateway: GatewayUnderTest, protocol: str, name: str
) -> None:
    async with in_process(gateway, protocol=protocol) as client:
        params = {"name": name, "arguments": {}}
        headers = client.headers("tools/call") | {"Mcp-Method": "tools/call", "Mcp-Name": _encoded(name)}
        response = await client.http.post("/mcp", json=client.message("tools/call", params), headers=headers)

    assert response.status_code == (400 if protocol == "2026-07-28" else 200)
    assert response.json()["error"]["code"] == -32602
    assert called(gateway) == []


def _encoded(name: str) -> str:
    return encode_header_value(name)


@pytest.mark.case("P09")
async def test_a_tool_whose_name_holds_the_separator_is_not_another_targets(gateway: GatewayUnderTest) -> None:
    gateway.targets = {"a": FakeTarget(tools=[tool("b___c")]), "a___b": FakeTarget(tools=[tool("c")])}
    gateway.flows = {}

    async with in_process(gateway) as client:
        await client.call("a___b___c")

    assert [len(target.calls()) for target in gateway.targets.values()] == [1, 0]


@pytest.mark.parametrize("arguments", [[], "text", 7])
async def test_arguments_that_are_no_object_are_refused(gateway: GatewayUnderTest, arguments: Any) -> None:
    async with in_process(gateway) as client:
        response = await client.send("tools/call", {"name": "activities___echo", "arguments": arguments})

    assert response.json()["error"]["code"] == -32602
    assert called(gateway) == []


@pytest.mark.case("M15")
async def test_a_line_break_in_a_name_or_argument_reaches_no_header(gateway: GatewayUnderTest) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "x-mcp-header": "City"}}}
    gateway.targets["activities"].tools = [tool("a\r\nX-Evil: 1", inputSchema=schema)]
    city = "Berlin\r\nX-Evil: 1"

    async with in_process(gateway) as client:
        name = "activities___a\r\nX-Evil: 1"
        params = {"name": name, "arguments": {"city": city}}
        headers = client.headers("tools/call")
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": _encoded(name), "Mcp-Param-City": _encoded(city)}
        response = await client.http.post("/mcp", json=client.message("tools/call", params), headers=headers)

    assert response.status_code == 200
    sent = gateway.targets["activities"].calls()[0].headers
    assert "x-evil" not in sent
    assert sent["mcp-param-city"].startswith("=?base64?")


@pytest.mark.case("P10")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="missing"),
        pytest.param({"Mcp-Param-City": "Hamburg"}, id="another-value"),
    ],
)
async def test_a_mirrored_argument_that_differs_is_refused(gateway: GatewayUnderTest, headers: dict[str, str]) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "x-mcp-header": "City"}}}
    gateway.targets["activities"].tools = [tool("find", inputSchema=schema)]

    async with in_process(gateway) as client:
        refused = await client.call("activities___find", {"city": "Berlin"}, headers=headers)
        allowed = await client.call("activities___find", {"city": "Berlin"}, headers={"Mcp-Param-City": "Berlin"})

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == -32020
    assert allowed.status_code == 200
    assert gateway.targets["activities"].calls()[0].headers["mcp-param-city"] == "Berlin"


async def with_token(client: RpcClient, token: str, name: str = "activities___echo") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await client.call(name, headers=headers)).status_code


@pytest.mark.case("X11")
async def test_every_token_of_a_caller_has_answers_of_its_own_at_the_vault(gateway: GatewayUnderTest) -> None:
    gateway.clients = frozenset({"coach-exchange", "another-client"})
    tokens = [
        gateway.issuer.token(jti="first"),
        gateway.issuer.token(jti="narrower", scope="activities/read"),
        gateway.issuer.token(jti="other-client", client_id="another-client"),
        gateway.issuer.token(jti="other-person", sub="athlete-sub-2"),
    ]

    async with in_process(gateway) as client:
        for token in tokens:
            assert await with_token(client, token) == 200

    used = [call.headers["authorization"] for call in gateway.targets["activities"].calls()]
    assert len(set(used)) == len(tokens)
    assert gateway.workload_tokens.asked == tokens


@pytest.mark.case("X13")
@pytest.mark.parametrize(
    ("error", "status"),
    [(TokenUnavailable("p", "ValidationException"), 502), (VaultUnreachable("p", "ThrottlingException"), 503)],
)
async def test_without_a_credential_nothing_is_sent_and_the_vault_is_not_asked_again_at_once(
    gateway: GatewayUnderTest, error: Exception, status: int
) -> None:
    async with in_process(gateway) as client:
        workload_token = gateway.workload_tokens.token_for(client.token)
        gateway.tokens.failing[workload_token] = error
        answers = [await client.call("activities___echo") for _ in range(3)]
        client.token = gateway.issuer.token(jti="of-the-same-person")
        other = await client.call("activities___echo")

    assert [answer.status_code for answer in answers] == [status] * 3
    assert "ValidationException" not in answers[0].text
    assert len(requests_for_calls(gateway)) == 2
    assert other.status_code == 200
    assert len(called(gateway)) == 1


@pytest.mark.case("X13")
async def test_while_the_vault_is_down_calls_fail_closed(gateway: GatewayUnderTest) -> None:
    gateway.workload_tokens.down = True

    async with in_process(gateway) as client:
        answers = [await client.call("activities___echo") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert len(gateway.workload_tokens.asked) == 1
    assert called(gateway) == []


async def test_a_consent_that_is_needed_is_said_without_its_page(gateway: GatewayUnderTest) -> None:
    async with in_process(gateway) as client:
        workload_token = gateway.workload_tokens.token_for(client.token)
        gateway.tokens.failing[workload_token] = ConsentRequired("https://issuer.test/page", "uri", "p", ["a"])
        response = await client.call("activities___echo")

    error = json.loads(rpc_message(response)["result"]["content"][0]["text"])["error"]
    assert error["kind"] == "consent_required"
    assert "issuer.test" not in response.text
    assert called(gateway) == []


@pytest.mark.case("R07")
async def test_a_sign_in_that_ends_while_the_request_is_under_way_sends_nothing(gateway: GatewayUnderTest) -> None:
    moments = [0.0]

    def clock() -> float:
        return time.time() + moments[0]

    gateway.options["clock"] = clock
    async with in_process(gateway) as client:
        assert (await client.call("routes___search")).status_code == 200
        decide = gateway.issuer.token(exp=int(time.time()) + 60)
        client.token = decide
        assert (await client.call("activities___echo")).status_code == 200
        before = len(called(gateway))
        gateway.on_decision = lambda: moments.__setitem__(0, 120.0)
        refused = [await client.call(name) for name in ("activities___echo", "routes___search")]

    assert [answer.status_code for answer in refused] == [401, 401]
    assert 'error="invalid_token"' in refused[0].headers["www-authenticate"]
    assert len(called(gateway)) == before


async def test_one_line_is_written_for_every_call_and_holds_no_argument_and_no_token(
    gateway: GatewayUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gateway.targets["activities"].tools.append(tool("upload", scopes=["activities/write"]))

    async with in_process(gateway, scope="activities/read", jti="jti-canary") as client:
        await client.call("activities___echo", {"text": "argument-canary"})
        await client.call("activities___upload", {"text": "argument-canary"})
        await client.call("no-such-tool\nforged line", headers={"Mcp-Name": _encoded("no-such-tool\nforged line")})
        token = client.token

    lines = [record.getMessage() for record in caplog.records if record.name.endswith("gateway.audit")]
    assert len(lines) == 3
    assert "tool=<activities___echo>, decision=<allow>, reason=<scopes>, outcome=<answered>" in lines[0]
    assert "tool=<activities___upload>, decision=<deny>, reason=<scope-missing>, outcome=<refused>" in lines[1]
    assert "tool=<unknown>, decision=<deny>, reason=<unknown-tool>" in lines[2]
    everything = "\n".join(record.getMessage() for record in caplog.records)
    secrets = ("argument-canary", "forged line", token, token.split(".")[2], "athlete-sub-1", "jti-canary")
    assert not [secret for secret in secrets if secret in everything]


@pytest.mark.case("P15")
async def test_one_client_cannot_take_all_the_room_with_many_people(gateway: GatewayUnderTest) -> None:
    gateway.clients = frozenset({"coach-exchange", "another-client"})
    gateway.settings["client_rate"] = Rate(per_s=0.1, burst=3)

    async with in_process(gateway) as client:
        many = [await with_token(client, gateway.issuer.token(sub=f"athlete-{number}")) for number in range(5)]
        other = await with_token(client, gateway.issuer.token(client_id="another-client"))

    assert many == [200, 200, 200, 429, 429]
    assert other == 200


@pytest.mark.case("R06")
async def test_callers_at_the_same_time_never_get_each_others_answers(gateway: GatewayUnderTest) -> None:
    gateway.targets["activities"].echoes = False
    people = [f"athlete-{number}" for number in range(12)]

    async with in_process(gateway) as client:

        async def ask(person: str) -> tuple[str, str, str]:
            token = gateway.issuer.token(sub=person)
            headers = {"Authorization": f"Bearer {token}"}
            response = await client.call("activities___echo", {"text": person}, headers=headers)
            return person, token, rpc_message(response)["result"]["content"][0]["text"]

        answers = await asyncio.gather(*(ask(person) for person in people for _ in range(5)))

    assert all(f'"text": "{person}"' in text for person, _, text in answers)
    owners = {
        call.message["params"]["arguments"]["text"]: call.headers["authorization"].removeprefix("Bearer ").split(".")[0]
        for call in gateway.targets["activities"].calls()
    }
    assert len(set(owners.values())) == len(people)
