"""The consents that callers were asked for and that are not over: bounded for each caller and in number (V30).

A caller is a person with a program: what one program of somebody began is nothing to their others. Kept in memory; a
question that the gateway does not know any more is refused, and the caller makes the call anew.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

LIFETIME_S = 600.0  # the vault's
MOST_BEGUN = 16  # of a caller; below the vault's bound for a person, so that one program does not push out another's
MOST_QUESTIONS = 64  # of a caller; the oldest can no longer be answered
MOST_CALLERS = 10_000
_ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Begun:
    asked: Hashable
    ends_at: float


@dataclass(frozen=True, slots=True)
class _Question:
    session_uri: str = field(repr=False)
    ends_at: float


@dataclass(slots=True)
class _OfCaller:
    begun: OrderedDict[str, _Begun] = field(default_factory=OrderedDict)
    questions: OrderedDict[str, _Question] = field(default_factory=OrderedDict)

    def drop_what_ended(self, now: float) -> None:
        for uri in [uri for uri, one in self.begun.items() if one.ends_at <= now]:
            del self.begun[uri]
        for name in [name for name, one in self.questions.items() if one.ends_at <= now]:
            del self.questions[name]


class OpenConsents:
    """Consents that were begun, and the questions that were put about them.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._callers: OrderedDict[str, _OfCaller] = OrderedDict()

    def in_place_of_another(self, owner: str, asked: Hashable) -> str | None:
        """The consent to go on with when the caller has begun as many as they may: the newest for the same thing.

        Args:
            owner: The caller.
            asked: Provider and scopes.

        Returns:
            Its session at the vault; None: another one may be begun.
        """
        begun = self._of(owner).begun
        if len(begun) < MOST_BEGUN:
            return None
        return next((uri for uri, one in reversed(begun.items()) if one.asked == asked), None)

    def question(self, owner: str, asked: Hashable, session_uri: str) -> str:
        """A new question about a consent: its id, which is good for one answer of this caller."""
        mine, ends_at = self._of(owner), self._clock() + LIFETIME_S
        mine.begun.setdefault(session_uri, _Begun(asked, ends_at))
        name = secrets.token_urlsafe(_ID_BYTES)
        mine.questions[name] = _Question(session_uri, ends_at)
        _shorten(mine.begun, MOST_BEGUN)
        _shorten(mine.questions, MOST_QUESTIONS)
        _shorten(self._callers, MOST_CALLERS)
        return name

    def answered(self, owner: str, name: str) -> str | None:
        """Use a question up.

        Returns:
            The session of its consent; None for a question that was answered, is too old, or is another caller's.
        """
        question = self._of(owner).questions.pop(name, None)
        return None if question is None else question.session_uri

    def _of(self, owner: str) -> _OfCaller:
        mine = self._callers.setdefault(owner, _OfCaller())
        self._callers.move_to_end(owner)
        mine.drop_what_ended(self._clock())
        return mine


def _shorten(entries: OrderedDict[str, Any], most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)
