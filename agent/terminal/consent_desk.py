"""Where a person decides about a consent: on the provider's page, or here by a typed word.

Only made for a real terminal; a pipe, `--yes`, `--no-input`, JSON and the agent get no desk (V29).
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TextIO
from urllib.parse import urlsplit

from agent.terminal.browser_walk import AskedConsent, Outcome
from agent.terminal.errors import TerminalError
from agent.terminal.events import ConsentRequired
from agent.terminal.plain_text import one_line
from agent.terminal.scope_words import in_words
from agent.terminal.turn import Decision
from agent.terminal.typed_word import WAIT_LIMIT_S, typed_word

_WORDS: Mapping[Outcome, str] = {
    "linked": "agreed; the question is asked again",
    "declined": "nothing was connected: it was refused there",
    "another-user": "nothing was connected: it was begun for somebody else than who is signed in there",
    "expired": "nothing was connected: it took too long, or was used before; ask again",
    "unavailable": "nothing was connected: the part that keeps connections does not answer; ask again later",
    "failed": "nothing was connected: the provider or the consent page did not finish it; ask again",
}


class Here(Protocol):
    """Decides in the terminal; `BrowserWalk` in production."""

    def look(self, url: str) -> AskedConsent: ...

    def allow(self, asked: AskedConsent) -> Outcome: ...

    def close(self) -> None: ...


class ConsentDesk:
    """Asks one person.

    Args:
        here: Makes what can decide in the terminal, when a consent is needed.
        open_page: Shows a URL in the browser.
        source: What the person types.
        screen: Where the questions go.
        limit_s: How long the person may take for each answer, seconds.
    """

    def __init__(
        self,
        here: Callable[[], Here],
        open_page: Callable[[str], object],
        source: TextIO,
        screen: TextIO,
        limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._here = here
        self._open_page = open_page
        self._source = source
        self._screen = screen
        self._limit_s = limit_s

    def decide(self, request: ConsentRequired) -> Decision:
        """What the person decides, and what came of it, said in words."""
        try:
            here = self._here()
        except TerminalError as error:
            return self._on_page(request, f"it cannot be decided here: {error}")
        try:
            return self._decide(request, here)
        finally:
            here.close()

    def _decide(self, request: ConsentRequired, here: Here) -> Decision:
        try:
            asked = here.look(request.url)
        except TerminalError as error:
            return self._on_page(request, f"it cannot be decided here: {error}")
        self._say(f"{one_line(asked.client_id)} asks you at {one_line(asked.host)} to allow:")
        for line in in_words(asked.scopes):
            self._say(f"  - {line}")
        word = self._typed("Type allow to agree here, open to decide on its page; anything else refuses: ")
        if word == "open":
            return self._on_page(request, None)
        return self._refused(word) if word != "allow" else self._allow(here, asked)

    def _allow(self, here: Here, asked: AskedConsent) -> Decision:
        try:
            outcome = here.allow(asked)
        except TerminalError as error:
            self._say(f"nothing was connected: {error}")
            return "failed"
        self._say(_WORDS[outcome])
        return "given" if outcome == "linked" else "failed"

    def _on_page(self, request: ConsentRequired, why: str | None) -> Decision:
        if urlsplit(request.url).scheme not in {"http", "https"}:
            self._say("nothing was connected: the page has no web address")
            return "failed"
        if why is not None:
            self._say(why)
            if self._typed("Type open to decide on its page; anything else refuses: ") != "open":
                return self._refused("")
        self._open_page(request.url)
        word = self._typed("Decide on the page in your browser, then type done; anything else gives up: ")
        return "given" if word == "done" else self._refused(word)

    def _refused(self, word: str | None) -> Decision:
        self._say("nobody decided in time; nothing was connected" if word is None else "nothing was connected")
        return "declined" if word is not None else "failed"

    def _typed(self, question: str) -> str | None:
        return typed_word(question, self._source, self._screen, self._limit_s)

    def _say(self, line: str) -> None:
        self._screen.write(f"coach: {line}\n")
        self._screen.flush()
