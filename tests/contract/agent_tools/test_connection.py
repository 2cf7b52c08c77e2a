"""The connection under a shared session: failures become answers, and it is known whether anything was sent."""

import httpx2
import pytest

from agent.tools.bearer import ContextBearer, OutboundCall, current_call
from agent.tools.connection import ContainedTransport


class FailingNetwork(httpx2.AsyncBaseTransport):
    """Raises instead of sending.

    Args:
        error: What it raises.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        raise self._error


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        pytest.param(httpx2.ConnectError("refused"), False, id="refused"),
        pytest.param(httpx2.ConnectTimeout("silent"), False, id="silent"),
        pytest.param(httpx2.PoolTimeout("all busy"), False, id="no-connection-free"),
        pytest.param(httpx2.ReadError("reset"), True, id="reset"),
        pytest.param(httpx2.ReadTimeout("slow"), True, id="slow"),
        pytest.param(httpx2.RemoteProtocolError("closed"), True, id="closed"),
    ],
)
async def test_a_network_failure_answers_503_to_its_own_request(error: Exception, sent: bool) -> None:
    call = OutboundCall("token")
    reset = current_call.set(call)

    async with httpx2.AsyncClient(transport=ContainedTransport(FailingNetwork(error))) as client:
        response = await client.get("http://server.test/mcp")
    current_call.reset(reset)

    assert response.status_code == 503
    assert (call.unreachable, call.sent) == (True, sent)


@pytest.mark.parametrize("call", [None, OutboundCall(None)])
async def test_without_a_token_no_authorization_is_sent(call: OutboundCall | None) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(401)

    reset = current_call.set(call)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), auth=ContextBearer()) as client:
        await client.get("http://server.test/mcp")
    current_call.reset(reset)

    assert "authorization" not in seen[0].headers
    assert call is None or call.status == 401
