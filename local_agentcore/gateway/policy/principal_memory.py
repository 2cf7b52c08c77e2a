"""What was worked out about a caller for one version of one target's policies: it goes when that version goes."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import cedarpy

from identity.tokens import Principal
from local_agentcore.gateway.policy.principal_entity import entities_text
from local_agentcore.gateway.policy.verdict import Verdict

MOST_KEPT: Final = 128  # of some 10 kB each, and the verifier forgets a token after 30 s
MOST_VERDICTS: Final = 64  # of one caller


@dataclass(frozen=True, slots=True)
class KnownPrincipal:
    """One verified caller.

    Attributes:
        principal: The very object that all this is about.
        entities: It, parsed and checked against the schema.
        listed: Tool to whether it is shown. Only tools that there are, so it is bounded by them.
        decided: Tool, and the arguments that its policies look at, to what they said.
    """

    principal: Principal
    entities: cedarpy.Entities
    listed: dict[str, bool] = field(default_factory=dict)
    decided: OrderedDict[tuple[str, str], Verdict] = field(default_factory=OrderedDict)

    def remember(self, question: tuple[str, str], verdict: Verdict) -> None:
        """Keep a verdict in place of the oldest."""
        self.decided[question] = verdict
        while len(self.decided) > MOST_VERDICTS:
            self.decided.popitem(last=False)


class PrincipalMemory:
    """The latest callers.

    By the identity of the verified principal, which the verifier hands out again while it remembers the token: two
    tokens never meet, whatever their `jti` says, and a token that is verified anew is parsed anew.

    Args:
        schema: Of the target.
    """

    def __init__(self, schema: cedarpy.Schema) -> None:
        self._schema = schema
        self._kept: OrderedDict[int, KnownPrincipal] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, principal: Principal) -> KnownPrincipal:
        """What is known, read from the principal at its first use.

        Raises:
            ValueError: The principal has no form in Cedar.
        """
        found = self._kept.get(id(principal))
        if found is not None and found.principal is principal:
            self._kept.move_to_end(id(principal))
            return found
        entities = cedarpy.Entities.from_json_str(entities_text(principal), schema=self._schema)
        # Held as long as its number is a key: nobody else gets the number meanwhile.
        known = self._kept[id(principal)] = KnownPrincipal(principal, entities)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return known
