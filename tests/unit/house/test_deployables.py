"""Every third-party module that a deployable imports is in its dependency group."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.packaging.closure import OWN, imports_of, modules

ROOT = Path(__file__).parents[3]
TEAMS = ("activities", "routes", "socials", "support")
DEPLOYABLES = {
    "deploy-agent": ["agent.app"],
    "deploy-mcp-server": [f"mcp_servers.{team}.__main__" for team in TEAMS],
    "deploy-api": ["apis.activities.function", "apis.activities.weather_function"],
    "deploy-api-light": [f"apis.{team}.function" for team in TEAMS if team != "activities"],
    "deploy-authorizer": ["apis.serving.authorizer_function"],
    "deploy-identity": ["identity.authorization_server.__main__", "identity.vault.__main__"],
    "deploy-consent-return": ["identity.consent_return.__main__", "identity.consent_return.function"],
    "deploy-terminal": ["agent.terminal.__main__", "agent.terminal.commands.chat", "agent.terminal.commands.trace"],
}
# Brought by another distribution on purpose: botocore is boto3's core, httpx2 and mcp_types come with mcp.
COMPANIONS = {"botocore": "boto3", "httpx2": "mcp", "mcp-types": "mcp", "opentelemetry-api": "opentelemetry-sdk"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def third_party(entries: list[str]) -> set[str]:
    """Top-level names of what the modules of a deployable import from elsewhere."""
    imported = {name.partition(".")[0] for module in modules(entries) for name in imports_of(module)}
    return imported - set(OWN) - sys.stdlib_module_names


@pytest.mark.parametrize("group", DEPLOYABLES)
def test_a_deployables_group_names_everything_it_imports(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in project["dependency-groups"][group]}
    distributions = packages_distributions()
    missing = {
        module
        for module in third_party(DEPLOYABLES[group])
        if not {COMPANIONS.get(canonical(name), canonical(name)) for name in distributions.get(module, [])} & listed
    }
    assert missing == set()
