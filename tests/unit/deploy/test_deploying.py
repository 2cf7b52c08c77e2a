import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deploy.deploying.commands import command, parameter_of, wants_packages
from deploy.deploying.outputs import to_write_down
from deploy.deploying.preflight import BOOTSTRAP, Surroundings, require_ready
from deploy.deploying.uploading import upload
from deploy.environments import Environment, KnownAfterFirstDeployment, read_environments
from deploy.errors import NotReady
from deploy.names import Arns, packages
from deploy.templates import read_templates

ACCOUNT = "123456789012"  # moto's


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")


@pytest.fixture
def environment(aws: Any) -> Environment:
    """A sandbox in moto's account, which is prepared."""
    zone = aws.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    aws.client("ssm").put_parameter(Name=BOOTSTRAP, Value="30", Type="String")
    sandbox = read_environments().sandbox
    return sandbox.model_copy(update={"account": ACCOUNT, "hosted_zone_id": zone.rpartition("/")[2]})


@pytest.fixture
def around(aws: Any, tmp_path: Path) -> Surroundings:
    """Everything is there: a command line, packages, a clean repository."""
    cdk = tmp_path / "cdk"
    cdk.write_text("#!/bin/sh\n")
    built = []
    (tmp_path / "packages").mkdir()
    for name in packages():
        content = f"zip of {name}".encode()
        (tmp_path / "packages" / f"{name}.zip").write_bytes(content)
        built.append({"name": name, "key": f"{name}/{hashlib.sha256(content).hexdigest()}.zip"})
    report = tmp_path / "packages" / "report.json"
    report.write_text(json.dumps(built))
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    return Surroundings(aws, cdk, report, repository)


def lack(environment: Environment, around: Surroundings) -> str:
    with pytest.raises(NotReady) as missing:
        require_ready(environment, around)
    return str(missing.value)


def test_an_environment_with_everything_is_ready(environment: Environment, around: Surroundings) -> None:
    require_ready(environment, around)


def test_an_example_is_never_deployed_and_nobody_is_asked(around: Surroundings) -> None:
    assert "example account" in lack(read_environments().sandbox, around)


def test_all_that_is_missing_is_said_at_once(environment: Environment, around: Surroundings, aws: Any) -> None:
    aws.client("ssm").delete_parameter(Name=BOOTSTRAP)
    around.report.with_name("agent.zip").unlink()
    missing = lack(environment.model_copy(update={"hosted_zone_id": "ZNOBODY"}), replace(around, cdk=Path("/nowhere")))
    for word in ("command line", "the package agent", "not prepared", "hosted zone ZNOBODY"):
        assert word in missing


def test_credentials_of_another_account_are_refused(environment: Environment, around: Surroundings) -> None:
    assert f"of account {ACCOUNT}" in lack(environment.model_copy(update={"account": "999999999999"}), around)


def test_an_old_bootstrap_is_refused(environment: Environment, around: Surroundings, aws: Any) -> None:
    aws.client("ssm").put_parameter(Name=BOOTSTRAP, Value="6", Type="String", Overwrite=True)
    assert "old version" in lack(environment, around)


def test_packages_that_are_not_built_are_named(environment: Environment, around: Surroundings) -> None:
    around.report.unlink()
    assert "make package" in lack(environment, around)


def test_what_keeps_data_is_deployed_from_a_commit(environment: Environment, around: Surroundings) -> None:
    kept = environment.model_copy(update={"retain_data": True})
    require_ready(kept, around)
    (around.repository / "changed").write_text("x")
    assert "git status" in lack(kept, around)
    require_ready(environment, around)


def test_packages_are_uploaded_once_under_their_digest(
    environment: Environment, around: Surroundings, aws: Any
) -> None:
    client, bucket = aws.client("s3"), Arns(environment).packages_bucket
    with pytest.raises(NotReady, match="guardrails packages"):
        list(upload(environment, around))
    client.create_bucket(Bucket=bucket)
    assert set(upload(environment, around)) == set(around.package_keys().values())
    assert list(upload(environment, around)) == []
    key = around.package_keys()["agent"]
    assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"zip of agent"


def test_a_zip_that_is_not_what_its_name_says_is_refused(
    environment: Environment, around: Surroundings, aws: Any
) -> None:
    aws.client("s3").create_bucket(Bucket=Arns(environment).packages_bucket)
    around.report.with_name("agent.zip").write_bytes(b"something else")
    with pytest.raises(NotReady, match="agent was changed"):
        list(upload(environment, around))


def test_each_stack_is_told_the_packages_that_it_asks_for(around: Surroundings) -> None:
    templates, keys = read_templates("sandbox"), around.package_keys()
    told = command("deploy", read_environments().sandbox, around.cdk, templates=templates, keys=keys)
    given = {each for each in told if each.startswith("fitness-")}
    asked = {
        f"fitness-{stack}:{parameter_of(package)}={key}"
        for stack, template in templates.items()
        for package, key in keys.items()
        if parameter_of(package) in template.get("Parameters", {})
    }
    assert given == asked
    assert {each.split("=")[1] for each in given} == set(keys.values())
    assert told[1:6] == ["--app", "cdk.out", "deploy", "sandbox-*", "--require-approval"]


def test_some_stacks_are_told_of_themselves_alone(around: Surroundings) -> None:
    templates, keys = read_templates("sandbox"), around.package_keys()
    told = command("diff", read_environments().sandbox, around.cdk, stacks=["data"], templates=templates, keys=keys)
    assert told[3:] == ["diff", "sandbox-data"]
    assert not wants_packages(templates, ["guardrails", "packages", "pipeline"])
    assert wants_packages(templates, [])


def test_destroying_passes_no_packages(around: Surroundings) -> None:
    told = command("destroy", read_environments().sandbox, around.cdk, keys=around.package_keys())
    assert told[3:] == ["destroy", "sandbox-*", "--force"]


def test_what_aws_generated_is_said_until_it_is_written_down() -> None:
    sandbox = read_environments().sandbox
    callbacks = {"CallbackUrlGatewayFederation": "https://callback"}
    outputs = {"fitness-agentcore": {"GatewayUrl": "https://gateway/mcp", **callbacks}}
    lines = to_write_down(sandbox, outputs)
    assert lines is not None
    assert "https://gateway/mcp" in lines
    assert "gateway-federation: https://callback" in lines
    known = KnownAfterFirstDeployment(
        gateway_url="https://gateway/mcp", callback_urls={"gateway-federation": "https://callback"}
    )
    assert to_write_down(sandbox.model_copy(update={"known_after_first_deployment": known}), outputs) is None
    assert to_write_down(sandbox, {"fitness-data": {}}) is None
