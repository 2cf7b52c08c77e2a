"""Passes a request on and streams the answer back. Headers by allow-list in both directions."""

from collections.abc import AsyncIterator, Mapping

import httpx
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from identity.hop_trace import outgoing_headers

# What a caller may hand to a container. Not among them: WorkloadAccessToken, OAuth2CallbackUrl, the session id and
# X-Amzn-Bedrock-AgentCore-Runtime-User-Id, which only the front sets (R02).
INBOUND = frozenset(
    {
        "accept",
        "accept-encoding",
        "baggage",
        "content-type",
        "last-event-id",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
        "tracestate",
        "user-agent",
    }
)
CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-"
# Hop-by-hop headers (RFC 9110 §7.6.1) and those that this hop writes anew.
NOT_RETURNED = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "te", "date", "server"}
)


def container_headers(request: Request, added: Mapping[str, str]) -> dict[str, str]:
    """The headers a container sees: the allow-list of the caller's, and what the front adds."""
    passed = {
        name: value for name, value in request.headers.items() if name in INBOUND or name.startswith(CUSTOM_PREFIX)
    }
    return {**passed, **outgoing_headers(), **added}


async def forward(
    client: httpx.AsyncClient, request: Request, url: str, headers: Mapping[str, str], body: bytes
) -> Response:
    """Send the request to `url` and stream the answer.

    Raises:
        httpx.HTTPError: The container cannot be reached or broke off before it answered.
    """
    # Header values are octets (RFC 9110 §5.5); Starlette reads them as Latin-1, and httpx would write ASCII alone.
    octets = {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
    upstream = client.build_request(request.method, url, headers=octets, content=body)
    answer = await client.send(upstream, stream=True)
    passed = {name: value for name, value in answer.headers.items() if name not in NOT_RETURNED}
    return StreamingResponse(_chunks(answer), answer.status_code, passed)


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()
