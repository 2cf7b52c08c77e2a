"""Who the current request is from. Set by the gate after it has verified the token, read by tools and API client."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from identity.tokens import Principal
from mcp_servers.serving.errors import Unauthorized


@dataclass(frozen=True)
class InboundCall:
    """A verified request.

    Attributes:
        principal: What the token says. Nothing else says who calls.
        workload_token: Stands for this server and the caller at the vault; from the runtime front.
    """

    principal: Principal
    workload_token: str | None = field(repr=False)


current_call: ContextVar[InboundCall | None] = ContextVar("current_call", default=None)


def inbound_call() -> InboundCall:
    """The current request.

    Raises:
        Unauthorized: Code runs outside a request that passed the gate: fail closed.
    """
    call = current_call.get()
    if call is None:
        raise Unauthorized("No caller.")
    return call
