"""Where tools are, and how the coach gets a token for them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from identity.token_source import Flow, TokenRequest

SEPARATOR = "___"  # the gateway's, between target and tool


@dataclass(frozen=True)
class Consent:
    """What an athlete agrees to, so that a team's tools can be used.

    Attributes:
        provider: Credential provider at the vault; also of the gateway's, which is not the coach's.
        scopes: All that may be asked for.
    """

    provider: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """One MCP server and how the coach gets a token for it: a team's, or the gateway with the tools of all teams.

    Attributes:
        team: For example `activities`.
        url: Public URL of the server: the runtime front's.
        provider: Credential provider at the vault.
        flow: Of the calls. Listing always uses M2M: the agent's own token.
        audiences: Logical names of the server.
        scopes: All that the server's tools ask for.
        relist_after_s: Age at which its list of tools is asked for again.
        consents: Of the gateway: by team, what it asks athletes to agree to at another party.
    """

    team: str
    url: str
    provider: str
    flow: Flow
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    relist_after_s: float = math.inf
    consents: Mapping[str, Consent] = field(default_factory=dict)

    def team_of(self, tool: str) -> str:
        """Whose tool it is: behind the gateway its name begins with the team."""
        team, separator, _ = tool.partition(SEPARATOR)
        return team if separator else self.team

    def consent_of(self, team: str) -> Consent:
        """Which consent the tools of a team need."""
        return self.consents.get(team) or Consent(self.provider, self.scopes)

    def token_request(self, scopes: Sequence[str], flow: Flow) -> TokenRequest:
        return TokenRequest(provider=self.provider, scopes=tuple(scopes), flow=flow, audiences=self.audiences)


def own_name(tool: str) -> str:
    """A tool's name without the team before it: what a model is shown, with and without a gateway."""
    return tool.rpartition(SEPARATOR)[2]
