"""Where every part of the local stack listens: fixed offsets from one base port.

| offset | part | who reaches it |
|---|---|---|
| 0 | authorization_server | everybody |
| 1 | data_plane: runtime front; passes `/identities/*` on to the vault | everybody |
| 2 | control_plane: the vault | everybody |
| 3 | gateway: the tools of all teams | everybody |
| 4 | consent_return: where a consent lands, and the list of connected accounts | browsers |
| 10 | coach: the agent | the front alone |
| 11-14 | mcp-activities, mcp-routes, mcp-socials, mcp-support | the front alone |
| 21-24 | api-activities, api-routes, api-socials, api-support | the servers |
"""

import socket
from dataclasses import dataclass

from local_agentcore.errors import PortOccupied

HOST = "127.0.0.1"
BASE_PORT = 8700
TEAMS = ("activities", "routes", "socials", "support")
OFFSETS = {
    "authorization_server": 0,
    "data_plane": 1,
    "control_plane": 2,
    "gateway": 3,
    "consent_return": 4,
    "coach": 10,
    **{f"mcp-{team}": 11 + index for index, team in enumerate(TEAMS)},
    **{f"api-{team}": 21 + index for index, team in enumerate(TEAMS)},
}


@dataclass(frozen=True)
class Ports:
    """The ports of one stack.

    Attributes:
        base: First port; the others follow at fixed offsets.
    """

    base: int = BASE_PORT

    def port(self, part: str) -> int:
        return self.base + OFFSETS[part]

    def url(self, part: str) -> str:
        return f"http://{HOST}:{self.port(part)}"

    def gateway_url(self) -> str:
        """The gateway's public URL: as `resource`, and for callers."""
        return f"{self.url('gateway')}/mcp"

    def runtime_url(self, runtime: str) -> str:
        """The public URL of a runtime behind the front: as `resource`, for callers and as gateway target.

        Args:
            runtime: Name as in the hop table, for example `mcp-activities`.
        """
        return f"{self.url('data_plane')}/runtimes/{runtime_name(runtime)}/invocations"

    def require_free(self) -> None:
        """Check that nobody listens on any of the ports.

        Raises:
            PortOccupied: Names the first one that is taken.
        """
        for part, offset in OFFSETS.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, self.base + offset))
                except OSError as error:
                    raise PortOccupied(self.base + offset, part) from error


def runtime_name(name: str) -> str:
    """The AgentCore runtime name of a part: `[a-zA-Z][a-zA-Z0-9_]{0,47}`, so without hyphens."""
    return name.replace("-", "_")
