"""Where the key encryption keys of a laptop are kept."""

import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from identity.vault.errors import KeyringUnusable
from identity.vault.key_sources import open_keyring
from identity.vault.key_stores import SERVICE, FileStore, OsKeyring, OsKeyringStore
from identity.vault.keyring import LocalKeyring, make_local_keyring
from identity.vault.names import ResourceNames
from tests.support.vault import FakeOsKeyring, OsKeyringLocked, vault_settings


def keyring_at(path: Path) -> LocalKeyring:
    return LocalKeyring(FileStore(path))


def written(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    return path


def modules_of(backend: FakeOsKeyring) -> Any:
    package = SimpleNamespace(get_keyring=lambda: backend)
    errors = SimpleNamespace(KeyringError=OsKeyringLocked)
    return {"keyring": package, "keyring.errors": errors}.__getitem__


def no_module(name: str) -> ModuleType:
    raise ModuleNotFoundError(name)


def open_for(folder: Path, source: str, modules: Any = no_module) -> LocalKeyring:
    settings = vault_settings("http://127.0.0.1:8702", folder, "http://issuer.test", key_source=source)
    opened = open_keyring(settings, ResourceNames("us-east-1", "0" * 12, ""), lambda: 0.0, modules)
    assert isinstance(opened, LocalKeyring)
    return opened


def test_a_keyring_file_reads_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.kek"
    _, wrapped = make_local_keyring(FileStore(path)).new_data_key("maya")

    assert len(keyring_at(path).unwrap(wrapped, "maya")) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["vault.kek"]


def test_a_keyring_file_is_never_overwritten(tmp_path: Path) -> None:
    make_local_keyring(FileStore(tmp_path / "vault.kek"))
    before = (tmp_path / "vault.kek").read_bytes()

    with pytest.raises(KeyringUnusable, match="already"):
        make_local_keyring(FileStore(tmp_path / "vault.kek"))
    assert (tmp_path / "vault.kek").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_keyring_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_local_keyring(FileStore(tmp_path / "vault.kek"))
    (tmp_path / "vault.kek").chmod(0o640)

    with pytest.raises(KeyringUnusable, match="0600"):
        keyring_at(tmp_path / "vault.kek")


def test_a_keyring_behind_a_link_is_refused(tmp_path: Path) -> None:
    make_local_keyring(FileStore(tmp_path / "vault.kek"))
    (tmp_path / "link.kek").symlink_to(tmp_path / "vault.kek")

    with pytest.raises(KeyringUnusable):
        keyring_at(tmp_path / "link.kek")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        '{"active": 1}',
        '{"active": 2, "keys": {"1": "AAAA"}}',
        '{"active": 1, "keys": {"1": "AAAA"}}',
        json.dumps({"active": 1, "keys": {"1": "A" * 43 + "=", "2": "A" * 43 + "="}}),
    ],
)
def test_a_file_that_is_no_keyring_is_refused(tmp_path: Path, document: str) -> None:
    with pytest.raises(KeyringUnusable):
        keyring_at(written(tmp_path / "vault.kek", document))


def test_a_rotation_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    keyring = make_local_keyring(FileStore(tmp_path / "vault.kek"))
    _, wrapped = keyring.new_data_key("maya")
    (tmp_path / "vault.kek").rename(tmp_path / "kept")
    (tmp_path / "vault.kek").mkdir()

    with pytest.raises(OSError, match="directory"):
        keyring.rotate()
    assert keyring.active == 1
    assert keyring.wrap(keyring.unwrap(wrapped, "maya"), "maya").kek_version == 1


def test_keys_do_not_show_in_text(tmp_path: Path) -> None:
    keyring = make_local_keyring(FileStore(tmp_path / "vault.kek"))
    stored = json.loads((tmp_path / "vault.kek").read_text(encoding="utf-8"))

    assert stored["keys"]["1"] not in repr(keyring) + keyring.describe()
    assert keyring.describe() == "at rest: same-disk key (vault.kek): a copy of the whole home can read the vault"


def test_the_operating_systems_keyring_keeps_the_keys_off_the_disk(tmp_path: Path) -> None:
    backend = FakeOsKeyring()
    made = open_for(tmp_path, "os", modules_of(backend))

    assert list(tmp_path.iterdir()) == []
    assert list(backend.entries) == [(SERVICE, str(tmp_path / "vault.sqlite"))]
    assert made.describe() == "at rest: key in the keyring of the operating system"


def test_automatic_means_the_operating_systems_keyring_where_there_is_one(tmp_path: Path) -> None:
    backend = FakeOsKeyring()
    open_for(tmp_path, "auto", modules_of(backend))

    assert backend.entries
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("modules", [no_module, modules_of(FakeOsKeyring(priority=0))], ids=["absent", "no backend"])
def test_automatic_means_a_file_where_there_is_none(tmp_path: Path, modules: Any) -> None:
    assert "same-disk" in open_for(tmp_path, "auto", modules).describe()
    with pytest.raises(KeyringUnusable, match="no keyring here"):
        open_for(tmp_path / "other", "os", modules)


def test_a_vault_with_a_file_stays_with_its_file(tmp_path: Path) -> None:
    backend = FakeOsKeyring()
    open_for(tmp_path, "file")

    assert "same-disk" in open_for(tmp_path, "auto", modules_of(backend)).describe()
    assert backend.entries == {}


def test_a_locked_keyring_stops_the_vault_rather_than_making_new_keys(tmp_path: Path) -> None:
    backend = FakeOsKeyring()
    open_for(tmp_path, "os", modules_of(backend))
    kept = dict(backend.entries)
    backend.locked = True

    with pytest.raises(KeyringUnusable, match="locked"):
        open_for(tmp_path, "os", modules_of(backend))
    assert backend.entries == kept


def test_an_entry_that_does_not_read_back_is_not_relied_on() -> None:
    backend = FakeOsKeyring(forgets=True)
    store = OsKeyringStore(OsKeyring(backend, OsKeyringLocked), "vault")

    with pytest.raises(KeyringUnusable, match="did not keep"):
        make_local_keyring(store)


def test_two_vaults_of_one_user_have_entries_of_their_own(tmp_path: Path) -> None:
    backend = FakeOsKeyring()
    for name in ("one", "two"):
        open_for(tmp_path / name, "os", modules_of(backend))

    assert len(set(backend.entries.values())) == 2


@pytest.mark.parametrize("source", ["file", "auto"])
def test_a_database_without_its_keyring_says_how_to_recover(tmp_path: Path, source: str) -> None:
    (tmp_path / "vault.sqlite").touch()

    with pytest.raises(KeyringUnusable, match="Put the keyring back from a backup"):
        open_for(tmp_path, source)
    assert not (tmp_path / "vault.kek").exists()
