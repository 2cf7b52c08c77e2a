"""Nothing secret lies about: not in the files of the vault, not in what it logs."""

import logging
import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.vault import CANARY_CLIENT_SECRET, RunningVault, running_vault


def use(vault: RunningVault) -> list[str]:
    """Everything the vault does with secrets; gives every secret involved."""
    user_token = vault.provider.user_token(jti="canary-subject-jti")
    handle, client = vault.workload_token(user_token), vault.client()
    for flow in ("M2M", "ON_BEHALF_OF_TOKEN_EXCHANGE"):
        client.get_resource_oauth2_token(
            workloadIdentityToken=handle,
            resourceCredentialProviderName="coach-exchange",
            scopes=["activities/read"],
            oauth2Flow=flow,
            audiences=["mcp-activities"],
        )
    whole = [user_token, handle, CANARY_CLIENT_SECRET, *vault.provider.issued]
    return [*whole, *(part for token in whole if token.count(".") == 2 for part in token.split(".")[1:])]


def hits(data: bytes, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret.encode() in data]


@pytest.mark.case("V12")
def test_no_secret_is_in_database_write_ahead_log_audit_log_or_backup(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        secrets = use(vault)
        files = sorted(path.name for path in tmp_path.iterdir())
        open_files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    closed = (tmp_path / "vault.sqlite").read_bytes()
    with sqlite3.connect(tmp_path / "vault.sqlite") as database:
        database.execute("VACUUM INTO ?", (str(tmp_path / "backup"),))
    backup = (tmp_path / "backup").read_bytes()

    assert files == [
        "vault.audit.head",
        "vault.audit.jsonl",
        "vault.kek",
        "vault.sqlite",
        "vault.sqlite-shm",
        "vault.sqlite-wal",
    ]
    assert b"coach-exchange" in b"".join(open_files.values())  # the search finds what is there
    assert {name: hits(data, secrets) for name, data in open_files.items()} == {name: [] for name in files}
    assert hits(closed, secrets) == []
    assert b"coach-exchange" in backup
    assert hits(backup, secrets) == []
    assert b"canary-subject-jti" not in closed + b"".join(open_files.values())


@pytest.mark.case("V12")
def test_every_file_of_the_vault_is_its_users_alone(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        use(vault)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert set(modes.values()) == {0o600}


@pytest.mark.case("V13")
def test_no_secret_is_logged_or_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # The client's own debug log is the client's; asyncio and httpcore are ours.
    logging.getLogger("botocore").setLevel(logging.INFO)
    answers = []
    with running_vault(tmp_path) as vault:
        secrets = use(vault)
        client = vault.client()
        vault.provider.fail_next = [
            (400, {"error": "invalid_grant", "error_description": secrets[0]}),
            (500, {"detail": secrets[0]}),
        ]
        for scope in ("a", "b"):
            with pytest.raises(ClientError) as refused:
                client.get_resource_oauth2_token(
                    workloadIdentityToken=secrets[1],
                    resourceCredentialProviderName="coach-exchange",
                    scopes=[scope],
                    oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
                )
            answers.append(str(refused.value.response))

    log = caplog.text
    assert "principal=<coach>, operation=<GetResourceOauth2Token>, target=<coach-exchange>, decision=<allowed>" in log
    assert hits(log.encode(), secrets) == []
    assert hits("".join(answers).encode(), secrets) == []
    assert "maya-sub" not in log


@pytest.mark.case("V09")
@pytest.mark.case("V10")
def test_a_row_copied_between_users_is_not_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running_vault(tmp_path) as vault:
        client = vault.client()
        maya, jonas = (vault.workload_token(vault.provider.user_token(name)) for name in ("maya", "jonas"))
        attacker = sqlite3.connect(tmp_path / "vault.sqlite", isolation_level=None)
        rows = attacker.execute("SELECT handle_digest, owner, sealed FROM workload_token").fetchall()
        for (digest, _, _), (_, owner, sealed) in zip(rows, reversed(rows), strict=True):
            attacker.execute(
                "UPDATE workload_token SET sealed = ?, owner = ? WHERE handle_digest = ?", (sealed, owner, digest)
            )
        attacker.close()

        for handle in (maya, jonas):
            with pytest.raises(client.exceptions.InternalServerException):
                client.get_resource_oauth2_token(
                    workloadIdentityToken=handle,
                    resourceCredentialProviderName="coach-exchange",
                    scopes=[],
                    oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
                )
    assert "sealed row does not open" in caplog.text
    assert vault.provider.seen == []
