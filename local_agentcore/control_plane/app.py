"""One port for what AWS has at its endpoints: gateways, policies and memory here, everything else at the vault."""

from starlette.types import ASGIApp, Receive, Scope, Send

from identity.hop_trace import HopSpans
from local_agentcore.control_plane.requests import is_ours
from local_agentcore.memory.requests import is_of_memory


class ControlPlane:
    """One port for everything that AWS has at one endpoint: dispatches by path.

    Args:
        vault: Identity operations, and whatever is nobody's.
        gateways: Operations on gateways and policies.
        memory: Operations on what the coach remembers.
    """

    def __init__(self, vault: ASGIApp, gateways: ASGIApp, memory: ASGIApp) -> None:
        self._vault = vault
        self._gateways = HopSpans(gateways, part="control_plane")
        self._memory = HopSpans(memory, part="memory")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan of the vault."""
        await self._app(scope)(scope, receive, send)

    def _app(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._vault
        if is_of_memory(scope["path"]):
            return self._memory
        return self._gateways if is_ours(scope["path"]) else self._vault
