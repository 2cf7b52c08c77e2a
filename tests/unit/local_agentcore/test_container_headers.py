"""The headers that a container sees: the caller's by allow-list, the front's own exactly once."""

import pytest
from starlette.requests import Request

from local_agentcore.front.reverse_proxy import container_headers

ADDED = {
    "Authorization": "Bearer A",
    "WorkloadAccessToken": "W",
    "X-Amz-Bedrock-AgentCore-Identity-WAT": "W",
    "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "the front's",
}


def request(**headers: str) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""})


def seen(asked: Request) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in container_headers(asked, ADDED).items():
        values.setdefault(name.lower(), []).append(value)
    return values


@pytest.mark.case("R02")
def test_what_only_the_front_may_say_is_said_once_whatever_the_caller_says() -> None:
    asked = request(**dict.fromkeys(ADDED, "the caller's"), OAuth2CallbackUrl="https://attacker.example")
    assert seen(asked) == {name.lower(): [value] for name, value in ADDED.items()}


def test_headers_of_the_protocol_and_custom_ones_are_passed_on() -> None:
    name = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Note"
    passed = seen(request(**{"Mcp-Method": "tools/list", "Accept": "text/event-stream", name: "hello", "Cookie": "no"}))
    assert passed["mcp-method"] == ["tools/list"]
    assert passed["accept"] == ["text/event-stream"]
    assert passed[name.lower()] == ["hello"]
    assert "cookie" not in passed
