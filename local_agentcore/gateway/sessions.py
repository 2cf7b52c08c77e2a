"""Sessions of clients that shake hands. They carry no authority: every request is authenticated by its own token.

A session belongs to (issuer, subject, client); for anybody else it does not exist (M02).
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from identity.tokens import Principal
from local_agentcore.gateway.errors import SessionUnknown

Owner = tuple[str, str, str]
MOST_SESSIONS = 10_000
MOST_OF_ONE_OWNER = 64


@dataclass(slots=True)
class _Session:
    owner: Owner
    ends_at: float
    shows_pages: bool


def owner_of(principal: Principal) -> Owner:
    return principal.issuer, principal.subject, principal.client_id


class Sessions:
    """The open sessions, bounded in number and time.

    Args:
        lifetime_s: From the start of a session to its end.
        clock: Monotonic seconds.
    """

    def __init__(self, lifetime_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def open(self, owner: Owner, *, shows_pages: bool = False) -> str:
        """A new session; the oldest of this owner, or of all, makes room for it.

        Args:
            owner: Whose it is.
            shows_pages: The client brings a person to a page when it is asked to.
        """
        own = [name for name, session in self._sessions.items() if session.owner == owner]
        for name in own[: max(0, len(own) - MOST_OF_ONE_OWNER + 1)]:
            del self._sessions[name]
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.popitem(last=False)
        name = secrets.token_urlsafe(24)  # 192 bits
        self._sessions[name] = _Session(owner, self._clock() + self._lifetime_s, shows_pages)
        return name

    def shows_pages(self, name: str) -> bool:
        """What the client of an open session said about itself."""
        session = self._sessions.get(name)
        return session is not None and session.shows_pages

    def require(self, name: str, owner: Owner) -> None:
        """Check that the session is open and this owner's.

        Raises:
            SessionUnknown: Not open, or of somebody else; the two look alike.
        """
        session = self._sessions.get(name)
        if session is not None and session.ends_at <= self._clock():
            del self._sessions[name]
            session = None
        if session is None or session.owner != owner:
            raise SessionUnknown

    def end(self, name: str, owner: Owner) -> None:
        """End a session of this owner.

        Raises:
            SessionUnknown: As `require`.
        """
        self.require(name, owner)
        del self._sessions[name]
