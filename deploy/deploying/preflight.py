"""What must be there before anything is changed."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from deploy.environments import Environment
from deploy.errors import NotReady
from deploy.names import packages
from deploy.programs import output_of

BOOTSTRAP: Final = "/cdk-bootstrap/hnb659fds/version"
_OLDEST_BOOTSTRAP: Final = 21


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a deployment needs beside the stacks.

    Attributes:
        session: boto3's, with the deployer's credentials.
        cdk: The CDK's command line.
        report: What `make package` wrote.
        repository: Folder whose state git knows.
    """

    session: Any
    cdk: Path
    report: Path
    repository: Path

    def client(self, service: str, environment: Environment) -> Any:
        return self.session.client(service, region_name=environment.region)

    def package_keys(self) -> dict[str, str]:
        """Package to its object key."""
        return {each["name"]: each["key"] for each in json.loads(self.report.read_text(encoding="utf-8"))}


def require_ready(environment: Environment, around: Surroundings) -> None:
    """Looks at everything.

    Raises:
        NotReady: With all that is missing.
    """
    if missing := list(_missing(environment, around)):
        raise NotReady("\n".join(f"- {each}" for each in missing))


def _missing(environment: Environment, around: Surroundings) -> Iterator[str]:
    if environment.is_example:
        yield f"{environment.name} has an example account: copy deploy/environments.yaml to environments.local.yaml"
        return
    if shutil.which("node") is None or not around.cdk.is_file():
        yield "the CDK's command line is not installed: make deploy installs it where there is Node.js and npm"
    yield from _packages(around)
    if environment.retain_data and _changed(around.repository):
        yield f"{environment.name} is deployed from a commit: git status shows changes"
    try:
        yield from _account(environment, around)
    except (BotoCoreError, ClientError) as error:
        yield f"AWS does not answer: {error}. Sign in, for example with aws sso login"


def _packages(around: Surroundings) -> Iterator[str]:
    if not around.report.is_file():
        yield "packages are not built: make package"
        return
    keys = around.package_keys()
    for name in packages():
        if name not in keys or not around.report.with_name(f"{name}.zip").is_file():
            yield f"the package {name} is not built: make package"


def _account(environment: Environment, around: Surroundings) -> Iterator[str]:
    found = around.client("sts", environment).get_caller_identity()["Account"]
    if found != environment.account:
        yield f"the credentials are of account {found}, and {environment.name} is {environment.account}"
        return
    yield from _bootstrap(environment, around)
    try:
        around.client("route53", environment).get_hosted_zone(Id=environment.hosted_zone_id)
    except ClientError:
        yield f"there is no hosted zone {environment.hosted_zone_id} for {environment.domain_name}"


def _bootstrap(environment: Environment, around: Surroundings) -> Iterator[str]:
    policy = f"arn:aws:iam::{environment.account}:policy/fitness-deployment"
    mend = f"cdk bootstrap --cloudformation-execution-policies {policy}"
    try:
        answer = around.client("ssm", environment).get_parameter(Name=BOOTSTRAP)
    except ClientError:
        yield f"the account is not prepared: {mend}"
        return
    if int(answer["Parameter"]["Value"]) < _OLDEST_BOOTSTRAP:
        yield f"the account was prepared by an old version: {mend}"


def _changed(repository: Path) -> bool:
    return bool(output_of(["git", "status", "--porcelain"], folder=repository).strip())
