"""The vault as an ASGI application: bytes in, bytes out, and one place where errors become answers."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.hop_trace import HopSpans, note
from identity.vault.audit import ALLOWED, AuditTrail, acting
from identity.vault.composition import open_vault
from identity.vault.consent_browser import ConsentBrowser
from identity.vault.consent_browser import routes as browser_routes
from identity.vault.errors import VaultError
from identity.vault.local_operations import LOCAL_PREFIX
from identity.vault.operations import Operations
from identity.vault.policy import AccessKey
from identity.vault.replays import SeenSignatures
from identity.vault.settings import VaultSettings
from identity.vault.signed_requests import read_signed
from identity.vault.sigv4 import SignatureVerifier
from identity.vault.wire import PREFIX, IdentityOperations, failure, parse_request, success

logger = logging.getLogger(__name__)
_TARGETS = ("workloadName", "resourceCredentialProviderName", "name")


@dataclass
class _Audited:
    """What the audit line of a request says; filled in as it becomes known."""

    principal: str = ""
    operation: str = ""
    target: str = ""

    def __str__(self) -> str:
        return f"principal=<{self.principal}>, operation=<{self.operation}>, target=<{self.target}>"


class Vault:
    """Answers identity operations.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, settings: VaultSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._models = IdentityOperations.read()
        self._signatures = SignatureVerifier(
            settings.keys, region=settings.region, hosts=settings.hosts, clock_skew_s=settings.clock_skew_s
        )
        self._signatures_seen = SeenSignatures(settings.clock_skew_s)
        self._operations: Operations | None = None
        self._browser: ConsentBrowser | None = None
        self._audit: AuditTrail | None = None

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Open database and connections on the serving loop, close them there."""
        opened = await open_vault(self._settings, self._clock)
        self._audit, self._browser, self._operations = opened.storage.audit, opened.browser, opened.operations
        housekeeping = asyncio.create_task(opened.housekeeping.run())
        try:
            yield
        finally:
            housekeeping.cancel()
            await asyncio.gather(housekeeping, return_exceptions=True)
            await opened.close()

    def browser(self) -> ConsentBrowser:
        """What answers browsers."""
        assert self._browser is not None  # noqa: S101  no request is served before the lifespan has opened it
        return self._browser

    async def answer(self, request: Request) -> Response:
        """One request, whatever becomes of it; writes one audit line."""
        audited = _Audited()
        try:
            response = await self._answer(request, audited)
        except VaultError as error:
            logger.warning("%s, decision=<%s>, reason=<%s> | identity operation", audited, error.code, error)
            self._take_down(audited, error.code)
            return failure(error)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:  # process boundary: the caller learns nothing of what went wrong inside
            logger.exception("operation=<%s> | failed", audited.operation)
            return failure(VaultError("internal error"))
        logger.info("%s, decision=<allowed> | identity operation", audited)
        self._take_down(audited, ALLOWED)
        return response

    def _take_down(self, audited: _Audited, decision: str) -> None:
        # A request without a good signature is nobody's: whoever reaches the port could fill the disk with them.
        if audited.principal and self._audit is not None:
            self._audit.record(
                audited.operation or "unknown-operation", who=audited.principal, what=audited.target, decision=decision
            )

    async def _answer(self, request: Request, audited: _Audited) -> Response:
        signed = await read_signed(request)
        key: AccessKey = self._signatures.verify(signed, now_s=self._clock())
        audited.principal = key.principal
        acting.set(key.principal)
        note("client_id", key.principal)
        operation = self._models.find(signed.method, signed.path)
        audited.operation = operation.name
        note("operation", operation.name)
        self._signatures_seen.take(operation, signed.signature, now_s=self._clock())
        assert self._operations is not None  # noqa: S101  no request is served before the lifespan has opened it
        do = self._operations.find(operation)
        parameters = parse_request(operation, signed.body)
        audited.target = next((parameters[name] for name in _TARGETS if name in parameters), "")
        return success(operation, await do(key, parameters))


def create_app(settings: VaultSettings, *, clock: Callable[[], float] = time.time) -> ASGIApp:
    """The vault as an ASGI application; files are opened when it starts.

    Args:
        settings: Paths, keys, trusts.
        clock: Epoch seconds.
    """
    vault = Vault(settings, clock)
    methods = ["POST", "GET", "PUT", "DELETE", "PATCH"]
    routes = [Route(f"{prefix}{{rest:path}}", vault.answer, methods=methods) for prefix in (PREFIX, LOCAL_PREFIX)]
    routes = [*browser_routes(vault.browser), *routes]
    app = Starlette(routes=routes, lifespan=vault.lifespan)
    app.router.redirect_slashes = False
    return HopSpans(app, part="vault")
