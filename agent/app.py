"""The AgentCore Runtime entry point of the coach: /invocations streams the events of a turn, /ping says it lives.

    POST /invocations
      athlete.identify        bearer verified again, workload token present
      sessions.checked_…      session id from AgentCore's header alone
      invocation.read_…       prompt, approve or resume
      turn.Turn               one agent, one turn, events

Run as `python -m agent.app`. The container trusts the runtime front for the workload token and nothing else.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any

from bedrock_agentcore.runtime import BedrockAgentCoreApp, BedrockAgentCoreContext, RequestContext
from starlette.applications import Starlette
from starlette.middleware import Middleware
from strands.models import Model
from strands.types.interrupt import InterruptResponseContent

from agent import events
from agent.approvals import PendingTurn
from agent.athlete import Athlete, identify
from agent.errors import ApprovalUnknown, CoachError, NothingToResume, TelemetryNotRedacted, TurnFailed
from agent.events import Event
from agent.invocation import Approve, Prompt, Resume, read_invocation
from agent.memory.conversations import AgentCoreMemory, Conversations, NoMemory, last_words
from agent.models.choice import model_for
from agent.sessions import Session, SessionKey, Sessions, Unanswered, checked_session_id
from agent.settings import AgentSettings
from agent.team_access import agentcore_client, connect_teams
from agent.tools.bearer import Caller
from agent.tools.toolbox import Toolbox
from agent.turn import Turn
from identity.hop_trace import HopSpans
from identity.signing_keys import JwksCache
from identity.tokens import Verifier

logger = logging.getLogger(__name__)

Input = str | list[InterruptResponseContent]


class Coach:
    """Answers invocations.

    Args:
        settings: Model and limits.
        toolbox: The teams' tools, shared by all athletes.
        verifier: Of the athletes' tokens.
        conversations: What outlives this process; nothing if not given.
        clock: Seconds, monotonic; approvals run out by it.
    """

    def __init__(
        self,
        settings: AgentSettings,
        toolbox: Toolbox,
        verifier: Verifier,
        *,
        conversations: Conversations | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._conversations = conversations or NoMemory()
        self._toolbox = toolbox
        self._verifier = verifier
        self._clock = clock
        self._sessions = Sessions(settings.max_sessions)

    async def answer(
        self, payload: Any, *, session_id: str | None, headers: Mapping[str, str], workload_token: str | None
    ) -> AsyncGenerator[Event]:
        """The events of one invocation; what goes wrong is the last of them."""
        try:
            athlete = await identify(headers, workload_token, self._verifier)
            key = SessionKey(athlete.principal.issuer, athlete.principal.subject, checked_session_id(session_id))
            invocation = read_invocation(payload)
            model = model_for(self._settings.model)
            session = self._sessions.of(key)
            with session.turn():
                yield events.session(key.session_id, athlete=athlete.name, model=self._settings.model)
                async with aclosing(self._turn(invocation, key, session, athlete, model)) as turn:
                    async for event in turn:
                        yield event
            # A runtime may be frozen once the stream has ended; the next question does not wait for this.
            if session.writing is not None:
                await asyncio.wait({session.writing})
        except CoachError as problem:
            logger.info("code=<%s> | invocation refused", problem.code)
            yield events.error(problem)
        except Exception as error:  # noqa: BLE001 - the SDK would stream and log the exception's text (R08)
            incident = uuid.uuid4().hex[:12]
            # The text of an exception may quote the athlete's words or values, so the type alone is logged.
            logger.error("incident=<%s>, error=<%s> | invocation failed", incident, type(error).__name__)  # noqa: TRY400
            yield events.error(TurnFailed(incident))

    async def _turn(
        self,
        invocation: Prompt | Approve | Resume,
        key: SessionKey,
        session: Session,
        athlete: Athlete,
        model: Model,
    ) -> AsyncGenerator[Event]:
        prompt, interrupted = self._input(invocation, session)
        question = interrupted.question if interrupted else str(prompt)
        tools, _ = await asyncio.gather(self._toolbox.tools_for(_caller(athlete)), self._recall(key, session))
        turn = Turn(model, tools, session.messages, limit=self._settings.turn_limit)
        if interrupted:
            turn.continue_from(interrupted.snapshot)
        async with aclosing(turn.events(prompt)) as parts:
            async for event in parts:
                if event["type"] in {"done", "error"}:
                    self._remember(turn, session, question)
                    session.writing = self._keep(turn, key, question)
                yield event

    async def _recall(self, key: SessionKey, session: Session) -> None:
        """What an earlier process knew of the conversation, before anything is said in this one."""
        if session.recalled or session.messages:
            return
        if (messages := await self._conversations.recall(key)) is not None:
            session.messages, session.recalled = messages, True

    def _keep(self, turn: Turn, key: SessionKey, question: str) -> asyncio.Task[None] | None:
        """Begins to write a finished turn down; it goes on when the reader leaves."""
        if turn.end.messages is None:
            return None
        return asyncio.create_task(self._conversations.remember(key, question, last_words(turn.end.messages)))

    def _input(self, invocation: Prompt | Approve | Resume, session: Session) -> tuple[Input, PendingTurn | None]:
        """What the agent is given, and the interrupted turn it belongs to.

        What waits is used up by whatever comes next: the decision itself, or another question.

        Raises:
            ApprovalUnknown: Nothing waits under the id, or not any more.
            NothingToResume: No question waits for a consent, or not any more.
        """
        pending, session.pending = session.pending, None
        unanswered, session.unanswered = session.unanswered, None
        if isinstance(invocation, Prompt):
            return invocation.prompt, None
        if isinstance(invocation, Resume):
            if unanswered is None or self._clock() >= unanswered.expires_at:
                raise NothingToResume
            return unanswered.question, None
        if pending is None:
            raise ApprovalUnknown
        approval = pending.approval(invocation.id, now=self._clock())
        return approval.answered(allow=invocation.allow), pending

    def _remember(self, turn: Turn, session: Session, question: str) -> None:
        end = turn.end
        if end.messages is not None:
            session.messages = end.messages
        if end.snapshot is not None:
            expires_at = self._clock() + self._settings.approval_ttl_s
            session.pending = PendingTurn(end.snapshot, end.approvals, expires_at, question)
        if end.consent_needed:
            session.unanswered = Unanswered(question, self._clock() + self._settings.consent_ttl_s)


def _caller(athlete: Athlete) -> Caller:
    principal = athlete.principal
    return Caller(
        workload_token=athlete.workload_token,
        scopes=principal.scopes,
        subject=principal.subject,
        issuer=principal.issuer,
        expires_at=principal.expires_at,
    )


def create_app(
    settings: AgentSettings,
    *,
    toolbox: Toolbox | None = None,
    verifier: Verifier | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> BedrockAgentCoreApp:
    """The agent as an unmodified AgentCore application.

    Args:
        settings: Of the container.
        toolbox: Instead of the teams' servers that the settings name.
        verifier: Instead of one that reads the issuer's keys.
        clock: Seconds, monotonic.
    """
    client = agentcore_client(settings)
    tools = toolbox or connect_teams(settings, client)
    conversations = AgentCoreMemory(client, settings.memory_id) if settings.memory_id else NoMemory()
    coach = Coach(
        settings,
        tools,
        verifier or Verifier(settings.trust, JwksCache(settings.issuer)),
        conversations=conversations,
        clock=clock,
    )
    app = BedrockAgentCoreApp(lifespan=_closing(tools), middleware=[Middleware(HopSpans, part="coach")])

    @app.entrypoint
    async def invoke(payload: Any, context: RequestContext) -> AsyncGenerator[Event]:
        answer = coach.answer(
            payload,
            session_id=context.session_id,
            headers=context.request_headers or {},
            workload_token=BedrockAgentCoreContext.get_workload_access_token(),
        )
        async with aclosing(answer) as parts:
            async for event in parts:
                yield event

    return app


def _closing(toolbox: Toolbox) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        toolbox.close()

    return lifespan


def main() -> None:
    """Serve until told to stop.

    Raises:
        TelemetryNotRedacted: Traces would contain prompts and answers.
        identity.errors.TraceEndpointRefused: Traces would travel in the clear.
    """
    settings = AgentSettings()
    if not settings.traces_are_redacted:
        raise TelemetryNotRedacted
    from identity.hop_export import exported_hops  # noqa: PLC0415 - a stack that imports this module exports nothing

    with exported_hops(settings.traces_endpoint, "coach"):
        create_app(settings).run(port=settings.port, host=settings.host)


if __name__ == "__main__":
    main()
