from pathlib import Path

import pytest

from identity.authorization_server.database import open_database
from identity.authorization_server.pools import UserConfig
from identity.authorization_server.users import Users
from local_agentcore.athletes import user_records
from local_agentcore.home import prepare

ISSUER = "http://127.0.0.1:8700/coach"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    prepare(tmp_path / "home")
    return tmp_path / "home"


def test_the_athlete_who_is_sixteen_is_a_minor_and_nobody_else_is(home: Path) -> None:
    groups = {record["username"]: record["groups"] for record in user_records(home, ISSUER, "throw-away")}
    assert groups == {"maya": (), "jonas": (), "aiko": ("minors",), "me": ()}


def test_a_home_from_before_the_groups_keeps_its_people_and_their_sign_ins(home: Path) -> None:
    connection = open_database(home / "identity.sqlite")
    users = Users(connection, "coach")
    records = user_records(home, ISSUER, "throw-away")
    users.provision([UserConfig(**{**record, "groups": (), "sub": "older"}) for record in records[2:3]], frozenset())
    ended = users.provision([UserConfig(**record) for record in records], frozenset())
    aiko = users.by_username("aiko")
    connection.close()
    assert ended == frozenset()
    assert aiko is not None
    assert (aiko.sub, aiko.groups) == ("older", ("minors",))
