"""The question that an API's authorizer asks for every request, in the shapes of Verified Permissions.

Two answer it, and settings choose: `CedarLocal` from the policy files, `VerifiedPermissions` by asking AWS. Both get
the same texts. Neither keeps an answer: what was decided for one athlete or route is never used for another (I07).
"""

from dataclasses import dataclass
from typing import Final, Protocol, TypedDict


class ActionIdentifier(TypedDict):
    actionType: str
    actionId: str


class EntityIdentifier(TypedDict):
    entityType: str
    entityId: str


class CedarJson(TypedDict):
    """Context or entities, as text in Cedar's JSON format."""

    cedarJson: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about the bearer of a token: may they do this to that, under these circumstances?"""

    action: ActionIdentifier
    resource: EntityIdentifier
    context: CedarJson
    entities: CedarJson


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """``policies`` are the ids of the policies that determined the answer; none for a default deny.

    From the files these are the policies' ``@id``; Verified Permissions gives each policy an id of its own.
    """

    allowed: bool
    policies: tuple[str, ...]


DENIED: Final = PolicyDecision(allowed=False, policies=())


class Authorizer(Protocol):
    """Decides whether the bearer of a token may do something.

    What is wrong with token, question, policies or answer is a denial. Where nobody could be asked there is no answer,
    and nobody is let in.

    The token's claims are ``context.token``, and its groups and its principal are entities that the authorizer adds:
    a context or entities that bring their own are denied.
    """

    def is_authorized_with_token(self, token: str, question: Question) -> PolicyDecision:
        """Decides. May block while the issuer's keys or the answer are fetched.

        Raises:
            DecisionUnavailable: Whoever decides does not answer, or not us.
        """

    async def is_authorized_with_token_async(self, token: str, question: Question) -> PolicyDecision:
        """Like the above without blocking the event loop."""
