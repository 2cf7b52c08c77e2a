"""The protocol around the operations: hosts, signatures, bodies, error types."""

import json
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from identity.vault.app import create_app
from identity.vault.errors import KeyringUnusable
from tests.support.vault import RunningVault, vault_settings


def test_a_request_without_a_signature_is_refused_with_a_typed_error(vault: RunningVault) -> None:
    answer = httpx.post(f"{vault.url}/identities/GetWorkloadIdentity", json={"name": "coach"})

    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert answer.json() == {"message": "the request is not signed"}
    assert len(answer.headers["x-amzn-requestid"]) == 36
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.case("I05")
def test_a_rebound_host_is_refused(vault: RunningVault) -> None:
    answer = httpx.post(f"{vault.url}/identities/GetWorkloadIdentity", headers={"Host": "evil.example"}, json={})

    assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/", "/identities", "/ping"])
def test_there_is_nothing_but_identity_operations(vault: RunningVault, path: str) -> None:
    assert httpx.get(f"{vault.url}{path}").status_code == 404


@pytest.mark.case("M13")
def test_a_body_over_one_megabyte_is_refused(vault: RunningVault) -> None:
    answer = httpx.post(f"{vault.url}/identities/GetWorkloadIdentity", content=b"x" * 1_100_000)

    assert answer.status_code == 413


@pytest.mark.case("S03")
def test_boto3_with_a_wrong_secret_is_refused(vault: RunningVault) -> None:
    client = vault.client("coach", aws_secret_access_key="wrong")

    with pytest.raises(ClientError) as refused:
        client.get_workload_access_token(workloadName="coach")
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


@pytest.mark.case("S05")
def test_boto3_for_another_region_is_refused(vault: RunningVault) -> None:
    with pytest.raises(ClientError) as refused:
        vault.client("coach", region_name="eu-west-1").get_workload_access_token(workloadName="coach")
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


async def test_a_database_without_its_keyring_does_not_start(tmp_path: Path) -> None:
    settings = vault_settings("http://127.0.0.1:8702", tmp_path, "http://127.0.0.1:8700/coach")
    (tmp_path / "vault.sqlite").write_bytes(b"")
    app = create_app(settings)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "lifespan.startup"}

    async def send(message: object) -> None:
        sent.append(json.loads(json.dumps(message)))

    with pytest.raises(KeyringUnusable):
        await app({"type": "lifespan", "app": app, "state": {}}, receive, send)
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert not (tmp_path / "vault.kek").exists()
