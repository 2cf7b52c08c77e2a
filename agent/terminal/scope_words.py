"""Scopes in words, as the consent pages say them. A test compares this table with the hop table."""

from collections.abc import Iterable

from agent.terminal.plain_text import one_line

MEANINGS = {
    "openid": "Know who you are",
    "coach/invoke": "Ask the coach",
    "activities/read": "See your activities and what is computed from them",
    "activities/write": "Add activities to your history and change your settings",
    "routes/read": "Search the public route catalogue",
    "socials/read": "See your clubs, kudos and comments",
    "socials/write": "Give kudos and write comments as you",
    "support/read": "Read help articles and your tickets",
    "support/write": "Open tickets in your name",
    "connections/write": "Connect and disconnect other services in your name",
}


def in_words(scopes: Iterable[str]) -> list[str]:
    """One line for each scope; one that is not known is shown as it is."""
    return [f"{MEANINGS[scope]} ({scope})" if scope in MEANINGS else one_line(scope, 128) for scope in scopes]
