"""What a pool may not be configured to be, and what stays when it is configured again."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from identity.authorization_server.database import open_database
from identity.authorization_server.errors import ConfigurationRefused, KeyFileExposed
from identity.authorization_server.keys import load_or_create_keys
from identity.authorization_server.passwords import hash_password, matches
from identity.authorization_server.pools import PoolConfig, UserConfig
from identity.authorization_server.users import Users
from tests.support.authorization_server import client, pool_config, running_authorization_server, settings_in


@pytest.mark.case("K17")
def test_a_client_cannot_be_named_like_a_persons_subject() -> None:
    with pytest.raises(ValidationError, match="both a client and the subject of a user"):
        PoolConfig(
            name="coach",
            users=(UserConfig(username="maya", sub="coach-exchange", name="Maya"),),
            clients=(client("coach-exchange", grants=()),),
        )


@pytest.mark.case("K17")
def test_a_client_cannot_be_named_like_the_subject_of_somebody_stored_before(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "a.sqlite")
    users = Users(connection, "coach")
    users.provision([UserConfig(username="maya", sub="later-a-client", name="Maya")], frozenset())
    with pytest.raises(ConfigurationRefused):
        users.provision([], frozenset({"later-a-client"}))
    connection.close()


def test_a_subject_stays_when_the_configuration_changes(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "a.sqlite")
    users = Users(connection, "coach")
    users.provision([UserConfig(username="maya", sub="first", name="Maya")], frozenset())
    users.provision([UserConfig(username="maya", sub="second", name="Maya M.")], frozenset())
    found = users.by_username("maya")
    connection.close()
    assert found is not None
    assert (found.sub, found.name) == ("first", "Maya M.")


def test_the_same_name_in_two_pools_is_two_people(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "a.sqlite")
    Users(connection, "coach").provision([UserConfig(username="maya", sub="a", name="Maya")], frozenset())
    other = Users(connection, "socials").by_username("maya")
    connection.close()
    assert other is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"grants": ("client_credentials",)}, id="credentials without a secret"),
        pytest.param({"grants": ("token_exchange",)}, id="exchange without a secret"),
        pytest.param({"grants": (), "scopes": ("admin",)}, id="unknown scope"),
        pytest.param({"grants": (), "represents": ("nobody",)}, id="unknown audience"),
        pytest.param({"grants": (), "targets": ({"audience": "nobody", "grants": ()},)}, id="unknown target"),
        pytest.param({"grants": ("password",)}, id="unknown grant"),
        pytest.param({"grants": (), "surprise": 1}, id="unknown field"),
    ],
)
def test_a_client_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PoolConfig.model_validate({"name": "coach", "clients": [{"client_id": "x", "name": "x", **changes}]})


def test_two_clients_with_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="exists twice"):
        pool_config(clients=(client("x", grants=()), client("x", grants=())))


@pytest.mark.parametrize(
    ("base_url", "local_sign_in"),
    [
        pytest.param("http://login.example", False, id="no https"),
        pytest.param("https://login.example", True, id="key-file sign-in off loopback"),
        pytest.param("http://0.0.0.0:8700", False, id="every interface"),
        pytest.param("http://127.0.0.1:8700/x", True, id="a path"),
    ],
)
def test_development_defaults_are_refused_off_loopback(tmp_path: Path, base_url: str, *, local_sign_in: bool) -> None:
    with pytest.raises(ValidationError):
        settings_in(tmp_path, base_url=base_url, local_sign_in=local_sign_in)


def test_a_code_may_not_live_longer_than_a_minute() -> None:
    with pytest.raises(ValidationError):
        pool_config(code_lifetime_s=61)


@pytest.mark.case("N33")
def test_keys_are_made_once_two_of_them_and_private(tmp_path: Path) -> None:
    first = load_or_create_keys(tmp_path / "keys", "coach")
    second = load_or_create_keys(tmp_path / "keys", "coach")
    file = tmp_path / "keys" / "coach.jwks"
    assert [key.purpose for key in first] == ["access", "id"]
    assert [key.key.kid for key in first] == [key.key.kid for key in second]
    assert first[0].key.kid != first[1].key.kid
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [key.public.keys() for key in second] == [{"kty", "n", "e", "use", "alg", "kid"}] * 2


def test_exposed_keys_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    load_or_create_keys(folder, "coach")
    (folder / "coach.jwks").chmod(0o640)
    with pytest.raises(KeyFileExposed):
        load_or_create_keys(folder, "coach")
    (folder / "coach.jwks").chmod(0o600)
    folder.chmod(0o755)
    with pytest.raises(KeyFileExposed):
        load_or_create_keys(folder, "coach")


def test_keys_behind_a_link_are_refused(tmp_path: Path) -> None:
    load_or_create_keys(tmp_path / "elsewhere", "coach")
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    (folder / "coach.jwks").symlink_to(tmp_path / "elsewhere" / "coach.jwks")
    with pytest.raises(KeyFileExposed):
        load_or_create_keys(folder, "coach")


def test_the_database_is_private(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "a.sqlite")
    connection.close()
    assert stat.S_IMODE((tmp_path / "a.sqlite").stat().st_mode) == 0o600


def test_a_password_is_recognised_and_its_hash_is_salted() -> None:
    one, other = hash_password("secret", cost=16), hash_password("secret", cost=16)
    assert one != other
    assert matches("secret", one)
    assert not matches("Secret", one)
    assert not matches("", None)


def test_settings_can_be_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = settings_in(tmp_path)
    prefix = "COACH_AUTHORIZATION_SERVER_"
    monkeypatch.setenv(f"{prefix}DATABASE", str(wanted.database))
    monkeypatch.setenv(f"{prefix}KEYS_FOLDER", str(wanted.keys_folder))
    monkeypatch.setenv(f"{prefix}POOLS", json.dumps([{"name": "coach"}]))
    read = type(wanted)()
    assert read.pools == (PoolConfig(name="coach"),)
    assert (read.host, read.port) == ("127.0.0.1", 8700)


async def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    async with running_authorization_server(tmp_path) as running:
        tokens = await running.sign_in()
    async with running_authorization_server(tmp_path) as running:
        assert (await running.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.case("A13")
@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("https://a.example;script-src/callback", id="a directive"),
        pytest.param("https://\u0430pp.example/callback", id="another alphabet"),
        pytest.param("https://a,b.example/callback", id="a comma"),
    ],
)
def test_a_redirect_host_is_plain_enough_for_a_policy_and_for_a_reader(uri: str) -> None:
    with pytest.raises(ValidationError, match="plain ASCII host"):
        client("app", grants=("authorization_code",), redirect_uris=(uri,))


@pytest.mark.parametrize("uri", ["https://xn--pp-8cd.example/callback", "http://[::1]:9000/", "http://127.0.0.1/"])
def test_honest_hosts_may_be_registered(uri: str) -> None:
    assert client("app", grants=("authorization_code",), redirect_uris=(uri,)).redirect_uris == (uri,)


def test_where_a_client_sends_the_browser_on_to_is_an_origin() -> None:
    assert client("app", grants=(), onward_origins=("https://a.example",)).onward_origins == ("https://a.example",)
    with pytest.raises(ValidationError, match="more than an origin"):
        client("app", grants=(), onward_origins=("https://a.example/page",))
