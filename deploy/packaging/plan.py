"""The packages."""

from dataclasses import dataclass
from typing import Final, Literal

from deploy.names import TEAMS

PYTHON: Final = "3.13"
MEBIBYTE: Final = 1024 * 1024
Platform = Literal["aarch64-manylinux_2_28", "x86_64-manylinux_2_28"]
ARM64: Final[Platform] = "aarch64-manylinux_2_28"
#: ELF e_machine of each platform. Lambda and AgentCore Runtime run on Amazon Linux 2023, whose glibc is 2.34.
MACHINES: Final[dict[Platform, int]] = {"aarch64-manylinux_2_28": 183, "x86_64-manylinux_2_28": 62}


@dataclass(frozen=True, slots=True)
class Package:
    """One zip.

    Attributes:
        entry: Module that is started or imported.
        group: Dependency group of pyproject.toml.
        runtime: Whether AgentCore Runtime starts its `main.py`; else Lambda imports the entry.
        folders: Data of the repository that is read by path and not found beside a module.
        most_zipped: Bytes of the zip.
        most_unpacked: Bytes of its content.
    """

    name: str
    entry: tuple[str, ...]
    group: str
    runtime: bool
    folders: tuple[str, ...] = ()

    @property
    def most_zipped(self) -> int:
        # Lambda takes 250 MB unpacked from S3; AgentCore Runtime 250 MB zipped.
        return 250 * MEBIBYTE

    @property
    def most_unpacked(self) -> int:
        return (750 if self.runtime else 250) * MEBIBYTE


def packages() -> tuple[Package, ...]:
    """All of them; names are those of `deploy.names.packages`."""
    return (
        Package("agent", ("agent.app",), "deploy-agent", runtime=True, folders=("gateway_config",)),
        *(
            Package(f"mcp-{team}", (f"mcp_servers.{team}.__main__",), "deploy-mcp-server", runtime=True)
            for team in TEAMS
        ),
        *(Package(f"api-{team}", _functions(team), _group(team), runtime=False) for team in TEAMS),
        Package(
            "authorizer",
            ("apis.serving.authorizer_function",),
            "deploy-authorizer",
            runtime=False,
            folders=("gateway_config/api_policies",),
        ),
        Package("consent-return", ("identity.consent_return.function",), "deploy-consent-return", runtime=False),
    )


def _functions(team: str) -> tuple[str, ...]:
    own = (f"apis.{team}.function",)
    return (*own, "apis.activities.weather_function") if team == "activities" else own


def _group(team: str) -> str:
    # numpy and scipy are 200 MB, and only the activities compute.
    return "deploy-api" if team == "activities" else "deploy-api-light"
