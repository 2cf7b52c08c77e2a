"""Conversations in memory. A session belongs to an athlete: the same id under another athlete is another session."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from strands.types.content import Message

from agent.approvals import PendingTurn
from agent.errors import SessionBusy, SessionIdInvalid

# AgentCore: runtimeSessionId has 33 to 256 characters; clients send a uuid4, which has 36.
_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{32,255}")


class SessionKey(NamedTuple):
    """Who talks in which conversation; issuer and subject come from the verified token alone (R01)."""

    issuer: str
    subject: str
    session_id: str


@dataclass(frozen=True)
class Unanswered:
    """A question that could not be answered for want of consent. Nothing runs of it by itself, now or later.

    Attributes:
        expires_at: Seconds of the coach's clock; after it `resume` asks nothing.
    """

    question: str = field(repr=False)
    expires_at: float


@dataclass
class Session:
    """One conversation.

    Attributes:
        messages: Of all finished turns.
        pending: The interrupted turn, if one waits for an approval.
        unanswered: What `resume` asks again, once.
        writing: The last turn on its way to what outlives this process.
        recalled: Whether what an earlier process knew of it is among the messages.
    """

    messages: list[Message] = field(default_factory=list)
    pending: PendingTurn | None = None
    unanswered: Unanswered | None = None
    recalled: bool = False
    writing: "asyncio.Task[None] | None" = None
    busy: bool = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep a second turn out while one runs.

        Raises:
            SessionBusy: One runs.
        """
        if self.busy:
            raise SessionBusy
        self.busy = True
        try:
            yield
        finally:
            self.busy = False


class Sessions:
    """The most recently used conversations. Used by one event loop only.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[SessionKey, Session] = OrderedDict()

    def of(self, key: SessionKey) -> Session:
        """The conversation of that athlete and id, new if there is none."""
        session = self._kept.setdefault(key, Session())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return session


def checked_session_id(session_id: str | None) -> str:
    """The session id of AgentCore's header.

    Raises:
        SessionIdInvalid: Missing, or not 33 to 256 letters, digits and hyphens.
    """
    if session_id is None or not _SESSION_ID.fullmatch(session_id):
        raise SessionIdInvalid
    return session_id
