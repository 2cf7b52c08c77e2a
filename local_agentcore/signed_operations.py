"""Signed operations of AWS's rest-json protocol over HTTP: what all local services of AgentCore have in common."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from botocore.model import OperationModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from identity.hop_trace import note
from identity.vault.errors import VaultError
from identity.vault.policy import VaultPolicy
from identity.vault.replays import SeenSignatures
from identity.vault.signed_requests import read_signed
from identity.vault.sigv4 import SERVICE, SignatureVerifier
from identity.vault.wire import failure, success
from local_agentcore.rest_json import RestOperations, parameters_of

logger = logging.getLogger(__name__)


class Operations(Protocol):
    """What operations do."""

    def require(self, operation: OperationModel) -> None:
        """Raises `identity.vault.errors.OperationUnsupported` for one that is not here, whatever is in the request."""

    def do(self, operation: OperationModel, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Does one, in a thread; raises what `identity.vault.errors` declares."""
        ...


class SignedOperations:
    """Answers operations: whose signature, what for, whether that key may, then the operation itself.

    Args:
        operations: What they do.
        models: Which there are, at which paths.
        keys: Who may call which: the same keys as at the vault.
        region: In which requests are signed.
        hosts: Under which the control plane is reached.
        clock_skew_s: Greatest distance between signing time and now.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        operations: Operations,
        models: RestOperations,
        keys: VaultPolicy,
        *,
        region: str,
        hosts: Collection[str],
        clock_skew_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._operations = operations
        self._models = models
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
            logger.warning("path=<%s>, decision=<%s>, reason=<%s> | operation", request.url.path, error.code, error)
            return failure(error)
        except ClientDisconnect:
            return Response(status_code=400)
        return response

    async def _answer(self, request: Request) -> Response:
        signed = await read_signed(request)
        key = self._signatures.verify(signed, now_s=self._clock())
        note("client_id", key.principal)
        # Of nobody but who signed, and good for this service alone.
        note("subject", key.principal)
        note("audience", SERVICE)
        found = self._models.find(signed.method, signed.path)
        operation = found.operation
        note("operation", operation.name)
        self._seen.take(operation, signed.signature, now_s=self._clock())
        self._operations.require(operation)
        key.require(operation.name)
        # In a thread: files are read and written.
        answer = await asyncio.to_thread(self._operations.do, operation, parameters_of(found, signed))
        logger.info("principal=<%s>, operation=<%s>, decision=<allowed> | operation", key.principal, operation.name)
        return success(operation, answer)
