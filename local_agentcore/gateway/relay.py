"""Passes a request on to its target, with a credential of the gateway's own making, and the answer back as it comes."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from identity.errors import ConsentFailed, ConsentRequired
from identity.hop_trace import note
from identity.tokens import fingerprint
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.api_keys import ApiKeys
from local_agentcore.gateway.connections import TargetMessage
from local_agentcore.gateway.consents import Consents, Resumed, declined_message
from local_agentcore.gateway.credentials import OutboundCredentials
from local_agentcore.gateway.errors import (
    UNSUPPORTED_VERSION,
    OperationRefused,
    TargetBroken,
    TargetFailure,
    TargetRefused,
    TargetUnreachable,
)
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.failures import failure_message
from local_agentcore.gateway.presence import CallsUnderWay, ClientPresence
from local_agentcore.gateway.settings import ApiTargetSettings, GatewaySettings
from local_agentcore.gateway.targets import CallTarget, Target
from local_agentcore.gateway.translation import translated

logger = logging.getLogger(__name__)
UNAUTHORIZED = 401
GONE_SESSION = 404
REPEATABLE = frozenset({502, 503, 504})
PAUSE_BEFORE_REPEATING_S = 0.05


@dataclass(frozen=True, slots=True)
class Errand:
    """What a target is to be asked.

    Attributes:
        params: As the target understands them.
        scopes: What the credential must cover.
        reads: Doing it twice does nothing twice.
        headers: Beside those of the protocol.
        resumed: The answer that the call came back with, if the person was asked to agree.
    """

    target: CallTarget
    params: Mapping[str, Any] = field(repr=False)
    scopes: tuple[str, ...]
    reads: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    resumed: Resumed | None = None


@dataclass(slots=True)
class Outcome:
    """What became of an errand.

    Attributes:
        word: For the audit line.
        attempts: How often the target was asked.
    """

    word: str = "cancelled"
    attempts: int = 0


class Relay:
    """Runs errands.

    Args:
        credentials: Tokens for targets.
        api_keys: Keys for targets.
        consents: Asks callers where one is needed.
        settings: Whether callers learn reasons, and whether answers stream.
    """

    def __init__(
        self, credentials: OutboundCredentials, api_keys: ApiKeys, consents: Consents, settings: GatewaySettings
    ) -> None:
        self._credentials = credentials
        self._api_keys = api_keys
        self._consents = consents
        self._settings = settings
        self.under_way = CallsUnderWay()

    async def run(self, exchange: Exchange, errand: Errand, outcome: Outcome) -> None:
        """Ask the target and write the answer.

        Raises:
            SignInExpired: No credential: the caller has to sign in again.
            RequestRefused: No credential, and the caller cannot help it.
            ClientGone: Nobody waits any more; the target was told.
        """
        async with ClientPresence(exchange.receive) as presence:
            message = exchange.message
            key = None if exchange.session is None or message.id is None else (exchange.session, message.id)
            if key is not None:
                self.under_way.add(key, presence)
            try:
                await self._run(exchange, errand, outcome)
            finally:
                if key is not None:
                    self.under_way.remove(key, presence)

    async def _run(self, exchange: Exchange, errand: Errand, outcome: Outcome) -> None:
        status = 200
        try:
            status, text = await self._asked(exchange, errand, outcome)
            outcome.word = "answered"
        except ConsentRequired as needed:
            outcome.word = "consent-required"
            text = self._consents.question(exchange, errand.target.name, needed)
        except ConsentFailed:
            outcome.word = "consent-declined"
            text = declined_message(exchange, errand.target.name)
        except TargetFailure as failure:
            name = errand.target.name
            outcome.word = type(failure).__name__
            logger.warning("target=<%s>, reason=<%s: %s> | no answer", name, type(failure).__name__, failure)
            debug = self._settings.debug
            text = failure_message(failure, name, exchange.message, reads=errand.reads, debug=debug)
        await exchange.answer.last(text, status=status)

    async def _asked(self, exchange: Exchange, errand: Errand, outcome: Outcome) -> tuple[int, bytes]:
        """Ask; once more where the first attempt did nothing, or nothing that may not be done twice."""
        try:
            return await self._once(exchange, errand, outcome, force=False)
        except TargetFailure as failure:
            if exchange.answer.streaming or not _may_repeat(failure, errand):
                raise
            refused = isinstance(failure, TargetRefused) and failure.status == UNAUTHORIZED
        if not refused:
            await asyncio.sleep(PAUSE_BEFORE_REPEATING_S)
        return await self._once(exchange, errand, outcome, force=refused)

    async def _once(self, exchange: Exchange, errand: Errand, outcome: Outcome, *, force: bool) -> tuple[int, bytes]:
        token = await self._token(exchange, errand, force=force)
        outcome.attempts += 1
        request = exchange.message
        assert request.id is not None  # noqa: S101 - notifications go nowhere
        sent = errand.target.sent(token, request.id, request.method, errand.params, errand.headers)
        async with sent as answer, aclosing(answer.messages()) as messages:
            async for message in messages:
                if message is None:
                    await self._pass_sign_of_life(exchange)
                    continue
                _require_no_echo(message, token)
                if message.is_answer:
                    self._check_version(message, errand.target)
                    return translated(message, request, debug=self._settings.debug)
                await self._pass_event(exchange, message)
        raise TargetBroken("no answer")

    async def _token(self, exchange: Exchange, errand: Errand, *, force: bool) -> str | None:
        settings = errand.target.settings
        if isinstance(settings, ApiTargetSettings) and settings.api_key is not None:
            key = await self._api_keys.key(exchange.caller, settings.api_key, renewed=force)
            note("grant", "API_KEY")
            return key
        credential = settings.credential
        if credential is None:
            return None
        ask = partial(self._credentials.for_call, exchange.caller, credential, errand.scopes, force=force)
        if credential.flow == "USER_FEDERATION":
            asked = (credential.provider, errand.scopes)
            token = await self._consents.token(exchange.caller, asked, ask, errand.resumed)
        else:
            token = await ask()
        note("grant", credential.flow)
        note("issued_token", fingerprint(token))
        return token

    def _may_stream(self, exchange: Exchange) -> bool:
        return self._settings.streaming and exchange.accepts_events

    async def _pass_sign_of_life(self, exchange: Exchange) -> None:
        if self._may_stream(exchange):
            await exchange.answer.still_there()

    async def _pass_event(self, exchange: Exchange, message: TargetMessage) -> None:
        """Notifications about this very request go on; what a target asks back in the older way cannot be answered."""
        if not self._may_stream(exchange):
            return
        method, params = message.document["method"], message.document.get("params")
        if "id" in message.document or not isinstance(params, dict):
            return
        token = exchange.message.meta.get("progressToken")
        own = method == "notifications/progress" and token is not None and params.get("progressToken") == token
        if own or method == "notifications/message":
            await exchange.answer.event(octets(message.document))

    def _check_version(self, message: TargetMessage, target: CallTarget) -> None:
        error = message.document.get("error")
        if isinstance(error, dict) and error.get("code") == UNSUPPORTED_VERSION:
            if isinstance(target, Target):
                target.forget_protocol()
            raise TargetUnreachable("it speaks another version now", sent=False)


def _require_no_echo(message: TargetMessage, token: str | None) -> None:
    """A target that repeats its credential, in an error text for example, gives it to nobody (M17)."""
    if token is not None and token.encode() in message.octets:
        raise TargetBroken("it repeats the credential")


def _may_repeat(failure: TargetFailure, errand: Errand) -> bool:
    if isinstance(failure, TargetRefused):
        # Refused for the token, or for a session that has ended: nothing was done.
        gone_session = failure.status == GONE_SESSION and not isinstance(failure, OperationRefused)
        nothing_done = failure.status == UNAUTHORIZED or gone_session
        return nothing_done or (errand.reads and failure.status in REPEATABLE)
    return isinstance(failure, TargetUnreachable) and (errand.reads or not failure.sent)
