"""A verified caller as Cedar's entity: the subject, and the claims of the token as texts."""

import json
from typing import Any

from identity.tokens import Principal
from local_agentcore.gateway.policy.cedar_schema import USER


def principal_uid(principal: Principal) -> dict[str, str]:
    """Its identifier as data (P12): nothing in a subject can become Cedar text."""
    return {"type": USER, "id": principal.subject}


def principal_text(principal: Principal) -> str | None:
    """Its identifier as Cedar text, which partial evaluation asks for; None for a subject that is no plain word."""
    plain = principal.subject.isascii() and principal.subject.isprintable() and not {'"', "\\"} & set(principal.subject)
    return f'{USER}::"{principal.subject}"' if plain else None


def entities_text(principal: Principal) -> str:
    """The entities of a request: the caller alone."""
    tags = {name: text for name, claim in principal.claims.items() if (text := _tag(claim)) is not None}
    attributes = {"id": principal.subject}
    return json.dumps([{"uid": principal_uid(principal), "attrs": attributes, "tags": tags, "parents": []}])


def _tag(claim: Any) -> str | None:
    """A claim as a text, a list of texts as words of one text; None for what has no such form.

    A text of a list that is itself several words is left out: it could pass for another one.
    """
    if isinstance(claim, str):
        return claim
    if isinstance(claim, bool):
        return "true" if claim else "false"
    if isinstance(claim, int | float):
        return str(claim)
    if isinstance(claim, list):
        return " ".join(each for each in claim if isinstance(each, str) and len(each.split()) == 1)
    return None
