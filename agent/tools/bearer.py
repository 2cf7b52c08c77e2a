"""Who a request on a shared MCP connection is made for.

The clients are shared by all athletes, so identity travels with the call and not with the connection: a context
variable, which the MCP session carries from the caller's task to the task that sends the HTTP request.
"""

import math
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import httpx2

from identity.hop_trace import outgoing_headers


@dataclass(frozen=True)
class Caller:
    """The athlete whom one invocation of the agent serves.

    Attributes:
        workload_token: Stands for agent and athlete at the vault; from the WorkloadAccessToken header.
        scopes: What the athlete agreed to; limits which tools are offered.
        subject: The athlete; with the issuer, whom a consent is tied to. Decisions are made from tokens.
        expires_at: When the sign-in ends that the invocation came with, epoch seconds. No call is made after it,
            whatever tokens are still at hand (R07).
    """

    workload_token: str = field(repr=False)
    scopes: frozenset[str]
    subject: str
    issuer: str = ""
    expires_at: float = math.inf


@dataclass
class OutboundCall:
    """One call on its way: the token it carries and what became of it.

    Attributes:
        token: Access token for the server, or None to send none.
        status: HTTP status of the last answer; None while there was none.
        unreachable: The connection failed: refused, reset, or closed in the middle of an answer.
        sent: The request may have reached the server: a write may have been done, whatever came back.
        patience_s: Longest silence of the server, if it is to be shorter than usual.
        page: The page that the athlete has to see first, if the server said so; empty if it did not say which.
    """

    token: str | None = field(repr=False)
    patience_s: float | None = None
    status: int | None = None
    unreachable: bool = False
    sent: bool = True
    page: str | None = field(repr=False, default=None)


current_caller: ContextVar[Caller | None] = ContextVar("current_caller", default=None)
current_call: ContextVar[OutboundCall | None] = ContextVar("current_call", default=None)


@contextmanager
def acting_for(caller: Caller) -> Iterator[None]:
    """Make the tool calls inside the block on behalf of this athlete."""
    reset = current_caller.set(caller)
    try:
        yield
    finally:
        current_caller.reset(reset)


class ContextBearer(httpx2.Auth):
    """Sends the token of the current call.

    Never raises, takes no lock and never calls the vault: an exception in here would close the session that all
    athletes share. Without a current call it sends no Authorization, and the server's 401 fails that call alone.
    """

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Add the bearer and the trace; report the status back to the call."""
        call = current_call.get()
        if call is not None and call.token is not None:
            request.headers["Authorization"] = f"Bearer {call.token}"
        if call is not None and call.patience_s is not None:
            request.extensions["timeout"]["read"] = call.patience_s
        request.headers.update(outgoing_headers())
        response = yield request
        if call is not None:
            call.status = response.status_code
