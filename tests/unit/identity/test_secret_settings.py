"""Settings whose secrets are kept in Secrets Manager; moto plays the service."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from identity.errors import SecretUnfit, SecretUnreadable
from identity.secret_settings import SecretSettings

REGION = "eu-central-1"
VALUE = "of-the-secret-of-the-coach"


class PartSettings(SecretSettings):
    model_config = SettingsConfigDict(env_prefix="PART_", frozen=True, extra="forbid")

    signing_key: SecretStr = Field(min_length=16)
    other: str = "default"
    scopes: tuple[str, ...] = ()


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield boto3.client("secretsmanager")


def put(secrets: Any, content: object, name: str = "coach/part") -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return str(secrets.create_secret(Name=name, SecretString=text)["ARN"])


def read() -> PartSettings:
    return PartSettings()


def test_a_setting_comes_from_the_secret_that_the_environment_names(
    secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(secrets, {"signing_key": VALUE, "scopes": '["a", "b"]'})
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    assert read().signing_key.get_secret_value() == VALUE
    assert read().scopes == ("a", "b")
    assert VALUE not in repr(read())


def test_a_secret_of_another_region_is_found_by_its_arn(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = put(boto3.client("secretsmanager", region_name="us-west-2"), {"signing_key": VALUE})
    monkeypatch.setenv("PART_SECRET_ID", arn)
    assert read().signing_key.get_secret_value() == VALUE


def test_the_environment_wins_over_the_secret_and_the_constructor_over_both(
    secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(secrets, {"signing_key": VALUE, "other": "secret"})
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    monkeypatch.setenv("PART_OTHER", "environment")
    assert read().other == "environment"
    assert PartSettings(other="constructor").other == "constructor"


def test_of_several_secrets_the_first_one_that_has_the_setting_wins(
    secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(secrets, {"other": "first"}, "coach/first")
    put(secrets, {"other": "second", "signing_key": VALUE}, "coach/second")
    monkeypatch.setenv("PART_SECRET_ID", "coach/first, coach/second")
    assert (read().other, read().signing_key.get_secret_value()) == ("first", VALUE)


def test_a_secret_that_is_not_there_is_named_with_the_services_code(
    secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PART_SECRET_ID", "coach/nowhere")
    with pytest.raises(SecretUnreadable, match="coach/nowhere: ResourceNotFoundException"):
        read()


@set_initial_no_auth_action_count(0)
def test_a_role_without_permission_gets_nothing(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    # Moto's IAM knows no such role; its refusal has a status and no code.
    with pytest.raises(SecretUnreadable, match="coach/part: 403"):
        read()


def test_a_process_without_a_role_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # whatever another test left there
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    with pytest.raises(SecretUnreadable, match="coach/part: NoCredentialsError"):
        read()


@pytest.mark.parametrize(
    "content",
    [VALUE, f'["{VALUE}"]', f'"{VALUE}"', f'{{"signing_key": "{VALUE}"', {"signing_keys": VALUE}, {VALUE: VALUE}],
    ids=["no JSON", "a list", "a string", "cut short", "an unknown name", "a value for a name"],
)
def test_a_secret_that_is_no_object_of_settings_is_refused_without_a_word_of_it(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, content: object
) -> None:
    put(secrets, content)
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    with pytest.raises(SecretUnfit) as refused:
        read()
    assert VALUE not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_secret_of_bytes_is_refused(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.create_secret(Name="coach/part", SecretBinary=b"\x00\x01")
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    with pytest.raises(SecretUnfit):
        read()


@pytest.mark.parametrize("value", [7, None, True, ["a"]])
def test_a_member_that_is_not_text_is_refused(secrets: Any, monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    put(secrets, {"signing_key": value})
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    with pytest.raises(SecretUnfit, match="signing_key is not text"):
        read()


def test_a_secret_that_does_not_validate_is_not_quoted(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(secrets, {"signing_key": "short-secret"})
    monkeypatch.setenv("PART_SECRET_ID", "coach/part")
    with pytest.raises(ValidationError) as refused:
        read()
    assert "signing_key" in str(refused.value)
    assert "short-secret" not in str(refused.value)


def test_without_a_secret_boto3_is_not_imported() -> None:
    program = """
import sys
from apis.routes.settings import RoutesApiSettings
RoutesApiSettings(issuer="https://i.test", audiences=frozenset(), upstream_clients=frozenset(), policies=".")
assert not {"boto3", "botocore"} & set(sys.modules), sorted(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
