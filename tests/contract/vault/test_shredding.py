"""What is deleted is gone, from file and write-ahead log (V12); what is put back is refused or told (V11)."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from identity.vault.audit import CHECKPOINT_EVERY
from identity.vault.data_keys import DataKeys
from identity.vault.database import open_database
from identity.vault.envelope import Envelopes, RowName, user_owner
from identity.vault.housekeeping import Housekeeping
from identity.vault.key_stores import FileStore
from identity.vault.keyring import make_local_keyring
from identity.vault.row_ledger import RowLedger
from tests.support.vault import RunningVault, SilentTrail, running_vault

MAYA = user_owner("http://issuer.test/coach", "maya")


def ask(vault: RunningVault, token: str, scope: str = "activities/read") -> str:
    answer = vault.client().get_resource_oauth2_token(
        workloadIdentityToken=token,
        resourceCredentialProviderName="coach-exchange",
        scopes=[scope],
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
    )
    return str(answer["accessToken"])


@pytest.mark.case("V12")
def test_a_shredded_data_key_is_in_no_byte_of_database_and_log(tmp_path: Path) -> None:
    path = tmp_path / "vault.sqlite"
    database = open_database(path)
    keys = DataKeys(database, make_local_keyring(FileStore(tmp_path / "vault.kek")))
    envelopes = Envelopes(keys, RowLedger(database), SilentTrail())
    envelopes.seal(RowName(MAYA, "coach", "p", "s"), b"secret")
    wrapped = database.execute("SELECT sealed FROM data_key WHERE owner = ?", (MAYA,)).fetchone()["sealed"]

    def on_disk() -> bool:
        return any(wrapped in one.read_bytes() for one in tmp_path.glob("vault.sqlite*"))

    assert on_disk()  # the search can find it
    envelopes.shred(MAYA)
    assert not on_disk()
    database.close()
    assert not on_disk()


def test_housekeeping_destroys_the_keys_of_people_with_nothing_left(vault: RunningVault) -> None:
    gone, stays = (vault.provider.user_token(name) for name in ("gone", "stays"))
    ask(vault, vault.workload_token(gone))
    database = sqlite3.connect(vault.settings.database_path, isolation_level=None)
    database.row_factory = sqlite3.Row
    envelopes = Envelopes(DataKeys(database, make_local_keyring(_Nowhere())), RowLedger(database), SilentTrail())

    def owners() -> str:
        return str([row["owner"] for row in database.execute("SELECT owner FROM data_key")])

    assert Housekeeping(database, envelopes, vault.clock).tidy() == 0
    assert "gone" in owners()
    later = lambda: vault.clock() + 90_000  # noqa: E731  a clock
    assert Housekeeping(database, envelopes, later).tidy() == 1
    ask(vault, vault.workload_token(stays))
    assert "gone" not in owners()
    assert "stays" in owners()
    assert Housekeeping(database, envelopes, vault.clock).tidy() == 0
    database.close()


@pytest.mark.case("V11")
def test_a_cached_token_put_back_over_a_newer_one_is_refused_with_an_alarm(fresh_vault: RunningVault) -> None:
    token = fresh_vault.workload_token(fresh_vault.provider.user_token())
    ask(fresh_vault, token)
    attacker = sqlite3.connect(fresh_vault.settings.database_path, isolation_level=None)
    old = attacker.execute(
        "SELECT version, sealed, key_digest FROM resource_token WHERE owner LIKE '%maya%'"
    ).fetchone()
    fresh_vault.client().get_resource_oauth2_token(
        workloadIdentityToken=token,
        resourceCredentialProviderName="coach-exchange",
        scopes=["activities/read"],
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
        forceAuthentication=True,
    )
    ask(fresh_vault, token)
    attacker.execute("UPDATE resource_token SET version = ?, sealed = ? WHERE key_digest = ?", old)
    attacker.close()

    with pytest.raises(ClientError):
        ask(fresh_vault, token)
    lines = [json.loads(line) for line in fresh_vault.settings.audit_log.read_text(encoding="utf-8").splitlines()]
    assert [line["decision"] for line in lines if line["decision"] == "rolled-back"] == ["rolled-back"]


@pytest.mark.case("V11")
def test_a_database_put_back_whole_is_told_at_the_next_start(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        token = vault.workload_token(vault.provider.user_token())
    shutil.copy(tmp_path / "vault.sqlite", tmp_path / "kept")
    with running_vault(tmp_path, provisioned=False) as vault:
        for _ in range(CHECKPOINT_EVERY + 1):
            vault.client("operator", "bedrock-agentcore-control").get_workload_identity(name="coach")
    alarm = '"event": "database-rolled-back"'
    log = tmp_path / "vault.audit.jsonl"
    assert alarm not in log.read_text(encoding="utf-8")
    shutil.copy(tmp_path / "kept", tmp_path / "vault.sqlite")

    with running_vault(tmp_path, provisioned=False) as vault:
        assert alarm in log.read_text(encoding="utf-8")
        assert vault.local("/local/audit/verify").json()["ok"]
    assert token


class _Nowhere:
    """A key store for a keyring that is never asked to open anything."""

    def __init__(self) -> None:
        self._text: str | None = None

    def read(self) -> str | None:
        return self._text

    def create(self, text: str) -> None:
        self._text = text

    def replace(self, text: str) -> None:
        self._text = text

    def describe(self) -> str:
        return "nowhere"
