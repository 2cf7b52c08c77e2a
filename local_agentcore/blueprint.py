"""One stack as data: its home, ports, secrets and hop table, and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import gateway_config
from gateway_config.hops import Hops, ResourceServer
from gateway_config.model import GatewayConfig, read_config, read_hops
from local_agentcore.errors import PortFixed
from local_agentcore.home import prepare, write_private
from local_agentcore.keys import StackKeys, load_or_make
from local_agentcore.ports import BASE_PORT, TEAMS, Ports

REGION = "us-east-1"
ACCOUNT = "000000000000"
# As AWS makes them: the name and ten characters.
MEMORY_ID = "fitness_coach-0000000000"
GATEWAY_ARN = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:gateway/coach-0000000000"
POLICY_ENGINE_ARN = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:policy-engine/coach_tools-0000000000"
POOL = "coach"
SOCIALS_POOL = "socials"


@dataclass(frozen=True)
class Blueprint:
    """Everything that the parts of one stack agree on.

    Attributes:
        now: What the activities API takes for the present when it resolves a window.
        weather: The weather service that the activities API asks.
        tools: `gateway` or `direct`: how the coach reaches the teams' tools.
    """

    home: Path
    ports: Ports
    keys: StackKeys
    hops: Hops
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    weather: str = "none"
    tools: str = "gateway"

    @property
    def issuer(self) -> str:
        """The issuer at which athletes sign in."""
        return self.issuer_of(POOL)

    def issuer_of(self, pool: str) -> str:
        return f"{self.ports.url('authorization_server')}/{pool}"

    def issuer_for(self, resource_server: str) -> str:
        """The only issuer whose tokens this resource server accepts."""
        return self.issuer_of(self.hops.resource_server(resource_server).pool)

    @property
    def policies(self) -> Path:
        """Folder of the APIs' Cedar files."""
        return Path(gateway_config.__file__).parent / "api_policies"

    def database(self, name: str) -> Path:
        return self.home / "data" / f"{name}.sqlite"

    def audiences(self, resource_server: str) -> tuple[str, ...]:
        """Logical names of a resource server, and its URL where the table says so."""
        row = self.hops.resource_server(resource_server)
        return (*row.audiences, *([self.public_url(row)] if row.url else []))

    def foreign_audiences(self, resource_server: str) -> frozenset[str]:
        """The audience that clients of strangers address: the URL, where the table lets them connect."""
        row = self.hops.resource_server(resource_server)
        return frozenset({self.public_url(row)} if row.url else ())

    def public_url(self, row: ResourceServer) -> str:
        """Where a resource server with a URL is reached: the gateway itself, all others through the front."""
        return self.ports.gateway_url() if row.kind == "gateway" else self.ports.runtime_url(row.name)

    def placeholders(self) -> dict[str, str]:
        """Values of the placeholders in `gateway_config/`, secrets included."""
        return {
            **self.public_placeholders(),
            **{f"SECRET:{name}": secret for name, secret in {**self.keys.client_secrets, **self.keys.api_keys}.items()},
        }

    def public_placeholders(self) -> dict[str, str]:
        """Values of the placeholders that are no secrets."""
        return {
            "REGION": REGION,
            "ACCOUNT": ACCOUNT,
            "GATEWAY_ARN": GATEWAY_ARN,
            "POLICY_ENGINE_ARN": POLICY_ENGINE_ARN,
            "URL:gateway": self.ports.gateway_url(),
            "URL:api-support": self.ports.url("api-support"),
            "URL:vault": self.ports.url("data_plane"),
            "URL:consent-return": self.ports.url("consent_return"),
            **{f"ISSUER:{pool}": self.issuer_of(pool) for pool in self.hops.pools},
            **{f"URL:mcp-{team}": self.ports.runtime_url(f"mcp-{team}") for team in TEAMS},
        }

    def gateway_config(self) -> GatewayConfig:
        return read_config(self.placeholders())


def open_home(home: Path, base_port: int | None) -> Blueprint:
    """Prepare a home and read or make what the stack needs.

    Args:
        home: COACH_HOME.
        base_port: First port; None keeps the one this home was made with.

    Raises:
        HomeUnsafe: Others can get at the home.
        PortFixed: The home was made with another base port.
    """
    prepare(home)
    hops = read_hops()
    ports = Ports(_fixed_port(home / "keys" / "base-port", base_port))
    return Blueprint(home=home, ports=ports, keys=load_or_make(home / "keys", hops), hops=hops)


def _fixed_port(path: Path, wanted: int | None) -> int:
    # Issuers contain the port, and everything stored is keyed by them.
    if path.exists():
        made_with = int(path.read_text(encoding="utf-8"))
        if wanted not in {None, made_with}:
            raise PortFixed(made_with)
        return made_with
    port = wanted or BASE_PORT
    Ports(port).require_free()
    write_private(path, str(port).encode())
    return port
