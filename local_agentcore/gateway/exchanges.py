"""One request in the hands of the gateway: who sent it, what it says, and where its answer goes."""

from dataclasses import dataclass, field

from starlette.types import Receive

from local_agentcore.gateway.answers import Answer
from local_agentcore.gateway.headers import RequestHeaders
from local_agentcore.gateway.inbound import Caller
from local_agentcore.gateway.rpc import RpcMessage


@dataclass(frozen=True, slots=True)
class Exchange:
    """Everything that a method of the gateway may look at.

    Attributes:
        session: Of the caller's own; None without.
        receive: After the body: says when the client leaves.
        body: As it was sent.
        rewritten: An interceptor changed the message; headers that repeat parts of it are of the one before.
    """

    caller: Caller
    message: RpcMessage
    headers: RequestHeaders
    session: str | None
    receive: Receive
    answer: Answer
    body: bytes = field(default=b"", repr=False)
    rewritten: bool = False

    @property
    def accepts_events(self) -> bool:
        accepted = self.headers.get("accept", "*/*")
        return "text/event-stream" in accepted or "*/*" in accepted
