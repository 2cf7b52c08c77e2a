"""Reads the JSON of a JWT: every member is of the type that its RFC gives it, or the token is malformed.

Every function here raises `TokenMalformed`, and none decides whether a token is good: that is `identity.tokens`.
"""

import base64
import math
from typing import Any

from identity.errors import AmbiguousJson, TokenMalformed
from identity.strict_json import loads

LONGEST_TOKEN = 16_384
LONGEST_ACTOR_CHAIN = 16  # longer than any chain of our hops


def json_segment(segment: str) -> dict[str, Any]:
    """The JSON object in one base64url segment of a compact JWS."""
    if len(segment) > LONGEST_TOKEN or len(segment) % 4 == 1:
        raise TokenMalformed("not base64url")
    try:
        return json_object(base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True))
    except ValueError as error:
        raise TokenMalformed("not base64url") from error


def json_object(text: bytes | None) -> dict[str, Any]:
    """The JSON object that a payload is."""
    try:
        document = loads(text or b"")
    except AmbiguousJson as error:
        raise TokenMalformed("not unambiguous JSON") from error
    if not isinstance(document, dict):
        raise TokenMalformed("not a JSON object")
    return document


def text_claim(claims: dict[str, Any], name: str) -> str:
    """A claim that must be there as a text."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenMalformed(f"{name} is not a text")
    return value


def moment_claim(claims: dict[str, Any], name: str) -> float:
    """A claim that must be there as a NumericDate (RFC 7519 §2), epoch seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenMalformed(f"{name} is not a moment")
    try:
        moment = float(value)
    except OverflowError as error:
        raise TokenMalformed(f"{name} is not a moment") from error
    if not math.isfinite(moment):
        raise TokenMalformed(f"{name} is not a moment")
    return moment


def audiences_of(claims: dict[str, Any]) -> tuple[str, ...]:
    """`aud`, which is a text or a list of texts (RFC 7519 §4.1.3); empty if there is none."""
    value = claims.get("aud", [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise TokenMalformed("aud is neither a text nor a list of texts")
    return tuple(values)


def scopes_of(claims: dict[str, Any]) -> frozenset[str]:
    """`scope`, a text with spaces between the scopes (RFC 8693 §4.2)."""
    value = claims.get("scope", "")
    if not isinstance(value, str):
        raise TokenMalformed("scope is not a text")
    return frozenset(value.split(" ")) - {""}


def groups_of(claims: dict[str, Any]) -> tuple[str, ...]:
    """`cognito:groups`, a list of texts; empty if there is none."""
    values = claims.get("cognito:groups", [])
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise TokenMalformed("cognito:groups is not a list of texts")
    return tuple(values)


def actors_of(act: object) -> tuple[str, ...]:
    """`act.sub` from the outermost to the innermost (RFC 8693 §4.1)."""
    actors: list[str] = []
    while isinstance(act, dict) and len(actors) < LONGEST_ACTOR_CHAIN:
        actors.append(str(act.get("sub", "")))
        act = act.get("act")
    return tuple(actors)
