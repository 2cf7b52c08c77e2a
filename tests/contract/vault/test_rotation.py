"""Rotation of the key encryption key, under load and across restarts (V14)."""

import json
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.vault import RunningVault, running_vault

SAME_LENGTH_OF_WAIT_S = 5.0


def versions(folder: Path) -> set[int]:
    database = sqlite3.connect(folder / "vault.sqlite")
    found = {version for (version,) in database.execute("SELECT kek_version FROM data_key")}
    database.close()
    return found


def keys_left(folder: Path) -> list[str]:
    return sorted(json.loads((folder / "vault.kek").read_text(encoding="utf-8"))["keys"])


def wait_until_retired(folder: Path, left: list[str]) -> None:
    deadline = time.monotonic() + SAME_LENGTH_OF_WAIT_S
    while keys_left(folder) != left and time.monotonic() < deadline:
        time.sleep(0.02)
    assert keys_left(folder) == left


def ask(vault: RunningVault, token: str, scope: str = "activities/read") -> str:
    answer = vault.client().get_resource_oauth2_token(
        workloadIdentityToken=token,
        resourceCredentialProviderName="coach-exchange",
        scopes=[scope],
        oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
    )
    return str(answer["accessToken"])


@pytest.mark.case("V14")
def test_no_call_fails_while_keys_rotate(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        tokens = [vault.workload_token(vault.provider.user_token(f"athlete-{number}")) for number in range(60)]
        for token in tokens:
            ask(vault, token)
        failures: list[BaseException] = []
        calls: list[int] = []
        stop = threading.Event()

        def keep_calling(offset: int) -> None:
            done = 0
            while not stop.is_set():
                try:
                    ask(vault, tokens[(offset + done) % len(tokens)])
                except (ClientError, httpx.HTTPError) as error:
                    failures.append(error)
                done += 1
            calls.append(done)

        callers = [threading.Thread(target=keep_calling, args=(offset,)) for offset in (0, 17, 41)]
        for caller in callers:
            caller.start()
        for version in (2, 3, 4):
            assert vault.local("/local/keys/rotate").json() == {"activeVersion": version}
            wait_until_retired(tmp_path, [str(version)])
        stop.set()
        for caller in callers:
            caller.join()

    assert failures == []
    assert sum(calls) > 20
    assert versions(tmp_path) == {4}


@pytest.mark.case("V14")
def test_what_was_wrapped_with_a_retired_version_is_undecryptable(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        token = vault.workload_token(vault.provider.user_token())
        issued = ask(vault, token)
        with sqlite3.connect(tmp_path / "vault.sqlite") as database:
            old = database.execute("SELECT kek_version, sealed, owner FROM data_key").fetchall()
        vault.local("/local/keys/rotate")
        wait_until_retired(tmp_path, ["2"])
        assert ask(vault, token) == issued

        with sqlite3.connect(tmp_path / "vault.sqlite") as database:
            database.executemany("UPDATE data_key SET kek_version = ?, sealed = ? WHERE owner = ?", old)
        with pytest.raises(ClientError) as refused:
            ask(vault, token)
    assert refused.value.response["Error"]["Message"] == "a stored secret could not be opened"


@pytest.mark.case("V14")
def test_handles_and_the_audit_log_outlive_a_rotation_and_a_restart(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        user_token = vault.provider.user_token()
        token = vault.workload_token(user_token)
        issued = ask(vault, token)
        vault.local("/local/keys/rotate")
        wait_until_retired(tmp_path, ["2"])
        assert vault.workload_token(user_token) == token

    with running_vault(tmp_path, provisioned=False, provider=vault.provider) as again:
        assert ask(again, token) == issued
        verdict = again.local("/local/audit/verify").json()
    assert verdict == {"entries": verdict["entries"], "ok": True}
    assert verdict["entries"] > 5


@pytest.mark.case("V14")
def test_a_rotation_that_was_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        token = vault.workload_token(vault.provider.user_token())
        issued = ask(vault, token)
    document = json.loads((tmp_path / "vault.kek").read_text(encoding="utf-8"))
    document = {"active": 2, "keys": document["keys"] | {"2": "A" * 43 + "="}}
    (tmp_path / "vault.kek").write_text(json.dumps(document), encoding="utf-8")
    assert versions(tmp_path) == {1}

    with running_vault(tmp_path, provisioned=False, provider=vault.provider) as again:
        wait_until_retired(tmp_path, ["2"])
        assert ask(again, token) == issued
    assert versions(tmp_path) == {2}


@pytest.mark.case("V14")
def test_a_data_key_that_cannot_be_read_keeps_its_version_alive(tmp_path: Path) -> None:
    """Destroying a key that something still needs would be worse than keeping it."""
    with running_vault(tmp_path) as vault:
        vault.workload_token(vault.provider.user_token())
        with sqlite3.connect(tmp_path / "vault.sqlite") as database:
            database.execute("UPDATE data_key SET sealed = zeroblob(60) WHERE owner LIKE '%maya%'")
        vault.local("/local/keys/rotate")
        vault.control().get_workload_identity(name="coach")
    log = (tmp_path / "vault.audit.jsonl").read_text(encoding="utf-8")

    assert keys_left(tmp_path) == ["1", "2"]
    assert '"event": "retire", "who": "vault", "what": "below version 2", "decision": "kept"' in log


@pytest.mark.case("S12")
@pytest.mark.parametrize("path", ["/local/keys/rotate", "/local/audit/verify"])
def test_a_workloads_key_may_not_call_the_operators_operations(vault: RunningVault, path: str) -> None:
    refused = vault.local(path, "coach")

    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert vault.local("/local/audit/verify").status_code == 200


@pytest.mark.case("V25")
def test_the_operation_finds_a_line_that_was_deleted_while_the_vault_runs(fresh_vault: RunningVault) -> None:
    path = fresh_vault.settings.audit_log
    ask(fresh_vault, fresh_vault.workload_token(fresh_vault.provider.user_token()))
    lines = path.read_bytes().splitlines(keepends=True)
    assert fresh_vault.local("/local/audit/verify").json()["ok"]
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))

    verdict = fresh_vault.local("/local/audit/verify").json()
    assert (verdict["ok"], verdict["firstBadEntry"]) == (False, 3)


@pytest.mark.case("V25")
def test_every_decrypt_says_who_what_when_and_the_decision(fresh_vault: RunningVault) -> None:
    token = fresh_vault.workload_token(fresh_vault.provider.user_token())
    issued = ask(fresh_vault, token)
    assert ask(fresh_vault, token) == issued
    log = fresh_vault.settings.audit_log
    before = time.time()
    seen = len(log.read_text(encoding="utf-8").splitlines())
    ask(fresh_vault, token)
    with sqlite3.connect(fresh_vault.settings.database_path) as database:
        database.execute("UPDATE resource_token SET sealed = zeroblob(60)")
    with pytest.raises(ClientError):
        ask(fresh_vault, token)

    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()[seen:]]
    decrypts = [line for line in lines if line["event"] == "decrypt"]
    assert {line["who"] for line in lines} == {"coach"}
    assert all(before - 1 < line["at"] < time.time() + 1 for line in lines)
    assert [(line["what"], line["decision"]) for line in decrypts if "coach-exchange" in line["what"]][-1:] == [
        ("coach/coach-exchange", "seal-broken")
    ]
    assert ("coach/coach-exchange", "allowed") in [(line["what"], line["decision"]) for line in decrypts]
    assert ("coach/workload-token", "allowed") in [(line["what"], line["decision"]) for line in decrypts]
    assert [line["decision"] for line in lines if line["event"] == "GetResourceOauth2Token"] == [
        "allowed",
        "InternalServerException",
    ]
    text = log.read_text(encoding="utf-8")
    assert not [secret for secret in (token, issued, "maya-sub") if secret in text]
