"""Where the parts of a system are: from the outputs of its stacks, or from the line of `coach up --json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deploy.environments import Environment
from deploy.errors import PlacesUnknown
from deploy.names import TEAMS

_IDENTITY, _AGENTCORE, _APIS = "fitness-identity", "fitness-agentcore", "fitness-apis"
#: A path of each API that wants a token.
PROTECTED_PATHS: Final[Mapping[str, str]] = {
    "activities": "/activities",
    "routes": "/routes",
    "socials": "/clubs",
    "support": "/tickets",
}


@dataclass(frozen=True, slots=True)
class Places:
    """One running system.

    Attributes:
        issuer: Of the athletes' tokens.
        client_id: Of the public client that signs athletes in.
        coach: Where InvokeAgentRuntime is sent.
        gateway: Its MCP endpoint.
        servers: Team to the invocation URL of its MCP server.
        apis: Team to the root of its API.
        consents: Origin of the authorization links of the token vault.
        apis_are_private: Whether nobody outside of the network may reach the APIs.
    """

    issuer: str
    client_id: str
    coach: str
    gateway: str
    servers: Mapping[str, str]
    apis: Mapping[str, str]
    consents: str
    apis_are_private: bool


def from_outputs(text: str, environment: Environment) -> Places:
    """Reads what `cdk deploy --outputs-file` wrote.

    Raises:
        PlacesUnknown: It is not that, or an output is missing.
    """
    outputs = _json(text)

    def output(stack: str, name: str) -> str:
        try:
            return str(outputs[stack][name])
        except (KeyError, TypeError) as error:
            raise PlacesUnknown(f"the output {name} of {stack} is missing: deploy that stack again") from error

    return Places(
        issuer=output(_IDENTITY, "Issuer"),
        client_id=output(_IDENTITY, "TerminalClientId"),
        coach=output(_AGENTCORE, "CoachUrl"),
        gateway=output(_AGENTCORE, "GatewayUrl"),
        servers={team: output(_AGENTCORE, f"Mcp{team.title()}Url") for team in TEAMS},
        apis={team: output(_APIS, f"{team.title()}Url") for team in TEAMS},
        consents=f"https://bedrock-agentcore.{environment.region}.amazonaws.com",
        apis_are_private=environment.private_apis,
    )


def from_stack_line(text: str) -> Places:
    """Reads the line that a stack on this computer announces itself with.

    Raises:
        PlacesUnknown: It is not that.
    """
    line = _json(text)
    try:
        return Places(
            issuer=line["issuer"],
            client_id="terminal",
            coach=line["agent"],
            gateway=line["gateway"],
            servers={team: line["mcp"][team] for team in TEAMS},
            apis={team: line["apis"][team] for team in TEAMS},
            consents=line["vault"],
            apis_are_private=False,
        )
    except (KeyError, TypeError) as error:
        raise PlacesUnknown(f"the line of coach up --json does not say {error}") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise PlacesUnknown("neither outputs of a deployment nor the line of coach up --json") from error
