"""`coach config lint` as scripts see it: words, JSON, exit code."""

import json
from pathlib import Path

import pytest

from agent.terminal.__main__ import main
from agent.terminal.commands import config
from gateway_config.lint.check import check
from gateway_config.lint.findings import Finding
from gateway_config.lint.values import Where
from tests.support.changed_config import ChangedConfig


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "home"))


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command looks at a configuration with an endpoint without TLS."""
    changed = ChangedConfig(tmp_path)
    changed.replace("targets/routes.yaml", "${URL:mcp-routes}", "http://routes.example.com")

    def check_changed(where: Where) -> list[Finding]:
        return check(where, changed.folder)

    monkeypatch.setattr(config, "check", check_changed)


def test_a_configuration_without_findings_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "lint"]) == 0
    assert capsys.readouterr().out == "gateway_config for laptop: nothing found\n"
    assert main(["config", "lint", "--target", "aws", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"target": "aws", "findings": []}


@pytest.mark.usefixtures("broken")
def test_a_finding_is_told_with_place_ground_and_mend_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "lint", "--target", "aws"]) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("targets/routes.yaml: targetConfiguration.mcp.mcpServer.endpoint: ")
    assert first.endswith("[https-endpoint]")
    assert second == (
        "    the model refuses it (CreateGatewayTarget). Put TLS before the server and give its https URL."
    )
    assert last.endswith("AWS itself was not asked): 1 found")


@pytest.mark.usefixtures("broken")
def test_json_has_the_same_in_members(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "lint", "--target", "aws", "--json"]) == 1
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert set(finding) == {"code", "file", "path", "what", "ground", "mend"}
    assert finding["ground"] == {"kind": "model", "source": "CreateGatewayTarget", "as_of": ""}


@pytest.mark.usefixtures("broken")
def test_what_only_aws_refuses_is_not_found_on_a_laptop(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "lint"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_what_documentation_says_is_told_with_the_day_on_which_it_said_so(tmp_path: Path) -> None:
    changed = ChangedConfig(tmp_path)
    changed.replace("gateway.yaml", '"2025-06-18"', '"2024-11-05"')
    [finding] = check("aws", changed.folder)
    assert "documented as unsupported on 2026-11-26 (gateway-using)" in str(finding)


def test_another_target_than_aws_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["config", "lint", "--target", "azure"])
    assert ended.value.code == 2
