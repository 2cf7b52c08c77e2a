"""What every kind of keyring does, file, operating system or AWS KMS; and what KMS alone does."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from identity.vault.errors import KeyServiceUnavailable, RequestInvalid, SealBroken
from identity.vault.key_stores import FileStore, OsKeyring, OsKeyringStore
from identity.vault.keyring import Keyring, LocalKeyring, make_local_keyring
from identity.vault.kms_keyring import PLAIN_KEY_LIFE_S, KmsKeyring
from tests.support.vault import FakeOsKeyring, OsKeyringLocked

Reopen = Callable[[], Keyring]
VAULT_ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:token-vault/default"


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-1")


@dataclasses.dataclass
class TestClock:
    __test__ = False
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(params=["file", "os", "kms"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Makes a keyring, and opens the same one again."""
    if request.param == "kms":
        client = request.getfixturevalue("kms")
        key_id = client.create_key()["KeyMetadata"]["KeyId"]
        return lambda: KmsKeyring(client, [key_id], VAULT_ARN, clock=lambda: 0.0)
    store = (
        FileStore(tmp_path / "vault.kek")
        if request.param == "file"
        else OsKeyringStore(OsKeyring(FakeOsKeyring(), OsKeyringLocked), "vault")
    )
    make_local_keyring(store)
    return lambda: LocalKeyring(store)


def test_a_data_key_opens_for_its_owner_also_after_a_restart(reopen: Reopen) -> None:
    key, wrapped = reopen().new_data_key("maya")

    assert len(key) == 32
    assert reopen().unwrap(wrapped, "maya") == key
    assert key not in wrapped.sealed


def test_a_key_that_is_wrapped_again_is_the_same_key(reopen: Reopen) -> None:
    keyring = reopen()
    key, first = keyring.new_data_key("maya")
    second = keyring.wrap(key, "maya")

    assert second.sealed != first.sealed
    assert reopen().unwrap(second, "maya") == key


@pytest.mark.case("V10")
def test_a_data_key_does_not_open_for_another_owner(reopen: Reopen) -> None:
    _, wrapped = reopen().new_data_key("maya")

    with pytest.raises(SealBroken):
        reopen().unwrap(wrapped, "jonas")


@pytest.mark.case("V10")
def test_a_damaged_data_key_does_not_open(reopen: Reopen) -> None:
    _, wrapped = reopen().new_data_key("maya")
    damaged = dataclasses.replace(wrapped, sealed=wrapped.sealed[:-1] + bytes([wrapped.sealed[-1] ^ 1]))

    with pytest.raises(SealBroken):
        reopen().unwrap(damaged, "maya")


def test_a_data_key_of_a_version_that_is_not_there_does_not_open(reopen: Reopen) -> None:
    _, wrapped = reopen().new_data_key("maya")

    with pytest.raises(SealBroken):
        reopen().unwrap(dataclasses.replace(wrapped, kek_version=9), "maya")


def test_a_keyring_says_where_it_is(reopen: Reopen) -> None:
    assert reopen().describe().startswith("at rest: ")


@pytest.mark.case("V14")
@pytest.mark.parametrize("reopen", ["file", "os"], indirect=True)
def test_old_data_keys_open_until_their_version_is_retired(reopen: Reopen) -> None:
    keyring = reopen()
    key, old = keyring.new_data_key("maya")

    assert keyring.rotate() == keyring.active == 2
    new = keyring.wrap(key, "maya")
    assert (old.kek_version, new.kek_version) == (1, 2)
    assert keyring.unwrap(old, "maya") == reopen().unwrap(old, "maya") == key

    assert keyring.retire(2)
    for one in (keyring, reopen()):
        assert one.unwrap(new, "maya") == key
        with pytest.raises(SealBroken):
            one.unwrap(old, "maya")


@pytest.mark.parametrize("reopen", ["file", "os"], indirect=True)
def test_the_active_version_is_never_retired(reopen: Reopen) -> None:
    keyring = reopen()
    key, wrapped = keyring.new_data_key("maya")

    assert not keyring.retire(99)
    assert reopen().unwrap(wrapped, "maya") == key


def test_kms_is_rotated_in_kms(kms: Any) -> None:
    with pytest.raises(RequestInvalid, match="KMS rotates"):
        KmsKeyring(kms, ["key"], VAULT_ARN, clock=lambda: 0.0).rotate()


def test_a_further_key_in_the_settings_wraps_and_the_old_one_still_opens(kms: Any) -> None:
    ids = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    key, old = KmsKeyring(kms, ids[:1], VAULT_ARN, clock=lambda: 0.0).new_data_key("maya")
    moved = KmsKeyring(kms, ids, VAULT_ARN, clock=lambda: 0.0)

    assert (old.kek_version, moved.active) == (1, 2)
    assert moved.unwrap(old, "maya") == key
    kms.disable_key(KeyId=ids[0])
    assert moved.wrap(key, "maya").kek_version == 2


def test_another_vaults_data_key_does_not_open(kms: Any) -> None:
    """The same KMS key, the same owner: the vault's ARN in the encryption context tells them apart."""
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    _, wrapped = KmsKeyring(kms, [key_id], VAULT_ARN, clock=lambda: 0.0).new_data_key("maya")

    with pytest.raises(SealBroken):
        KmsKeyring(kms, [key_id], f"{VAULT_ARN}-other", clock=lambda: 0.0).unwrap(wrapped, "maya")


def test_the_encryption_context_tells_kms_no_subject(kms: Any) -> None:
    seen: list[dict[str, Any]] = []
    kms.meta.events.register("provide-client-params.kms.*", lambda params, **_: seen.append(params))
    keyring = KmsKeyring(kms, [kms.create_key()["KeyMetadata"]["KeyId"]], VAULT_ARN, clock=lambda: 0.0)
    key, _ = keyring.new_data_key("maya-sub")
    keyring.unwrap(keyring.wrap(key, "maya-sub"), "maya-sub")

    contexts = [params["EncryptionContext"] for params in seen if "EncryptionContext" in params]
    assert [sorted(context) for context in contexts] == [["owner", "vault"]] * 3
    assert "maya" not in str(contexts)


def test_a_plain_key_is_kept_for_a_minute_and_only_for_exactly_what_it_opened(kms: Any, clock: TestClock) -> None:
    asked: list[Any] = []
    kms.meta.events.register("provide-client-params.kms.Decrypt", lambda params, **_: asked.append(params))
    keyring = KmsKeyring(kms, [kms.create_key()["KeyMetadata"]["KeyId"]], VAULT_ARN, clock=clock)
    key, wrapped = keyring.new_data_key("maya")

    assert [keyring.unwrap(wrapped, "maya") for _ in range(3)] == [key] * 3
    assert len(asked) == 1
    with pytest.raises(SealBroken):
        keyring.unwrap(wrapped, "jonas")
    clock.now = PLAIN_KEY_LIFE_S
    assert keyring.unwrap(wrapped, "maya") == key
    assert len(asked) == 3


def test_kms_out_of_reach_fails_closed_with_a_clear_error() -> None:
    config = Config(connect_timeout=0.2, retries={"total_max_attempts": 1}, proxies={})
    nowhere: Any = boto3.client(
        "kms",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=config,
    )
    with pytest.raises(KeyServiceUnavailable, match="key service is not available") as raised:
        KmsKeyring(nowhere, ["key"], VAULT_ARN, clock=lambda: 0.0).new_data_key("maya")
    assert raised.value.status == 503


def test_a_refusal_of_kms_is_no_broken_seal(kms: Any) -> None:
    """A missing permission must not look like tampering."""
    keyring = KmsKeyring(kms, ["key"], VAULT_ARN, clock=lambda: 0.0)
    with Stubber(kms) as stubbed:
        stubbed.add_client_error("generate_data_key", "AccessDeniedException")
        with pytest.raises(KeyServiceUnavailable):
            keyring.new_data_key("maya")
