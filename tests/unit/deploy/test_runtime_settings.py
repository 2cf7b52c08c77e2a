"""The environment that the templates give to each runtime builds its settings, and they say enough to start."""

from importlib import import_module
from typing import Any

import pytest

from agent.settings import AgentSettings
from agent.team_access import agentcore_client, connect_teams
from deploy.checks.findings import resources
from deploy.checks.iam.resolving import Resolver
from deploy.environments import EnvironmentName, read_environments
from deploy.names import TEAMS
from deploy.templates import read_templates
from tests.support.entry_modules import started

ENVIRONMENTS: tuple[EnvironmentName, ...] = ("sandbox", "production")


def environment_of(name: EnvironmentName, runtime: str) -> dict[str, str]:
    environment, templates = read_environments().named(name), read_templates(name)
    resolver = Resolver(templates, environment.account, environment.region)
    [found] = [
        each
        for each in resources(templates, "AWS::BedrockAgentCore::Runtime")
        if each.properties["AgentRuntimeName"] == runtime
    ]
    given: dict[str, str] = resolver.resolved(found.stack, found.properties["EnvironmentVariables"])
    return given


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("team", TEAMS)
def test_a_server_starts_with_the_environment_of_its_runtime(
    name: EnvironmentName, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment_of(name, f"fitness_mcp_{team}")
    prefix = f"MCP_{team.upper()}_"
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    settings: Any = getattr(import_module(f"mcp_servers.{team}.settings"), f"{team.capitalize()}ServerSettings")()
    unknown = {each.removeprefix(prefix).lower() for each in given if each.startswith(prefix)} - set(
        type(settings).model_fields
    )
    assert unknown == set()
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104 - what AgentCore Runtime asks for
    assert settings.profile == "cognito"
    assert settings.access_key_id is None
    assert settings.vault_url is None
    assert settings.public_url is None
    assert settings.traces_endpoint == "https://xray.us-east-1.amazonaws.com/v1/traces"
    import_module(f"mcp_servers.{team}.app").create_app(settings)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_coach_starts_with_the_environment_of_its_runtime(
    name: EnvironmentName, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment_of(name, "fitness_coach")
    monkeypatch.delenv("COACH_SECRET_ID", raising=False)
    for variable, value in given.items():
        if variable != "COACH_SECRET_ID":
            monkeypatch.setenv(variable, value)
    monkeypatch.setenv("COACH_CONSENT_STATE_KEY", "k" * 48)  # what the secret holds
    settings = AgentSettings()
    unknown = {each.removeprefix("COACH_").lower() for each in given if each.startswith("COACH_")} - set(
        AgentSettings.model_fields
    )
    assert unknown == set()
    assert settings.traces_are_redacted
    assert settings.memory_id
    assert settings.traces_endpoint == "https://xray.us-east-1.amazonaws.com/v1/traces"
    assert settings.trust.profile == "cognito"
    assert settings.gateway().endpoint.endswith("GatewayUrl")
    toolbox = connect_teams(settings, agentcore_client(settings))
    toolbox.close()


def test_a_server_without_its_issuer_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    given = environment_of("sandbox", "fitness_mcp_routes")
    del given["MCP_ROUTES_ISSUER"]
    with pytest.raises(ValueError, match="issuer"):
        started("mcp_servers.routes.settings", monkeypatch, **given).RoutesServerSettings()
