"""Who the current request is from. Set by the gate after it has verified the token, read by tools and API client."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from opentelemetry.context import Context

from identity.hop_trace import current_hop
from identity.tokens import Principal
from mcp_servers.serving.errors import Unauthorized


@dataclass(frozen=True)
class InboundCall:
    """A verified request.

    Attributes:
        principal: What the token says. Nothing else says who calls.
        workload_token: Stands for this server and the caller at the vault; from the runtime front.
        hop: Where calls to vault and API belong in the trace; the SDK would hang them under the client's span.
    """

    principal: Principal
    workload_token: str | None = field(repr=False)
    hop: Context = field(default_factory=current_hop, repr=False)


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
