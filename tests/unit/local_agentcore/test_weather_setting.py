"""Who is asked for weather reaches the one API that asks, and nobody else."""

from dataclasses import replace

import pytest

from apis.activities.weather.serving import WhileServing
from local_agentcore import stack
from local_agentcore.blueprint import Blueprint, open_home
from local_agentcore.settings import StackSettings
from local_agentcore.stack import endpoints
from local_agentcore.team_parts import api
from tests.support.running_stack import free_ports


@pytest.fixture(scope="module")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Blueprint:
    return open_home(tmp_path_factory.mktemp("stack") / "home", free_ports().base)


def test_the_environment_decides_who_is_asked(blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_WEATHER", "open-meteo")
    settings = StackSettings(home=blueprint.home)
    assert stack._planned(stack._options([], settings), settings).weather == "open-meteo"


def test_by_default_nobody_is_asked(blueprint: Blueprint) -> None:
    assert not isinstance(api(blueprint, "activities"), WhileServing)
    assert endpoints(blueprint, {})["weather"] == "none"


@pytest.mark.parametrize(("team", "asks"), [("activities", True), ("routes", False), ("support", False)])
def test_only_the_activities_api_asks(blueprint: Blueprint, team: str, asks: bool) -> None:
    asking = replace(blueprint, weather="open-meteo")
    assert isinstance(api(asking, team), WhileServing) is asks
    assert endpoints(asking, {})["weather"] == "open-meteo"
