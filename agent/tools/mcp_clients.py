"""The MCP client of one team, shared by all athletes.

Strands' own client never reconnects, opens its connection under the identity of whoever came first and has no
timeout for a call. This one fetches the athlete's token before each call, starts its session with the agent's own
token, limits every call, and starts a session again when the old one has ended.
"""

import contextlib
import contextvars
import logging
import math
import ssl
import threading
import time
from asyncio import to_thread
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, cast

from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from strands.tools.mcp import MCPClient
from strands.tools.mcp.mcp_types import MCPToolResult, MCPTransport
from strands.types.exceptions import MCPClientInitializationError

from agent.tools import results
from agent.tools.bearer import Caller, OutboundCall, current_call, current_caller
from agent.tools.connection import open_connection
from agent.tools.elicitation import elicited, without_pages
from agent.tools.listing import ToolListing
from agent.tools.results import CallFailure
from agent.tools.target import Target
from identity.errors import ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.token_source import TokenRequest, TokenSource

logger = logging.getLogger(__name__)

# What the runtime front answers when the server behind it is gone; 424 is AgentCore's RuntimeClientError.
GATEWAY_FAILURES = frozenset({424, 502, 503, 504})
CustomState = Callable[[Caller], str]


class CallRefused(Exception):
    """A call that fails before or beside its tool, alone.

    Args:
        failure: What its result says.
    """

    def __init__(self, failure: CallFailure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class TeamClient(MCPClient):
    """Calls the tools of one team for any athlete.

    Args:
        target: The team's server.
        tokens: Gives the token for each call.
        tls: Shared by all clients.
        custom_state: Ties a consent to the athlete who needs it.
        call_timeout: For one call.
        start_timeout_s: For opening a session.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        target: Target,
        tokens: TokenSource,
        *,
        tls: ssl.SSLContext,
        custom_state: CustomState | None = None,
        call_timeout: timedelta = timedelta(seconds=20),
        start_timeout_s: int = 5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Strands types transports by mcp 1.x's stream classes; mcp 2's are accepted at run time.
        super().__init__(
            lambda: cast("MCPTransport", open_connection(target.url, tls)),
            startup_timeout=start_timeout_s,
            elicitation_callback=elicited,
        )
        self._custom_state = custom_state
        self._clock = clock
        self.target = target
        self.reachable = True
        self._tokens = tokens
        self._call_timeout = call_timeout
        self._start_timeout_s = start_timeout_s
        self._listing: ToolListing | None = None
        self._relist_at = math.inf
        self._healing = threading.Lock()

    @property
    def listing(self) -> ToolListing:
        """What the server said about its tools; empty before it was reached."""
        return self._listing or ToolListing([], self.target.scopes)

    async def listed(self, caller: Caller) -> ToolListing:
        """All tools of the server, listed with the agent's own token, and again when the list is old.

        Args:
            caller: Whose workload token asks the vault; the listing itself knows no athlete.

        Raises:
            CallRefused: The server or the vault is unreachable, or refused the agent's token.
        """
        stale = self._listing is None or self._clock() >= self._relist_at
        if stale:
            await self._connect(caller, relist=True)
        return self.listing

    def close(self) -> None:
        """End the session. A later call would open a new one."""
        with self._healing:
            self._end_session()

    def stop(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        """Like Strands' own, but for a session that never opened: its loop has ended and can run no farewell."""
        thread, loop = self._background_thread, self._background_thread_event_loop
        if thread is not None and loop is not None and self._background_thread_session is None:
            thread.join()  # ends with the last of the requests that open a session
            loop.close()
            self._background_thread_event_loop = None
        super().stop(exc_type, exc_val, exc_tb)

    async def call_tool_async(  # noqa: PLR0917 - the signature of the class above
        self,
        tool_use_id: str,
        name: str,
        arguments: dict[str, Any] | None = None,
        read_timeout_seconds: timedelta | None = None,
        meta: dict[str, Any] | None = None,
        progress_callback: ProgressFnT | None = None,
        *,
        cancel_signal: threading.Event | None = None,
    ) -> MCPToolResult:
        """Call a tool for the current athlete. Never raises for a failing call: the result says what happened.

        A call that the server answered with 401 is repeated once with a fresh token; one whose connection broke is
        repeated once if its tool only reads.
        """
        timeout = read_timeout_seconds or self._call_timeout

        async def attempt(*, force: bool) -> tuple[MCPToolResult, OutboundCall]:
            call = await self._prepared_call(name, force=force)
            reset = current_call.set(call)
            try:
                result = await super(TeamClient, self).call_tool_async(
                    tool_use_id, name, arguments, timeout, meta, progress_callback, cancel_signal=cancel_signal
                )
            finally:
                current_call.reset(reset)
            return result, call

        try:
            result, call = await attempt(force=False)
            if call.status == 401:  # noqa: PLR2004 - an HTTP status
                result, call = await attempt(force=True)
            elif self._lost(call, result) and self.listing.only_reads(name):
                result, call = await attempt(force=False)
        except CallRefused as refusal:
            team = self.target.team_of(name)
            logger.info("team=<%s>, tool=<%s>, kind=<%s> | call failed", team, name, refusal.failure.kind)
            return refusal.failure.as_result(tool_use_id)
        if call.page is not None:
            return self._consent_needed(call.page, name).as_result(tool_use_id)
        return self._judged(result, call, name, timeout)

    def may_be_offered(self, tool: str, caller: Caller) -> bool:
        """Whether the athlete's sign-in covers a tool; what is consented to at another party is asked there."""
        return self.target.flow == "USER_FEDERATION" or caller.scopes.issuperset(self.listing.scopes_of(tool))

    def _create_call_tool_coroutine(self, *args: Any, **options: Any) -> Coroutine[Any, Any, CallToolResult]:
        return without_pages(super()._create_call_tool_coroutine(*args, **options))

    async def _prepared_call(self, tool: str, *, force: bool) -> OutboundCall:
        caller, team = current_caller.get(), self.target.team_of(tool)
        if caller is None:
            raise CallRefused(results.no_token(team))
        if caller.expires_at <= self._clock():  # in mid-stream: what is still kept for this athlete is not used
            raise CallRefused(results.sign_in_ended(team))
        request = self.target.token_request(self._scopes_for(tool, caller), self.target.flow)
        call = OutboundCall(await self._token(caller, request, team, force=force))
        await self._connect(caller, team)
        return call

    def _scopes_for(self, tool: str, caller: Caller) -> Sequence[str]:
        """What the tool asks for. Behind the gateway a tool may ask for nothing here, because the athlete agrees to it
        at another party: then what the sign-in covers gets the call through the door.
        """
        asked = self.listing.scopes_of(tool)
        if asked or self.target.flow == "USER_FEDERATION":
            return asked
        return sorted(caller.scopes.intersection(self.target.scopes))

    async def _token(self, caller: Caller, request: TokenRequest, team: str, *, force: bool) -> str:
        state = self._custom_state(caller) if self._custom_state and request.flow == "USER_FEDERATION" else None
        try:
            return await self._tokens.access_token(caller.workload_token, request, force=force, custom_state=state)
        except ConsentRequired as error:
            needed = results.consent_needed(team, provider=error.provider, url=error.url, scopes=error.scopes)
            raise CallRefused(needed) from error
        except SignInExpired as error:
            raise CallRefused(results.sign_in_ended(team)) from error
        except VaultUnreachable as error:
            raise CallRefused(results.vault_down(team)) from error
        except TokenUnavailable as error:
            raise CallRefused(results.no_token(team)) from error

    async def _connect(self, caller: Caller, team: str = "", *, relist: bool = False) -> None:
        """Make sure that there is a session and a list of tools."""
        if self._usable() and not relist:
            return
        team = team or self.target.team
        request = self.target.token_request(self.target.scopes, "M2M")
        patience_s = self._start_timeout_s / 2  # opening a session takes two requests at most
        own = OutboundCall(await self._token(caller, request, team, force=False), patience_s)
        if not await to_thread(self._heal, own, relist=relist) and own.status == 401:  # noqa: PLR2004 - as above
            own = OutboundCall(await self._token(caller, request, team, force=True), patience_s)
            await to_thread(self._heal, own, relist=relist)
        self.reachable = self._usable()
        if not self.reachable:
            refused = own.status in {401, 403}
            raise CallRefused((results.not_signed_in if refused else results.unreachable)(team))

    def _usable(self) -> bool:
        """Whether there is a session, negotiated to its end, and a list of tools."""
        negotiated = self._background_thread_session is not None
        return self._is_session_active() and negotiated and self._listing is not None

    def _heal(self, own: OutboundCall, *, relist: bool) -> bool:
        """Start the session and list the tools, one thread at a time; True if the client is usable afterwards."""
        # An empty context: the session's thread outlives this call and must not inherit an athlete's identity (R06).
        context = contextvars.Context()
        with self._healing:
            try:
                context.run(self._start_and_list, own, relist=relist)
            except (MCPClientInitializationError, MCPError, RuntimeError) as error:
                logger.warning("team=<%s>, error=<%s> | no session", self.target.team, type(error).__name__)
                return False
            finally:
                own.token = None  # what the session sends on its own behalf later is anonymous
            return True

    def _start_and_list(self, own: OutboundCall, *, relist: bool) -> None:
        current_call.set(own)
        if not self._is_session_active():
            self._end_session()
            self.start()
        if self._listing is None or relist:
            self._listing = ToolListing(self._list_all_tools_sync(), self.target.scopes)
            self._relist_at = self._clock() + self.target.relist_after_s

    def _end_session(self) -> None:
        # stop() raises what once closed the session; that is why we are here.
        with contextlib.suppress(RuntimeError):
            self.stop(None, None, None)

    def _lost(self, call: OutboundCall, result: MCPToolResult) -> bool:
        if result["status"] == "success" or "isError" in result or "cancelled" in result:
            return False
        return call.unreachable or call.status in GATEWAY_FAILURES or not self._usable()

    def _judged(self, result: MCPToolResult, call: OutboundCall, tool: str, timeout: timedelta) -> MCPToolResult:
        """The result as the tool gave it, or words for why there is none."""
        if self._lost(call, result):
            self.reachable = False
            words = (
                results.unreachable if self.listing.only_reads(tool) or call.status is None else results.outcome_unknown
            )
            return words(self.target.team_of(tool)).as_result(result["toolUseId"])
        self.reachable = True
        if result["status"] == "success" or "isError" in result or "cancelled" in result:
            return result
        return self._failure(call, tool, timeout).as_result(result["toolUseId"])

    def _consent_needed(self, page: str, tool: str) -> CallFailure:
        team = self.target.team_of(tool)
        if not page:
            return results.broken_answer(team)
        consent = self.target.consent_of(team)
        scopes = self.listing.scopes_of(tool, within=consent.scopes)
        return results.consent_needed(team, provider=consent.provider, url=page, scopes=scopes)

    def _may_be_done(self, call: OutboundCall, tool: str) -> bool:
        return call.sent and not self.listing.only_reads(tool)

    def _failure(self, call: OutboundCall, tool: str, timeout: timedelta) -> CallFailure:
        team = self.target.team
        if call.status is None:
            return results.outcome_unknown(team) if self._may_be_done(call, tool) else results.no_answer(team, timeout)
        by_status = {401: results.not_signed_in, 403: results.not_allowed, 429: results.busy}
        return by_status.get(call.status, results.broken_answer)(team)
