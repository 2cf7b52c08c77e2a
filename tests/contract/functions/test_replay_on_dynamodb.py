"""The same recorded events over a DynamoDB table, as on AWS: the answers are those of the laptop's database."""

from pathlib import Path
from typing import Any

import pytest

from apis.serving.dynamo_store import DynamoStore
from apis.socials.demo import seed
from tests.contract.functions import test_replay as replay
from tests.support.api_client import team_settings
from tests.support.dynamo_table import in_moto
from tests.support.entry_modules import started
from tests.support.socials_demo import demo_athletes

STORING = ("activities", "socials", "support")


def on_a_table(team: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> replay.Replay:
    """The function as Lambda starts it, with nothing of a file in its environment."""
    if team == "socials":
        seed(DynamoStore(client, "items"), demo_athletes())
    monkeypatch.delenv(f"{team.upper()}_API_DATABASE", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    prefix = f"{team.upper()}_API_"
    environment = {f"{prefix}TABLE": "items", f"{prefix}CURSOR_KEY": team_settings(team)["cursor_key"]}
    return replay.replaying(started(f"apis.{team}.function", monkeypatch, **environment))


@pytest.mark.parametrize("team", STORING)
async def test_the_function_gives_the_same_answers_over_a_table(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_a_file = replay.deployed(team, tmp_path / "file", monkeypatch)
    with in_moto() as client:
        over_a_table = on_a_table(team, client, monkeypatch)
        for recorded in replay.recorded_events(team):
            answer, expected = await over_a_table.answer(recorded), await over_a_file.answer(recorded)
            assert answer == expected, recorded["name"]
        assert client.scan(TableName="items")["Count"] > 0
