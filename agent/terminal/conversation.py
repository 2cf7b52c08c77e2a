"""One session with the coach: the stack, the athlete's token and the turns in it."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from agent.terminal.access import COACH_SCOPES, Access
from agent.terminal.browser_walk import BrowserWalk
from agent.terminal.errors import StackGone
from agent.terminal.events import Event
from agent.terminal.home import Home, write_private
from agent.terminal.runtime_client import RuntimeClient, new_turn_id
from agent.terminal.stack_process import StackProcess

COACH_AUDIENCE = "coach"


class Conversation:
    """Connects on the first question, so that the prompt is there while the stack still starts.

    Args:
        home: Checked state folder.
        stack: Stack that has been begun.
        http: HTTP client.
        athlete: Who asks.
        session_id: Runtime session, a uuid4.
    """

    def __init__(self, home: Home, stack: StackProcess, http: httpx.Client, athlete: str, session_id: str) -> None:
        self._home = home
        self._stack = stack
        self._http = http
        self._athlete = athlete
        self._session_id = session_id
        self._client: RuntimeClient | None = None

    def events(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one payload.

        A stack that went away before the first event (the command that had started it ended) is started
        again once; after that event the turn may have had effects and is not repeated.
        """
        turn_id = new_turn_id()
        write_private(self._home.session / "last_turn", turn_id.encode())
        try:
            events = self._connected().events(payload, turn_id)
            first = next(events, None)
        except StackGone:
            self._stack.again()
            self._client = None
            events = self._connected().events(payload, turn_id)
            first = next(events, None)
        if first is not None:
            yield first
            yield from events

    def consent_walk(self) -> BrowserWalk:
        """The athlete's browser, for a consent that a person decides in the terminal.

        Raises:
            ConsentStopped: The stack has no consent part.
        """
        return BrowserWalk(self._home, self._stack.endpoints(), self._athlete)

    def _connected(self) -> RuntimeClient:
        if self._client is None:
            endpoints = self._stack.endpoints()
            access = Access(self._home, self._http, endpoints.issuer, self._athlete)
            self._client = RuntimeClient(
                self._http,
                endpoints.agent,
                lambda renew: access.token(COACH_AUDIENCE, COACH_SCOPES, renew=renew),
                self._session_id,
            )
        return self._client
