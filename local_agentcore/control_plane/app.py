"""The control plane as an ASGI application: gateway and policy operations here, everything else at the vault."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from identity.hop_trace import HopSpans, note
from identity.vault.errors import VaultError
from identity.vault.policy import VaultPolicy
from identity.vault.replays import SeenSignatures
from identity.vault.signed_requests import read_signed
from identity.vault.sigv4 import SignatureVerifier
from identity.vault.wire import failure, success
from local_agentcore.control_plane.operations import ControlOperations
from local_agentcore.control_plane.requests import GatewayOperations, is_ours, parameters_of

logger = logging.getLogger(__name__)


class GatewayControl:
    """Answers operations on gateways and policies.

    Args:
        operations: What they do.
        keys: Who may call which: the same keys as at the vault.
        region: In which requests are signed.
        hosts: Under which the control plane is reached.
        clock_skew_s: Greatest distance between signing time and now.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        operations: ControlOperations,
        keys: VaultPolicy,
        *,
        region: str,
        hosts: Collection[str],
        clock_skew_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._operations = operations
        self._models = GatewayOperations()
        self._signatures = SignatureVerifier(keys, region=region, hosts=hosts, clock_skew_s=clock_skew_s)
        self._seen = SeenSignatures(clock_skew_s)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of HTTP."""
        response = await self._answered(Request(scope, receive))
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        try:
            response = await self._answer(request)
        except VaultError as error:
            logger.warning(
                "path=<%s>, decision=<%s>, reason=<%s> | control operation", request.url.path, error.code, error
            )
            return failure(error)
        except ClientDisconnect:
            return Response(status_code=400)
        return response

    async def _answer(self, request: Request) -> Response:
        signed = await read_signed(request)
        key = self._signatures.verify(signed, now_s=self._clock())
        note("client_id", key.principal)
        found = self._models.find(signed.method, signed.path)
        operation = found.operation
        note("operation", operation.name)
        self._seen.take(operation, signed.signature, now_s=self._clock())
        self._operations.require(operation)
        key.require(operation.name)
        # In a thread: the files of the policies are read.
        answer = await asyncio.to_thread(self._operations.do, operation, parameters_of(found, signed))
        logger.info(
            "principal=<%s>, operation=<%s>, decision=<allowed> | control operation", key.principal, operation.name
        )
        return success(operation, answer)


class ControlPlane:
    """One port for everything that AWS has at one endpoint: dispatches by path.

    Args:
        vault: Identity operations, and whatever is nobody's.
        gateways: Operations on gateways and policies.
    """

    def __init__(self, vault: ASGIApp, gateways: ASGIApp) -> None:
        self._vault = vault
        self._gateways = HopSpans(gateways, part="control_plane")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan of the vault."""
        ours = scope["type"] == "http" and is_ours(scope["path"])
        await (self._gateways if ours else self._vault)(scope, receive, send)
