"""Custom claims of CreateGateway: what else a token has to say before its bearer is let in."""

from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["EQUALS", "CONTAINS", "CONTAINS_ANY"]


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """One entry of `customClaims`.

    Attributes:
        claim: Name of the claim.
        is_list: STRING_ARRAY; otherwise STRING. A claim of another type matches nothing.
        operator: EQUALS for texts; CONTAINS and CONTAINS_ANY for lists.
        values: One for EQUALS and CONTAINS.
    """

    claim: str
    is_list: bool
    operator: Operator
    values: tuple[str, ...]

    def holds(self, claims: dict[str, Any]) -> bool:
        """Whether a token with these claims may come in."""
        value = claims.get(self.claim)
        if not self.is_list:
            return isinstance(value, str) and self.operator == "EQUALS" and value in self.values[:1]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return False
        wanted = self.values if self.operator == "CONTAINS_ANY" else self.values[:1]
        return self.operator != "EQUALS" and not set(value).isdisjoint(wanted)
