"""An answer that is kept until somebody has looked at it."""

from collections.abc import Mapping

from starlette.types import Message

from local_agentcore.gateway.answers import Answer


class HeldAnswer(Answer):
    """Keeps the last message; what comes before it is dropped, as nobody has looked at it."""

    __slots__ = ("headers", "message", "status")

    def __init__(self) -> None:
        super().__init__(_nowhere)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.message = b""

    async def event(self, message: bytes) -> None:
        """See `Answer.event`: dropped."""

    async def still_there(self) -> None:
        """See `Answer.still_there`: dropped."""

    async def last(self, message: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """See `Answer.last`: kept."""
        self.message, self.status, self.headers = message, status, dict(headers or {})


async def _nowhere(_: Message) -> None:
    raise AssertionError("a held answer is not sent")
