"""One target at work: its connection, its protocol, and messages to it."""

import hashlib
import logging
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from identity.single_flight import SingleFlight
from local_agentcore.gateway.connections import TargetAnswer, TargetConnection, TargetMessage
from local_agentcore.gateway.errors import TargetBroken, TargetRefused
from local_agentcore.gateway.rpc import RequestId
from local_agentcore.gateway.settings import TargetSettings
from local_agentcore.gateway.target_protocol import (
    HANDSHAKE,
    MODERN,
    TargetProtocol,
    discovered,
    handshake_params,
    shaken,
)

logger = logging.getLogger(__name__)
MOST_SESSIONS = 4096
REFUSED = frozenset({401, 403, 429})
OK = 200
BAD_REQUEST = 400
NOT_FOUND = 404


class TargetReply(Protocol):
    """What came back for one request."""

    def messages(self) -> AsyncGenerator[TargetMessage | None, None]:
        """See `TargetAnswer.messages`."""
        ...


class CallTarget(Protocol):
    """What calls of tools are sent to, whatever it speaks: a server of MCP, an API, a function."""

    @property
    def settings(self) -> TargetSettings: ...

    @property
    def name(self) -> str: ...

    def sent(
        self,
        token: str | None,
        request_id: RequestId,
        method: str,
        params: Mapping[str, Any],
        more_headers: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[TargetReply]:
        """The answer to a request.

        Args:
            token: The credential that was got for it.
            request_id: Of the caller.
            method: Of MCP.
            params: With the tool's own name.
            more_headers: Arguments that the tool wants mirrored.

        Raises:
            TargetFailure: There is none.
        """
        ...


class Target:
    """Speaks to one MCP server.

    Args:
        settings: Name and endpoint.
        connection: Its pooled client.
    """

    def __init__(self, settings: TargetSettings, connection: TargetConnection) -> None:
        self.settings = settings
        self.connection = connection
        self._shared: TargetProtocol | None = None
        self._keeps_sessions = False
        self._of_credential: OrderedDict[str, TargetProtocol] = OrderedDict()
        self._flights: SingleFlight[TargetProtocol] = SingleFlight()

    @property
    def name(self) -> str:
        return self.settings.name

    async def protocol(self, token: str | None) -> TargetProtocol:
        """What was negotiated, now or before; of a target with sessions, with this very token.

        Raises:
            TargetFailure: It speaks no version that we have, refused the token, or gave no answer.
        """
        if self._shared is not None:
            return self._shared
        key = _digest(token)
        found = self._of_credential.get(key)
        if found is not None:
            self._of_credential.move_to_end(key)
            return found
        return await self._flights.do(key, lambda: self._negotiate(key, token))

    def forget_protocol(self) -> None:
        """It has changed its version, or lost its sessions."""
        self._shared = None
        self._keeps_sessions = False
        self._of_credential.clear()

    @asynccontextmanager
    async def sent(
        self,
        token: str | None,
        request_id: RequestId,
        method: str,
        params: Mapping[str, Any],
        more_headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[TargetAnswer]:
        """The answer to a request; 401, 403, 429 and 404 for a session have become failures.

        Raises:
            TargetFailure: There is none.
        """
        protocol = await self.protocol(token)
        if protocol.session is not None:
            # Callers choose their ids; in a session they share, two of them may choose the same.
            request_id = uuid.uuid4().hex
        headers = {**protocol.headers(method, params, token), **(more_headers or {})}
        async with self.connection.sent(protocol.body(request_id, method, params), headers) as answer:
            if answer.status in REFUSED:
                raise TargetRefused(answer.status)
            if answer.status == NOT_FOUND and protocol.session is not None:
                self.forget_protocol()
                raise TargetRefused(answer.status)
            yield answer

    async def ask(self, token: str | None, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a request.

        Raises:
            TargetFailure: None, or an error.
        """
        async with self.sent(token, "gateway", method, params) as answer:
            document = await answer.answer()
        result = document.get("result")
        if not isinstance(result, dict):
            raise TargetBroken(f"{method} failed")
        return result

    async def _negotiate(self, key: str, token: str | None) -> TargetProtocol:
        found = None if self._keeps_sessions else await self._discover(token)
        protocol = found or await self._shake_hands(token)
        logger.info("target=<%s>, version=<%s> | negotiated", self.name, protocol.version)
        self._keeps_sessions = protocol.session is not None
        if not self._keeps_sessions:
            self._shared = protocol
            return protocol
        self._of_credential[key] = protocol
        while len(self._of_credential) > MOST_SESSIONS:
            self._of_credential.popitem(last=False)
        return protocol

    async def _discover(self, token: str | None) -> TargetProtocol | None:
        headers = MODERN.headers("server/discover", {}, token)
        async with self.connection.sent(MODERN.body("gateway", "server/discover", {}), headers) as answer:
            if answer.status in REFUSED:
                raise TargetRefused(answer.status)
            if answer.status >= BAD_REQUEST:
                return None
            return discovered(await answer.answer())

    async def _shake_hands(self, token: str | None) -> TargetProtocol:
        params = handshake_params()
        headers = HANDSHAKE.headers("initialize", params, token)
        del headers["MCP-Protocol-Version"]
        async with self.connection.sent(HANDSHAKE.body("gateway", "initialize", params), headers) as answer:
            if answer.status != OK:
                raise TargetRefused(answer.status)
            protocol = shaken(await answer.answer(), answer.header("Mcp-Session-Id"))
        if protocol is None:
            raise TargetBroken("no common protocol version")
        method = "notifications/initialized"
        async with self.connection.sent(protocol.body(None, method, {}), protocol.headers(method, {}, token)):
            return protocol


def _digest(token: str | None) -> str:
    return hashlib.sha256((token or "").encode()).hexdigest()
