from pathlib import Path

import pytest

from deploy.environments import FILE, read_environments, require_real
from deploy.errors import EnvironmentIsAnExample, EnvironmentsInvalid


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "environments.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_the_committed_environments_are_examples_and_nobody_can_deploy_to_them() -> None:
    environments = read_environments()
    for environment in (environments.sandbox, environments.production):
        with pytest.raises(EnvironmentIsAnExample, match=environment.account):
            require_real(environment)


def test_a_real_account_may_be_deployed_to(tmp_path: Path) -> None:
    environments = read_environments(changed(tmp_path, '"111111111111"', '"123456789012"'))
    require_real(environments.named("sandbox"))


def test_production_keeps_its_data_and_hides_its_apis_and_sandbox_does_not() -> None:
    environments = read_environments()
    assert environments.production.retain_data
    assert environments.production.private_apis
    assert not environments.sandbox.retain_data


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"111111111111"', "111111111111", "sandbox.account"),
        ('"111111111111"', '"1111"', "sandbox.account"),
        ("retain_data: false", "retain_dta: false", "sandbox.retain_data"),
        ("log_retention_days: 30", "log_retention_days: 31", "sandbox.log_retention_days"),
        ("region: us-east-1", "region: us east", "region"),
        ("target_id: ou-exam-ple00000", "target_id: everything", "organization.target_id"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    with pytest.raises(EnvironmentsInvalid, match=place):
        read_environments(changed(tmp_path, old, new))


@pytest.mark.parametrize("content", ["", "- a", "a: [", "sandbox: {}"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "environments.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(EnvironmentsInvalid):
        read_environments(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentsInvalid, match="missing.yaml"):
        read_environments(tmp_path / "missing.yaml")
