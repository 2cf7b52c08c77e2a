"""A verified access token in Cedar's terms, mapped as Amazon Verified Permissions maps one of a Cognito user pool.

The user guide ("Mapping Amazon Cognito tokens to schema") says: the principal is the pool's id and the subject, groups
are its parents, and every other claim is an attribute of `context.token`, `scope` as a set. A client that speaks for
itself is mapped like a person, with its client id as the subject. The guide's own example has claims in the token that
its schema does not name, so these are left out here too.
"""

from dataclasses import dataclass
from typing import Any

from identity.claims import groups_of, scopes_of, text_claim


@dataclass(frozen=True, slots=True)
class TokenMapping:
    """What an identity source of a policy store says.

    Attributes:
        pool: Id of the user pool.
        user_type: Entity type of principals, such as `Coach::User`.
        group_type: Entity type of groups.
        declared: Claims that the schema has in `context.token`.
    """

    pool: str
    user_type: str
    group_type: str
    declared: frozenset[str]

    def principal(self, claims: dict[str, Any]) -> dict[str, str]:
        """The principal's identifier, as data and never as Cedar text (P12).

        Raises:
            TokenMalformed: There is no subject.
        """
        return {"type": self.user_type, "id": f"{self.pool}|{text_claim(claims, 'sub')}"}

    def entity(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The principal with its groups, in Cedar's JSON.

        Raises:
            TokenMalformed: No subject, or groups of another shape: without them a `forbid` would not match.
        """
        parents = [{"type": self.group_type, "id": f"{self.pool}|{group}"} for group in groups_of(claims)]
        return {"uid": self.principal(claims), "attrs": {}, "parents": parents}

    def token(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The attributes of `context.token`.

        Raises:
            TokenMalformed: `scope` is not a text.
        """
        mapped = {name: value for name, value in claims.items() if name in self.declared}
        return mapped | {"scope": sorted(scopes_of(claims))}


def pool_of(issuer: str) -> str:
    """Id of the user pool that is this issuer: its last path segment, on Cognito as on a laptop."""
    return issuer.rstrip("/").rpartition("/")[2]
