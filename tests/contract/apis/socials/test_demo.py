from pathlib import Path
from typing import Any

from apis.serving.sqlite_store import SqliteStore
from apis.socials.demo import DemoActivity, DemoAthlete, seed
from tests.support.socials_demo import START, demo_athletes


def everything(store: SqliteStore, athletes: list[DemoAthlete]) -> list[Any]:
    partitions = ["CLUBS", *(athlete.partition for athlete in athletes)]
    partitions += [f"ACTIVITY#{activity.activity_id}" for athlete in athletes for activity in athlete.activities]
    return [item for pk in partitions for item in store.query(pk, None, desc=False, limit=500, cursor=None).items]


def test_seeding_twice_changes_nothing(tmp_path: Path) -> None:
    athletes = demo_athletes()
    with SqliteStore(tmp_path / "s.sqlite") as store:
        seed(store, athletes)
        first = everything(store, athletes)
        seed(store, athletes)
        assert everything(store, athletes) == first


def test_seeding_with_more_activities_adds_them_and_keeps_the_rest(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "s.sqlite") as store:
        seed(store, demo_athletes(3))
        first = everything(store, demo_athletes(3))
        seed(store, demo_athletes(4))
        later = everything(store, demo_athletes(4))
    assert [item for item in later if item in first] == first
    assert len(later) > len(first)


def test_only_club_mates_react(tmp_path: Path) -> None:
    athletes = demo_athletes(40)
    with SqliteStore(tmp_path / "s.sqlite") as store:
        seed(store, athletes)
        found = everything(store, athletes)
    reactions = {
        (item.pk.removeprefix("ACTIVITY#").split("-")[0], item.doc["athlete"])
        for item in found
        if "athlete" in item.doc
    }
    assert reactions == {("maya", "Jonas"), ("maya", "Aiko"), ("jonas", "Maya"), ("aiko", "Maya")}


def test_an_athlete_nobody_knows_gets_no_club(tmp_path: Path) -> None:
    stranger = DemoAthlete("http://issuer", "me", "me", [DemoActivity("a", "Run", START)])
    with SqliteStore(tmp_path / "s.sqlite") as store:
        seed(store, [stranger])
        assert [item.sk for item in store.query(stranger.partition, None, desc=False, limit=9, cursor=None).items] == [
            "ACCOUNT",
            "POST#2026-03-02T17:30:00.000Z#a",
        ]
