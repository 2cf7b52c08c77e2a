"""Every third-party module that a deployable imports is in its dependency group."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = {"agent", "apis", "gateway_config", "identity", "local_agentcore", "mcp_servers"}
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


def source_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None)


def imports_of(module: str) -> set[str]:
    path = source_of(module)
    if path is None:
        return set()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if source_of(f"{node.module}.{alias.name}")}
    return found


def third_party(entries: list[str]) -> set[str]:
    seen: set[str] = set()
    waiting, names = list(entries), set[str]()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for imported in imports_of(module):
            top = imported.partition(".")[0]
            if top in PACKAGES:
                waiting.append(imported)
            elif top not in sys.stdlib_module_names:
                names.add(top)
    return names


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
