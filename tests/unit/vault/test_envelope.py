"""Rows at rest: they open under their own name, with their own key, or not at all."""

import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from identity.length_prefixed import length_prefixed
from identity.vault.data_keys import DataKeys
from identity.vault.database import open_database
from identity.vault.envelope import Envelopes, RowName, user_owner, workload_owner
from identity.vault.errors import SealBroken
from identity.vault.key_stores import FileStore
from identity.vault.keyring import make_local_keyring
from identity.vault.row_ledger import RowLedger
from tests.support.vault import SilentTrail

MAYA, JONAS = user_owner("http://issuer.test/coach", "maya"), user_owner("http://issuer.test/coach", "jonas")
NAME = RowName(MAYA, "coach", "coach-exchange", "scopes-1", 3)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path / "vault.sqlite")
    yield connection
    connection.close()


@pytest.fixture
def envelopes(database: sqlite3.Connection, tmp_path: Path) -> Envelopes:
    return Envelopes(
        DataKeys(database, make_local_keyring(FileStore(tmp_path / "vault.kek"))), RowLedger(database), SilentTrail()
    )


def test_a_row_opens_under_its_name(envelopes: Envelopes) -> None:
    assert envelopes.open(NAME, envelopes.seal(NAME, b"secret")) == b"secret"


@pytest.mark.case("V09")
@pytest.mark.parametrize(
    "change",
    [
        {"owner": JONAS},
        {"client": "mcp-routes"},
        {"provider": "mcp-routes-exchange"},
        {"scopes_hash": "scopes-2"},
        {"version": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_moved_to_another_name_does_not_open(envelopes: Envelopes, change: dict[str, str]) -> None:
    sealed = envelopes.seal(NAME, b"secret")
    other = dataclasses.replace(NAME, **change)  # type: ignore[arg-type]  # one field at a time
    envelopes.seal(other, b"another")  # so that the other owner has a data key

    with pytest.raises(SealBroken):
        envelopes.open(other, sealed)


@pytest.mark.case("V09")
@pytest.mark.parametrize(
    "change", [{"client": "mcp-routes"}, {"provider": "p2"}, {"scopes_hash": "s2"}, {"version": 2}]
)
def test_the_name_alone_keeps_rows_of_one_owner_apart(envelopes: Envelopes, change: dict[str, str]) -> None:
    """Same data key: only the associated data can refuse."""
    sealed = envelopes.seal(NAME, b"secret")

    with pytest.raises(SealBroken):
        envelopes.open(dataclasses.replace(NAME, **change), sealed)  # type: ignore[arg-type]  # one field at a time


def test_parts_of_a_name_cannot_flow_into_one_another() -> None:
    assert length_prefixed("ab", "c") != length_prefixed("a", "bc")
    assert RowName("a", "b|c", "d", "e").associated_data() != RowName("a|b", "c", "d", "e").associated_data()


@pytest.mark.case("V10")
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]), id="bit of the tag"),
        pytest.param(lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:], id="bit of the nonce"),
        pytest.param(lambda sealed: sealed[:14] + bytes([sealed[14] ^ 1]) + sealed[15:], id="bit of the text"),
        pytest.param(lambda sealed: sealed[:-1], id="cut"),
        pytest.param(lambda sealed: sealed[:5], id="cut in the nonce"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_a_damaged_row_does_not_open(envelopes: Envelopes, damage: object) -> None:
    sealed = envelopes.seal(NAME, b"secret")
    assert callable(damage)

    with pytest.raises(SealBroken):
        envelopes.open(NAME, damage(sealed))


@pytest.mark.case("V10")
def test_a_row_does_not_open_with_another_owners_data_key(envelopes: Envelopes, database: sqlite3.Connection) -> None:
    sealed = envelopes.seal(NAME, b"secret")
    envelopes.seal(dataclasses.replace(NAME, owner=JONAS), b"another")
    database.execute(
        "UPDATE data_key SET sealed = (SELECT sealed FROM data_key WHERE owner = ?) WHERE owner = ?", (JONAS, MAYA)
    )

    with pytest.raises(SealBroken):
        envelopes.open(NAME, sealed)


@pytest.mark.case("V10")
def test_equal_texts_never_share_a_nonce(envelopes: Envelopes) -> None:
    nonces = {envelopes.seal(NAME, b"secret")[:12] for _ in range(200)}

    assert len(nonces) == 200


def test_a_shredded_owner_is_unreadable_and_others_are_not(envelopes: Envelopes) -> None:
    other = dataclasses.replace(NAME, owner=workload_owner("coach"))
    mine, theirs = envelopes.seal(NAME, b"secret"), envelopes.seal(other, b"theirs")

    envelopes.shred(MAYA)

    with pytest.raises(SealBroken):
        envelopes.open(NAME, mine)
    assert envelopes.open(other, theirs) == b"theirs"


def test_the_database_file_is_its_users_alone(tmp_path: Path, database: sqlite3.Connection) -> None:
    assert (tmp_path / "vault.sqlite").stat().st_mode & 0o777 == 0o600
    assert database.execute("PRAGMA secure_delete").fetchone()[0] == 1
    assert database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.mark.case("V11")
@pytest.mark.parametrize("version", [3, 4])
def test_an_old_sealing_does_not_open_once_a_newer_one_was_read(envelopes: Envelopes, version: int) -> None:
    """Put back together with its version, whether or not the newer one has another version."""
    old = envelopes.seal(NAME, b"old")
    newer = dataclasses.replace(NAME, version=version)
    new = envelopes.seal(newer, b"new")

    assert envelopes.open(NAME, old) == b"old"  # the new one may not have been stored
    assert envelopes.open(newer, new) == b"new"
    with pytest.raises(SealBroken):
        envelopes.open(NAME, old)
    assert envelopes.open(newer, new) == b"new"


@pytest.mark.case("V11")
def test_a_row_that_was_shredded_and_comes_back_does_not_open(
    envelopes: Envelopes, database: sqlite3.Connection
) -> None:
    sealed = envelopes.seal(NAME, b"old")
    key = database.execute("SELECT * FROM data_key WHERE owner = ?", (MAYA,)).fetchone()
    envelopes.shred(MAYA)
    database.execute("INSERT INTO data_key VALUES (?, ?, ?)", tuple(key))

    with pytest.raises(SealBroken):
        envelopes.open(NAME, sealed)


def test_rows_from_before_the_ledger_are_taken_in_once(database: sqlite3.Connection, tmp_path: Path) -> None:
    keys = DataKeys(database, make_local_keyring(FileStore(tmp_path / "vault.kek")))
    envelopes = Envelopes(keys, RowLedger(database, trusts_unlisted=True), SilentTrail())
    old = envelopes.seal(NAME, b"old")
    database.execute("DELETE FROM row_seal")

    assert envelopes.open(NAME, old) == b"old"
    assert envelopes.open(NAME, envelopes.seal(NAME, b"new")) == b"new"
    with pytest.raises(SealBroken):
        envelopes.open(NAME, old)
