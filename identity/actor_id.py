"""How a person is called at AgentCore Memory: a name that says nothing, the same for the same person everywhere."""

from typing import Final

from identity.length_prefixed import digest

_HEX_DIGITS: Final = 40


def actor_id(issuer: str, subject: str) -> str:
    """`actorId` of a person: issuer and subject of a verified token, hashed together."""
    return f"athlete-{digest(issuer, subject)[:_HEX_DIGITS]}"
