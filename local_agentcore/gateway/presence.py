"""A call lasts as long as somebody waits for it: when the client leaves, or says so, the target is told."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from local_agentcore.gateway.errors import ClientGone
from local_agentcore.gateway.rpc import RequestId

Key = tuple[str, RequestId]


class ClientPresence:
    """An asynchronous block that ends with `ClientGone` when the client leaves. For use once, by one task.

    Args:
        receive: Of ASGI, after the body.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._task = task
        self._cancellations = task.cancelling()
        self._watch = asyncio.ensure_future(self._watched())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.cancel()
        # As asyncio.timeout does it: a cancellation from elsewhere goes on as one.
        if self._gone and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise ClientGone from error

    def end(self) -> None:
        """Behave as if the client had left."""
        if not self._gone:
            self._gone = True
            self._task.cancel()

    async def _watched(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.end()


class CallsUnderWay:
    """The calls of sessions by the id that their client gave them, so that `notifications/cancelled` finds them."""

    def __init__(self) -> None:
        self._calls: dict[Key, ClientPresence] = {}

    def add(self, key: Key, presence: ClientPresence) -> None:
        self._calls[key] = presence

    def remove(self, key: Key, presence: ClientPresence) -> None:
        # A client that uses an id twice has overwritten the first.
        if self._calls.get(key) is presence:
            del self._calls[key]

    def cancel(self, key: Key) -> None:
        """End a call; nothing happens if there is none, or no more."""
        presence = self._calls.get(key)
        if presence is not None:
            presence.end()
