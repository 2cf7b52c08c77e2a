"""What a caller is asked when the person has to agree at another party first, and what they come back with.

| caller | is asked by | comes back with |
|---|---|---|
| of 2026-07-28 | InputRequiredResult: the page, and a state that the gateway alone can read | call, answer, state |
| of versions up to 2025-11-25 | the error -32042 with the page | the same call |
| who declared no URL elicitation | a tool error that names no page | the same call, after a consent begun elsewhere |

An answer is no consent: the vault is asked whether there is one (V29). Nothing is called later by itself (V21).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from identity.errors import ConsentFailed, ConsentRequired
from identity.length_prefixed import digest
from identity.safe_page import is_safe_page
from local_agentcore.gateway.elicitation import agreed, declared, page_error, page_question, shows_pages
from local_agentcore.gateway.errors import NotPermitted, RequestStateRefused
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.failures import consent_message, tool_error
from local_agentcore.gateway.inbound import Caller
from local_agentcore.gateway.open_consents import LIFETIME_S, OpenConsents
from local_agentcore.gateway.request_states import RequestStates, call_digest, is_ours
from local_agentcore.gateway.sessions import Sessions, owner_of

logger = logging.getLogger(__name__)
POLL_S = 0.5
TEXT = "{target} is another party: agree there first, on its page. Then this can be done."
UNSAFE = "The target {target} needs the person's consent, on a page that is not safe to open."
DECLINED = "The person did not agree that {target} is used. Nothing was done."


@dataclass(frozen=True, slots=True)
class Resumed:
    """A call that comes back with the answer to a question.

    Attributes:
        agreed: Whether the client says that the person went to the page.
        session_uri: Of the consent at the vault.
    """

    agreed: bool
    session_uri: str = field(repr=False)


Asked = tuple[str, tuple[str, ...]]
"""Provider and scopes."""


class Ask(Protocol):
    """Asks the vault for a token, beginning a consent if no session of one is given."""

    async def __call__(self, *, session_uri: str | None) -> str: ...


class Consents:
    """Puts questions and takes answers.

    Args:
        sessions: Know what clients of older versions can do; None: there are none.
        wait_s: How long a call that comes back waits for the consent to arrive, before the person is asked again.
        clock: Epoch seconds.
    """

    def __init__(self, sessions: Sessions | None, *, wait_s: float, clock: Callable[[], float] = time.time) -> None:
        self._sessions = sessions
        self._wait_s = wait_s
        self._open = OpenConsents(clock=clock)
        self._states = RequestStates(clock=clock)

    def resumed(self, exchange: Exchange) -> Resumed | None:
        """What this call comes back with; None for one that answers no question of the gateway's.

        Raises:
            RequestStateRefused: The state is not from here, too old, used before, or of another caller or call.
            InvalidParams: It comes without an answer.
        """
        state = exchange.message.params.get("requestState")
        if not isinstance(state, str) or not is_ours(state):
            return None
        owner = _owner(exchange.caller)
        question = self._states.opened(state, owner, _call(exchange))
        answer = agreed(exchange.message)
        session_uri = self._open.answered(owner, question)
        if session_uri is None:
            raise RequestStateRefused("answered before")
        return Resumed(answer, session_uri)

    async def token(self, caller: Caller, asked: Asked, ask: Ask, resumed: Resumed | None) -> str:
        """The token that a consent gives.

        Args:
            caller: Whose consent it is.
            asked: Provider and scopes.
            ask: The vault.
            resumed: If the call answers a question.

        Raises:
            NotPermitted: Nobody is there who could agree: the caller acts for itself.
            ConsentRequired: The person has not agreed, or not yet.
            ConsentFailed: They refused, or another person came back.
        """
        if not caller.principal.is_user:
            raise NotPermitted
        if resumed is not None:
            return await self._awaited(ask, resumed.session_uri)
        before = self._open.in_place_of_another(_owner(caller), asked)
        try:
            return await ask(session_uri=before)
        except ConsentFailed:
            if before is None:
                raise
        # That one is over, so another may take its place.
        return await ask(session_uri=None)

    def question(self, exchange: Exchange, target: str, needed: ConsentRequired) -> bytes:
        """The answer to a call that needs a consent."""
        message = exchange.message
        if message.method != "tools/call" or not self._shows_pages(exchange):
            return consent_message(target, message)
        if not is_safe_page(needed.url):
            logger.error("target=<%s>, provider=<%s> | page of a consent is not safe", target, needed.provider)
            return tool_error(message, "upstream_unavailable", UNSAFE.format(target=target))
        owner, text = _owner(exchange.caller), TEXT.format(target=target.capitalize())
        name = self._open.question(owner, (needed.provider, needed.scopes), needed.session_uri)
        if message.era == "handshake":
            return page_error(message, url=needed.url, text=text, name=name)
        state = self._states.seal(name, owner, _call(exchange), lifetime_s=LIFETIME_S)
        return page_question(message, url=needed.url, text=text, state=state)

    async def _awaited(self, ask: Ask, session_uri: str) -> str:
        """Who says that the person agreed may be a moment faster than the consent."""
        give_up_at = time.monotonic() + self._wait_s
        while True:
            try:
                return await ask(session_uri=session_uri)
            except ConsentRequired:
                if time.monotonic() >= give_up_at:
                    raise
            await asyncio.sleep(POLL_S)

    def _shows_pages(self, exchange: Exchange) -> bool:
        if shows_pages(declared(exchange.message)):
            return True
        if self._sessions is None or exchange.session is None:
            return False
        return self._sessions.shows_pages(exchange.session)


def declined_message(exchange: Exchange, target: str) -> bytes:
    """The answer to a call whose person did not agree."""
    return tool_error(exchange.message, "consent_required", DECLINED.format(target=target))


def _owner(caller: Caller) -> str:
    return digest(*owner_of(caller.principal))


def _call(exchange: Exchange) -> str:
    message = exchange.message
    return call_digest(message.method, message.text("name"), message.params.get("arguments") or {})
